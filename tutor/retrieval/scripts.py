"""Traditional to simplified Chinese, so that both spellings meet."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@lru_cache(maxsize=2)
def _converter(name: str) -> "OpenCC":
    from opencc import OpenCC

    return OpenCC(name)


def simplify(text: str) -> str:
    """`text` with traditional characters, and the terms that go with them, in their mainland form.

    Text that is simplified already stays as it is: only with traditional characters does 網路 mean 网络.
    """
    if not HAN.search(text):
        return text
    characters = _converter("t2s").convert(text)
    return characters if characters == text else _converter("tw2sp").convert(text)
