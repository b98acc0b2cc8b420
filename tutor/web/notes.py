"""A note as an HTML page of its own, with the passage that an answer cites highlighted.

The Markdown is rendered block by block, because every block knows its lines in the file and a citation is a range of
lines. Raw HTML in a note is shown as text. Formulas are marked up here and drawn in the browser by KaTeX.
"""

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from demos import kit
from tutor.corpus import Corpus, Note
from tutor.web.links import lab_link, note_link
from tutor.web.receipts import receipt_box
from tutor.web.wording import Language, say

CLAIM = re.compile(r"\{claim:\s*([\w-]+)\s*\}")
HTML_LANG = {"zh": "zh-CN", "en": "en"}


def note_page(note: Note, corpus: Corpus, lines: tuple[int, int] | None, theme: str = "") -> str:
    """The whole page; `lines` (from 1, inclusive) are highlighted. `theme` is light, dark or the browser's."""
    language: Language = note.language
    body = "".join(
        (
            f'<h1>{html.escape(note.title)}</h1><p class="meta">{_meta(note, corpus)}</p>',
            "".join(_blocks(note, corpus, lines)),
            _sources(note, language),
            _lab(note, language),
        )
    )
    return _page(note.title, body, language, _other(note, corpus), theme)


def index_page(corpus: Corpus, language: Language, missing: str = "") -> str:
    """All notes of a language, after a word about the one that is `missing`."""
    said = f"<p>{html.escape(say('no such note hint', language, slug=missing[:60]))}</p>" if missing else ""
    notes = sorted((note for note in corpus.notes if note.language == language), key=lambda note: note.title.lower())
    items = "".join(f'<li><a href="{_href(note)}">{html.escape(note.title)}</a></li>' for note in notes)
    title = say("no such note" if missing else "all notes", language)
    other: Language = "en" if language == "zh" else "zh"
    return _page(title, f"<h1>{title}</h1>{said}<ul>{items}</ul>", language, (f"/notes?lang={other}", other))


def read_lines(text: str) -> tuple[int, int] | None:
    """`12-30` as (12, 30); None for anything else."""
    match = re.fullmatch(r"(\d{1,6})-(\d{1,6})", text)
    return (int(match[1]), int(match[2])) if match else None


def markdown_inline(text: str) -> str:
    """A passage as HTML: formulas marked up, nothing executable, no headings or images."""
    return _MARKDOWN.render(CLAIM.sub("", text))


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.use(dollarmath_plugin, double_inline=True).use(front_matter_plugin)
    return markdown


_MARKDOWN = _markdown()


def _blocks(note: Note, corpus: Corpus, lines: tuple[int, int] | None) -> Iterator[str]:
    """The note's blocks as HTML; those that touch `lines` stand in one marked element. A claim brings its receipt."""
    marked = False
    for tokens in _top_level(_MARKDOWN.parse(note.text)):
        first = tokens[0]
        if first.type == "front_matter" or (first.type == "fence" and first.info.strip() == "ask"):
            continue
        claims: list[str] = []
        for token in tokens:
            for child in token.children or ():
                claims += CLAIM.findall(child.content) if child.type == "text" else []
                child.content = CLAIM.sub("", child.content) if child.type == "text" else child.content
        start, end = first.map or (0, 0)  # from 0, the end exclusive
        touches = lines is not None and start < lines[1] and end >= lines[0]
        if touches and not marked:
            yield f'<section class="passage" id="passage" aria-label="{say("cited passage", note.language)}">'
        if marked and not touches:
            yield "</section>"
        marked = touches
        if first.type != "paragraph_open" or any(child.content for child in tokens[1].children or ()):
            yield _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
        yield from (receipt_box(claim, corpus.receipts, note.language) for claim in claims)
    if marked:
        yield "</section>"


def _top_level(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _meta(note: Note, corpus: Corpus) -> str:
    language: Language = note.language
    parts = []
    if note.aliases:
        parts.append(f"{say('also called', language)} {html.escape(' · '.join(note.aliases[:6]))}")
    before = [found for slug in note.requires if (found := corpus.find(slug, language))]
    if before:
        links = ", ".join(f'<a href="{_href(found)}">{html.escape(found.title)}</a>' for found in before)
        parts.append(f"{say('builds on', language)} {links}")
    return "<br>".join(parts)


def _sources(note: Note, language: Language) -> str:
    items = []
    for source in note.sources:
        title = html.escape(source.title)
        if urlsplit(source.url).scheme in ("http", "https"):
            title = f'<a href="{html.escape(source.url)}" rel="noopener noreferrer" target="_blank">{title}</a>'
        items.append(f"<li>{title}</li>")
    reviewed = f"<p class='meta'>{html.escape(say('reviewed', language, date=note.reviewed))}</p>"
    heading = f"<h2>{say('written from', language)}</h2>"
    return f'<footer class="sources">{heading}<ul>{"".join(items)}</ul>{reviewed}</footer>' if items else ""


def _lab(note: Note, language: Language) -> str:
    if note.demo not in kit.names():
        return ""
    label = say("open in lab", language, title=kit.load(note.demo).title.to_json()[language])
    return (
        f'<p><a class="button" target="_top" href="{html.escape(lab_link(note.demo, {}))}">{html.escape(label)}</a></p>'
    )


def _other(note: Note, corpus: Corpus) -> tuple[str, Language] | None:
    other: Language = "en" if note.language == "zh" else "zh"
    found = corpus.find(note.slug, other)
    return (note_link(found.slug, other), other) if found else None


def _href(note: Note) -> str:
    return html.escape(note_link(note.slug, note.language))


def _page(title: str, body: str, language: Language, other: tuple[str, Language] | None, theme: str = "") -> str:
    switch = (
        f'<a href="{html.escape(other[0])}" hreflang="{HTML_LANG[other[1]]}" lang="{HTML_LANG[other[1]]}">'
        f"{say('other language', language)}</a>"
        if other
        else ""
    )
    chosen = f' data-theme="{theme}"' if theme in ("light", "dark") else ""
    return (
        f'<!doctype html><html lang="{HTML_LANG[language]}"{chosen}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)} · {say('title', language)}</title>"
        '<link rel="icon" href="/tutor/icon.svg"><link rel="stylesheet" href="/tutor/notes.css">'
        '<script type="module" src="/tutor/formulas.js"></script></head><body>'
        f'<nav><a href="/" target="_top" class="home">{say("back", language)}</a>'
        f'<a href="/notes?lang={language}">{say("all notes", language)}</a>{switch}</nav>'
        f"<main>{body}</main></body></html>"
    )
