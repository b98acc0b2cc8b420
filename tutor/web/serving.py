"""Serves the application until a signal: says the address when it can answer, ends within seconds, leaves nothing."""

import json
import logging
import socket
import threading
import time
import urllib.request
from types import FrameType

import uvicorn

from tutor.answering import Answerer
from tutor.errors import SettingsError
from tutor.running import Runner
from tutor.settings import Settings
from tutor.web.app import create_app
from tutor.web.guards import WILDCARDS

GRACE = 1  # seconds that open connections get at the end; streams to browsers would stay open for ever


def serve(tutor: Answerer, runner: Runner, settings: Settings, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serves until SIGINT or SIGTERM. Port 0 takes a free one.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    with _listen(host, port) as listener:
        config = uvicorn.Config(
            lambda: create_app(tutor, runner, settings, host),
            factory=True,  # made inside the server's event loop; outside one, Gradio leaves loops of its own behind
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE,
            ws="none",
        )
        server = _Server(config)
        port = listener.getsockname()[1]
        threading.Thread(target=_announce, args=(server, host, port), name="announce", daemon=True).start()
        with runner:
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends on a signal as on a wish: with exit code 0, and without calling the streams that it cuts an error."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.force_exit = self.should_exit  # asked twice: at once
        self.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port.") from None
    return listener


def _announce(server: uvicorn.Server, host: str, port: int) -> None:
    """Prints the address once the server has answered a request on it."""
    name = "127.0.0.1" if host in WILDCARDS else host
    address = f"http://{f'[{name}]' if ':' in name else name}:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy between us and ourselves
    while not server.should_exit:
        try:
            with opener.open(f"{address}/healthz", timeout=5) as reply:
                health = json.load(reply)
            break
        except OSError:
            time.sleep(0.05)
    else:
        return
    print(f"The tutor answers at {address} ({health['notes']} notes). Ctrl-C ends it.", flush=True)
