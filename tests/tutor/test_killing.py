"""`tutor index` killed with SIGKILL while notes change in between: what lies on disk is one whole index, never a mix.

KILLS=40 pytest tests/tutor/test_killing.py kills more often.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from tutor.corpus import read_corpus
from tutor.retrieval import generations
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.index import open_index
from tutor.retrieval.travelling import text_key
from tutor.retrieval.vectors import VectorStore

KILLS = int(os.environ.get("KILLS", "4"))


class Indexer:
    """Runs `tutor index` on a corpus."""

    def __init__(self, corpus: Path, home: Path) -> None:
        self._environment = {**os.environ, "TUTOR_CORPUS": str(corpus), "TUTOR_HOME": str(home)}
        self._index = home / "index"

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tutor", "index"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self._environment, stdout=pipe, stderr=pipe, text=True)

    def kill_after(self, seconds: float) -> bool:
        """Whether the run was killed, and not over before."""
        process = self.start()
        time.sleep(seconds)
        return self._killed(process)

    def kill_while_writing(self, seconds: float) -> bool:
        """Kill so many seconds after the first file of the new index appears."""
        already = set(self._index.glob("*/unfinished-*"))
        process = self.start()
        while process.poll() is None and not set(self._index.glob("*/unfinished-*")) - already:
            time.sleep(0.002)
        time.sleep(seconds)
        return self._killed(process)

    def _killed(self, process: subprocess.Popen[str]) -> bool:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL


def test_a_killed_index_leaves_the_one_before_or_the_new_one(corpus_folder, tmp_path):
    encoder = load_encoder()
    home = tmp_path / "home"
    indexer = Indexer(corpus_folder, home)
    started = time.monotonic()
    assert "Indexed" in indexer.start().communicate()[0]
    whole = time.monotonic() - started
    note = corpus_folder / "notes" / "overfitting.en.md"
    original = note.read_text()
    texts_of: dict[str, list[str]] = {}  # fingerprint of a version of the notes -> its texts
    found: Counter[str] = Counter()
    for number in range(KILLS + 1):
        index, _ = open_index(read_corpus(corpus_folder), encoder, tmp_path / "elsewhere")
        texts_of[index.facts["entries"]] = [entry.text for entry in index.entries.entries]
        if number:
            if number % 2:
                killed = indexer.kill_while_writing(seconds=0.002 * number / 2)
            else:
                killed = indexer.kill_after(whole * number / KILLS)
            found["killed" if killed else "over before"] += 1
        stored = generations.current(next((home / "index").iterdir()))
        assert stored is not None
        generation, facts = stored
        texts = texts_of[facts["entries"]]
        assert json.loads((generation / "texts.json").read_text()) == [text_key(text) for text in texts]
        vectors = VectorStore.load(generation / "vectors.faiss")
        assert np.allclose(vectors.all(), encoder.encode(texts), atol=1e-6)
        found["the new one" if facts["entries"] == index.facts["entries"] else "an earlier one"] += 1
        note.write_text(original.replace("the noise", f"the noise, version {number},"))
    done = indexer.start()
    said, fault = done.communicate()
    assert (done.returncode, fault) == (0, ""), "what the killed ones left behind is no damage"
    assert "Indexed" in said
    print(dict(found))  # shown with -s
    assert found["killed"] >= KILLS // 2
