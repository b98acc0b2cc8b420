"""Citation marks of a streamed answer: unknown ones dropped, the others numbered by first use."""

import re
from collections.abc import Iterable, Iterator

_MARK = re.compile(r" ?\[(\d{1,3})\]")
_OPEN = re.compile(r" ?\[\d{0,3}$| $")  # may become a mark with the next piece


class CitationMarks:
    """Renumbers marks `[n]` of passages 1 to `known` as the text passes through.

    After the text has passed, `used[i]` is the passage number that mark `[i + 1]` stands for.
    """

    def __init__(self, known: int) -> None:
        self._known = known
        self.used: list[int] = []

    def passed(self, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces with their marks put right; a piece that ends inside a mark is held back."""
        held = ""
        for piece in pieces:
            text = held + piece
            unfinished = _OPEN.search(text)
            held = text[unfinished.start() :] if unfinished else ""
            text = text[: unfinished.start()] if unfinished else text
            if text:
                yield self.renumbered(text)
        if held:
            yield self.renumbered(held)

    def renumbered(self, text: str) -> str:
        """The next part of the text, which ends outside any mark, with its marks put right."""
        return _MARK.sub(self._renumbered, text)

    def _renumbered(self, mark: re.Match[str]) -> str:
        number = int(mark[1])
        if not 1 <= number <= self._known:
            return ""
        if number not in self.used:
            self.used.append(number)
        return f"{mark[0][: mark[0].index('[')]}[{self.used.index(number) + 1}]"
