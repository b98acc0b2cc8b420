"""How often somebody may call: a token bucket each, and a bound on how many are remembered."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

REMEMBERED = 10_000  # keys; the one that has been silent longest is forgotten first, with a full bucket


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, refilled by `per_second`."""

    burst: float
    per_second: float


class RateLimit:
    """Counts calls by key (a session, a client's address) and says when one is too many."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> tokens left, at this time

    def allows(self, key: str) -> bool:
        """Takes a token; False if none is left."""
        now = self._clock()
        tokens, then = self._buckets.pop(key, (self.rate.burst, now))
        tokens = min(self.rate.burst, tokens + (now - then) * self.rate.per_second)
        self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return tokens >= 1
