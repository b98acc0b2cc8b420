"""The experiment in the answer: what a question sets, against what, which demo takes it, and what it never sets."""

from pathlib import Path

import pytest

from demos.kit import catalogue
from tutor.answering.cards import DemoCard
from tutor.answering.launch import Launcher
from tutor.answering.quantities import quantities
from tutor.corpus.questions import read_question_file
from tutor.evaluating.judging import verdicts

CARDS = {row["name"]: DemoCard.from_catalogue(row) for row in catalogue()}
LAUNCHER = Launcher(CARDS)
LABELLED = read_question_file(Path(__file__).parent / "asked_values.yaml")


def launch(demo, *conversation):
    launched = LAUNCHER.choose([demo], conversation)
    assert launched is not None
    return launched


def parameter(demo, name):
    return next(one for one in CARDS[demo].parameters if one.name == name)


def params(demo, question):
    return launch(demo, question).params


def values(text):
    return [quantity.value for quantity in quantities(text)]


# Quantities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.9", 0.9),
        (".25", 0.25),
        ("1e-4", 1e-4),
        ("10^-4", 1e-4),
        ("3 x 10^-4", 3e-4),
        ("ten to the minus four", 1e-4),
        ("10的负四次方", 1e-4),
        ("万分之一", 1e-4),
        ("百分之九十", 0.9),
        ("九成", 0.9),
        ("90 %", 0.9),
        ("seventy-two percent", 0.72),
        ("零点七", 0.7),
        ("zero point nine", 0.9),
        ("twenty", 20),
        ("two hundred and fifty", 250),
        ("a thousand", 1000),
        ("二十", 20),
        ("一百二十五", 125),
        ("两千", 2000),
        ("三万", 30000),
        ("1,000", 1000),
        ("2k", 2000),
        ("a half", 0.5),
        ("two thirds", 2 / 3),
        ("1/4", 0.25),
        ("三分之一", 1 / 3),
        ("一半", 0.5),
        ("三倍", 3),
        ("twice", 2),
        ("ten times smaller", 0.1),
        ("减半", 0.5),
    ],
)
def test_a_number_is_read_however_it_is_written(text, value):
    assert values(text) == pytest.approx([value])


@pytest.mark.parametrize(
    "text",
    [
        "ResNet-50 or ResNet 50",
        "GPT-2",
        "CIFAR 10",
        "top-5 accuracy",
        "a 3x3 kernel",
        "MNIST-1D",
        "Srivastava et al. 2014",
        "(Kingma and Ba, 2014)",
        "2014年",
        "PyTorch 2.1里",
        "第三章",
        "1. 为什么 2. 怎么做",
        "10 classes in 2 hours on 4 GPUs",
        "三种方法",
        "一般都一样",
        "double descent",
        "half an hour",
    ],
)
def test_names_and_counts_of_other_things_are_no_values(text):
    assert [quantity for quantity in quantities(text) if not quantity.stem] == []


def test_a_number_that_is_written_to_a_word_names_that_word():
    assert [(quantity.value, quantity.stem) for quantity in quantities("int8, lr0.1")] == [(8, "int"), (0.1, "lr")]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit", ["1 ", "九", "one ", "1,", "10^", "a half ", ".", "1e", "twenty-", "1", "十百千万", "5 x "]
)
def test_a_hostile_text_is_read_in_no_time_and_of_many_numbers_the_first_count(unit):
    assert len(quantities((unit * 2000)[:2000])) <= 32


# What a question sets


@pytest.mark.parametrize(
    ("demo", "question", "expected"),
    [
        ("dropout", "width 512, depth 3 and dropout 0.3", {"dropout": 0.3, "width": 512}),
        ("dropout", "64 hidden units with .25 dropout", {"dropout": 0.25, "width": 64}),
        ("dropout", "dropout of forty percent, 300 units", {"dropout": 0.4, "width": 300}),
        ("dropout", "going from width 16 to 512", {"width": 512}),
        ("dropout", "width of 0.5 thousand", {"width": 500}),
        ("dropout", "宽度12.5", {}),
        ("noise-injection", "给输入加0.3的噪声", {"noise_std": 0.3}),
        ("dropout", "is half of the labels wrong too much", {"label_noise": 0.5}),
        ("early-stopping", "3 epochs of patience", {"patience": 3}),
        ("early-stopping", "patience of 3 epochs, 30 epochs in all", {"patience": 3, "epochs": 30}),
        ("early-stopping", "早停容忍7轮，验证集100个样本", {"patience": 7, "validation_size": 100}),
        ("residual", "二十层", {"depth": 20}),
        ("dropout", "丢弃率０．９", {"dropout": 0.9}),
        ("over-parameterization", "a width-8 net", {"width": 8}),
        ("batch-norm", "mini-batches of 32", {"batch_size": 32}),
        ("compression", "int8", {"bits": 8}),
    ],
)
def test_every_value_goes_to_the_parameter_that_it_is_about(demo, question, expected):
    assert params(demo, question) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("demo", "question"),
    [
        ("dropout", "dropout took my accuracy from 95% to 60%"),
        ("dropout", "训练集99测试集70，dropout有用吗"),
        ("weight-decay", "with weight decay the loss went from 0.3 to 0.5"),
        ("residual", "why is ResNet-152 easier to train than VGG16"),
        ("batch-norm", "batch norm on CIFAR-10 with 10 classes"),
        ("dropout", "dropout有3个问题我没搞懂"),
        ("optimizers", "learning rate 0.1 for SGD"),
        ("l1-sparsity", "L1 or L2"),
        ("ensemble", "为什么一个模型不如多个"),
    ],
)
def test_a_number_that_is_said_of_something_else_sets_nothing(demo, question):
    assert params(demo, question) == {}


@pytest.mark.parametrize(
    ("demo", "question", "value", "against"),
    [
        ("dropout", "dropout 0.9 vs 0.1", {"dropout": 0.9}, {"dropout": 0.1}),
        ("dropout", "0.2和0.6的dropout哪个好", {"dropout": 0.2}, {"dropout": 0.6}),
        ("dropout", "is 0.9 better than 0.5 for dropout", {"dropout": 0.9}, {"dropout": 0.5}),
        ("over-parameterization", "going from width 16 to 512", {"width": 512}, {"width": 16}),
        ("capacity", "degree 3 compared to degree 12", {"degree": 3}, {"degree": 12}),
        ("ensemble", "16 models vs a single one", {"members": 16}, {"members": 1}),
        ("dropout", "dropout 0.6 with no label noise", {"dropout": 0.6, "label_noise": 0}, {"dropout": 0.0}),
        ("dropout", "what if I train without dropout", {}, {"dropout": 0.0}),
    ],
)
def test_of_two_values_one_is_set_and_the_other_is_the_contrast(demo, question, value, against):
    launched = launch(demo, question)
    assert (launched.params, launched.contrast) == (value, against)


def test_a_value_out_of_bounds_is_clamped_and_said():
    most = parameter("ensemble", "members").maximum
    launched = launch("ensemble", "an ensemble of 5000 networks")
    assert launched.params == {"members": most}
    assert [(clamp.name, clamp.asked, clamp.given) for clamp in launched.clamped] == [("members", 5000, most)]
    assert [clamp.asked for clamp in launch("ensemble", "5000 networks or 4").clamped] == [5000]
    assert launch("ensemble", "an ensemble of 4 networks").clamped == ()


def test_a_multiple_is_one_of_the_default_or_of_what_was_asked_before():
    default = parameter("learning-rate", "learning_rate").default
    assert params("learning-rate", "half the learning rate") == pytest.approx({"learning_rate": default / 2})
    assert params("learning-rate", "a learning rate of a half") == {"learning_rate": 0.5}
    assert launch("learning-rate", "lr 0.2", "twice that").params == pytest.approx({"learning_rate": 0.4})


def test_a_later_value_within_the_bounds_takes_the_remark_back():
    launched = launch("ensemble", "an ensemble of 5000 networks", "and 8?")
    assert (launched.params, launched.clamped) == ({"members": 8}, ())


@pytest.mark.parametrize(
    ("demo", "conversation", "expected"),
    [
        ("dropout", ["dropout 0.9 宽度 64", "换成0.2"], {"dropout": 0.2, "width": 64}),
        ("dropout", ["what is dropout", "and at 90%?"], {"dropout": 0.9}),
        ("learning-rate", ["learning rate 0.4", "half of that?"], {"learning_rate": 0.2}),
        ("noise-injection", ["给输入加0.1的噪声会怎样", "再大十倍呢"], {"noise_std": 1.0}),
        ("dropout", ["what is dropout", "and 0.3?", "now 0.95"], {"dropout": 0.95}),
        ("optimizers", ["momentum 0.9", "condition 2000 now"], {"momentum": 0.9, "condition": 2000}),
    ],
)
def test_a_follow_up_sets_what_the_conversation_is_about_and_keeps_the_rest(demo, conversation, expected):
    assert launch(demo, *conversation).params == pytest.approx(expected)


# Which demo


def test_the_first_candidate_is_offered_unless_only_a_later_one_has_the_parameter():
    candidates = ["optimizers", "learning-rate", "dropout"]
    offered = [
        LAUNCHER.choose(candidates, [text]).name  # type: ignore[union-attr]
        for text in ("how do I choose", "learning rate 0.1 or 0.01", "momentum 0.5", "dropout 0.3")
    ]
    assert offered == ["optimizers", "learning-rate", "optimizers", "dropout"]


def test_of_two_demos_with_the_parameter_the_one_comes_first_that_can_be_set_so():
    assert LAUNCHER.choose(["batch-norm", "residual"], ["depth 40"]).name == "residual"  # type: ignore[union-attr]


def test_unknown_candidates_are_passed_over():
    assert LAUNCHER.choose(["no-such-demo"], ["dropout 0.5"]) is None
    assert LAUNCHER.choose(["no-such-demo", "dropout"], ["dropout 0.5"]).name == "dropout"  # type: ignore[union-attr]


# The labelled questions


def test_every_demo_is_asked_for_with_a_value_in_both_languages():
    asked = {(row.demo, row.question.isascii()) for row in LABELLED if row.kind == "value"}
    assert {(name, ascii_only) for name in CARDS for ascii_only in (True, False)} <= asked


def test_questions_that_name_values_launch_the_right_demo_so_set(shipped_tutor):
    found = [verdicts(row, row.notes, shipped_tutor.ask(row.question)) for row in LABELLED if row.kind == "value"]
    assert _share(found, "demo") >= 0.92
    assert _share(found, "params") >= 0.92


def test_questions_without_values_launch_the_right_demo(shipped_tutor):
    found = [verdicts(row, row.notes, shipped_tutor.ask(row.question)) for row in LABELLED if row.kind == "demo"]
    assert _share(found, "demo") >= 0.92


def test_follow_ups_stay_with_the_concept_of_the_conversation(shipped_tutor):
    rows = [row for row in LABELLED if row.kind == "followup"]
    found = [verdicts(row, row.notes, shipped_tutor.ask(row.question, row.history)) for row in rows]
    assert _share(found, "concept@1") >= 0.85
    assert _share(found, "params") >= 0.9


def _share(found, verdict):
    told = [one[verdict] for one in found if verdict in one]
    assert told
    return sum(told) / len(told)
