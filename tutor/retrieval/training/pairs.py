"""Aligned Chinese and English texts: reading them, and keeping whole pages apart for measuring."""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TERM_HEADINGS = ("machine learning", "deep learning architectures and applications")  # of the word list
MIXED = 0.25  # share of the terms that stay English in a Chinese question


@dataclass(frozen=True)
class Pair:
    """One Chinese text and its English translation; `page` is the document that both come from."""

    zh: str
    en: str
    kind: str  # sentence, paragraph, heading, term; word (from the word list); question (from the frames)
    page: str


@dataclass(frozen=True)
class Split:
    """Pairs to train on, and sentence pairs of pages that training never sees."""

    train: tuple[Pair, ...]
    held_out: tuple[Pair, ...]


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """Pairs of a gzipped JSON-lines file with the fields zh, en, kind and source; repeated pairs are dropped.

    Raises:
        ValueError: a line lacks one of the fields, or a field is not text.
    """
    found: dict[tuple[str, str], Pair] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            fields = [row.get(name) for name in ("zh", "en", "kind", "source")]
            if not all(isinstance(field, str) for field in fields):
                raise ValueError(f"{path.name}, line {number}: expected the text fields zh, en, kind, source")
            pair = Pair(*fields)
            found.setdefault((pair.zh, pair.en), pair)
    return tuple(found.values())


def read_words(path: Path) -> tuple[Pair, ...]:
    """Pairs of the word list: one per English gloss, in the order of the file; `page` is the heading above a word."""
    return tuple(
        Pair(zh, gloss, "word", heading) for zh, en, heading in _rows(path) for gloss in en.split(" / ") if gloss
    )


def read_questions(path: Path, words: Sequence[Pair], per_frame: int, rng: random.Random) -> tuple[Pair, ...]:
    """Questions made from the frames of `path`, each filled with up to `per_frame` random terms of the word list.

    A quarter of the terms stay English on the Chinese side, as students mix them.

    Raises:
        ValueError: the word list has no terms under the headings that the frames are filled from.
    """
    terms = [(word.zh, word.en) for word in words if word.page in TERM_HEADINGS]
    if not terms:
        raise ValueError(f"the word list has no entries under {' or '.join(TERM_HEADINGS)}")
    pairs = []
    for zh, en, heading in _rows(path):
        slots = [slot for slot in ("{}", "{a}", "{b}") if slot in zh]
        for _ in range(per_frame):
            asked, meant = zh, en
            for slot, (term, translation) in zip(slots, rng.sample(terms, len(slots)), strict=True):
                asked = asked.replace(slot, translation if rng.random() < MIXED else term)
                meant = meant.replace(slot, translation)
            pairs.append(Pair(asked, meant, "question", heading))
    return tuple(dict.fromkeys(pairs))


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Chinese, English and the heading (`# ...`) above, of each line `zh<TAB>en`.

    Raises:
        ValueError: a line has no tab.
    """
    heading = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        zh, tab, en = line.partition("\t")
        if line.startswith("#"):
            heading = line.removeprefix("#").strip()
        elif tab:
            yield zh.strip(), en.strip(), heading
        elif line.strip():
            raise ValueError(f"{path.name}, line {number}: expected Chinese, a tab and English, got {line!r}")


def split(pairs: Iterable[Pair], sentences: int, rng: random.Random) -> Split:
    """Hold out random pages until they hold at least `sentences` sentence pairs.

    A pair whose Chinese or English side also stands on a held-out page is not trained on either. Pages with more than
    an eighth of the sentences wanted are not drawn, so that several pages and sources are measured.
    """
    pages: dict[str, list[Pair]] = defaultdict(list)
    pairs = tuple(pairs)
    for pair in pairs:
        pages[pair.page].append(pair)
    names = sorted(pages)
    rng.shuffle(names)
    held_out: list[Pair] = []
    held_pages: set[str] = set()
    for name in names:
        here = [pair for pair in pages[name] if pair.kind == "sentence"]
        if 0 < len(here) <= sentences // 8 and len(held_out) < sentences:
            held_pages.add(name)
            held_out += here
    seen_zh = {pair.zh for name in held_pages for pair in pages[name]}
    seen_en = {pair.en for name in held_pages for pair in pages[name]}
    train = (p for p in pairs if p.page not in held_pages and p.zh not in seen_zh and p.en not in seen_en)
    return Split(tuple(train), tuple(held_out))
