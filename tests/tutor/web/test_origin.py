"""The page says who worded an answer, and takes back what a failing model began."""

from tutor.answering import Answer, Citation, Restart
from tutor.web import chat, messages
from tutor.web.messages import Conversation

CITED = Citation(1, "dropout", "en", "What it is", "It mutes.", 0.9, "Dropout", 3, 9)


def foot(**changes: object) -> str:
    fields = {"question": "q", "language": "en", "refused": False, "text": "It helps [1].", "model": "extractive"}
    message = messages.answered(Answer(**{**fields, "citations": (CITED,), **changes}))  # type: ignore[arg-type]
    return "".join(part.get("value", "") for part in message["content"])


def test_an_answer_says_who_worded_it_as_text():
    assert "Worded from the notes by openai:&lt;b&gt;x" in foot(model="openai:<b>x")


def test_a_refusal_is_nobodys_wording():
    assert "Quoted" not in foot(refused=True, citations=(), follow_ups=("What is dropout?",))


def test_what_a_failing_model_began_is_taken_off_the_page(monkeypatch):
    class Failing:
        def stream(self, *_, **__):
            yield "The model bab"
            yield Restart()
            yield "It helps [1]."
            yield Answer("q", "en", False, "It helps [1].", "extractive", (CITED,), fallback="failed")

    monkeypatch.setattr(chat, "EVERY", 0)
    column = chat.ChatColumn(Failing(), "en")  # type: ignore[arg-type]
    steps = list(column.ask("q", Conversation(), "en"))
    shown = [step[column.chat][-1]["content"][0]["text"] for step in steps]
    assert shown == ["…", "The model bab", "…", "It helps [1].", shown[-1]]
    assert shown[-1].startswith("It helps [\\[1\\]]")
