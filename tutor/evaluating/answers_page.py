"""Answers as one HTML file for a person to read and judge; it loads nothing, and suits a phone, dark and paper.

What is judged stays in the browser until it is saved as a file of JSON. Raw HTML, images and links of an answer are
shown as text.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tutor.answering import Answer, DemoLaunch
from tutor.corpus import Language
from tutor.evaluating import wording
from tutor.evaluating.answers_style import SCRIPT, STYLE
from tutor.evaluating.formulas import set_formula
from tutor.evaluating.judging import VERDICTS
from tutor.evaluating.quality import QUALITIES
from tutor.evaluating.run import Outcome, Run
from tutor.evaluating.summary import LOWER_IS_BETTER

WORDS: dict[str, dict[Language, str]] = {
    "sources": {"zh": "出处与原文", "en": "Sources with quotes"},
    "experiment": {"zh": "实验：", "en": "Experiment: "},
    "against": {"zh": "对照", "en": "against"},
    "seconds": {"zh": "秒", "en": "s"},
    "refused": {"zh": "拒答", "en": "refused"},
    "quoted": {"zh": "不用模型、只引原文的回答", "en": "The answer without a model, quoted from the notes"},
    "right": {"zh": "答得对", "en": "right"},
    "direct": {"zh": "开门见山", "en": "direct"},
    "well formed": {"zh": "文从字顺", "en": "well formed"},
    "remark": {"zh": "哪一句不好？为什么？", "en": "Which sentence is at fault, and why?"},
}
JUDGED = ("right", "direct", "well formed")
HTML_LANG = {"zh": "zh-CN", "en": "en"}
INTRODUCTION = (
    '<p lang="zh-CN">请逐条阅读并打勾。<b>答得对</b>：每句话都成立，问的也都答到了；<b>开门见山</b>：第一句就是答案；'
    "<b>文从字顺</b>：读起来是一篇文字，不是拼起来的句子。</p>"
    '<p lang="en">Read each answer and tick what is true of it. <b>Right</b>: every sentence holds, and what was asked '
    "is answered. <b>Direct</b>: the first sentence is the answer. <b>Well formed</b>: it reads as one text, not as "
    "sentences put side by side.</p>"
)


@dataclass(frozen=True)
class Reading:
    """An outcome to read, and where a model worded its answer, the one that quotes."""

    outcome: Outcome
    quoted: Answer | None = None


def answers_page(readings: Sequence[Reading], run: Run) -> str:
    """The whole page as text."""
    allowed = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    title = f"{len(readings)} answers to judge · 请您判断的{len(readings)}个回答"
    cards = "".join(_card(number, reading) for number, reading in enumerate(readings, start=1))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>
<body data-made="{escape(_shown(run.made))}" data-model="{escape(_shown(run.model))}">
<h1>{title}</h1><p class="quiet">{escape(wording.when(run.made))} · {escape(wording.printable(run.model))}</p>
{INTRODUCTION}{cards}
<p class="save"><button type="button">保存评语 · Save what you judged</button> <span class="quiet"></span></p>
<script>{SCRIPT}</script></body></html>
"""


def _card(number: int, reading: Reading) -> str:
    outcome, answer = reading.outcome, reading.outcome.answer
    language = answer.language
    earlier = "".join(f'<p class="quiet">{escape(_shown(text))} →</p>' for text in outcome.row.history)
    quoted = reading.quoted
    beside = f"<section><h3>{WORDS['quoted'][language]}</h3>{_answer(quoted)}</section>" if quoted else ""
    return (
        f'<article lang="{HTML_LANG[language]}" id="answer-{number}" data-key="{outcome.key}">'
        f'{earlier}<h2><span class="quiet">{number}.</span> {escape(_shown(outcome.row.asked))}</h2>'
        f'<p class="quiet">{escape(_facts(outcome))}</p>'
        f'<div class="beside"><section>{_answer(answer)}</section>{beside}</div>'
        f'<p class="verdicts">{_verdicts(outcome)}</p>{_form(language)}</article>'
    )


def _facts(outcome: Outcome) -> str:
    """How the question is asked, who worded the answer, why a model did not, and how long it took."""
    answer = outcome.answer
    who = WORDS["refused"][answer.language] if answer.refused else wording.printable(answer.model)
    why = f" ({answer.fallback})" if answer.fallback else ""
    took = f"{sum(answer.seconds.values()):.3f} {WORDS['seconds'][answer.language]}"
    return " · ".join((wording.printable(outcome.kind), who + why, took))


def _answer(answer: Answer) -> str:
    """The text, the experiment and the sources."""
    parts = [f'<div class="answer">{_rendered(answer.text)}</div>']
    if answer.demo:
        offered = _offered(answer.demo, answer.language)
        parts.append(f"<p>{WORDS['experiment'][answer.language]}<code>{escape(_shown(offered))}</code></p>")
    if answer.citations:
        quotes = "".join(
            f'<li value="{one.n}"><b>{escape(_shown(f"{one.title} › {one.section}"))}</b> '
            f'<span class="quiet">{escape(_shown(one.note))}.{one.language}.md:{one.start_line}-{one.end_line}</span>'
            f"<blockquote>{_rendered(one.quote)}</blockquote></li>"
            for one in answer.citations
        )
        heading = f"{WORDS['sources'][answer.language]} ({len(answer.citations)})"
        parts.append(f"<details><summary>{heading}</summary><ol>{quotes}</ol></details>")
    return "".join(parts)


def _offered(demo: DemoLaunch, language: Language) -> str:
    """The experiment with what is set, and what that is compared with."""
    params, contrast = (
        ", ".join(f"{name} = {value:g}" for name, value in values.items()) for values in (demo.params, demo.contrast)
    )
    return " ".join(filter(None, (demo.name, params, contrast and f"{WORDS['against'][language]} {contrast}")))


def _verdicts(outcome: Outcome) -> str:
    """All that was judged by the words, what fell short with a cross."""
    names = [name for name in (*VERDICTS, *QUALITIES) if name in outcome.scores and name not in LOWER_IS_BETTER]
    passed = {name: outcome.scores[name] == 1 for name in names}
    return " ".join(
        f"<span>✓ {escape(name)}</span>" if passed[name] else f'<span class="bad">✗ {escape(name)}</span>'
        for name in names
    )


def _form(language: Language) -> str:
    boxes = " ".join(f'<label><input type="checkbox" name="{name}"> {WORDS[name][language]}</label>' for name in JUDGED)
    remark = WORDS["remark"][language]
    return (
        f'<form>{boxes}<textarea name="remark" rows="2" aria-label="{remark}" placeholder="{remark}"></textarea></form>'
    )


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
    return markdown.use(
        dollarmath_plugin,
        double_inline=True,
        renderer=lambda tex, options: set_formula(tex.strip(), bool(options["display_mode"])),
    )


_MARKDOWN = _markdown()


def _rendered(text: str) -> str:
    """Markdown as HTML, with nothing in it that leads away, loads or runs."""
    return _MARKDOWN.render(_shown(text))


def _shown(text: str) -> str:
    """A text without control characters, which could reverse a line; lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
