"""Traditional to simplified Chinese, so that both spellings meet."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_HAN = re.compile("[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _converter() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("tw2sp")  # also the words: 記憶體 -> 内存, 網路 -> 网络


def simplify(text: str) -> str:
    """`text` with traditional characters and Taiwan's terms in their mainland form."""
    return _converter().convert(text) if _HAN.search(text) else text
