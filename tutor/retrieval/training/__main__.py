"""Make the embedded text encoder: `python -m tutor.retrieval.training --pairs FILE.jsonl.gz`.

The same pairs, word list, notes, seed and steps give the same model on the same kind of processor. One thread is used;
on an idle server core the whole takes about 40 minutes. The teacher's vectors (4 of them) and the rows that aligned
pairs teach (17) are kept in the cache.
"""

import argparse
import hashlib
import os
import random
import tempfile
import time
from pathlib import Path

import numpy as np
import platformdirs

from tutor.retrieval.encoder import EMBEDDED, EmbeddedEncoder, Encoder, SentenceTransformersEncoder
from tutor.retrieval.training import (
    card,
    contrast,
    evaluation,
    export,
    lessons,
    lexicon,
    pairs,
    rows,
    teacher,
    vocabulary,
)
from tutor.settings import shipped_corpus

HERE = Path(__file__).parent
PER_FRAME = 40  # questions made from each frame
HELD_OUT = 500  # sentence pairs, at least
LONGEST_PARAGRAPH = 110  # characters; longer ones cost more time than they teach
PARAGRAPH_SHARE = 0.5  # of the paragraphs are drawn in an epoch
TRAINED_TOKENS = 64
COMMON_PIECES = 40  # most frequent English pieces, too general to explain a word
REFERENCE = (  # texts whose cosines the tests compare with those of the trained model
    ("Dropout switches off random units during training.", "Randomly zeroing activations regularises a network."),
    ("Dropout switches off random units during training.", "The museum opens at nine on Sundays."),
    ("What is overfitting?", "模型把训练集背了下来，遇到新数据就不行。"),
    ("为什么我的网络过拟合？", "How large should the learning rate be?"),
)


def main() -> None:
    """Run every step and write the model folder."""
    arguments = _arguments()

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
    graphs = {card.FIRST: export.float_graph(body, np.concatenate([table, first]))}

    paragraphs = [pair for pair in split.train if pair.kind == "paragraph" and len(pair.zh) <= LONGEST_PARAGRAPH]
    taught = [*short, *questions, *paragraphs]
    targets = teacher.teacher_vectors([pair.en for pair in taught], arguments.cache / "teacher.npz")
    shares = [PARAGRAPH_SHARE if pair.kind == "paragraph" else 1.0 for pair in taught]
    examples = [
        rows.Example(tokens.ids(pair.zh)[:TRAINED_TOKENS], target, share)
        for target, (pair, share) in enumerate(zip(taught, shares, strict=True))
    ]
    say(f"{len(targets)} teacher vectors")
    kept_rows = arguments.cache / f"rows-{_digest(first, targets, examples, arguments.steps, arguments.seed)}.npy"
    if kept_rows.exists():
        aligned = np.load(kept_rows, allow_pickle=False)
    else:
        aligned = rows.train_rows(
            body, table, first, examples, targets, arguments.steps, arguments.seed,
            lambda step, cosine: say(f"pairs, step {step}: mean cosine {cosine:.3f}"),
        )  # fmt: skip
        np.save(kept_rows, aligned)
    graphs[card.ALIGNED] = export.float_graph(body, np.concatenate([table, aligned]))

    kept = [*short, *questions]  # those come first in `taught`, in this order
    taught_sections = lessons.lessons_of(arguments.corpus, kept, targets[: len(kept)], tokens)
    say(f"{len(taught_sections.sections)} sections, {len(taught_sections.outsiders)} questions outside them")
    trained = contrast.train_on_sections(
        body, np.concatenate([table, aligned]), len(table), taught_sections, arguments.lessons, arguments.seed,
        lambda step, share: say(f"sections, step {step}: {share:.3f} of the keys find their section"),
    )  # fmt: skip
    graphs[card.EXACT] = export.float_graph(body, trained)
    minutes = (time.perf_counter() - started) / 60

    facts = {
        "seed": arguments.seed,
        "steps": [arguments.steps, arguments.lessons],
        "words": len(words),
        "reference": _reference(export.SentenceGraph(body, trained), tokens),
    }
    with tempfile.TemporaryDirectory() as scratch:
        forms = arguments.forms or Path(scratch)
        graphs[card.HALF] = export.compact(graphs[card.EXACT])
        graphs[card.SHIPPED] = export.integer_body(graphs[card.EXACT], body.config.num_attention_heads, Path(scratch))
        encoders: dict[str, Encoder] = {card.TEACHER: SentenceTransformersEncoder(str(folder))}
        megabytes = {card.TEACHER: (folder / "model.safetensors").stat().st_size / 1e6}
        for form, graph in graphs.items():
            place = forms / card.FOLDERS[form]
            export.write_model(place, graph, tokenizer, facts)
            megabytes[form] = sum(file.stat().st_size for file in place.iterdir()) / 1e6
            encoders[form] = EmbeddedEncoder(place)
        measured = evaluation.compare(encoders, card.EXACT, split.held_out)
    for form, figures in measured.items():
        say(f"{form}: {figures}")
    export.write_model(arguments.out, graphs[card.SHIPPED], tokenizer, facts)
    run = card.Run(
        split, listed, questions, taught_sections, len(words), arguments.seed, arguments.steps, arguments.lessons,
        minutes, megabytes, measured,
    )  # fmt: skip
    (arguments.out / "MODEL_CARD.md").write_text(card.model_card(run), encoding="utf-8")
    say("written")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tutor.retrieval.training", description="Make the text encoder.")
    parser.add_argument("--pairs", type=Path, required=True, help="gzipped JSON lines with zh, en, kind, source")
    parser.add_argument("--corpus", type=Path, default=shipped_corpus(), help="notes whose question keys are taught")
    parser.add_argument("--out", type=Path, default=EMBEDDED, help="model folder to write (default: the embedded one)")
    parser.add_argument("--steps", type=int, default=3000, help="steps of 48 aligned texts; 0 keeps the first rows")
    parser.add_argument("--lessons", type=int, default=500, help="steps of 32 sections with their questions")
    parser.add_argument("--seed", type=int, default=0)
    cache = Path(platformdirs.user_cache_dir("tutor"))
    parser.add_argument("--cache", type=Path, default=cache, help="folder that keeps the first steps' results")
    parser.add_argument("--forms", type=Path, help="folder that keeps the model after each step, to compare them")
    return parser.parse_args()


def _digest(*parts: object) -> str:
    """Names what the aligned rows are computed from."""
    found = hashlib.sha256(Path(rows.__file__).read_bytes())
    for part in parts:
        found.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
    return found.hexdigest()[:16]


def _reference(model: "export.SentenceGraph", tokens: vocabulary.Tokens) -> list[dict[str, object]]:
    """Cosines that the trained float32 model, run by torch, gives the reference pairs."""
    import torch

    def vector(text: str) -> torch.Tensor:
        with torch.no_grad():
            return model.eval()(torch.tensor([tokens.ids(text)]))[0]

    return [{"texts": texts, "cosine": round(float(vector(texts[0]) @ vector(texts[1])), 4)} for texts in REFERENCE]


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
