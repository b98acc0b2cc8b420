"""Which note comes first: tutor's retrieval beside what most people would use, and what each part of it adds.

    python tests/benchmarks/encoders.py [--pairs FILE.jsonl.gz] [--forms DIR] [--markdown FILE] [--json FILE]

One table over the questions of held_out.yaml, which nothing was tuned or trained on; it tells aggregates only.
concept@1 is the share of answerable questions whose first note is one of the expected, by retrieval alone, nothing
refused; follow-ups are made complete by the same rules for every method. zh→en: Chinese questions, only English texts
indexed; en→zh the other way round. AUROC: how often an answerable question has more support than one that no note
answers. Intervals are bootstrapped over questions, those of differences paired. ms: processor time of one thread
that encodes a question, median. Peers read what a reader sees of a note: without question keys and aliases, but where
the row says so. `--forms` is a folder that the training command wrote with its `--forms`; `--cache` keeps vectors
between runs. Needs the `train` extra. The static student also learns from a sample of `--pairs`.
"""

import os

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from encoder_table import Outcomes, Row, figures, markdown
from searches import Asked, Fused, KnownVectors, Part, Plain, Ranked, chunks, corpus, entries, everything, sections
from static_student import StaticStudent, distilled

from tutor.corpus import Language
from tutor.corpus.questions import read_question_file
from tutor.retrieval.encoder import EMBEDDED, EmbeddedEncoder, Encoder, SentenceTransformersEncoder

HERE = Path(__file__).parent
FORMS = {
    "first": "first rows, from the lexicon only",
    "aligned": "after the aligned pairs",
    "questions": "after questions and sections, before it is stored small",
}
PAIRS_SAMPLED = 4_000
PER_FRAME = 10
TIMED = 100  # questions whose encoding is timed
REFERENCE, STUDENT = "ours, fused (as shipped)", "static student"
MARGIN = 0.03  # of concept@1: a static student as near as this would do for the smallest machines
WHOLE = Part()
NO_BM25_NO_NAMES = dict.fromkeys(("LEXICAL_WEIGHT", "LEXICAL_SUPPORT_WEIGHT", "NAME_BONUS", "ONLY_NAME_BONUS"), 0.0)

Search = Callable[[Asked], Ranked]


@dataclass(frozen=True)
class Method:
    """`make` gives the search over all texts, or over those in one language; `encoder` names what encodes."""

    group: str
    name: str
    make: Callable[[Language | None], Search]
    encoder: str = ""


class Encoders:
    """The encoders by name, each loaded when it is first asked for."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._loaded: dict[str, KnownVectors] = {}
        self.megabytes: dict[str, float] = {}

    def __getitem__(self, name: str) -> KnownVectors:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> KnownVectors:
        if name == "minilm":
            from tutor.retrieval.training.teacher import teacher_folder

            folder = teacher_folder()
            encoder = SentenceTransformersEncoder(str(folder))
            self.megabytes[name] = _megabytes(folder / "model.safetensors", folder / "tokenizer.json")
        elif name == "static":
            encoder = self._student()
            self.megabytes[name] = encoder.bytes / 1e6 + _megabytes(EMBEDDED / "tokenizer.json")
        else:
            folder = EMBEDDED if name == "ours" else self._options.forms / name
            encoder = EmbeddedEncoder(folder)
            self.megabytes[name] = _megabytes(folder / "model.onnx", folder / "tokenizer.json")
        return KnownVectors(encoder, None if name == "static" else self._options.cache)

    def _student(self) -> StaticStudent:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(EMBEDDED / "tokenizer.json"))
        texts = _taught(self._options.pairs, self._options.seed)
        return StaticStudent(tokenizer, distilled(tokenizer, texts, self["ours"].of(texts)))


def methods(encoders: Encoders, forms: Path | None) -> list[Method]:
    """Every row of the table, top down."""

    def plain(texts: Callable[[Language | None], list[tuple[str, str]]], name: str, bm25: bool) -> Callable:
        return lambda language: Plain(texts(language), encoders[name] if name else None, bm25)

    def fused(name: str, part: Part = WHOLE, **weights: float) -> Callable:
        return lambda language: Fused(replace(part, language=language), encoders[name], weights)

    peers, others, ours = "what most people would use", "other encoders in our fusion", "tutor"
    ablation, steps = "tutor, a part left out", "tutor, steps of training"
    rows = [
        Method(peers, "BM25 of sections", plain(partial(sections, keys_and_aliases=False), "", True)),
        Method(peers, "BM25, keys and aliases", plain(partial(sections, keys_and_aliases=True), "", True)),
        Method(peers, "all-MiniLM-L6-v2", plain(chunks, "minilm", False), "minilm"),
        Method(peers, "all-MiniLM-L6-v2 + BM25", plain(chunks, "minilm", True), "minilm"),
        Method(others, "all-MiniLM-L6-v2", fused("minilm"), "minilm"),
        Method(others, STUDENT, fused("static"), "static"),
        Method(ours, "ours, dense only (nearest text)", plain(everything, "ours", False), "ours"),
        Method(ours, REFERENCE, fused("ours"), "ours"),
        Method(ablation, "no aliases", fused("ours", Part(aliases=False)), "ours"),
        Method(ablation, "no question keys", fused("ours", Part(keys=False)), "ours"),
        Method(ablation, "no aliases, no keys", fused("ours", Part(aliases=False, keys=False)), "ours"),
        Method(ablation, "no glossary", fused("ours", Part(glossary=False)), "ours"),
        Method(ablation, "no aliases, no glossary", fused("ours", Part(aliases=False, glossary=False)), "ours"),
        Method(ablation, "no BM25, no bonus for names", fused("ours", **NO_BM25_NO_NAMES), "ours"),
        Method(ablation, "no share of the note", fused("ours", NOTE_WEIGHT=0.0), "ours"),
        Method(ablation, "no outsiders (they only refuse)", fused("ours", OUTSIDE_WEIGHT=0.0), "ours"),
    ]
    if forms:
        rows += [Method(steps, name, fused(form), form) for form, name in FORMS.items() if (forms / form).is_dir()]
    return rows


def main() -> None:
    """Measure every method and print the table."""
    options = _options()
    started = time.perf_counter()
    rng = np.random.default_rng(options.seed)
    asked = [Asked.of(row) for row in read_question_file(HERE / "held_out.yaml")]
    if options.questions:
        asked = [asked[i] for i in sorted(rng.permutation(len(asked))[: options.questions])]
    encoders = Encoders(options)
    rows: list[Row] = []
    outcomes: dict[int, Outcomes] = {}
    for number, method in enumerate(methods(encoders, options.forms)):
        row = Row(method.group, method.name)
        try:
            if method.encoder:
                encoders[method.encoder].of([question.text for question in asked])
                milliseconds = _milliseconds(encoders[method.encoder].encoder, asked)
                row = replace(row, milliseconds=milliseconds, megabytes=encoders.megabytes[method.encoder])
            outcomes[number] = measured(method, asked)
        except Exception as error:  # one method that cannot run must not cost the others' rows
            row = replace(row, note=f"failed: {type(error).__name__}")
            print(f"{method.group}: {method.name}: {error!r}", file=sys.stderr)
        rows.append(row)
        print(f"[{time.perf_counter() - started:4.0f} s] {method.group}: {method.name}", file=sys.stderr, flush=True)
    reference = next((outcomes.get(i) for i, row in enumerate(rows) if row.method == REFERENCE), None)
    rows = [
        figures(row, outcomes[i], reference, lambda: np.random.default_rng(options.seed)) if i in outcomes else row
        for i, row in enumerate(rows)
    ]
    report = _report(rows, asked, encoders, options)
    print(report)
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    sys.exit(any(row.note for row in rows))


def measured(method: Method, asked: Sequence[Asked]) -> Outcomes:
    """Ask one method everything: over all texts, and Chinese and English questions over the other language's."""
    answerable = [question for question in asked if not question.row.refuse]
    chinese = np.array([question.row.language == "zh" for question in answerable])
    search = method.make(None)
    ranked = [search(question) for question in answerable]

    def crossing(spoken: Language, indexed: Language) -> np.ndarray:
        across = method.make(indexed)
        return np.array([_found(each, across(each), 1) for each in answerable if each.row.language == spoken])

    return Outcomes(
        first=np.array([_found(*each, 1) for each in zip(answerable, ranked, strict=True)]),
        third=np.array([_found(*each, 3) for each in zip(answerable, ranked, strict=True)]),
        chinese=chinese,
        zh_to_en=crossing("zh", "en"),
        en_to_zh=crossing("en", "zh"),
        support=np.array([each.support for each in ranked]),
        outside=np.array([search(question).support for question in asked if question.row.refuse]),
    )


def _found(question: Asked, ranked: Ranked, among: int) -> bool:
    return bool(set(question.row.notes) & set(ranked.notes[:among]))


def _report(rows: Sequence[Row], asked: Sequence[Asked], encoders: Encoders, options: argparse.Namespace) -> str:
    refusals = sum(question.row.refuse for question in asked)
    notes = len({note.slug for note in corpus().notes})
    lines = [
        f"{len(asked) - refusals} answerable questions and {refusals} others, {notes} concepts, "
        f"{len(entries(WHOLE).entries):,} indexed texts; encoder {encoders['ours'].encoder.fingerprint[:12]}, "
        f"seed {options.seed}.",
        "",
        markdown(rows),
        "",
    ]
    student = next((row for row in rows if row.method == STUDENT), None)
    if student and student.behind:
        near = "within" if -student.behind.value <= MARGIN else "not within"
        value, low, high = (100 * share for share in (student.behind.value, student.behind.low, student.behind.high))
        lines.append(
            f"The static student is {near} {MARGIN * 100:.0f} points of concept@1 of ours: "
            f"{value:+.1f} points [{low:+.1f}, {high:+.1f}]."
        )
    if not options.forms:
        lines.append("The steps of training are left out: no --forms was given.")
    else:
        missing = [form for form in FORMS if not (options.forms / form).is_dir()]
        lines += [f"Left out, as --forms does not hold them: {', '.join(missing)}."] if missing else []
    return "\n".join(lines)


def _taught(pairs_file: Path | None, seed: int) -> list[str]:
    """What the static student learns from: the corpus, the word list, the frames, and some of the pairs."""
    from tutor.retrieval.training import pairs

    folder = Path(pairs.__file__).parent
    rng = random.Random(seed)
    words = pairs.read_words(folder / "words.tsv") + pairs.read_words(folder / "phrases.tsv")
    taught = [*words, *pairs.read_questions(folder / "frames.tsv", words, PER_FRAME, rng)]
    if pairs_file:
        read = pairs.read_pairs(pairs_file)
        taught += rng.sample(read, min(PAIRS_SAMPLED, len(read)))
    texts = [entry.text for entry in entries(WHOLE).entries]
    return list(dict.fromkeys([*texts, *(text for pair in taught for text in (pair.zh, pair.en))]))


def _milliseconds(encoder: Encoder, asked: Sequence[Asked]) -> float:
    """Median processor time of encoding one question; unlike the clock's it does not count other programs."""
    times = []
    for question in asked[:TIMED]:
        started = time.process_time()
        encoder.encode([question.text])
        times.append(time.process_time() - started)
    return float(np.median(times) * 1e3)


def _megabytes(*files: Path) -> float:
    return sum(file.stat().st_size for file in files) / 1e6


def _options() -> argparse.Namespace:
    import torch

    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, help="gzipped JSON lines with zh, en, kind, source")
    parser.add_argument("--forms", type=Path, help="folder with the models first, aligned and questions")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    parser.add_argument("--questions", type=int, help="ask only so many, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--markdown", type=Path, help="write the report to this file")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
