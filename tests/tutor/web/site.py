"""A running application for the tests of the page, and a client for it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI

from tutor.running import Runner

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}${1}"


@dataclass(frozen=True)
class Site:
    """A running application and a client for it."""

    url: str
    http: httpx.Client
    runner: Runner

    def join(self, fn_index: int = 0, session_hash: object = "sessionhash", **more: object) -> httpx.Response:
        body = {"data": [], "fn_index": fn_index, "session_hash": session_hash, "event_data": None, **more}
        return self.http.post("/gradio_api/queue/join", content=json.dumps(body))

    def ask(self, question: str) -> dict:
        """Through the queue, by plain HTTP."""
        begun = self.http.post("/gradio_api/call/ask", json={"data": [question, [], "auto"]})
        assert begun.status_code == 200, begun.text
        reply = self.http.get(f"/gradio_api/call/ask/{begun.json()['event_id']}", timeout=60)
        assert "event: complete" in reply.text, reply.text
        return json.loads(reply.text.split("data: ", 1)[1])[0]


def serving(make_app: Callable[[], FastAPI]) -> Iterator[str]:
    config = uvicorn.Config(make_app, factory=True, port=0, log_level="error", timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def eventually(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()
