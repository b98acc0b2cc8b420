"""What is wrong with a corpus, note by note, with the line and what to do about it.

    finding places demos                what is found and where; what has to be known of the demos
    front_matter sections translation   a note: sources, requires, claims; its sections; its other language
    circles                             concepts that require themselves
    markup links formulas katex         the text of a note: where its links lead, whether its formulas can be drawn
    repetition                          passages and question keys that stand twice
    labels                              the rows of questions.yaml, outsiders.txt and glossary.yaml

Whether a section is found by its questions is the matter of `tutor.retrieval.findability`. Every check takes time that
grows no faster than the corpus; what a text would need more for is refused.
"""

from tutor.corpus.linting.circles import circle_findings
from tutor.corpus.linting.demos import Demos
from tutor.corpus.linting.finding import Finding, Severity, shown
from tutor.corpus.linting.formulas import formula_findings
from tutor.corpus.linting.front_matter import front_matter_findings
from tutor.corpus.linting.labels import label_findings
from tutor.corpus.linting.links import link_findings
from tutor.corpus.linting.markup import markup_of
from tutor.corpus.linting.repetition import repetition_findings
from tutor.corpus.linting.sections import section_findings
from tutor.corpus.linting.translation import translation_findings
from tutor.corpus.reading import Corpus

__all__ = ["Demos", "Finding", "Severity", "lint", "shown"]


def lint(corpus: Corpus, demos: Demos) -> list[Finding]:
    """Every problem of a corpus, in the order of files and lines."""
    markups = {note.path.name: markup_of(note) for note in corpus.notes}
    findings = [_fault(line) for line in corpus.faults]
    findings += [Finding(file, 1, "error", markup.refusal) for file, markup in markups.items() if markup.refusal]
    findings += front_matter_findings(corpus, demos)
    findings += section_findings(corpus, demos)
    findings += translation_findings(corpus)
    findings += circle_findings(corpus)
    findings += link_findings(corpus, markups)
    findings += formula_findings(markups)
    findings += repetition_findings(corpus)
    findings += label_findings(corpus, demos)
    return sorted(set(findings))


def _fault(text: str) -> Finding:
    """A note that could not be read, said as `file: message` or `file:line: message`."""
    file, _, rest = text.partition(":")
    number, _, message = rest.partition(":")
    line = int(number) if number.isdigit() else 0
    return Finding(file, line, "error", (message if line else rest).strip())
