"""Which terms of the glossary, and which concepts by title or alias, a text names.

A text is read as a row of units: Latin words (lower case, without plural s) and single Chinese characters; spaces and
hyphens between words do not count, so "over-fitting" is "overfitting". The longest form that fits is taken, and
Chinese forms may stand anywhere, as Chinese has no spaces.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tutor.corpus.glossary import Term
from tutor.retrieval.scripts import HAN, simplify

LONGEST = 12  # units of a form that are compared
ARTICLES = ("a", "an", "the")  # begin no term: "a dam" is not Adam
HEAD = 2  # first characters by which most places are passed over
_UNIT = re.compile(rf"[a-z0-9][a-z0-9.+#]*|{HAN.pattern}|[^\s\-_]")


@dataclass(frozen=True)
class Mentions:
    """What a text names: standard terms (their English), concepts, and terms that no note explains."""

    terms: tuple[str, ...]
    notes: frozenset[str]
    foreign: tuple[str, ...]


class MentionFinder:
    """Finds forms of terms and names of notes in texts; built once, a question takes some 50 µs."""

    def __init__(self, glossary: Iterable[Term], names: Mapping[str, Iterable[str]]) -> None:
        """`names` are the titles and aliases of each note."""
        self._forms: dict[str, tuple[str, str]] = {}  # form -> standard term ("" for a name), note
        for term in glossary:
            for form in term.forms:
                self._forms.setdefault("".join(_units(form)), (term.en.lower(), term.note))
        for note, of in names.items():
            for name in of:
                key = "".join(_units(name))
                self._forms[key] = (self._forms.get(key, ("", ""))[0], note)
        self._forms.pop("", None)
        self._heads = {form[:HEAD] for form in self._forms}

    def find(self, text: str) -> Mentions:
        """The mentions in `text`, each term once."""
        units = _units(text)
        found: list[tuple[str, str]] = []
        start = 0
        while start < len(units):
            known = units[start] not in ARTICLES and "".join(units[start : start + HEAD])[:HEAD] in self._heads
            for end in range(min(len(units), start + LONGEST), start, -1) if known else ():
                if (form := self._forms.get("".join(units[start:end]))) is not None:
                    found.append(form)
                    start = end
                    break
            else:
                start += 1
        found = list(dict.fromkeys(found))
        return Mentions(
            tuple(term for term, _ in found if term),
            frozenset(note for _, note in found if note),
            tuple(term for term, note in found if not note),
        )


def _units(text: str) -> list[str]:
    folded = simplify(unicodedata.normalize("NFKC", text)).lower()
    return [_singular(unit.rstrip(".")) or unit for unit in _UNIT.findall(folded)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
