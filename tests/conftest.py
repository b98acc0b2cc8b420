"""What the tests of the tutor share: a three-note corpus, an encoder of hashed words, the shipped tutor."""

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tutor.retrieval.encoder import Encoder
from tutor.retrieval.lexical import terms

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

NOTES = {
    "dropout.en.md": """---
title: Dropout
aliases: [dropout rate]
requires: [overfitting]
demo: dropout
sources:
  - {title: "Srivastava et al. 2014", url: "https://jmlr.org/papers/v15/srivastava14a.html"}
---
## What dropout is
```ask
what does dropout do
```
Dropout switches off random units in training. At test time every unit works.

The survivors are scaled:

$$\\tilde a = \\frac{a}{1-p}$$

## Why it works
```ask
why would muting neurons help
```
Dropout works because no unit can rely on its partners.

{claim: dropout-narrows-gap}

## Check yourself
- Q: Is dropout active at test time?
  A: No, dropout is off at test time.
""",
    "dropout.zh.md": """---
title: 暂退法
aliases: [dropout, 随机失活]
requires: [overfitting]
demo: dropout
sources:
  - {title: "Srivastava et al. 2014", url: "https://jmlr.org/papers/v15/srivastava14a.html"}
---
## 暂退法是什么
```ask
dropout到底干了啥
```
暂退法在训练时随机关掉神经元。测试时全部神经元都工作。

存活者要放大：

$$\\tilde a = \\frac{a}{1-p}$$

## 为什么有效
```ask
为什么随机关掉神经元反而更好
```
暂退法有效，因为谁也不能只靠搭档。

{claim: dropout-narrows-gap}

## 自测
- Q: 测试时还开暂退法吗？
  A: 不开，测试时暂退法是关闭的。
""",
    "overfitting.en.md": """---
title: Overfitting
sources:
  - {title: a course}
---
## What overfitting is
```ask
training accuracy high but test accuracy low
```
Overfitting is learning the noise of the training set.
""",
}


class HashedWords(Encoder):
    """Counts terms in 64 hashed buckets: deterministic, instant, and near for texts that share words."""

    dimension = 64
    fingerprint = "hashed-words"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), self.dimension), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for term in terms(text):
                row[int(hashlib.md5(term.encode()).hexdigest(), 16) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def is_word(self, word: str) -> bool:
        return True


@pytest.fixture
def corpus_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "notes").mkdir(parents=True)
    for name, text in NOTES.items():
        (folder / "notes" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def encoder() -> HashedWords:
    return HashedWords()


@pytest.fixture(scope="session")
def shipped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TUTOR_HOME of the session: the shipped corpus is indexed in it once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def shipped_tutor(shipped_home: Path):
    """The tutor as it is shipped: its notes, its encoder, its demos."""
    from demos.kit import catalogue, code_hash
    from tutor.answering import DemoCard, Tutor
    from tutor.corpus import read_corpus
    from tutor.retrieval.encoder import load_encoder
    from tutor.retrieval.index import open_index
    from tutor.retrieval.retriever import Retriever
    from tutor.settings import shipped_corpus

    corpus, real = read_corpus(shipped_corpus()), load_encoder()
    index, _ = open_index(corpus, real, shipped_home)
    cards = (DemoCard.from_catalogue(row, partial(code_hash, row["name"])) for row in catalogue())
    return Tutor(Retriever(corpus, index, real), {card.name: card for card in cards})
