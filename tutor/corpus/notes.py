"""A note: one concept in one language, read from Markdown into typed sections.

Block structure comes from markdown-it-py; every section and block keeps its source lines, so that a
citation can quote the file verbatim and the page can highlight it.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from tutor.corpus.kinds import SectionKind, kind_of_heading
from tutor.corpus.plain_yaml import YamlFault, load_yaml
from tutor.errors import CorpusError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
NOTE_LIMIT = 100_000  # bytes; a note of 1,500 words has about 12,000
FRONT_MATTER_LIMIT = 10_000  # bytes
FRONT_MATTER_DEPTH = 8  # levels; a note needs three


@dataclass(frozen=True)
class Source:
    """Where a note's facts come from: a paper by `url` or one of the source texts by `file`."""

    title: str
    url: str = ""
    file: str = ""


@dataclass(frozen=True)
class Block:
    """A top-level Markdown block; `start_line` and `end_line` count from 1, both inclusive."""

    type: str  # paragraph, list, fence, math, table, quote
    start_line: int
    end_line: int


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; `markdown` is what a reader sees, `keys` its question keys."""

    heading: str
    level: int
    kind: SectionKind
    start_line: int
    end_line: int
    markdown: str
    blocks: tuple[Block, ...]
    keys: tuple[str, ...]
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """One concept in one language. `text` is the file as it stands; line numbers refer to it."""

    slug: str
    language: Language
    title: str
    aliases: tuple[str, ...]
    requires: tuple[str, ...]
    demo: str
    sources: tuple[Source, ...]
    reviewed: str
    path: Path
    text: str
    sections: tuple[Section, ...]

    def lines(self, start: int, end: int) -> str:
        """The source lines `start` to `end`, counted from 1, both inclusive."""
        return "\n".join(self._lines[start - 1 : end])

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Neither tables nor inline markup: the block structure needs neither, and hostile ones take minutes.
    return MarkdownIt("commonmark").use(front_matter_plugin).use(dollarmath_plugin).disable("inline")


def read_note(path: Path, before: Note | None = None) -> Note:
    """Read `<slug>.<zh|en>.md`; `before` itself, if the file still says what it said then.

    Raises:
        CorpusError: the name, the encoding, the front matter or the size is not that of a note.
    """
    slug, _, language = path.name.removesuffix(".md").rpartition(".")
    if not slug or language not in LANGUAGES:
        raise CorpusError(f"{path.name}: a note is named <concept>.zh.md or <concept>.en.md.")
    try:
        if not path.is_file():
            raise CorpusError(f"{path.name}: not a file. Move it out of the notes.")
        with path.open("rb") as file:
            raw = file.read(NOTE_LIMIT + 1)
        if len(raw) > NOTE_LIMIT:
            raise CorpusError(f"{path.name}: more than {NOTE_LIMIT:,} bytes. Split it.")
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise CorpusError(f"{path.name}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path.name}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from None
    if before and before.text == text:
        return before
    tokens = [token for token in _parser().parse(text) if token.level == 0 and token.map]
    front = _front_matter(path, tokens)
    title = str(front.get("title") or slug)
    return Note(
        slug=slug,
        language=language,  # type: ignore[arg-type]
        title=title,
        aliases=_strings(path, front, "aliases"),
        requires=_strings(path, front, "requires"),
        demo=str(front.get("demo") or ""),
        sources=_sources(path, front),
        reviewed=str(front.get("reviewed") or ""),
        path=path,
        text=text,
        sections=tuple(_sections(title, text.split("\n"), tokens)),
    )


def _front_matter(path: Path, tokens: list[Token]) -> dict[str, object]:
    if not tokens or tokens[0].type != "front_matter":
        raise CorpusError(f"{path.name}:1: no front matter. Start the file with --- lines that give at least a title.")
    content = tokens[0].content
    if len(content.encode()) > FRONT_MATTER_LIMIT:
        raise CorpusError(f"{path.name}:1: front matter of more than {FRONT_MATTER_LIMIT:,} bytes. Shorten it.")
    try:
        front = load_yaml(content, FRONT_MATTER_DEPTH)
    except YamlFault as fault:
        raise CorpusError(f"{path.name}:{fault.line + 1}: front matter is not YAML: {fault}.") from None
    if not isinstance(front, dict):
        raise CorpusError(f"{path.name}:1: front matter must be lines of `name: value`.")
    return front


def _strings(path: Path, front: dict[str, object], name: str) -> tuple[str, ...]:
    value = front.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str | int | float) for item in value):
        raise CorpusError(f"{path.name}:1: `{name}` must be a list of words, such as [a, b].")
    if not all(str(item).strip() for item in value):
        raise CorpusError(f"{path.name}:1: `{name}` has an empty entry. Take it out.")
    return tuple(str(item).strip() for item in value)


def _sources(path: Path, front: dict[str, object]) -> tuple[Source, ...]:
    value = front.get("sources") or []
    if not isinstance(value, list) or not all(isinstance(item, dict) and item.get("title") for item in value):
        raise CorpusError(f"{path.name}:1: `sources` must be a list of {{title: …, url: …}} or {{title: …, file: …}}.")
    return tuple(
        Source(str(item["title"]), url=str(item.get("url") or ""), file=str(item.get("file") or "")) for item in value
    )


_CLAIM = re.compile(r"\{claim:\s*([^{}\s]+)\s*\}")
_CLAIMS = re.compile(rf"(?:{_CLAIM.pattern}\s*)+")
_BLOCKS = {
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "fence": "fence",
    "code_block": "fence",
    "math_block": "math",
}


def _sections(title: str, lines: list[str], tokens: list[Token]) -> list[Section]:
    """Cut the note at its headings; text before the first one belongs to a section named as the note."""
    opened: list[tuple[str, int, int, list[Token]]] = [(title, 1, 0, [])]
    for token in tokens:
        assert token.map is not None
        if token.type == "heading_open":
            heading = lines[token.map[0]].strip().strip("#").strip()
            opened.append((heading, int(token.tag[1]), token.map[0], []))
        elif token.type in _BLOCKS:
            opened[-1][3].append(token)
    sections = []
    for number, (heading, level, start, inside) in enumerate(opened):
        end = opened[number + 1][2] if number + 1 < len(opened) else len(lines)
        if number or inside:
            sections.append(_section(heading, level, start, end, inside, lines))
    return sections


def _section(heading: str, level: int, start: int, end: int, tokens: list[Token], lines: list[str]) -> Section:
    blocks: list[Block] = []
    keys: list[str] = []
    claims: list[str] = []
    for token in tokens:
        assert token.map is not None
        first, last = token.map[0], token.map[1]
        while last > first + 1 and not lines[last - 1].strip():
            last -= 1  # markdown-it counts the blank line after a list
        body = "\n".join(lines[first:last]).strip()
        if token.type == "fence" and token.info.strip() == "ask":
            keys += [line.strip() for line in token.content.split("\n") if line.strip()]
        elif _CLAIMS.fullmatch(body):
            claims += _CLAIM.findall(body)
        else:
            kind = "table" if token.type == "paragraph_open" and body.startswith("|") else _BLOCKS[token.type]
            blocks.append(Block(kind, first + 1, last))
    markdown = "\n\n".join("\n".join(lines[block.start_line - 1 : block.end_line]) for block in blocks)
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    kind = kind_of_heading(heading)
    return Section(heading, level, kind, start + 1, end, markdown, tuple(blocks), tuple(keys), tuple(claims))
