"""How retrieval grows from 10³ to 10⁶ synthetic passages, beside what most people would use.

    python tests/benchmarks/growth.py [--most 1000000] [--html FILE]

For each number of passages every method is built in a process of its own, which tells by how much its resident
memory (without mapped files) grew; then all are asked the same questions in turn, so that the load of the machine
falls on all alike. One thread each. Passages and questions: synthetic.py. Recall is the share of NumPy's ten nearest
that are among the ten first; of fewer than 100 questions the p99 is about the slowest. "Whole retrieval" is
`Fusion.scores`: vectors, BM25 of sections, and ranking. A method is left out, and the table says so, where its own
growth promises more than `LONGEST` seconds a question or `LARGEST` bytes. Needs Linux, and the `test` extra for
rank-bm25.
"""

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import ctypes
import gc
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import synthetic
from contenders import BEST, EXACT, METHODS, QUESTIONS, tutor_vectors

PATIENCE = 30.0  # seconds of asking after which a method is asked no more
FEWEST = 10  # questions that every method is asked all the same
LONGEST, LARGEST = 5.0, 8e9  # seconds, bytes
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FROM = 30_000  # passages; fewer than that are searched exactly


@dataclass(frozen=True)
class Row:
    """What was measured of one method at one size, or why it was not (`left_out`)."""

    method: str
    passages: int
    left_out: str = ""
    build: float = 0.0  # seconds
    resident: float = 0.0  # bytes per passage
    stored: float = 0.0  # bytes per passage, 0 if it has no file
    p50: float = 0.0  # seconds
    p99: float = 0.0
    asked: int = 0
    recall: float | None = None
    steps: str = ""


def work(connection: Connection, method: int, folder: Path) -> None:
    """A process of one method: builds, tells what that took, then answers questions by number until None comes."""
    import faiss

    faiss.omp_set_num_threads(1)
    METHODS[method].make(folder / "warm" / METHODS[method].data)  # imports and first allocations are not growth
    before, started = _resident(), time.perf_counter()
    ask = METHODS[method].make(folder / METHODS[method].data)
    connection.send((time.perf_counter() - started, _resident() - before))
    while (number := connection.recv()) is not None:
        started = time.perf_counter()
        best, steps = ask(number)
        connection.send((time.perf_counter() - started, best, steps))


class Worker:
    """The process of a method, seen from the one that asks."""

    def __init__(self, method: int, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.method = METHODS[method]
        self._connection, other = context.Pipe()
        self._process = context.Process(target=work, args=(other, method, folder), daemon=True)
        self._process.start()
        other.close()
        self.build, self.resident = self._connection.recv()
        self.seconds: list[float] = []
        self.best: list[np.ndarray] = []
        self._steps: list[dict[str, float]] = []

    def ask(self, number: int) -> None:
        if sum(self.seconds) > PATIENCE and len(self.seconds) >= FEWEST:
            return
        self._connection.send(number)
        seconds, best, steps = self._connection.recv()
        self.seconds.append(steps.get("whole", seconds))
        self.best.append(best)
        self._steps.append(steps)

    def row(self, count: int, exact: list[np.ndarray], stored: float) -> Row:
        """What was measured; ends the process."""
        self._connection.send(None)
        self._process.join()
        names = [name for name in self._steps[0] if name != "whole"]
        medians = [f"{name} {np.median([step[name] for step in self._steps]) * 1e3:.2f}" for name in names]
        shared = [len(set(a.tolist()) & set(b.tolist())) / BEST for a, b in zip(self.best, exact, strict=False)]
        return Row(
            self.method.name,
            count,
            build=self.build,
            resident=self.resident / count,
            stored=stored,
            p50=float(np.quantile(self.seconds, 0.5)),
            p99=float(np.quantile(self.seconds, 0.99)),
            asked=len(self.seconds),
            recall=float(np.mean(shared)) if self.method.recall else None,
            steps=", ".join(medians),
        )


def measured(count: int, folder: Path, earlier: list[Row]) -> list[Row]:
    """Every method at one size, except where its `earlier` rows promise too much."""
    reasons = [too_much(method.name, count, earlier) for method in METHODS]
    workers = [Worker(i, folder) for i, reason in enumerate(reasons) if not reason]
    for number in range(QUESTIONS):
        for worker in workers:
            worker.ask(number)
    best = {worker.method.name: worker.best for worker in workers}
    rows = {}
    for worker in workers:
        file = folder / worker.method.data / "vectors.faiss"
        stored = file.stat().st_size / count if worker.method.make is tutor_vectors else 0.0
        rows[worker.method.name] = worker.row(count, best.get(EXACT[worker.method.data], []), stored)
    return [rows.get(m.name) or Row(m.name, count, why) for m, why in zip(METHODS, reasons, strict=True)]


def too_much(method: str, count: int, earlier: list[Row]) -> str:
    """Why a method is left out at this size, or ""; time and memory are taken to grow in proportion."""
    rows = [row for row in earlier if row.method == method and not row.left_out]
    if not rows:
        return ""
    last = max(rows, key=lambda row: row.passages)
    seconds, size = last.p50 * count / last.passages, last.resident * count
    if seconds <= LONGEST and size <= LARGEST:
        return ""
    return f"left out: at {last.passages:,} it promises {seconds:.1f} s a question and {size / 1e9:.1f} GB"


def write_data(folder: Path, count: int, texts: np.ndarray, questions: np.ndarray) -> None:
    """The vectors of `count` passages and the questions, as files that processes can map."""
    rng = np.random.default_rng(count)
    for data in EXACT:
        (folder / data).mkdir(parents=True, exist_ok=True)
        shape = (count, texts.shape[1])
        vectors = np.lib.format.open_memmap(folder / data / "vectors.npy", "w+", np.float32, shape)
        asked = questions
        if data == "random":
            asked = np.empty_like(questions)
            synthetic.write_random(asked, rng)
            synthetic.write_random(vectors, rng)
        else:
            synthetic.write_realistic(vectors, texts, rng)
        vectors.flush()
        np.save(folder / data / "questions.npy", asked)


def table(rows: list[Row]) -> str:
    """The rows of one size as lines of text."""
    by_name = {row.method: row for row in rows}
    lines = []
    for method in METHODS:
        row = by_name[method.name]
        head = f"{row.passages:9,}  {row.method:33}"
        if row.left_out:
            lines.append(f"{head}{row.left_out}")
            continue
        ours = by_name.get(method.beside)
        ratios = f"{row.p50 / ours.p50:7.1f}{row.resident / max(ours.resident, 1):7.1f}" if ours else " " * 14
        stored = f"{row.stored:8.0f}" if row.stored else " " * 8
        recall = f"{row.recall:8.3f}" if row.recall is not None else " " * 8
        lines.append(
            f"{head}{row.build:8.2f}{row.resident:10.0f}{stored}{row.p50 * 1e3:10.2f}{row.p99 * 1e3:10.2f}"
            f"{row.asked:6}{recall}{ratios}  {row.steps}".rstrip()
        )
    return "\n".join(lines)


HEAD = (
    f"{'passages':>9}  {'method':33}{'build s':>8}{'memory B':>10}{'file B':>8}{'p50 ms':>10}{'p99 ms':>10}{'asked':>6}"
    f"{'recall':>8}{'× p50':>7}{'× mem':>7}  p50 of the steps, ms"
)


def growth(rows: list[Row]) -> str:
    """For each method the power of the number of passages with which its p50 grows, fitted from `FROM` on."""
    lines = [f"Power of the number of passages with which the median time grows, from {FROM:,} on:"]
    for method in METHODS:
        points = [
            (r.passages, r.p50) for r in rows if r.method == method.name and r.passages >= FROM and not r.left_out
        ]
        if len(points) > 1:
            sizes, times = zip(*points, strict=True)
            lines.append(f"  {method.name:33}{np.polyfit(np.log(sizes), np.log(times), 1)[0]:5.2f}")
    return "\n".join(lines)


def page(rows: list[Row]) -> str:
    """The rows as four plots over the number of passages: an HTML page that needs no network."""
    import plotly.graph_objects as go
    from plotly.colors import qualitative
    from plotly.subplots import make_subplots

    plots: tuple[tuple[str, tuple[Callable[[Row], float | None], ...]], ...] = (
        ("Build, seconds", (lambda row: row.build,)),
        ("Memory, bytes per passage", (lambda row: row.resident,)),
        ("A question, ms (solid: median, dotted: p99)", (lambda row: row.p50 * 1e3, lambda row: row.p99 * 1e3)),
        ("Recall of the ten nearest", (lambda row: row.recall,)),
    )
    figure = make_subplots(2, 2, subplot_titles=[title for title, _ in plots])
    for number, method in enumerate(METHODS):
        mine = [row for row in rows if row.method == method.name and not row.left_out]
        for place, (_, values) in enumerate(plots):
            for value, dash in zip(values, ("solid", "dot"), strict=False):
                curve = go.Scatter(
                    x=[row.passages for row in mine],
                    y=[value(row) for row in mine],
                    name=method.name,
                    legendgroup=method.name,
                    showlegend=place == 0,
                    line={"color": qualitative.Dark24[number], "dash": dash},
                )
                figure.add_trace(curve, row=place // 2 + 1, col=place % 2 + 1)
    figure.update_xaxes(type="log", title="passages")
    figure.update_yaxes(type="log")
    figure.update_yaxes(type="linear", range=[0, 1.02], row=2, col=2)
    figure.update_layout(height=900, title="Retrieval from 10³ to 10⁶ passages, one thread")
    return figure.to_html(include_plotlyjs=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="greatest number of passages")
    parser.add_argument("--html", type=Path, help="write the plots to this file")
    options = parser.parse_args()
    texts, questions = synthetic.real_vectors()
    rng = np.random.default_rng(0)
    questions = questions[rng.permutation(len(questions))[:QUESTIONS]]
    rows: list[Row] = []
    print(f"vectors drawn about {len(texts):,} real ones, {len(questions)} real questions, one thread each\n\n{HEAD}")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        write_data(folder / "warm", SIZES[0], texts, questions)
        for size in (size for size in SIZES if size <= options.most):
            write_data(folder, size, texts, questions)
            rows += measured(size, folder, rows)
            print(table(rows[-len(METHODS) :]), flush=True)
    print(f"\n{growth(rows)}")
    if options.html:
        options.html.write_text(page(rows), encoding="utf-8")


def _resident() -> int:
    """Bytes of this process in memory that are no mapped file, once what was freed has been given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main()
