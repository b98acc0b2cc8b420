"""A tutor served by its own command, and a Chromium that looks at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Served:
    url: str
    process: subprocess.Popen[str]

    def workers(self) -> int:
        """How many processes the server has besides itself: at rest only those that wait to start others."""
        return len(descendants(self.process.pid))


@pytest.fixture(scope="session")
def served(shipped_home: Path) -> Iterator[Served]:
    environment = {**os.environ, "TUTOR_HOME": str(shipped_home)}
    command = [sys.executable, "-m", "tutor", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        url = re.search(r"http://\S+", said)
        assert url, said
        yield Served(url[0], process)
        process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        message = "no Chromium is installed (Debian: apt install chromium)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """Opens an address of the tutor; afterwards nothing may have gone wrong and nothing have left the machine."""
    contexts, wrong = [], []

    def opened(address: str = "/", *, locale: str = "en-US", width: int = 1280, height: int = 800, dark=False) -> Page:
        context = chromium.new_context(
            locale=locale, viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
        context.on("request", lambda request: None if own(request.url) else wrong.append(f"left for {request.url}"))
        page.goto(served.url + address)
        page.wait_for_selector("#brand")
        page.wait_for_selector(f"html[lang={'zh-CN' if locale.startswith('zh') else 'en'}]")
        return page

    def own(url: str) -> bool:
        return url.startswith((served.url, "data:", "blob:"))

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def descendants(pid: int) -> list[int]:
    """Living processes below `pid`, from /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has just ended
        state, parent = rest.split()[:2]
        if state != "Z":
            parents[int(name.split()[0])] = int(parent)
    below = [child for child, parent in parents.items() if parent == pid]
    return below + [grandchild for child in below for grandchild in descendants(child)]
