"""How well an answer is made: verdicts between 0 and 1 on every question that is answered, and that notes cover.

    supported       of the sentences that should rest on a passage, the share whose content stands in it
    grounded        every sentence is cited, measured, or only connects others
    verbatim        every quote is what the note's file says at the lines that the citation names
    direct          the first sentence that cites stands alone, is of a labelled note, and answers the kind of question;
                    a self-test answers who wants a judgement
    length          at most 150 words or 250 characters, apart from formulas and what may be read besides
    no repetition   the share of the sentences that do not say again what one before them says

All are read off words and headings. A sentence of the right kind that misses the point is `direct` all the same: a
person who reads the page of answers will find fewer that are.
"""

import re
from collections.abc import Iterable, Mapping

from tutor.answering import READ_MORE, Answer
from tutor.answering.answer import Citation, Said
from tutor.answering.choosing import says_the_same
from tutor.answering.grounding import SHARED, overlap
from tutor.answering.origin import EXTRACTIVE
from tutor.answering.outline import BUDGET
from tutor.answering.question import Question
from tutor.answering.sentences import length
from tutor.corpus import Corpus
from tutor.corpus.kinds import SectionKind, kind_of_heading
from tutor.corpus.questions import LabelledQuestion

QUALITIES = ("supported", "grounded", "verbatim", "direct", "length", "no repetition")
WITH_TABLE = 1.6  # times that, if a table compares
ON_SUBJECT = 1 / 3  # of the question's terms, that a first sentence from a section of another kind must have
DIGITS = 4  # kept here and on disk alike, so that an unchanged answer compares as unchanged

# Sections that answer a question whose label says how it is asked; of others, what their words ask for decides.
_REMEDY: frozenset[SectionKind] = frozenset(("how", "why", "when", "pitfalls"))
_ANSWERED_BY: dict[str, frozenset[SectionKind]] = {
    "what": frozenset(("what",)), "why": frozenset(("why",)), "how": frozenset(("how", "example")),
    "when": frozenset(("when",)), "compare": frozenset(("compare",)), "example": frozenset(("example",)),
    "misconception": frozenset(("pitfalls",)), "practice": _REMEDY, "symptom": _REMEDY,
}  # fmt: skip

_MARK = re.compile(r" ?\[(\d{1,3})\]")
_DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_FRAME = re.compile(r"^\|[-|: ]*\|$|^\|(?=.*\|$)|\|", re.MULTILINE)  # of a table
_LEANS_BACK = re.compile(
    r"(?:它|这|那|其中|此外|因此|所以|但|不过|然而|而且|于是|同样|反过来|接着|然后|前者|后者|另一|也|又|还)"
    r"|(?:It|Its|This|That|These|Those|They|Their|Such|So|But|However|Therefore|Then|Also|And|Or|Another|Both)\b"
)


def qualities(row: LabelledQuestion, question: Question, answer: Answer, corpus: Corpus) -> Mapping[str, float]:
    """The verdicts on an answer to `row`, understood as `question`, from the notes of a corpus; none on a refusal."""
    if answer.refused:
        return {}
    founded = [said for said in answer.sentences if said.kind in ("cited", "unsupported")]
    told = [said.text for said in answer.sentences if said.kind != "connective"]
    verdicts = {
        "supported": _share(_stands(said, answer) for said in founded),
        "grounded": bool(founded) and all(said.kind != "unsupported" for said in answer.sentences),
        "verbatim": all(_is_quoted(citation, corpus) for citation in answer.citations),
        "direct": _is_direct(row, question, answer),
        "length": length_of(answer) <= BUDGET[answer.language] * (WITH_TABLE if "\n|" in answer.text else 1),
        "no repetition": _share(not any(says_the_same(one, told[k]) for k in range(i)) for i, one in enumerate(told)),
    }
    return {name: round(float(verdict), DIGITS) for name, verdict in verdicts.items()}


def length_of(answer: Answer) -> int:
    """Words or characters, as `length` counts them, before what may be read besides."""
    return length(_FRAME.sub(" ", _MARK.sub("", _DISPLAY.sub(" ", _body(answer)))), answer.language)


def _body(answer: Answer) -> str:
    return answer.text.partition(READ_MORE[answer.language])[0]


def _stands(said: Said, answer: Answer) -> bool:
    """Whether a sentence stands in the passages that it cites: word for word, or as a fair paraphrase."""
    cited = [citation for citation in answer.citations if citation.n in _numbers(said)]
    if said.kind != "cited" or not cited:
        return False
    text = _MARK.sub("", said.text)
    if any(_squeezed(text) in _squeezed(citation.quote) for citation in cited):
        return True
    if answer.model == EXTRACTIVE:
        return False
    read = "\n".join(f"{citation.title}\n{citation.section}\n{citation.quote}" for citation in cited)
    return overlap(text, read) >= min(SHARED[citation.language] for citation in cited)


def _numbers(said: Said) -> set[int]:
    """Those of the marks that a model has set, or the one that an extractive answer knows."""
    return {int(n) for n in _MARK.findall(said.text)} or ({said.n} if said.n else set())


def _is_quoted(citation: Citation, corpus: Corpus) -> bool:
    note = corpus.find(citation.note, citation.language)
    return note is not None and citation.quote == note.lines(citation.start_line, citation.end_line)


def _wanted(row: LabelledQuestion, question: Question) -> frozenset[SectionKind]:
    """The kinds of section that answer a question."""
    labelled = _ANSWERED_BY.get(row.kind) or (_REMEDY if question.asks == "practice" else frozenset())
    asked: frozenset[SectionKind] = frozenset((question.kind,)) if question.kind else frozenset()
    return labelled | asked or frozenset(("what",))


def _is_direct(row: LabelledQuestion, question: Question, answer: Answer) -> bool:
    first = next((said for said in answer.sentences if said.kind == "cited"), None)
    source = next((citation for citation in answer.citations if first and citation.n == first.n), None)
    if first is None or source is None or source.note not in row.notes:
        return False
    text = _MARK.sub("", first.text).strip()
    announces = text.endswith((":", "：")) and not _leads_into_formula(text, answer)
    if announces or _LEANS_BACK.match(text):
        return False
    kind = kind_of_heading(source.section)
    of_kind = kind in _wanted(row, question) or (kind == "check" and question.judged)
    return of_kind or overlap(question.standalone, text) >= ON_SUBJECT


def _leads_into_formula(text: str, answer: Answer) -> bool:
    start = text.rstrip(":：")
    return answer.text.partition(start)[2].partition("\n\n")[2].startswith("$$")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _share(verdicts: Iterable[bool]) -> float:
    """The share that is true; 0 of none."""
    found = list(verdicts)
    return sum(found) / len(found) if found else 0.0
