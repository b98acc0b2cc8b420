"""Lexical side of retrieval: terms of Chinese and English text, scored by BM25.

Han runs become character bigrams, which need no dictionary and survive every coinage of the field;
Latin words are lower-cased, lose a plural s and are spelt the American way. Question phrases ("是什么",
"what is") are dropped: they say which kind of answer is wanted, not what it is about.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tutor.retrieval.scripts import HAN, simplify

_QUESTION_PHRASES = re.compile(
    "是什么意思|是什么|什么是|什么叫|为什么|为啥|如何|怎么样|怎么办|怎么|怎样|什么时候|何时|有没有|有哪些|哪些|请问|一下|可以|"
    "是不是|会不会|能不能|要不要|该不该|会怎样|多少|什么|区别|到底|我的|我们|你们|以及|还是|或者|而且|但是|因为|所以|如果|那么"
)
_FUNCTION_CHARACTERS = re.compile("[的了吗呢啊吧呀么得着把被让就都也还很太和与跟在是我你他它这那有会能要个]")
_STOP_WORDS = frozenset(
    """
    a an the is are was were be been being am do does did doing done have has had having i me my we us
    our you your he she it its they them their this that these those there here what why how when where
    which who whom whose and or but if then than so as of at by for with about into to from in on off up
    down out over under again more most much many some any each every all both few other such no not nor
    only own same too very can could will would should may might must shall just don now s t re ve ll d
    m isn aren doesn didn won explain tell describe please mean means work works happen happens use used
    using get gets got make makes like really actually thing things way show give help discuss
    recommended considered context sense
    """.split()
)
_LATIN = re.compile(r"[a-z0-9]+(?:[.\-+#][a-z0-9]+)*[+#]*")
_PARTS = re.compile(r"(?<![a-z0-9])[a-z]{3,}(?=-)|(?<=-)[a-z]{3,}(?![a-z0-9])")  # of complexity-based; none of 1e-4
_BRITISH = re.compile(r"^(\w{4,})is(e|ed|ing|er|ation)$")  # regularisation, memorised; not "raise" or "noise"
_HAN_RUN = re.compile(HAN.pattern + "+")


def terms(text: str) -> list[str]:
    """The index terms of a text, in order, repeats kept."""
    text = simplify(unicodedata.normalize("NFKC", text)).lower()
    words = [part for word in _LATIN.findall(text) for part in (word, *_PARTS.findall(word))]
    found = [_BRITISH.sub(r"\1iz\2", _singular(word)) for word in words if word not in _STOP_WORDS]
    for run in _HAN_RUN.findall(_FUNCTION_CHARACTERS.sub(" ", _QUESTION_PHRASES.sub(" ", text))):
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return found


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


class LexicalIndex:
    """BM25 over documents given as term lists; a thin seam around bm25s."""

    def __init__(self, scorer: Any, vocabulary: frozenset[str]) -> None:
        self._scorer = scorer
        self.vocabulary = vocabulary

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> "LexicalIndex":
        """Index the documents; their order gives their numbers."""
        import bm25s

        scorer = bm25s.BM25(k1=1.2, b=0.5)
        corpus = [list(document) or ["\0"] for document in documents]  # bm25s refuses an empty document
        scorer.index(corpus, show_progress=False)
        return cls(scorer, frozenset(term for document in corpus for term in document))

    def knows(self, term: str) -> bool:
        """Whether any document has the term."""
        return term in self.vocabulary

    def scores(self, query: Sequence[str]) -> np.ndarray:
        """BM25 of every document for the query terms: float32 (documents,)."""
        known = [term for term in query if term in self.vocabulary]
        if not known:
            return np.zeros(self._scorer.scores["num_docs"], dtype=np.float32)
        return self._scorer.get_scores(known)

    def save(self, folder: Path) -> None:
        """Write the arrays and the vocabulary into `folder`, without pickle."""
        self._scorer.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Read what `save` wrote; the caller has checked the files."""
        import bm25s

        scorer = bm25s.BM25.load(folder)
        return cls(scorer, frozenset(scorer.vocab_dict))
