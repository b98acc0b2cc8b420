"""Make the embedded text encoder: `python -m tutor.retrieval.training --pairs FILE.jsonl.gz`.

The same pairs, word list, seed and steps give the same model on the same kind of processor. One thread is used; on an
idle server core the whole takes about 20 minutes, of which the teacher's vectors (kept in the cache) take 4.
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import platformdirs

from tutor.retrieval.encoder import EMBEDDED, EmbeddedEncoder, Encoder, SentenceTransformersEncoder
from tutor.retrieval.training import card, evaluation, export, lexicon, pairs, rows, teacher, vocabulary

HERE = Path(__file__).parent
PER_FRAME = 40  # questions made from each frame
HELD_OUT = 500  # sentence pairs, at least
LONGEST_PARAGRAPH = 110  # characters; longer ones cost more time than they teach
PARAGRAPH_SHARE = 0.5  # of the paragraphs are drawn in an epoch
TRAINED_TOKENS = 64
COMMON_PIECES = 40  # most frequent English pieces, too general to explain a word
REFERENCE = (  # English pairs whose cosine the tests compare with MiniLM's
    ("Dropout switches off random units during training.", "Randomly zeroing activations regularises a network."),
    ("Dropout switches off random units during training.", "The museum opens at nine on Sundays."),
    ("What is overfitting?", "The model memorises the training set and fails on new data."),
    ("Why does my network overfit?", "How large should the learning rate be?"),
)


def main() -> None:
    """Run every step and write the model folder."""
    parser = argparse.ArgumentParser(prog="python -m tutor.retrieval.training", description="Make the text encoder.")
    parser.add_argument("--pairs", type=Path, required=True, help="gzipped JSON lines with zh, en, kind, source")
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="model folder to write (default: the embedded one)")
    parser.add_argument("--steps", type=int, default=3000, help="training steps of 48 texts; 0 keeps the first rows")
    parser.add_argument("--seed", type=int, default=0)
    cache = Path(platformdirs.user_cache_dir("tutor"))
    parser.add_argument("--cache", type=Path, default=cache, help="folder that keeps the teacher's vectors")
    arguments = parser.parse_args()

    import torch
    from transformers import AutoModel

    torch.set_num_threads(1)
    started = time.perf_counter()

    def say(text: str) -> None:
        print(f"[{time.perf_counter() - started:5.0f} s] {text}", flush=True)

    rng = random.Random(arguments.seed)
    split = pairs.split(pairs.read_pairs(arguments.pairs), HELD_OUT, rng)
    listed = pairs.read_words(HERE / "words.tsv") + pairs.read_words(HERE / "phrases.tsv")
    questions = pairs.read_questions(HERE / "frames.tsv", listed, PER_FRAME, rng)
    words = vocabulary.chinese_words(split.train + listed)
    say(f"{len(split.train)} pairs, {len(listed)} entries, {len(questions)} questions; {len(words)} Chinese words")

    folder = teacher.teacher_folder()
    body = AutoModel.from_pretrained(folder)
    table = body.embeddings.word_embeddings.weight.detach().numpy().copy()
    tokenizer = vocabulary.tokenizer_json(folder, words)
    tokens = vocabulary.Tokens(tokenizer, first_word=len(table))

    short = [pair for pair in split.train + listed if pair.kind != "paragraph"]
    english = [tokens.pieces(pair.en) for pair in short]
    common = np.bincount(np.concatenate(english), minlength=len(table)).argsort()[-COMMON_PIECES:]
    translations = lexicon.ibm_model_1([tokens.words(pair.zh) for pair in short], english, len(table))
    first = lexicon.first_rows(words, translations, table, common)
    say("first rows from the lexicon")

    paragraphs = [pair for pair in split.train if pair.kind == "paragraph" and len(pair.zh) <= LONGEST_PARAGRAPH]
    taught = [*short, *questions, *paragraphs]
    targets = teacher.teacher_vectors([pair.en for pair in taught], arguments.cache / "teacher.npz")
    shares = [PARAGRAPH_SHARE if pair.kind == "paragraph" else 1.0 for pair in taught]
    examples = [
        rows.Example(tokens.ids(pair.zh)[:TRAINED_TOKENS], target, share)
        for target, (pair, share) in enumerate(zip(taught, shares, strict=True))
    ]
    say(f"{len(targets)} teacher vectors")
    trained = rows.train_rows(
        body, table, first, examples, targets, arguments.steps, arguments.seed,
        lambda step, cosine: say(f"step {step}: mean cosine {cosine:.3f}"),
    )  # fmt: skip
    minutes = (time.perf_counter() - started) / 60

    graph = export.float_graph(body, np.concatenate([table, trained]))
    shipped = export.compact(graph)
    facts = {
        "seed": arguments.seed,
        "steps": arguments.steps,
        "words": len(words),
        "reference": _reference(arguments.cache),
    }
    with tempfile.TemporaryDirectory() as scratch:
        forms = {
            card.FIRST: export.float_graph(body, np.concatenate([table, first])),
            card.EXACT: graph,
            card.SHIPPED: shipped,
            card.INTEGER: export.integer_body(graph, Path(scratch)),
        }
        encoders: dict[str, Encoder] = {card.TEACHER: SentenceTransformersEncoder(str(folder))}
        megabytes = {card.TEACHER: (folder / "model.safetensors").stat().st_size / 1e6}
        for name, form in forms.items():
            place = Path(scratch) / name
            export.write_model(place, form, tokenizer, facts)
            megabytes[name] = sum(file.stat().st_size for file in place.iterdir()) / 1e6
            encoders[name] = EmbeddedEncoder(place)
        measured = evaluation.compare(encoders, card.EXACT, split.held_out)
    for name, figures in measured.items():
        say(f"{name}: {figures}")
    export.write_model(arguments.out, shipped, tokenizer, facts)
    run = card.Run(split, listed, questions, len(words), arguments.seed, arguments.steps, minutes, megabytes, measured)
    (arguments.out / "MODEL_CARD.md").write_text(card.model_card(run), encoding="utf-8")
    say("written")


def _reference(cache: Path) -> list[dict[str, object]]:
    """Cosines that MiniLM itself gives the reference pairs."""
    first, second = (teacher.teacher_vectors(side, cache / "teacher.npz") for side in zip(*REFERENCE, strict=True))
    return [
        {"texts": texts, "cosine": round(float(a @ b), 4)} for texts, a, b in zip(REFERENCE, first, second, strict=True)
    ]


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
