"""Notes edited by hand under a running `tutor serve`: what the readers notice.

    python tests/benchmarks/refreshing.py [--edits 10] [--readers 4]

A copy of the shipped notes is served; readers ask over HTTP all the time. Every edit puts a new sentence into a
note, every second one also runs `tutor index` beside the server. Counted are failed answers, quotes that no version
of their note holds, and mixed answers (quotes of one note from two versions); measured are the seconds from the
edit to the first answer with the new sentence, and the latency while nothing changes and while notes are read anew.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

import numpy as np

from tutor.settings import shipped_corpus

QUESTIONS = ("什么是dropout", "what does dropout do", "为什么需要学习率预热", "how does momentum help", "过拟合怎么办")
ASKED_PER_SECOND = 12  # well below what the server grants one address; every question is two requests
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Readers:
    """Threads that ask ASKED_PER_SECOND together; `answers` holds (moment, seconds, answer), `failures` the errors."""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self._pause = number / ASKED_PER_SECOND
        self.answers: list[tuple[float, float, dict]] = []
        self.failures: list[str] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(i,)) for i in range(number)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _read(self, place: int) -> None:
        while not self._ended.wait(self._pause):
            place += 1
            started = time.monotonic()
            try:
                answer = asked(self._url, QUESTIONS[place % len(QUESTIONS)])
                self.answers.append((started, time.monotonic() - started, answer))
            except Exception as error:  # whatever it is, a reader has got no answer
                self.failures.append(repr(error))


def asked(url: str, question: str) -> dict:
    """The answer of `/ask`."""
    order = json.dumps({"data": [question, [], "auto"]}).encode()
    request = urllib.request.Request(f"{url}/gradio_api/call/ask", order, {"content-type": "application/json"})
    event = json.load(OPENER.open(request, timeout=30))["event_id"]
    stream = OPENER.open(f"{url}/gradio_api/call/ask/{event}", timeout=30).read().decode()
    found = re.search(r"event: complete\ndata: (.*)", stream)
    if not found:
        raise RuntimeError(stream[:200])
    return json.loads(found[1])[0]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--edits", type=int, default=10)
    options.add_argument("--readers", type=int, default=4)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus, home = Path(folder, "corpus"), Path(folder, "home")
        shutil.copytree(shipped_corpus(), corpus)
        environment = {**os.environ, "TUTOR_CORPUS": str(corpus), "TUTOR_HOME": str(home)}
        command = [sys.executable, "-m", "tutor", "serve", "--port", "0"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            assert server.stdout is not None
            url = re.findall(r"http://\S+", server.stdout.readline())[0]
            print(json.dumps(measured(url, corpus, environment, given.edits, given.readers), indent=1))
        finally:
            server.terminate()
            server.wait()


def measured(url: str, corpus: Path, environment: dict[str, str], edits: int, readers_number: int) -> dict:
    """Edit the note on dropout while readers ask, and what came of it."""
    note = corpus / "notes" / "dropout.zh.md"
    heading = next(line for line in note.read_text().split("\n") if line.startswith("## "))
    original = note.read_text()
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in (corpus / "notes").glob("*.md"):
        slug, language = path.name.removesuffix(".md").rsplit(".", 1)
        versions[slug, language].add(path.read_text())
    time.sleep(2)
    readers = Readers(url, readers_number)
    time.sleep(4)
    rest_ended, waits, busy = time.monotonic(), [], []
    for number in range(edits):
        said = f"暂退法第{number}版说：随机关掉神经元。"
        text = re.sub(r"(?<=```\n)(?!\n*#)", said + "\n\n", original, count=1)
        text = text if text != original else original.replace(heading, f"{heading}\n\n{said}", 1)
        versions["dropout", "zh"].add(text)
        edited = time.monotonic()
        note.write_text(text)
        if number % 2:
            subprocess.run([sys.executable, "-m", "tutor", "index"], env=environment, check=True, capture_output=True)
        while said not in json.dumps(asked(url, "什么是dropout"), ensure_ascii=False):
            if time.monotonic() - edited > 30:
                raise RuntimeError("the new text is not found")
            time.sleep(0.2)
        waits.append(time.monotonic() - edited)
        busy.append((edited, time.monotonic()))
        time.sleep(1)
    readers.end()
    unknown = mixed = 0
    for _, _, answer in readers.answers:
        quotes: dict[tuple[str, str], list[str]] = defaultdict(list)
        for citation in answer["citations"]:
            quotes[citation["note"], citation["language"]].append(citation["quote"])
        for of, texts in quotes.items():
            unknown += any(not any(text in version for version in versions[of]) for text in texts)
            mixed += not any(all(text in version for text in texts) for version in versions[of])
    calm = [seconds for moment, seconds, _ in readers.answers if moment < rest_ended]
    during = [s for moment, s, _ in readers.answers if any(start <= moment <= end for start, end in busy)]
    return {
        "answers": len(readers.answers),
        "failed": len(readers.failures),
        "refused": sum(answer["refused"] for _, _, answer in readers.answers),
        "quotes of no version": unknown,
        "mixed answers": mixed,
        "seconds until the new text is found": {"median": float(np.median(waits)), "most": max(waits)},
        "latency, notes at rest": percentiles(calm),
        "latency, notes changing": percentiles(during),
        "failures": readers.failures[:3],
    }


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds."""
    return {f"p{share} ms": round(1000 * float(np.percentile(seconds, share)), 1) for share in (50, 99)}


if __name__ == "__main__":
    main()
