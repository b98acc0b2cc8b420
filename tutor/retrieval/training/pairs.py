"""Aligned Chinese and English texts: reading them, and keeping whole pages apart for measuring."""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


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
    """Pairs of the word list, `zh<TAB>en / en2` per line: one pair per English gloss, in the order of the file.

    Raises:
        ValueError: a line has no tab.
    """
    pairs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        zh, tab, glosses = line.partition("\t")
        if not tab:
            raise ValueError(f"{path.name}, line {number}: expected Chinese, a tab and English, got {line!r}")
        pairs += [Pair(zh.strip(), gloss.strip(), "word", path.stem) for gloss in glosses.split(" / ") if gloss.strip()]
    return tuple(dict.fromkeys(pairs))


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
