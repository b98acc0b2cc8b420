"""The tutor as programs use it: made from settings or arguments, as a Runnable, as a retriever."""

import asyncio
import subprocess
import sys

import pytest

from demos import kit
from tutor import Answer, Tutor, TutorError
from tutor.answering import Answerer, DemoLaunch
from tutor.answering.answer import Clamp
from tutor.composing import Parts
from tutor.composing.offering import clamped, command, commands, runs, setting
from tutor.settings import described, load_settings, masked


@pytest.fixture(scope="module")
def tutor(shipped_home) -> Tutor:
    return Tutor(home=shipped_home, model="")


# A tutor that opens itself


def test_importing_the_package_loads_nothing_else():
    code = "import sys, tutor; print([m for m in sys.modules if m.startswith('tutor.') or m in ('numpy', 'pydantic')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_the_package_does_not_offer_is_missing_as_in_any_module():
    import tutor

    with pytest.raises(AttributeError, match="module 'tutor' has no attribute 'Teacher'"):
        tutor.Teacher  # noqa: B018
    assert all(getattr(tutor, name) for name in tutor.__all__)


def test_it_answers_as_an_answerer_with_typed_results(tutor):
    answer = tutor.ask("把dropout调到0.9会怎样?")
    assert isinstance(answer, Answer)
    assert answer.citations[0].note == "dropout"
    assert answer.demo.params == {"dropout": 0.9}
    answerer: Answerer = tutor
    assert answerer.corpus.notes


def test_history_is_for_follow_ups_and_the_pieces_of_a_stream_make_the_answer(tutor):
    *pieces, answer = tutor.stream("那换成0.2呢", ["dropout设成0.9会怎样"])
    assert "".join(pieces) == answer.text
    assert answer.demo.params == {"dropout": 0.2}


def test_arguments_come_before_the_environment(corpus_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TUTOR_CORPUS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path / "home"))
    assert len(Tutor(corpus=corpus_folder).corpus.notes) == 3
    assert (tmp_path / "home").is_dir()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"corpus": "nowhere"}, "No corpus at nowhere"),
        ({"corpus": 3}, "TUTOR_CORPUS=3 cannot be used"),
        ({"model": "nobody:nothing"}, "TUTOR_MODEL='nobody:nothing' cannot be used"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_in_one_line(arguments, message, shipped_home):
    with pytest.raises(TutorError, match=message) as refused:
        Tutor(home=shipped_home, **arguments)
    assert "\n" not in str(refused.value)


def test_a_note_that_cannot_be_read_is_told_of_once_and_the_others_answer(corpus_folder, tmp_path, encoder):
    (corpus_folder / "notes" / "broken.en.md").write_text("no front matter")
    told: list[str] = []
    parts = Parts(load_settings(corpus=corpus_folder, home=tmp_path), tell=told.append)
    parts.encoder = encoder
    assert parts.tutor.ask("what does dropout do").citations
    assert parts.notes.faults
    assert [line.startswith("left out: broken.en.md") for line in told] == [True]


def test_progress_ends_with_all_texts(corpus_folder, tmp_path, encoder):
    steps: list[tuple[int, int]] = []
    parts = Parts(
        load_settings(corpus=corpus_folder, home=tmp_path), progress=lambda done, total: steps.append((done, total))
    )
    parts.encoder = encoder
    parts.open_index()
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] > 0


# The experiment in words


def test_a_run_says_what_it_sets_and_what_its_control_has_instead():
    assert setting("dropout", {"dropout": 0.9}, "en") == "Dropout rate = 0.9 against 0"
    assert setting("dropout", {"dropout": 0.9}, "zh") == "丢弃率 = 0.9，对照 0"
    assert setting("dropout", {"dropout": 0.0}, "en") == "Dropout rate = 0"
    assert setting("learning-rate", {}, "en") == ""
    default = next(row["default"] for row in kit.entry("dropout")["parameters"] if row["name"] == "dropout")
    assert setting("dropout", {"width": 64}, "en").endswith(f" = 64, Dropout rate = {default:g} against 0")


def test_only_what_a_question_sets_against_its_value_is_a_further_run():
    assert runs(DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0.0})) == ({"dropout": 0.9},)
    launch = DemoLaunch("dropout", {"dropout": 0.9, "width": 64}, {"dropout": 0.5})
    assert runs(launch) == ({"dropout": 0.9, "width": 64}, {"dropout": 0.5, "width": 64})


@pytest.mark.parametrize("slug", kit.names())
def test_every_demo_can_be_offered_as_it_stands(slug):
    (line,) = commands(DemoLaunch(slug, {}, kit.entry(slug)["contrast"]), "zh")
    assert line.split("  # ")[0] == f"python -m demos {slug}"


def test_parameters_are_flags_of_the_command_line():
    assert command("dropout", {"train_size": 100, "dropout": 0.5}) == (
        "python -m demos dropout --train-size 100 --dropout 0.5"
    )


def test_each_value_that_was_clamped_is_named():
    launch = DemoLaunch("dropout", {"dropout": 0.99}, clamped=(Clamp("dropout", 1.5, 0.99),))
    assert list(clamped(launch, "zh")) == ["你问的是丢弃率 = 1.5，这个实验里能设的最接近的是 0.99。"]
    assert list(commands(launch, "zh"))[1:] == list(clamped(launch, "zh"))


# As a Runnable


def test_a_chain_gets_the_answer(tutor):
    chain = tutor.as_runnable() | (lambda answer: answer.citations[0].note)
    assert chain.invoke("what is dropout") == "dropout"
    assert chain.batch(["what is dropout", "什么是过拟合"]) == ["dropout", "overfitting-underfitting"]
    assert list(chain.stream("what is dropout")) == ["dropout"]
    assert asyncio.run(chain.ainvoke("what is dropout")) == "dropout"


def test_it_takes_the_conversation_and_the_language(tutor):
    asked = {"question": "那换成0.2呢", "history": ["dropout设成0.9会怎样"], "language": "en"}
    answer = tutor.as_runnable().invoke(asked)
    assert answer.language == "en"
    assert answer.demo.params == {"dropout": 0.2}


def test_it_gives_a_hint_where_one_is_wanted(tutor):
    assert tutor.as_runnable().invoke({"question": "what is dropout", "study": True}).hint
    assert not tutor.as_runnable().invoke({"question": "what is dropout"}).hint


def test_it_streams_one_whole_answer(tutor):
    (answer,) = tutor.as_runnable().stream("what is dropout")
    assert answer.text == tutor.ask("what is dropout").text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "give a question"),
        (None, "give a question"),
        ({}, "'question': Field required"),
        ({"question": 3}, "'question': .*got 3"),
        ({"question": "q", "history": "q"}, "'history'"),
        ({"question": "q", "history": [3]}, "'history.0'"),
        ({"question": "q", "language": "fr"}, "'language': .*'auto', 'zh' or 'en'; got 'fr'"),
        ({"question": "q", "study": "perhaps"}, "'study': .*got 'perhaps'"),
        ({"question": "q", "temperature": 1}, "'temperature': Extra"),
        ({"question": ["x" * 10_000]}, "…"),
    ],
)
def test_what_is_no_question_is_refused_in_one_line(tutor, given, message):
    with pytest.raises(TutorError, match=message) as refused:
        tutor.as_runnable().invoke(given)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


# As a retriever


def test_a_document_is_a_passage_of_a_note_with_its_place(tutor):
    documents = tutor.as_retriever(k=2).invoke("what is dropout")
    assert len(documents) == 2
    best = documents[0]
    assert set(best.metadata) == {"note", "language", "section", "title", "lines", "score"}
    note = tutor.corpus.find("dropout", "en")
    assert best.page_content == note.lines(*best.metadata["lines"])
    assert best.metadata["score"] >= documents[1].metadata["score"]


def test_passages_are_in_the_language_of_the_question_or_in_that_asked_for(tutor):
    assert tutor.as_retriever().invoke("什么是dropout")[0].metadata["language"] == "zh"
    assert tutor.as_retriever(language="en").invoke("什么是dropout")[0].metadata["language"] == "en"


@pytest.mark.parametrize("question", ["who won the world cup in 1998?", "", "🤔", "x" * 10_000])
def test_a_refused_question_finds_nothing(tutor, question):
    assert tutor.ask(question).refused
    assert tutor.as_retriever().invoke(question) == []


def test_a_retriever_stands_in_a_chain_and_answers_asynchronously(tutor):
    chain = tutor.as_retriever() | (lambda documents: documents[0].metadata["note"])
    assert chain.invoke("what is dropout") == "dropout"
    assert asyncio.run(chain.ainvoke("what is dropout")) == "dropout"


@pytest.mark.parametrize(("arguments", "message"), [({"k": 0}, "'k'"), ({"language": "fr"}, "'language'")])
def test_a_retriever_that_could_find_nothing_is_refused(tutor, arguments, message):
    with pytest.raises(TutorError, match=message):
        tutor.as_retriever(**arguments)


# Settings


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://me:pa/ss@wo@rd@host:11434/v1", "http://***@host:11434/v1"),
        ("https://host/v1?api-key=1234&version=2#part", "https://host/v1?api-key=***&version=***#part"),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        ("/home/me@work/notes", "/home/me@work/notes"),
    ],
)
def test_secrets_of_an_address_are_masked(value, shown):
    assert masked(value) == shown


def test_no_secret_is_printed(monkeypatch):
    monkeypatch.setenv("TUTOR_BASE_URL", "http://me:hunter2@host/v1")
    lines = list(described(load_settings()))
    assert any(line.startswith("TUTOR_BASE_URL=http://***@host/v1  (environment;") for line in lines)
    assert "hunter2" not in "".join(lines)
