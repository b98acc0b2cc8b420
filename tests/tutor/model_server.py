"""A language model's server on this machine that speaks the OpenAI protocol, as well or as badly as a test asks."""

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 812, "completion_tokens": 143, "total_tokens": 955}
HANG = object()  # among the parts of a reply: nothing more comes, and the connection stays
CUT = object()  # the connection ends in the middle of the protocol
STEP = object()  # the next part comes after `ModelServer.step`


@dataclass
class ModelServer:
    """What it answers and what it was asked.

    `parts` are sent as they are if they are bytes; texts as the pieces of a streamed reply, which then ends well.
    """

    url: str = ""
    status: int = 200
    parts: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # the test is over: hanging replies end
    step: threading.Event = field(default_factory=threading.Event)

    def says(self, *parts: Any, status: int = 200) -> None:
        """What to answer from now on."""
        self.parts, self.status = list(parts), status


@contextlib.contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server for the time of a test."""
    served = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            served.requests.append({"path": self.path, **json.loads(body)})
            self.close_connection = True
            with contextlib.suppress(OSError):  # the client has gone
                self._answer()

        def do_GET(self) -> None:
            served.requests.append({"path": self.path})
            self.send_error(404)

        def _answer(self) -> None:
            if served.parts[:1] == [HANG]:
                served.left.wait()
                return
            self.send_response(served.status)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for part in served.parts:
                if part is HANG:
                    served.left.wait()
                elif part is STEP:
                    served.step.wait()
                elif part is CUT:
                    return
                else:
                    self._send(part if isinstance(part, bytes) else event(part))
            if not any(isinstance(part, bytes) for part in served.parts):
                self._send(event("", finish="stop"))
                self._send(line({"choices": [], "usage": USAGE}) + b"data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

        def _send(self, content: bytes) -> None:
            self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.left.set()
        served.step.set()
        server.shutdown()
        server.server_close()
        thread.join()


def event(text: str, finish: str | None = None) -> bytes:
    """One piece of a streamed reply."""
    return line({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


def line(content: dict[str, Any]) -> bytes:
    """One event of the protocol."""
    whole = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "local", **content}
    return f"data: {json.dumps(whole)}\n\n".encode()


def words(text: str) -> Iterable[str]:
    """A text in pieces as models send them."""
    return [piece + " " for piece in text.split(" ")]
