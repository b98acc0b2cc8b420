"""Random streams: every seed of a run has its own, and so has every purpose within it.

Seed k of a run therefore sees the same data, initial values and batches in every arm, and whether 8 or 16
seeds run beside it.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Streams = list[np.random.Generator]


def streams(base: int, seeds: int, purpose: str) -> Streams:
    """One generator per seed for this purpose (such as "split" or "order")."""
    label = zlib.crc32(purpose.encode())
    return [np.random.default_rng(np.random.SeedSequence(base, spawn_key=(k, label))) for k in range(seeds)]


def normal(rngs: Streams, *shape: int, dtype: type[np.float32] | type[np.float64] = np.float64) -> NDArray[np.floating]:
    """Standard normal numbers (seeds, *shape), each seed's from its own stream."""
    return np.stack([rng.standard_normal(shape, dtype=dtype) for rng in rngs])
