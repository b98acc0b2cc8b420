"""An answer becomes a message of the chat: its text, then sources, run button and further questions."""

import html
import re
from dataclasses import dataclass, replace
from typing import Any

from tutor.answering import READ_MORE, Answer, Citation, origin_of
from tutor.web.links import note_link
from tutor.web.notes import HTML_LANG, markdown_inline
from tutor.web.offers import offer
from tutor.web.wording import EXAMPLES, Language, say

Message = dict[str, Any]  # as gr.Chatbot takes it
EXCHANGES = 20  # questions whose answers stay on the page
REMEMBERED = 6  # earlier questions that help to understand the next

MARK = re.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True)
class Conversation:
    """What one reader has asked and been told. Kept by the server: the browser need not send it back to ask on."""

    messages: tuple[Message, ...] = ()
    questions: tuple[str, ...] = ()

    def asking(self, question: str) -> "Conversation":
        """With one more question. The oldest exchanges go, so that a long session costs no more than a short one."""
        messages = (*self.messages, asked(question))
        starts = [place for place, message in enumerate(messages) if message["role"] == "user"]
        kept = messages[starts[-EXCHANGES] :] if len(starts) > EXCHANGES else messages
        return Conversation(kept, (*self.questions, question)[-REMEMBERED:])

    def told(self, message: Message) -> "Conversation":
        return replace(self, messages=(*self.messages, message))


def asked(question: str) -> Message:
    """The reader's message."""
    return {"role": "user", "content": [{"type": "text", "text": _as_text(question)}]}


def partial(text: str) -> Message:
    """An answer that is still arriving."""
    return {"role": "assistant", "content": [{"type": "text", "text": text or "…"}]}


def answered(answer: Answer) -> Message:
    """The whole message of an answer; labels are in the language of the answer."""
    links = {citation.n: _link(citation) for citation in answer.citations}
    text = MARK.sub(lambda mark: _linked(mark, links), answer.text)
    said, _, more = text.partition(READ_MORE[answer.language])
    parts = (_more(more, answer.language), _origin(answer), _sources(answer), _whole(answer), offer(answer))
    foot = "".join((*parts, _further(answer)))
    content: list[dict[str, Any]] = [{"type": "text", "text": said.rstrip()}]
    if foot:
        content.append(_html(f'<div class="answer-foot" lang="{HTML_LANG[answer.language]}">{foot}</div>'))
    return {"role": "assistant", "content": content}


def failed(interface: Language) -> Message:
    """What is said when the program is at fault."""
    return partial(say("answer failed", interface))


def welcome(interface: Language) -> Message:
    """The first message: what can be asked, with examples in both languages."""
    order: tuple[Language, Language] = ("zh", "en") if interface == "zh" else ("en", "zh")
    chips = "".join(_chip(question, language) for language in order for question in EXAMPLES[language])
    heading = f'<p class="foot-label">{say("try these", interface)}</p>'
    return {
        "role": "assistant",
        "content": [
            {"type": "text", "text": say("welcome", interface)},
            _html(f'<div class="answer-foot welcome">{heading}<div class="chips">{chips}</div></div>'),
        ],
    }


def _as_text(question: str) -> str:
    """Escaped, so that a question about <b> or $x$ is shown as it was typed and not as markup."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~$>-])", r"\\\1", html.escape(question, quote=False)).replace("\n", "  \n")


def _linked(mark: re.Match[str], links: dict[int, str]) -> str:
    href = links.get(int(mark[1]))
    return f"[\\[{mark[1]}\\]]({href})" if href else mark[0]


def _link(citation: Citation) -> str:
    return note_link(citation.note, citation.language, citation.start_line, citation.end_line)


def _more(text: str, language: Language) -> str:
    """What may be read besides, folded away."""
    if not text.strip():
        return ""
    summary = READ_MORE[language].strip("*")
    return f'<details class="more"><summary>{summary}</summary>{markdown_inline(text)}</details>'


def _whole(answer: Answer) -> str:
    """The way from a hint to the answer."""
    if not answer.hint:
        return ""
    label, question = html.escape(say("show the answer", answer.language)), html.escape(answer.question)
    return f'<button type="button" class="whole" data-ask="{question}" data-whole="yes">{label}</button>'


def _origin(answer: Answer) -> str:
    lines = "<br>".join(map(html.escape, origin_of(answer)))
    return f'<p class="foot-label">{lines}</p>' if lines else ""


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    items = "".join(
        f'<li><a class="source" href="{html.escape(_link(citation))}"><b>[{citation.n}]</b> '
        f"{html.escape(citation.title)} · {html.escape(citation.section)}</a>"
        f'<blockquote lang="{HTML_LANG[citation.language]}">{markdown_inline(citation.quote)}</blockquote></li>'
        for citation in answer.citations
    )
    label = say("sources", answer.language, n=len(answer.citations))
    return f'<details class="cited"><summary>{label}</summary><ol>{items}</ol></details>'


def _further(answer: Answer) -> str:
    if not answer.follow_ups:
        return ""
    label = say("nearest" if answer.refused else "ask next", answer.language)
    chips = "".join(_chip(question, answer.language) for question in answer.follow_ups)
    return f'<p class="foot-label">{label}</p><div class="chips">{chips}</div>'


def _chip(question: str, language: Language) -> str:
    shown = html.escape(question)
    return f'<button type="button" class="chip" lang="{HTML_LANG[language]}" data-ask="{shown}">{shown}</button>'


def _html(value: str) -> dict[str, Any]:
    """A part of a message that is our own HTML; everything in it has been escaped."""
    return {
        "type": "component",
        "component": "html",
        "value": value,
        "constructor_args": {},
        "props": {"html_template": "${value}", "js_on_load": None, "apply_default_css": False, "container": False},
    }
