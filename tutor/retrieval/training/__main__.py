"""Make the embedded text encoder: `python -m tutor.retrieval.training --pairs FILE.jsonl.gz`.

The same pairs, word list, seed and steps give the same model on the same kind of processor. One thread; on a 2024
server core the teacher's vectors take about 4 minutes and 1,500 steps about 10.
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import platformdirs

from tutor.retrieval.encoder import EMBEDDED, EmbeddedEncoder
from tutor.retrieval.training import card, evaluation, export, lexicon, pairs, rows, teacher, vocabulary

WORDS = Path(__file__).parent / "words.tsv"
LONGEST_PARAGRAPH = 110  # characters; longer ones cost more time than they teach
PARAGRAPH_SHARE = 0.5  # of the paragraphs are drawn in an epoch
TRAINED_TOKENS = 64
COMMON_PIECES = 40  # most frequent English pieces, too general to explain a word
REFERENCE = (
    ("Dropout switches off random units during training.", "Randomly zeroing activations regularises a network."),
    ("Dropout switches off random units during training.", "The museum opens at nine on Sundays."),
    ("Why does my network overfit?", "How do I stop a model from memorising the training set?"),
    ("Why does my network overfit?", "What is the learning rate?"),
)


def main() -> None:
    """Run every step and write the model folder."""
    parser = argparse.ArgumentParser(prog="python -m tutor.retrieval.training", description="Make the text encoder.")
    parser.add_argument("--pairs", type=Path, required=True, help="gzipped JSON lines with zh, en, kind, source")
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="model folder to write (default: the shipped one)")
    parser.add_argument("--steps", type=int, default=1500, help="training steps of 48 texts; 0 keeps the first rows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held-out", type=int, default=500, help="sentence pairs kept for measuring")
    parser.add_argument(
        "--cache", type=Path, default=Path(platformdirs.user_cache_dir("tutor")), help="folder for the teacher's vectors"
    )
    arguments = parser.parse_args()

    import torch
    from transformers import AutoModel

    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    started = time.perf_counter()

    def say(text: str) -> None:
        print(f"[{time.perf_counter() - started:5.0f} s] {text}", flush=True)

    words_list = pairs.read_words(WORDS)
    split = pairs.split(pairs.read_pairs(arguments.pairs), arguments.held_out, random.Random(arguments.seed))
    training = split.train + words_list
    words = vocabulary.chinese_words(training)
    say(f"{len(training)} pairs to train on, {len(split.held_out)} held out, {len(words)} Chinese words")

    folder = teacher.teacher_folder()
    tokenizer_json = vocabulary.tokenizer_json(folder, words)
    body = AutoModel.from_pretrained(folder)
    table = body.embeddings.word_embeddings.weight.detach().numpy().copy()
    tokens = vocabulary.Tokens(tokenizer_json, first_word=len(table))

    short = [pair for pair in training if pair.kind != "paragraph"]
    english = [tokens.pieces(pair.en) for pair in short]
    common = np.bincount(np.concatenate(english), minlength=len(table)).argsort()[-COMMON_PIECES:]
    learned = lexicon.ibm_model_1([tokens.words(pair.zh) for pair in short], english, len(table))
    first = lexicon.first_rows(words, learned, table, common)
    say(f"lexicon with {len(learned.probability)} entries")

    taught = short + [p for p in training if p.kind == "paragraph" and len(p.zh) <= LONGEST_PARAGRAPH]
    targets = teacher.teacher_vectors([pair.en for pair in taught], arguments.cache / "teacher.npz")
    say(f"{len(targets)} teacher vectors")
    examples = [
        rows.Example(
            tokens.ids(pair.zh)[:TRAINED_TOKENS], number, PARAGRAPH_SHARE if pair.kind == "paragraph" else 1.0
        )
        for number, pair in enumerate(taught)
    ]
    trained = first
    if arguments.steps:
        trained = rows.train_rows(
            body, table, first, examples, targets, arguments.steps, arguments.seed,
            lambda step, cosine: say(f"step {step}: mean cosine {cosine:.3f}"),
        )  # fmt: skip

    graph = export.float_graph(body, np.concatenate([table, trained]))
    reference_vectors = teacher.teacher_vectors([text for two in REFERENCE for text in two], arguments.cache / "teacher.npz")
    facts = {
        "seed": arguments.seed,
        "steps": arguments.steps,
        "words": len(words),
        "reference": [
            {"texts": two, "cosine": round(float(reference_vectors[2 * k] @ reference_vectors[2 * k + 1]), 4)}
            for k, two in enumerate(REFERENCE)
        ],
    }
    measured = []
    with tempfile.TemporaryDirectory() as scratch:
        forms = {
            "float32": graph,
            "int8 rows, float16 body": export.compact(graph),
            "int8 rows, int8 body": export.integer_body(graph, Path(scratch)),
        }
        exact = None
        for name, form in forms.items():
            place = Path(scratch) / name
            export.write_model(place, form, tokenizer_json, facts)
            encoder = EmbeddedEncoder(place)
            vectors = evaluation.sides(encoder, split.held_out)
            exact = exact if exact is not None else vectors
            measured.append(
                card.Row(
                    name,
                    sum(file.stat().st_size for file in place.iterdir()) / 1e6,
                    evaluation.milliseconds(encoder, [pair.zh for pair in split.held_out]),
                    evaluation.accuracy(*vectors),
                    evaluation.likeness(*vectors, *exact),
                )
            )
            say(str(measured[-1]))
    export.write_model(arguments.out, forms[card.SHIPPED], tokenizer_json, facts)
    (arguments.out / "MODEL_CARD.md").write_text(
        card.model_card(split, words_list, len(words), arguments.seed, arguments.steps, measured), encoding="utf-8"
    )
    say("written")


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
