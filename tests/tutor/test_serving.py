"""`tutor serve` from start to end: an address that answers, a clean end on a signal, one line when it cannot listen."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser.conftest import descendants
from tutor.errors import SettingsError
from tutor.web.serving import _listen


def start(corpus: Path, home: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    environment = {**os.environ, "TUTOR_CORPUS": str(corpus), "TUTOR_HOME": str(home)}
    command = [sys.executable, "-m", "tutor", "serve", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://\S+", said)
    assert found, said
    return process, found[0]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the processes in /proc")
@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal_with_a_page_open_and_a_run_going_and_leaves_nothing(corpus_folder, tmp_path, signalled):
    process, url = start(corpus_folder, tmp_path)
    with process:
        assert json.load(urllib.request.urlopen(f"{url}/healthz"))["notes"] == 3
        order = json.dumps({"data": ["dropout", {"epochs": 40, "width": 512, "seeds": 32}, None]}).encode()
        request = urllib.request.Request(f"{url}/gradio_api/call/run_demo", order, {"content-type": "application/json"})
        event = json.load(urllib.request.urlopen(request))["event_id"]
        stream = urllib.request.urlopen(f"{url}/gradio_api/call/run_demo/{event}")
        assert stream.readline()  # a frame
        workers = descendants(process.pid)
        assert workers
        process.send_signal(signalled)
        assert process.wait(timeout=20) == 0
        stream.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_note_changed_by_hand_is_served_without_a_restart(corpus_folder, tmp_path):
    process, url = start(corpus_folder, tmp_path)
    with process:
        note = corpus_folder / "notes" / "dropout.en.md"
        note.write_text(note.read_text().replace("switches off", "silences"))
        (corpus_folder / "notes" / "momentum.en.md").write_text("---\ntitle: Momentum\n---\n## What\nIt averages.\n")
        deadline = time.monotonic() + 30
        while b"silences" not in (page := urllib.request.urlopen(f"{url}/notes?id=dropout&lang=en").read()):
            assert time.monotonic() < deadline, page
            time.sleep(0.1)
        assert json.load(urllib.request.urlopen(f"{url}/healthz"))["notes"] == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert "Notes read anew" in process.stderr.read()


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Cannot listen on 127\.0\.0\.1, port {port}: .*--port"):
            _listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_one_line():
    with pytest.raises(SettingsError, match=r"Cannot listen on 192\.0\.2\.1"):
        _listen("192.0.2.1", 7860)
