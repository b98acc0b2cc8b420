"""The inside of a worker process: run one demo and send its events, as JSON, to the server."""

import importlib
import json
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

from tutor.running.limits import Limits


def main(
    connection: Connection, program: str, name: str, parameters: dict[str, Any], device: str, limits: Limits
) -> None:
    """Entry point of the process: `program` is a module whose `run(name, parameters, device=)` yields events.

    Whatever goes wrong in the demo becomes one last event `{"event": "error", "reason", "message"}`.
    """
    _confine(limits)
    try:
        for event in importlib.import_module(program).run(name, parameters, device=device):
            _send(connection, event)
    except MemoryError:
        _send(connection, {"event": "error", "reason": "memory", "message": "the experiment ran out of memory"})
    except Exception as error:
        # The server has checked the parameters, so this is a fault of the demo: name it, hide the stack.
        line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        _send(connection, {"event": "error", "reason": "failed", "message": line})
    connection.close()


def arrive() -> None:
    """A worker with nothing to do; when it has ended, the forkserver is warm."""


def _send(connection: Connection, event: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(event, ensure_ascii=False, allow_nan=False).encode())


def _confine(limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    _end_with_server()
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported; the forkserver has set it already
    if sys.platform == "win32":
        return
    import resource

    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_size, limits.file_size))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 5))


def _end_with_server() -> None:
    """Ends this process when the server's end of a pipe closes, however the server ended.

    PR_SET_PDEATHSIG would not do: it watches the forkserver, which lives as long as any worker. The thread
    works everywhere; the signal (SIGIO ends a process) also while native code holds the interpreter lock.
    """
    server = multiprocessing.parent_process()
    if server is None:
        return

    def wait_and_end() -> None:
        server.join()
        os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()
    if sys.platform != "win32":
        import fcntl

        fcntl.fcntl(server.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(server.sentinel, fcntl.F_SETFL, fcntl.fcntl(server.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
