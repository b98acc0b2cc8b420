"""What is refused before Gradio sees it, as one ASGI middleware.

Each rule answers something that was tried on a default Gradio 6 and hurt: a foreign Host or Origin reaches a tutor
on the reader's own machine (DNS rebinding, cross-site requests); an odd session hash stops the queue for everybody;
a question of 50 MB is held in memory; /run/* goes round the queue; lone surrogates become server errors.
"""

import ipaddress
import json
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from tutor.web.rates import Rate, RateLimit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_LIMIT = 256 * 1024  # bytes
SESSION = re.compile(r"[A-Za-z0-9_-]{4,64}")
PER_SESSION = Rate(burst=60, per_second=2)
PER_CLIENT = Rate(burst=600, per_second=30)  # a whole class may stand behind one address
FUNCTIONS = 100  # more than the page has; Gradio itself refuses the numbers below that are none
WILDCARDS = ("0.0.0.0", "::", "")

# Everything else is answered with 404: uploads, files, proxying, /run/* beside the queue, docs, monitoring, …
OPEN = {
    "GET": re.compile(
        r"/(|healthz|notes|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json|assets/[\w.-]+|static/[\w./-]+"
        r"|tutor/[\w.-]+"
        r"|gradio_api/(info/?|queue/data|startup-events|app_id/?|theme\.css|heartbeat/[\w-]+|call/\w+/[\w-]+))"
    ),
    "POST": re.compile(r"/gradio_api/(queue/join/?|cancel|reset/?|call/(ask|demos|run_demo)/?)"),
}
OPEN["HEAD"] = OPEN["GET"]

# Gradio needs inline scripts and styles and compiles its HTML templates; nothing may come from or go elsewhere.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
# Would let a visitor choose the address that Gradio puts into the page.
DROPPED_HEADERS = (b"x-forwarded-host", b"forwarded", b"x-forwarded-server", b"x-original-host")


class Refusal(Exception):
    """The request ends here with this status and one line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Guards:
    """Wraps `app`; `host` is the address that the server is bound to, `hosts` further names to be reached under."""

    def __init__(
        self,
        app: App,
        host: str = "127.0.0.1",
        hosts: Iterable[str] = (),
        per_session: Rate = PER_SESSION,
        per_client: Rate = PER_CLIENT,
    ) -> None:
        self.app = app
        self.any_address = host in WILDCARDS
        self.hosts = {"localhost", "127.0.0.1", "::1", host.lower(), *(name.strip().lower() for name in hosts)} - {""}
        if self.any_address:
            self.hosts |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self.sessions = RateLimit(per_session)
        self.clients = RateLimit(per_client)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no web sockets here
        try:
            scope, receive = await self._admit(scope, receive)
        except Refusal as refusal:
            await _answer(send, refusal)
            return
        await self.app(scope, receive, _with_headers(send))

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._check_host(headers.get(b"host", ""))
        _check_origin(headers.get(b"origin"), headers.get(b"host", ""))
        path, method = scope["path"], scope["method"]
        if method not in OPEN:
            raise Refusal(405, f"{method} is not used here.")
        if not OPEN[method].fullmatch(path) or ".." in path or b"deep_link=" in scope["query_string"]:
            raise Refusal(404, "There is nothing at this address.")
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() not in DROPPED_HEADERS]}
        if method == "POST":
            body = await _read(headers, receive)
            self._check_call(path, body, scope)
            receive = _replay(body, receive)
        return scope, receive

    def _check_host(self, host: str) -> None:
        name = _host_name(host)
        if name in self.hosts or (self.any_address and _is_address(name)):  # rebinding needs a name
            return
        raise Refusal(421, "This tutor is not known under that host name; TUTOR_HOSTS lists further names.")

    def _check_call(self, path: str, body: bytes, scope: Scope) -> None:
        call = _json_object(body)
        client = scope["client"][0] if scope.get("client") else ""
        if path.startswith("/gradio_api/queue/join"):
            session = call.get("session_hash")
            if not isinstance(session, str) or not SESSION.fullmatch(session):
                raise Refusal(400, "session_hash must be 4 to 64 letters, digits, - or _.")
            if type(call.get("fn_index")) is not int or not 0 <= call["fn_index"] < FUNCTIONS:
                raise Refusal(400, "fn_index must be the number of a function of this page.")
            if not self.sessions.allows(session):
                raise Refusal(429, "Too many requests at once; wait a few seconds.")
        elif call.get("session_hash") is not None and not (
            isinstance(call["session_hash"], str) and SESSION.fullmatch(call["session_hash"])
        ):
            raise Refusal(400, "session_hash must be 4 to 64 letters, digits, - or _.")
        if path.startswith(("/gradio_api/cancel", "/gradio_api/reset")):
            return
        if not isinstance(call.get("data", []), list):
            raise Refusal(400, "data must be a list.")
        if not self.clients.allows(client):
            raise Refusal(429, "Too many requests at once; wait a few seconds.")


def _host_name(host: str) -> str:
    host = host.strip().lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_origin(origin: str | None, host: str) -> None:
    if origin is not None and origin.partition("://")[2].lower() != host.strip().lower():
        raise Refusal(403, "This request comes from another site.")


async def _read(headers: dict[bytes, str], receive: Receive) -> bytes:
    announced = headers.get(b"content-length", "0")
    body = bytearray()
    too_large = Refusal(413, f"The body is larger than {BODY_LIMIT // 1024} KB.")
    if not announced.isdigit() or int(announced) > BODY_LIMIT:
        raise too_large
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The request ended early.")
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise too_large
        if not message.get("more_body"):
            return bytes(body)


def _json_object(body: bytes) -> dict[str, Any]:
    """The body as an object. Lone surrogates and numbers beyond JSON, which fail deep inside, are refused here."""
    try:
        call = json.loads(body, parse_constant=_no_constant)
        json.dumps(call, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not a JSON object in UTF-8.") from None
    if not isinstance(call, dict):
        raise Refusal(400, "The body is not a JSON object in UTF-8.")
    return call


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read already, then what really follows (the disconnect)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [(n.encode(), v.encode()) for n, v in HEADERS.items() if n.encode() not in present]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return sent


async def _answer(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"detail": str(refusal)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 429:
        headers.append((b"retry-after", b"5"))
    await _with_headers(send)({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
