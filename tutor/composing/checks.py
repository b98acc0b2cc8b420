"""Every check of the notes: those of the corpus by itself, and those that need the demos or the index."""

from collections.abc import Mapping

from tutor.composing.parts import Parts
from tutor.corpus import Corpus
from tutor.corpus.linting import Demos, Finding, lint
from tutor.errors import CorpusError


def findings_of(notes: Corpus, parts: Parts) -> list[Finding]:
    """Every problem of the notes, in the order of files and lines; `parts` opens encoder and index to ask them."""
    return sorted([*lint(notes, shipped_demos()), *_findability(notes, parts)])


def shipped_demos() -> Demos:
    """What the checks of the notes need to know of the demos."""
    from demos import kit

    def refusal(slug: str, params: Mapping[str, float | str]) -> str:
        try:
            kit.check(slug, params)
        except kit.DemoError as error:
            return str(error)
        return ""

    claims = {row["name"]: frozenset(claim["id"] for claim in row["claims"]) for row in kit.catalogue()}
    return Demos(claims, refusal)


def _findability(notes: Corpus, parts: Parts) -> list[Finding]:
    """Sections that nobody would find, or why that cannot be told."""
    from tutor.retrieval.findability import encode_few, findability_findings
    from tutor.retrieval.index import open_index

    try:
        opened, _ = open_index(notes, parts.encoder, parts.settings.home, progress=encode_few)
    except CorpusError as error:
        return [Finding("notes", 0, "warning", f"whether questions find their sections is not checked: {error}")]
    return findability_findings(notes, opened)
