"""What is wrong with the front matter of a note: its sources, its demo, the concepts that it requires.

Nothing is fetched: a DOI or an arXiv number is judged by its shape.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from tutor.corpus.linting.demos import Demos
from tutor.corpus.linting.finding import Finding, listed, shown
from tutor.corpus.linting.places import line_of
from tutor.corpus.notes import Note, Source
from tutor.corpus.reading import Corpus

_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
_DOI = re.compile(r"/10\.\d{4,9}/\S+")
_ARXIV = re.compile(
    r"/(?:abs|pdf|html)/(?:\d\d(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?"
)
_FILE = re.compile(r"\w[\w .-]*\.\w+")


def front_matter_findings(corpus: Corpus, demos: Demos) -> Iterator[Finding]:
    """Sources, demos and required concepts of every note, then what concerns several notes."""
    slugs = {note.slug for note in corpus.notes}
    for note in corpus.notes:
        yield from _sources(note)
        if note.demo and note.demo not in demos.claims:
            message = f"no demo {shown(note.demo)}. There are: {', '.join(sorted(demos.claims))}."
            yield Finding(note.path.name, line_of(note, "demo"), "error", message)
        if unknown := [slug for slug in dict.fromkeys(note.requires) if slug not in slugs]:
            message = f"requires {listed(unknown)}, which no note explains yet: write it or take it out."
            yield Finding(note.path.name, line_of(note, "requires", unknown[0]), "error", message)
    yield from _shared_names(corpus)
    yield from _unused_demos(corpus, demos)


def fault_of_address(address: str) -> str:
    """Why an address leads nowhere, judged by its shape alone; "" if it may well lead somewhere."""
    if not address.startswith(("https://", "http://")):
        return "is not http(s)"
    if not address.isprintable() or " " in address:
        return "has a space or a control character in it"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is malformed"
    if not _HOST.fullmatch(host):
        return f"has no host that could exist ({shown(host)})"
    if host in ("doi.org", "dx.doi.org") and not _DOI.fullmatch(parts.path):
        return "is not a DOI, which looks like https://doi.org/10.1038/nature14539"
    if host.removeprefix("www.") == "arxiv.org" and not _ARXIV.fullmatch(parts.path):
        return "is not an arXiv paper, which looks like https://arxiv.org/abs/1706.03762"
    return ""


def _sources(note: Note) -> Iterator[Finding]:
    file = note.path.name
    if not note.sources:
        yield Finding(file, 1, "error", "no sources: say in `sources` where the facts come from.")
    seen: set[str] = set()
    for source in note.sources:
        place = source.url or source.file
        if fault := _fault_of_source(source):
            yield Finding(file, line_of(note, "sources", place or source.title), "error", fault)
        elif place in seen:
            message = f"source {shown(place)} is given twice: take one out."
            yield Finding(file, line_of(note, "sources", place), "warning", message)
        seen.add(place)


def _fault_of_source(source: Source) -> str:
    if not source.url and not source.file:
        return f"source {shown(source.title)} has neither url nor file: add one."
    if source.url and (fault := fault_of_address(source.url)):
        return f"source address {shown(source.url)} {fault}. Correct it."
    if source.file and not _FILE.fullmatch(source.file):
        return f"source file {shown(source.file)} is not the plain name of a file. Leave the folder out."
    return ""


def _shared_names(corpus: Corpus) -> Iterator[Finding]:
    """A name that two concepts share leads to either of them by chance."""
    owners: dict[str, list[Note]] = defaultdict(list)
    for note in corpus.notes:
        for name in dict.fromkeys(name.casefold() for name in (note.title, *note.aliases)):
            owners[name].append(note)
    for name, notes in owners.items():
        first = notes[0]
        for note in notes[1:]:
            if note.slug != first.slug:
                message = f"the name {shown(name)} is also one of {first.path.name}: leave it to one of them."
                field = "title" if note.title.casefold() == name else "aliases"
                yield Finding(note.path.name, line_of(note, field), "warning", message)


def _unused_demos(corpus: Corpus, demos: Demos) -> Iterator[Finding]:
    for demo in sorted(demos.claims.keys() - {note.demo for note in corpus.notes}):
        message = f"demo {shown(demo)} is used by no note: name it in `demo:` of the note that it belongs to."
        yield Finding("notes", 0, "warning", message)
