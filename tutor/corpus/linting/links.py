"""Links and images in the text of a note that lead nowhere. Nothing is fetched.

[text](https://arxiv.org/abs/1706.03762)   another site
[text](dropout.en.md)                      another note, or any file in the corpus, from where the note is
[text](#why-it-works)                      a heading, in the form that GitHub gives it
[text](/notes?id=dropout&lang=en)          a note's page
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from tutor.corpus.linting.finding import Finding, shown
from tutor.corpus.linting.front_matter import fault_of_address
from tutor.corpus.linting.markup import Link, Markup
from tutor.corpus.notes import Note
from tutor.corpus.reading import Corpus


def link_findings(corpus: Corpus, markups: Mapping[str, Markup]) -> Iterator[Finding]:
    """Every link and image that leads nowhere; `markups` are those of the notes by the names of their files."""
    notes = {note.path.name: note for note in corpus.notes}
    for file, markup in markups.items():
        for line, fault in markup.broken:
            yield Finding(file, line, "error", fault)
        for link in markup.links:
            if fault := _fault(link, notes[file], notes, corpus):
                yield Finding(file, link.line, "error", f"{_name(link)} {fault}")
            elif link.image:
                message = f"{_name(link)} is not shown: notes have no images. Say in words what it shows."
                yield Finding(file, link.line, "warning", message)


def anchor_of(heading: str) -> str:
    """The anchor of a heading: lower case, without punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _name(link: Link) -> str:
    return f"{'image' if link.image else 'link'} {shown(link.target)}"


def _fault(link: Link, note: Note, notes: Mapping[str, Note], corpus: Corpus) -> str:
    try:
        parts = urlsplit(link.target)
    except ValueError:
        return "is malformed. Correct it."
    if parts.scheme or parts.netloc:
        fault = fault_of_address(link.target)
        return f"{fault}. Correct it." if fault else ""
    if parts.path == "/notes":
        asked = parse_qs(parts.query)
        slug = asked.get("id", [""])[0]
        known = corpus.nearest(slug, asked.get("lang", [note.language])[0])
        return "" if known else f"leads to no note: there is no {shown(slug)}."
    target = note
    if parts.path:
        path = unquote(parts.path)
        found = _inside(path, note.path.parent, corpus.folder)
        if found is None:
            return "leads out of the corpus. Link to a note, such as dropout.en.md, or to https://…"
        if not found.is_file():
            return f"leads nowhere: there is no {shown(path)} beside the note."
        target = notes.get(found.name) if found.parent == note.path.parent.resolve() else None
    if parts.fragment and target is not None:
        anchors = {anchor_of(section.heading) for section in target.sections}
        if unquote(parts.fragment).lower() not in anchors:
            return f"leads to no heading of {target.path.name}. Write the heading in lower case with hyphens."
    return "" if link.target else "is empty. Add an address."


def _inside(path: str, folder: Path, corpus: Path) -> Path | None:
    """The file that a relative `path` means, if it lies in the corpus."""
    if path.startswith("/") or not path.isprintable() or len(path) > 255:
        return None
    found = (folder / path).resolve()
    return found if found.is_relative_to(corpus.resolve()) else None
