"""Which Chinese words get a vector, and the tokenizer that finds them.

MiniLM's WordPiece does the work: a run of Chinese characters is one "word" for it and is cut into the longest known
pieces from the left. No code runs at inference beyond the tokenizer file.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from tutor.retrieval.encoder import MAX_TOKENS, prepare
from tutor.retrieval.training.pairs import Pair

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # inside a character class
LONGEST_WORD = 8  # characters
LONGEST_ENTRY = 4  # characters; longer entries of the word list are phrases, better made of their words
RUN = 32  # characters matched as one run: bounds the time that a text without punctuation takes


def is_han(text: str) -> bool:
    """Whether `text` is made of common Chinese characters only."""
    return bool(text) and all("\u4e00" <= character <= "\u9fff" for character in text)


def chinese_words(pairs: Sequence[Pair], least_count: int = 2) -> tuple[str, ...]:
    """The vocabulary, sorted: every character of the pairs, every entry of the word list and frequent words.

    Words are those that jieba finds at least `least_count` times; terms and entries of the list count as words for it.
    """
    import jieba

    cut = jieba.Tokenizer()
    entries = {prepare(pair.zh) for pair in pairs if pair.kind in ("word", "term")}
    entries = {word for word in entries if is_han(word)}
    for word in sorted(entries):
        cut.add_word(word)
    counts = Counter(word for pair in pairs for word in cut.cut(prepare(pair.zh)) if is_han(word))
    frequent = {word for word, count in counts.items() if count >= least_count and len(word) <= LONGEST_WORD}
    listed = {word for word in entries if len(word) <= LONGEST_ENTRY}
    characters = {character for word in counts for character in word}
    return tuple(sorted(listed | frequent | characters))


def tokenizer_json(teacher: Path, words: Sequence[str]) -> str:
    """MiniLM's tokenizer with `words` added: the text of a tokenizers file.

    Word k has the id that follows MiniLM's own by k, at the start and inside of a run alike (`X` and `##X` share it).
    A Chinese character outside `words` is cut off from its neighbours, so that it costs one [UNK] and not the run's.
    """
    parts = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = parts["model"]["vocab"]
    first = len(vocabulary)
    for number, word in enumerate(words):
        vocabulary[word] = vocabulary["##" + word] = first + number
    known = "".join(word for word in words if len(word) == 1)
    runs = {"Regex": f"[{known}]{{1,{RUN}}}|[{HAN}]"}
    parts["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            parts["pre_tokenizer"],
            {"type": "Split", "pattern": runs, "behavior": "Isolated", "invert": False},
        ],
    }
    parts["normalizer"]["handle_chinese_chars"] = False  # would put spaces around every character
    parts["padding"] = None
    parts["truncation"] = {"max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


class Tokens:
    """Token ids as the encoder will see them, for texts of either language; `first_word` is the first Chinese id."""

    def __init__(self, tokenizer: str, first_word: int) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._first_word = first_word

    def ids(self, text: str) -> tuple[int, ...]:
        """Every token, with [CLS] and [SEP]."""
        return tuple(self._tokenizer.encode(prepare(text)).ids)

    def words(self, text: str) -> np.ndarray:
        """Numbers of the Chinese words in `text`, 0 for the first of the vocabulary."""
        ids = np.array(self.ids(text))
        return ids[ids >= self._first_word] - self._first_word

    def pieces(self, text: str) -> np.ndarray:
        """MiniLM's own word pieces in `text`."""
        ids = np.array(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return ids[ids < self._first_word]
