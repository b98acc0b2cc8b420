"""One run as its watcher sees it: a stream of events that ends with a result, an error or a stop."""

import asyncio
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

Event = dict[str, Any]
LAST = frozenset({"result", "error", "stopped"})  # events after which nothing follows


class Run:
    """A run that waits, trains or has ended. Made by `Runner.start`; safe to use from any thread.

    Events, all JSON objects: `{"event": "waiting", "position": n}` while others are ahead, then
    `{"event": "starting"}`, the demo's own `frame`s, and last exactly one of `result`, `stopped` and `error`
    (with a `reason`: time, memory, crash or failed, and a `message`). A watcher who is slow misses frames,
    never the last event.
    """

    def __init__(self, demo: str, parameters: dict[str, Any], device: str, owner: str = "") -> None:
        self.id = uuid.uuid4().hex
        self.demo = demo
        self.parameters = parameters
        self.device = device
        self.owner = owner
        self._changed = threading.Condition()
        self._latest: Event | None = None  # not taken yet; a newer one replaces it
        self._last: Event | None = None
        self._wake: Callable[[], None] | None = None
        self._ended: Callable[[], None] | None = None

    @property
    def finished(self) -> bool:
        """True once the last event is there, whether or not anybody has taken it."""
        return self._last is not None

    def stop(self, *, superseded: bool = False) -> None:
        """Ends the run: its watcher gets `stopped`, its process is killed. Harmless when finished.

        `superseded` says in that event that the owner's next run has taken this one's place.
        """
        self.put({"event": "stopped", "superseded": superseded})

    def events(self) -> Iterator[Event]:
        """Yields the events as they come and blocks in between; leaving the iterator stops the run."""
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._latest is not None or self._last is not None)
                    event = self._take()
                yield event
                if event["event"] in LAST:
                    return
        finally:
            self.stop()

    async def aevents(self) -> AsyncIterator[Event]:
        """`events` for a coroutine; leaving the iterator or cancelling its task stops the run."""
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(arrived.set)

        try:
            with self._changed:
                self._wake = wake
                if self._latest is not None or self._last is not None:
                    arrived.set()
            while True:
                await arrived.wait()
                arrived.clear()
                while self._latest is not None or self._last is not None:
                    with self._changed:
                        event = self._take()
                    yield event
                    if event["event"] in LAST:
                        return
        finally:
            self._wake = None
            self.stop()

    def put(self, event: Event) -> None:
        """For the runner: a new event. Nothing follows a last one, which also ends the process."""
        with self._changed:
            if self._last is not None:
                return
            if event["event"] in LAST:
                self._last = event
            else:
                self._latest = event
            ended, wake = self._ended, self._wake
            self._changed.notify_all()
        if wake is not None:
            wake()
        if ended is not None and event["event"] in LAST:
            ended()

    def on_end(self, ended: Callable[[], None]) -> bool:
        """For the runner: what to call when the run ends. False if it is over already."""
        with self._changed:
            self._ended = ended
            return self._last is None

    def _take(self) -> Event:
        event, self._latest = self._latest or self._last, None
        assert event is not None
        return event
