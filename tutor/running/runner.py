"""Starts runs in worker processes, lets the surplus wait, and supervises each process until it has ended."""

import importlib
import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tutor.errors import TutorError
from tutor.running import worker
from tutor.running.limits import Limits
from tutor.running.run import Event, Run

log = logging.getLogger(__name__)

HEARTBEAT = 0.2  # seconds between looks at a run's memory and clock


class Busy(TutorError):
    """As many experiments run and wait as the machine carries."""


class Runner:
    """Runs demos of `program`, a module with `check(name, params)` and `run(name, params, device=)`."""

    def __init__(self, limits: Limits | None = None, program: str = "demos.kit") -> None:
        self.limits = limits or Limits()
        self._program = program
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(["tutor.running.preload"])
        self._lock = threading.Lock()
        self._running: set[Run] = set()
        self._waiting: deque[Run] = deque()
        self._closed = False

    def warm(self) -> threading.Thread:
        """Starts the forkserver in the background; join the returned thread to wait for it."""

        def arrive() -> None:
            process = self._context.Process(target=worker.arrive, daemon=True)
            process.start()
            process.join()
            process.close()

        thread = threading.Thread(target=arrive, name="warm", daemon=True)
        thread.start()
        return thread

    def start(
        self,
        name: str,
        params: Mapping[str, Any],
        seeds: int | None = None,
        device: str = "auto",
        owner: str = "",
    ) -> Run:
        """Starts a run, or lets it wait for a place. A run of the same `owner` that is not over is stopped.

        Raises:
            demos.kit.DemoError: unknown demo, or a parameter that it does not accept; no process is touched.
            Busy: all places are taken, those to wait in too.
        """
        given = dict(params) if seeds is None else {**params, "seeds": seeds}
        checked = importlib.import_module(self._program).check(name, given)
        run = Run(name, checked, device, owner)
        self.stop(owner, superseded=True)
        with self._lock:
            self._waiting = deque(other for other in self._waiting if not other.finished)
            if self._closed or len(self._waiting) >= self.limits.waiting:
                raise Busy(
                    f"{len(self._running)} experiments are running and {len(self._waiting)} are waiting, "
                    "which is all that this machine takes; try again in a minute."
                )
            self._waiting.append(run)
            run.on_end(self._advance)
        self._advance()
        return run

    def stop(self, owner: str, *, superseded: bool = False) -> None:
        """Stops what `owner` runs; runs without an owner stop only by their own `stop`."""
        with self._lock:
            theirs = [run for run in (*self._running, *self._waiting) if owner and run.owner == owner]
        for run in theirs:
            run.stop(superseded=superseded)

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops every run and takes no more."""
        with self._lock:
            self._closed = True
            runs = (*self._running, *self._waiting)
            self._waiting.clear()
        for run in runs:
            run.stop()

    def _advance(self) -> None:
        """Gives free places to those that wait longest and tells the others where they stand."""
        with self._lock:
            while self._waiting and len(self._running) < self.limits.concurrent:
                run = self._waiting.popleft()
                if not run.finished:
                    self._running.add(run)
                    threading.Thread(target=self._attend, args=(run,), name=f"run {run.demo}", daemon=True).start()
            self._waiting = deque(run for run in self._waiting if not run.finished)
            for position, run in enumerate(self._waiting, 1):
                run.put({"event": "waiting", "position": position})

    def _attend(self, run: Run) -> None:
        """Holds one of the places while a run's process lives, and passes its events on."""
        try:
            run.put({"event": "starting"})
            run.put(self._supervise(run))
        except Exception:
            log.exception("run of %s", run.demo)
            run.put({"event": "error", "reason": "crash", "message": "the experiment could not be started"})
        finally:
            with self._lock:
                self._running.discard(run)
            self._advance()

    def _supervise(self, run: Run) -> Event:
        """Starts the process and returns the last event of the run; the process has ended by then."""
        reader, writer = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=worker.main,
            args=(writer, self._program, run.demo, run.parameters, run.device, self.limits),
            daemon=True,
        )
        try:
            process.start()
            writer.close()
            if not run.on_end(process.kill):
                process.kill()
            return self._receive(run, process, reader)
        finally:
            writer.close()
            reader.close()
            if process.pid is not None:
                run.on_end(lambda: None)  # the process object is about to be closed
                process.kill()
                process.join()
                process.close()

    def _receive(self, run: Run, process: Any, reader: Connection) -> Event:
        deadline = time.monotonic() + self.limits.seconds
        while not run.finished:
            wait([reader, process.sentinel], timeout=HEARTBEAT)
            if reader.poll():
                try:
                    event = json.loads(reader.recv_bytes(self.limits.event_size))
                except EOFError:
                    return self._died(process)
                except OSError:
                    return _error("failed", f"an event is larger than {self.limits.event_size} bytes")
                if event["event"] in ("result", "error"):
                    return event
                run.put(event)
            elif not process.is_alive() and not reader.poll():
                return self._died(process)
            if time.monotonic() > deadline:
                return _error("time", f"stopped at the limit of {self.limits.seconds:g} seconds")
            if _resident_memory(process.pid) > self.limits.memory:
                return _error("memory", f"stopped at the limit of {self.limits.memory >> 20} MiB of memory")
        return {"event": "stopped"}

    def _died(self, process: Any) -> Event:
        process.join(1.0)
        if sys.platform != "win32" and process.exitcode == -signal.SIGXCPU:
            return _error("time", f"stopped at the limit of {self.limits.cpu_seconds} seconds of computing")
        return _error("crash", f"the worker process ended unexpectedly (exit code {process.exitcode})")


def _error(reason: str, message: str) -> Event:
    return {"event": "error", "reason": reason, "message": message}


def _resident_memory(pid: int) -> int:
    """Bytes of memory that a process holds; 0 where the system does not tell (no /proc)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
