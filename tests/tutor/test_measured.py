"""A measured sentence stands where it belongs to the answer, and nowhere else."""

import pytest


def measured(answer):
    return [said.claim for said in answer.sentences if said.kind == "measured"]


@pytest.mark.parametrize(
    ("question", "claim"),
    [
        ("why does momentum help in a narrow valley", "momentum"),
        ("does dropout narrow the gap between training and test accuracy", "dropout"),
        ("数据少的时候，训练时随机平移信号有用吗", "augmentation"),
    ],
)
def test_a_claim_of_the_section_or_of_the_same_subject_is_told(shipped_tutor, question, claim):
    (told,) = measured(shipped_tutor.ask(question))
    assert claim in told


@pytest.mark.parametrize("question", ["批大小", "how do I set in_channels and groups of a grouped convolution"])
def test_a_claim_of_another_subject_is_not(shipped_tutor, question):
    answer = shipped_tutor.ask(question)
    assert answer.demo is not None  # whose claims these are
    assert measured(answer) == []
