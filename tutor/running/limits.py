"""What one run may use, and how many runs the machine carries at a time."""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """Bounds on runs; a run that reaches one of its own is ended with an error event that names it.

    Workers are single-threaded and run at low priority, so that questions are answered while they train.
    """

    concurrent: int = field(default_factory=lambda: max(1, min(8, os.cpu_count() or 1)))  # runs that train at once
    waiting: int = 20  # runs that wait for a place; one more is refused with `Busy`
    seconds: float = 180.0  # of wall time, from the start of the process
    cpu_seconds: int = 180
    memory: int = 2 << 30  # bytes of resident memory
    file_size: int = 1 << 20  # bytes in any one file that it writes
    event_size: int = 4 << 20  # bytes of one event as JSON
