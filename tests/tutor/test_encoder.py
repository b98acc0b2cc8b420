"""The embedded encoder: what it must keep of MiniLM, what it must know of Chinese, and what must not upset it."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from tutor.retrieval.encoder import EMBEDDED, EmbeddedEncoder, Encoder, EncoderError, load_encoder, prepare
from tutor.retrieval.training import lexicon, pairs
from tutor.retrieval.training.pairs import Pair

TRAINING = Path(pairs.__file__).parent

PARALLEL = (
    ("暂退法在训练时随机关掉一部分神经元。", "Dropout randomly turns off some neurons during training."),
    ("权重衰减给损失加上一项，惩罚很大的权重。", "Weight decay adds a term to the loss that penalises large weights."),
    ("学习率太大时，损失会发散。", "The loss diverges when the learning rate is too large."),
    ("训练集和测试集不能有重复的样本。", "The training set and the test set must not share examples."),
    ("卷积层用同一组权重扫过整张图片。", "A convolutional layer slides the same weights over the whole image."),
    ("反向传播用链式法则计算梯度。", "Backpropagation computes gradients with the chain rule."),
    ("注意力机制让每个词看到句子里的其他词。", "Attention lets every word look at the other words of the sentence."),
    ("参数比样本多的网络也可能泛化得很好。", "A network with more parameters than samples may still generalise well."),
    ("我们在周末去公园散步。", "We go for a walk in the park at the weekend."),
    ("这家餐馆的面条很好吃。", "The noodles at this restaurant are delicious."),
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def test_vectors_are_unit_length_float32(encoder: Encoder) -> None:
    vectors = encoder.encode([zh for zh, _ in PARALLEL])
    assert vectors.shape == (len(PARALLEL), encoder.dimension) == (len(PARALLEL), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_langchain_methods_agree_with_encode(encoder: Encoder) -> None:
    texts = [en for _, en in PARALLEL[:3]]
    vectors = encoder.encode(texts)
    assert encoder.embed_documents(texts) == vectors.tolist()
    assert encoder.embed_query(texts[1]) == vectors[1].tolist()


def test_storing_it_small_keeps_what_the_trained_model_computes(encoder: Encoder) -> None:
    reference = json.loads((EMBEDDED / "manifest.json").read_text(encoding="utf-8"))["reference"]
    assert len(reference) >= 4
    for pair in reference:
        first, second = encoder.encode(pair["texts"])
        assert float(first @ second) == pytest.approx(pair["cosine"], abs=0.05), pair["texts"]


def test_every_sentence_is_nearest_to_its_translation(encoder: Encoder) -> None:
    zh, en = (encoder.encode(side) for side in zip(*PARALLEL, strict=True))
    similarity = zh @ en.T
    own = np.arange(len(PARALLEL))
    assert (similarity.argmax(axis=1) == own).all()
    assert (similarity.argmax(axis=0) == own).all()


@pytest.mark.parametrize(
    ("formal", "colloquial", "other"),
    [
        ("什么是过拟合", "过拟合是啥", "什么是卷积"),
        ("什么是暂退法", "dropout到底是什么", "什么是学习率"),
        ("为什么损失不下降", "loss咋一直不降", "什么是注意力机制"),
    ],
)
def test_colloquial_wording_keeps_the_topic(encoder: Encoder, formal: str, colloquial: str, other: str) -> None:
    one, same, different = encoder.encode([formal, colloquial, other])
    assert one @ same > one @ different


def test_unknown_characters_cost_only_themselves() -> None:
    tokenizer = Tokenizer.from_file(str(EMBEDDED / "tokenizer.json"))
    pieces = [
        tokenizer.encode(text, add_special_tokens=False).ids for text in ("什么是过拟合", "和正则化", "\U00020000")
    ]
    assert tokenizer.encode("[UNK]", add_special_tokens=False).ids == pieces[2]
    disturbed = tokenizer.encode("什么是过拟合\U00020000\U00020001和正则化", add_special_tokens=False).ids
    assert disturbed == pieces[0] + 2 * pieces[2] + pieces[1]


def test_traditional_characters_and_wide_punctuation_read_the_same(encoder: Encoder) -> None:
    simplified, traditional = encoder.encode(["权重衰减为什么有用?", "權重衰減為什麼有用？"])
    assert np.array_equal(simplified, traditional)
    assert prepare("Ｗhy no Chinese here？") == "Ｗhy no Chinese here？"


def test_a_vector_does_not_depend_on_its_company(encoder: Encoder) -> None:
    texts = [text for pair in PARALLEL for text in pair]
    together = encoder.encode(texts)
    assert np.array_equal(together, encoder.encode(texts[::-1])[::-1])
    assert np.array_equal(together, np.stack([encoder.encode([text])[0] for text in texts]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "😀🤖",
        "\ud800",
        "\x00\x07",
        "过拟合" * 4000,
        "字" * 10_000,
        "a" * 10_000,
        "x " * 10_000,
        "？" * 999,
    ],
)
def test_no_text_upsets_it(encoder: Encoder, text: str) -> None:
    vector = encoder.encode([text])[0]
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_what_follows_256_tokens_is_not_read(encoder: Encoder) -> None:
    short, long = encoder.encode(["network " * 300, "network " * 300 + "cooking recipes"])
    assert np.array_equal(short, long)


def test_runs_without_torch() -> None:
    program = (
        "import sys; from tutor.retrieval.encoder import load_encoder;"
        "assert 'onnxruntime' not in sys.modules;"
        "load_encoder().embed_query('过拟合');"
        "assert not {'torch', 'transformers', 'jieba'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_the_model_folder_is_small_and_says_what_it_is() -> None:
    assert sum(file.stat().st_size for file in EMBEDDED.iterdir()) < 50_000_000
    card = (EMBEDDED / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in card
    assert "Limits" in card


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EMBEDDED, tmp_path / "model"))


def test_the_fingerprint_is_of_the_files_and_not_of_the_place(encoder: Encoder, copied: Path) -> None:
    assert EmbeddedEncoder(copied).fingerprint == encoder.fingerprint


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_refused_in_one_line(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(EncoderError, match=r"damaged.*reinstall") as caught:
        EmbeddedEncoder(copied)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"sha256": 1, "dimension": 384}', "\xff"])
def test_an_unreadable_manifest_is_refused_in_one_line(copied: Path, manifest: str) -> None:
    (copied / "manifest.json").write_bytes(manifest.encode("latin-1"))
    with pytest.raises(EncoderError, match="cannot be read") as caught:
        EmbeddedEncoder(copied)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(copied: Path) -> None:
    (copied / "model.onnx").unlink()
    with pytest.raises(EncoderError, match="cannot be read"):
        EmbeddedEncoder(copied)


def test_training_never_sees_a_held_out_text() -> None:
    def pair(number: int, page: str) -> Pair:
        return Pair(f"句子{number}", f"sentence {number}", "sentence", page)

    given = [pair(number, f"page {number // 4}") for number in range(80)] + [
        pair(number, "copy") for number in range(80)
    ]
    split = pairs.split(given, sentences=32, rng=random.Random(0))
    assert 32 <= len(split.held_out) < 80
    assert not {p.page for p in split.train} & {p.page for p in split.held_out}
    assert not {p.zh for p in split.train} & {p.zh for p in split.held_out}
    assert len({p.zh for p in split.train}) + len(split.held_out) == 80
    assert pairs.split(given, sentences=32, rng=random.Random(0)) == split


def test_the_lexicon_finds_translations_from_texts_alone() -> None:
    texts = np.random.default_rng(0).integers(0, 20, size=(400, 6))
    english = [
        np.random.default_rng(k).permutation(text + 50) for k, text in enumerate(texts)
    ]  # word w means piece w + 50
    found = lexicon.ibm_model_1(list(texts), english, pieces=100)
    best = {w: found.english[found.chinese == w][found.probability[found.chinese == w].argmax()] for w in range(20)}
    assert best == {w: w + 50 for w in range(20)}
    table = np.eye(100, dtype=np.float32)
    rows = lexicon.first_rows([chr(0x4E00 + w) for w in range(20)], found, table, common=np.array([], dtype=int))
    assert (rows.argmax(axis=1) == np.arange(20) + 50).all()


def test_a_word_never_seen_starts_from_its_characters() -> None:
    seen = lexicon.Lexicon(np.array([0, 1]), np.array([5, 7]), np.array([1.0, 1.0]))
    rows = lexicon.first_rows(
        ["过", "拟", "过拟", "合"], seen, np.eye(10, dtype=np.float32), common=np.array([], dtype=int)
    )
    assert rows[2] == pytest.approx((rows[0] + rows[1]) / 2)
    assert np.isfinite(rows).all()


def test_the_word_list_reads_one_pair_per_gloss(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("# machine learning\n过拟合\toverfitting / overfit\n\n", encoding="utf-8")
    listed = pairs.read_words(path)
    assert [(p.zh, p.en, p.page) for p in listed] == [
        ("过拟合", "overfitting", "machine learning"),
        ("过拟合", "overfit", "machine learning"),
    ]
    path.write_text("过拟合 overfitting\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: expected Chinese, a tab and English"):
        pairs.read_words(path)


def test_the_shipped_frames_and_phrases_can_be_read() -> None:
    listed = pairs.read_words(TRAINING / "words.tsv") + pairs.read_words(TRAINING / "phrases.tsv")
    questions = pairs.read_questions(TRAINING / "frames.tsv", listed, 2, random.Random(0))
    assert len(questions) > 100
    assert not [p for p in (*listed, *questions) if "{" in p.zh + p.en or not p.zh or not p.en]
