"""Where the two languages of a note are built differently; reported at the Chinese note, or at the lonely one."""

from collections import Counter
from collections.abc import Iterator

from tutor.corpus.linting.finding import Finding, shown
from tutor.corpus.linting.places import line_of
from tutor.corpus.notes import LANGUAGES, Note, Section
from tutor.corpus.reading import Corpus


def translation_findings(corpus: Corpus) -> Iterator[Finding]:
    """The other language of every note is there and says the same in as many sections, formulas and tables."""
    for note in corpus.notes:
        other_language = next(language for language in LANGUAGES if language != note.language)
        other = corpus.find(note.slug, other_language)
        if other is None:
            message = f"no {note.slug}.{other_language}.md beside it: translate the note."
            yield Finding(note.path.name, 0, "warning", message)
        elif note.language == "zh":
            yield from _differences(note, other)


def _differences(zh: Note, en: Note) -> Iterator[Finding]:
    file, beside = zh.path.name, en.path.name
    for field, mine, theirs in (
        ("demo", zh.demo, en.demo),
        ("requires", set(zh.requires), set(en.requires)),
    ):
        if mine != theirs:
            yield Finding(file, line_of(zh, field), "error", f"`{field}` is not that of {beside}: make them agree.")
    if {source.url or source.file for source in zh.sources} != {source.url or source.file for source in en.sources}:
        message = f"the sources are not those of {beside}: name the same in both."
        yield Finding(file, line_of(zh, "sources"), "warning", message)
    if len(zh.sections) != len(en.sections):
        yield _first_without_partner(zh, en)
        return
    for mine, theirs in zip(zh.sections, en.sections, strict=True):
        yield from _section_differences(zh, en, mine, theirs)


def _first_without_partner(zh: Note, en: Note) -> Finding:
    alike = 0
    for mine, theirs in zip(zh.sections, en.sections, strict=False):
        if (mine.level, mine.kind) != (theirs.level, theirs.kind):
            break
        alike += 1
    here = zh.sections[alike] if alike < len(zh.sections) else None
    there = en.sections[alike] if alike < len(en.sections) else None
    message = (
        f"{len(zh.sections)} sections, but {len(en.sections)} in {en.path.name}: make them alike. They part where "
        f"{f'{shown(here.heading)} stands' if here else 'this note ends'} here and "
        f"{f'{shown(there.heading)} (line {there.start_line})' if there else 'nothing'} there."
    )
    return Finding(zh.path.name, here.start_line if here else 1, "error", message)


def _section_differences(zh: Note, en: Note, mine: Section, theirs: Section) -> Iterator[Finding]:
    file, line = zh.path.name, mine.start_line
    if (mine.level, mine.kind, mine.claims) != (theirs.level, theirs.kind, theirs.claims):
        message = (
            f"section {shown(mine.heading)} ({mine.kind}) stands beside {shown(theirs.heading)} ({theirs.kind}) "
            f"in {en.path.name}:{theirs.start_line}: level, kind and claims must agree."
        )
        yield Finding(file, line, "error", message)
    here, there = _contents(zh, mine), _contents(en, theirs)
    for type_ in sorted(here.keys() | there.keys()):
        if here[type_] != there[type_]:
            message = (
                f"section {shown(mine.heading)} has {here[type_]} of the kind {type_}, but {there[type_]} stand in "
                f"{en.path.name}:{theirs.start_line}: say the same in both."
            )
            yield Finding(file, line, "warning", message)


def _contents(note: Note, section: Section) -> Counter[str]:
    """How many blocks of each type a section has, and questions if it is a self-test."""
    counts = Counter(block.type for block in section.blocks)
    if section.kind == "check":
        lines = section.markdown.split("\n")
        counts["question"] = sum(line.startswith(("- ", "* ", "+ ")) for line in lines)
    return counts
