"""Mistyped English words of a question, put right: "stocastic gradeint" is "stochastic gradient".

A word is mistyped if neither the notes nor the encoder's vocabulary has it and it lies one keystroke (two, if it is
long) from a word of the notes. The distance is the optimal string alignment of Damerau, "A technique for computer
detection and correction of spelling errors", CACM 7 (1964).
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from string import ascii_lowercase

RECENT = 4096  # words whose correction is kept
SHORTEST = 5  # letters of a word that is looked at: in shorter ones a keystroke makes another word
LONG = 9  # letters from which on two keystrokes are forgiven

_WORD = re.compile(r"(?<![A-Za-z0-9_.'-])(?:[A-Za-z][a-z]+|[A-Z]+)(?![A-Za-z0-9_'-])")  # no identifier: FastAPI
# At most three endings: with any number of them, a long word made of endings would be cut in 2ⁿ ways.
_ENDING = re.compile(r"(?:s|ed|ing|er|or|ion|ional|al|ly|e|ated?|ance|ity|y|ive|i[sz]ation|i[sz]ed?){1,3}$")


class Speller:
    """Corrects against the words of texts, which are read when the first word is in doubt; safe between threads."""

    def __init__(self, texts: Iterable[str], is_word: Callable[[str], bool]) -> None:
        """`is_word`: whether a lower-case word exists, be it in the texts or not."""
        self._texts = texts
        self._is_word = is_word
        self._correction = lru_cache(RECENT)(self._corrected_word)

    def prepare(self) -> None:
        """Read the words now, which takes ten times as long as an answer."""
        self.corrected("mistypedd")

    def corrected(self, text: str) -> str:
        """`text` with its mistyped words put right; everything else as it stands."""
        return _WORD.sub(lambda match: self._correction(match[0]), text)

    def _corrected_word(self, word: str) -> str:
        lower = word.lower()
        if len(word) < SHORTEST or self._is_word(lower) or lower in self._words[lower[0]]:
            return word
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        forgiven = 1 if len(word) < LONG else 2
        stem = _stem(lower)
        near = [other for other, its_stem in self._words[lower[0]].items() if its_stem != stem]  # no form of the same
        found = process.extractOne(lower, near, scorer=OSA.distance, score_cutoff=forgiven)
        return found[0] if found else word

    @cached_property
    def _words(self) -> dict[str, dict[str, str]]:
        """The words of the texts with their stems, by first letter, which is seldom mistyped."""
        words: dict[str, dict[str, str]] = {letter: {} for letter in ascii_lowercase}
        for word in sorted({word for text in self._texts for word in re.findall("[a-z]{4,}", text.lower())}):
            words[word[0]][word] = _stem(word)
        return words


def _stem(word: str) -> str:
    return _ENDING.sub("", word)
