"""What lint has to know of the demos: a corpus names them, and does not import them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Demos:
    """`claims`: the ids of each demo's claims. `refusal`: why a demo does not accept these parameters, or ""."""

    claims: Mapping[str, frozenset[str]]
    refusal: Callable[[str, Mapping[str, float | str]], str]
