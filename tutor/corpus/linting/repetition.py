"""Text that a corpus says twice: passages within a language, and question keys that two concepts share.

Passages are compared as sets of shingles, runs of letters and digits (Broder, "On the resemblance and containment of
documents", 1997). Every fourth shingle by hash is kept to find candidates, each passage beside a few that came before
it with the same shingle; the candidates are then compared by all their shingles. So the time grows with the length of
the notes, and not with its square.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from tutor.corpus.linting.finding import Finding, Severity, shown
from tutor.corpus.linting.places import key_lines
from tutor.corpus.notes import LANGUAGES, Language
from tutor.corpus.passages import Passage
from tutor.corpus.reading import Corpus

Files = dict[tuple[str, str], str]  # slug and language of a note -> name of its file

SHINGLE: dict[Language, int] = {"zh": 5, "en": 9}  # characters
SHORTEST: dict[Language, int] = {"zh": 25, "en": 60}  # letters and digits of a passage that counts
# In the shipped notes no two passages resemble one another by more than 0.16, or are contained by more than 0.68 (a
# self-test that asks for the sum just done). An English passage with every eighth word changed, or a Chinese one with
# every tenth character, still resembles itself by more than 0.3.
RESEMBLANCE = 0.25  # common shingles among all those of both
CONTAINMENT = 0.8  # common shingles among those of the shorter
KEPT = 4  # of so many shingles one finds candidates
BEFORE = 4  # earlier passages with the same shingle that are looked at
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing


def repetition_findings(corpus: Corpus) -> Iterator[Finding]:
    """Passages that repeat others, and question keys that lead to two notes."""
    files = {(note.slug, note.language): note.path.name for note in corpus.notes}
    for language in LANGUAGES:
        passages = [passage for passage in corpus.passages if passage.language == language]
        yield from _repeated_passages(passages, files, language)
    yield from _repeated_keys(corpus)


def normal(text: str) -> str:
    """`text` without case, punctuation, spaces and full-width forms."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _repeated_passages(passages: list[Passage], files: Files, language: Language) -> Iterator[Finding]:
    first: dict[str, Passage] = {}
    for passage in passages:
        text = normal(passage.text)
        if len(text) >= SHORTEST[language] and (other := first.setdefault(text, passage)) is not passage:
            yield _finding(files, passage, other, "error", "is the same as")
    different = list(first.values())
    sets = [_shingles(text, SHINGLE[language]) for text in first]
    for this, that in sorted(_candidates(sets)):
        common = len(np.intersect1d(sets[this], sets[that], assume_unique=True))
        shorter, either = min(len(sets[this]), len(sets[that])), len(sets[this]) + len(sets[that]) - common
        if common >= RESEMBLANCE * either or common >= CONTAINMENT * shorter:
            yield _finding(files, different[this], different[that], "warning", f"repeats {common / shorter:.0%} of")


def _finding(files: Files, passage: Passage, other: Passage, severity: Severity, how: str) -> Finding:
    place = f"{files[other.note, other.language]}:{other.start_line}"
    message = f"the passage {how} the one at {place}: say it once and name the other."
    return Finding(files[passage.note, passage.language], passage.start_line, severity, message)


def _shingles(text: str, length: int) -> np.ndarray:
    """Hashes of the shingles of `text`, sorted, each once: uint64 (n,)."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64)
    count = len(codes) - length + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(length):
        hashes = (hashes + codes[place : place + count]) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def _candidates(sets: list[np.ndarray]) -> Iterator[tuple[int, int]]:
    """Pairs that share enough of the kept shingles to be worth a look: later passage, earlier one."""
    kept = [shingles[shingles % np.uint64(KEPT) == 0] for shingles in sets]
    holders: dict[int, list[int]] = defaultdict(list)
    for this, shingles in enumerate(kept):
        shared: Counter[int] = Counter()
        for shingle in shingles.tolist():
            before = holders[shingle]
            shared.update(before)
            before.append(this)
            del before[:-BEFORE]
        for other, count in shared.items():
            if count >= 0.2 * min(len(shingles), len(kept[other])):
                yield this, other


def _repeated_keys(corpus: Corpus) -> Iterator[Finding]:
    """The same question under two concepts leads to either by chance; twice in one file, once was enough."""
    owners: dict[str, tuple[str, str, int]] = {}
    for note in corpus.notes:
        file = note.path.name
        for section in note.sections:
            lines = key_lines(note, section)
            for key in section.keys:
                line = lines.get(key, section.start_line)
                slug, other, there = owners.setdefault(normal(key), (note.slug, file, line))
                if (slug, other) == (note.slug, file) and line != there:
                    yield Finding(file, line, "warning", f"question key {shown(key)} stands twice: take one out.")
                elif slug != note.slug:
                    message = f"question key {shown(key)} also stands in {other}:{there}: leave it where the answer is."
                    yield Finding(file, line, "warning", message)
