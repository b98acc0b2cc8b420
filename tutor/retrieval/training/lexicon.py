"""First vectors for Chinese words, from a bilingual lexicon learned with IBM model 1.

Brown, Della Pietra, Della Pietra and Mercer, "The Mathematics of Statistical Machine Translation" (1993), model 1: each
English word piece of a pair is explained by one of the pair's Chinese words, or by none, whatever their order; how
likely a Chinese word explains a piece is estimated by expectation maximisation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ITERATIONS = 8
LONGEST_ENGLISH = 60  # word pieces read of the English side
BACKGROUND = 0.5  # weight of the unigram distribution, which takes the pieces that no Chinese word explains


@dataclass(frozen=True)
class Lexicon:
    """`probability[k]`: how likely Chinese word `chinese[k]` is rendered by English piece `english[k]`; all (n,)."""

    chinese: np.ndarray
    english: np.ndarray
    probability: np.ndarray


def ibm_model_1(chinese: Sequence[np.ndarray], english: Sequence[np.ndarray], pieces: int) -> Lexicon:
    """Estimate the lexicon from pairs of id sequences; English ids are below `pieces`."""
    links_zh, links_en, links_slot = [], [], []  # one link per English position and Chinese word of its pair
    slots = 0
    for zh, en in zip(chinese, english, strict=True):
        zh, en = np.unique(zh), en[:LONGEST_ENGLISH]
        if len(zh) and len(en):
            links_zh.append(np.tile(zh, len(en)))
            links_en.append(np.repeat(en, len(zh)))
            links_slot.append(slots + np.repeat(np.arange(len(en)), len(zh)))
            slots += len(en)
    zh, en, slot = (np.concatenate(part).astype(np.int64) for part in (links_zh, links_en, links_slot))
    entries, entry_of_link = np.unique(zh * pieces + en, return_inverse=True)
    entry_zh, entry_en = entries // pieces, entries % pieces
    english_of_slot = np.zeros(slots, dtype=np.int64)
    english_of_slot[slot] = en
    background = BACKGROUND * (np.bincount(english_of_slot, minlength=pieces) / slots)[english_of_slot]
    count = np.ones(len(entries))
    for _ in range(ITERATIONS):
        probability = count / np.bincount(entry_zh, weights=count)[entry_zh]
        link = probability[entry_of_link]
        explained = np.bincount(slot, weights=link, minlength=slots) + background
        count = np.bincount(entry_of_link, weights=link / explained[slot], minlength=len(entries))
    return Lexicon(entry_zh, entry_en, count / np.bincount(entry_zh, weights=count)[entry_zh].clip(1e-9))


def first_rows(words: Sequence[str], lexicon: Lexicon, table: np.ndarray, common: np.ndarray) -> np.ndarray:
    """A first input vector for each word: float32 (words, width).

    The mean of its likeliest English pieces' rows of `table` (pieces, width), weighted by probability; the pieces
    `common` (ids, such as "the") only count where nothing else is left. A character that never stood alone takes the
    mean of the words that hold it; a word without an entry takes the mean of its characters.
    """
    rows = np.full((len(words), table.shape[1]), np.nan, dtype=np.float32)
    order = np.lexsort((-lexicon.probability, lexicon.chinese))
    order = order[lexicon.probability[order] > 0.04]
    starts = np.searchsorted(lexicon.chinese[order], np.arange(len(words) + 1))
    for number in range(len(words)):
        likeliest = order[starts[number] : starts[number + 1]]
        telling = likeliest[~np.isin(lexicon.english[likeliest], common)]
        chosen = (telling if len(telling) else likeliest)[:5]
        if len(chosen):
            rows[number] = np.average(table[lexicon.english[chosen]], axis=0, weights=lexicon.probability[chosen])
    number_of = {word: number for number, word in enumerate(words)}
    known = ~np.isnan(rows[:, 0])
    holders: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        if known[number]:
            for character in word:
                holders.setdefault(character, []).append(number)
    for character, holding in holders.items():
        if not known[number_of[character]]:
            rows[number_of[character]] = rows[holding].mean(axis=0)
    anything = rows[known].mean(axis=0)
    for number, word in enumerate(words):
        if np.isnan(rows[number, 0]):
            parts = [rows[number_of[character]] for character in word if character in holders]
            rows[number] = np.mean(parts, axis=0) if parts else anything
    return rows
