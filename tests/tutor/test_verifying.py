"""Receipts: what a verification measures is kept, read back, checked as data from outside, and goes out of date."""

import json
from dataclasses import replace

import pytest

from demos import kit
from tutor.corpus.receipts import NAME, Measured, Receipt, read_receipts, write_receipts
from tutor.errors import CorpusError
from tutor.verifying import Options, command, state_of, verify

CLAIMS = "dropout-narrows-gap", "dropout-raises-accuracy"


def follow(events, title):
    return events


def receipt(claim="dropout-narrows-gap", code="", holds=True, control=False, seeds=16) -> Receipt:
    measured = Measured({}, 0.1, (0.08, 0.12), holds)
    fails = Measured({"label_noise": 0.0}, 0.0, (-0.01, 0.01), control)
    unit = {"zh": "个百分点", "en": "points"}
    code = code or kit.code_hash("dropout")
    return Receipt(
        claim, "dropout", measured, fails, 0.07, unit, 100.0, 5, seeds, "cpu", {"torch": "2"}, "2026-11-21", code
    )


@pytest.fixture
def few_seeds(monkeypatch):
    monkeypatch.setattr(command, "QUICK_SEEDS", 3)


@pytest.fixture
def quick_run(few_seeds, tmp_path, capsys):
    """A verification of one demo over three seeds."""
    code = verify(Options(["dropout"], tmp_path, quick=True, seed=3_000_000), follow)
    return code, capsys.readouterr().out, read_receipts(tmp_path)


def test_every_claim_of_a_demo_gets_a_receipt_with_its_control(quick_run):
    code, said, receipts = quick_run
    assert set(receipts) == set(CLAIMS)
    for claim, found in receipts.items():
        assert (found.demo, found.seed, found.seeds) == ("dropout", 3_000_000, 3)
        assert found.measured.ci95[0] <= found.measured.effect <= found.measured.ci95[1]
        assert found.control.params == {"label_noise": 0.0}
        assert found.code == kit.code_hash("dropout")
        assert f"{claim}: " in said
    assert code == int(not all(found.stands for found in receipts.values()))
    assert "Base seed 3000000, 3 seeds" in said


def test_the_effect_is_that_of_the_run_with_that_seed(quick_run):
    receipts = quick_run[2]
    *_, result = kit.run("dropout", {"seed": 3_000_000}, seeds=3, device="cpu")
    for claim in result["claims"]:
        assert receipts[claim["id"]].measured.effect == claim["effect"]


def test_a_claim_that_does_not_hold_ends_with_1(few_seeds, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "receipts_of", lambda *_: [receipt(holds=False)])
    assert verify(Options(["dropout"], tmp_path), follow) == 1
    assert "dropout-narrows-gap: DOES NOT HOLD" in capsys.readouterr().out


def test_a_control_that_holds_ends_with_1(few_seeds, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "receipts_of", lambda *_: [receipt(control=True)])
    assert verify(Options(["dropout"], tmp_path), follow) == 1
    assert "HOLDS TOO" in capsys.readouterr().out


def test_what_fails_quickly_is_tried_once_more_on_all_seeds_which_decide(tmp_path, monkeypatch, capsys):
    asked, outcomes = [], [receipt(holds=False, seeds=8), receipt(seeds=16)]

    def receipts_of(slug, seed, seeds, *_):
        asked.append((seed, seeds))
        return [outcomes[len(asked) - 1]]

    monkeypatch.setattr(command, "receipts_of", receipts_of)
    assert verify(Options(["dropout"], tmp_path, quick=True, seed=100), follow) == 0
    assert asked == [(100, 8), (116, 16)]  # the quick control has had seeds 108 to 115
    said = capsys.readouterr().out
    assert said.index("DOES NOT HOLD") < said.index("may have failed by chance") < said.index("Every claim holds")
    assert read_receipts(tmp_path)["dropout-narrows-gap"].measured.holds
    asked.clear()
    outcomes[1] = receipt(holds=False)
    assert verify(Options(["dropout"], tmp_path, quick=True, seed=100), follow) == 1


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (receipt(seeds=32), True),
        (receipt(seeds=8), False),
        (receipt(seeds=32, code="of other code"), False),
        (receipt(claim="of-no-demo"), False),
    ],
    ids=["more seeds", "fewer seeds", "other code", "no such claim"],
)
def test_a_receipt_of_the_same_code_and_more_seeds_is_kept(before, kept, tmp_path, monkeypatch):
    write_receipts(tmp_path, {before.claim: before})
    monkeypatch.setattr(command, "receipts_of", lambda *_: [receipt()])
    verify(Options(["dropout"], tmp_path), follow)
    assert read_receipts(tmp_path) == ({before.claim: before} if kept else {"dropout-narrows-gap": receipt()})


def test_a_seed_is_new_unless_one_is_given(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(command, "receipts_of", lambda slug, seed, *_: seen.append(seed) or [])
    for seed in (None, None, 7):
        verify(Options(["dropout"], tmp_path, seed=seed), follow)
    assert seen[0] != seen[1]
    assert min(seen[:2]) >= command.NEVER_USED
    assert seen[2] == 7


def test_what_is_written_is_read_back(tmp_path):
    one = receipt()
    write_receipts(tmp_path, {one.claim: one})
    assert read_receipts(tmp_path) == {one.claim: one}


def test_a_corpus_that_was_never_verified_has_no_receipts(tmp_path):
    assert read_receipts(tmp_path) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"effect": float("nan")},
        {"effect": "0.1"},
        {"effect": True},
        {"ci95": [0.1]},
        {"holds": "yes"},
        {"claim": "x" * 1000},
        {"params": {"label_noise": None}},
        {"unit": {"en": "points"}},
        {"control": None},
        {"seeds": "many"},
    ],
)
def test_a_receipt_that_is_none_is_refused(tmp_path, change):
    row = {**receipt().to_json(), **change}
    (tmp_path / NAME).write_text(json.dumps({"receipts": [row]}))
    with pytest.raises(CorpusError, match=r"evidence\.json: not a list of receipts\. Run `tutor verify`"):
        read_receipts(tmp_path)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"receipts": 3}', b" " * 2_000_001])
def test_a_file_that_holds_no_receipts_is_refused(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(CorpusError, match="not a list of receipts"):
        read_receipts(tmp_path)


def test_a_damaged_file_is_written_anew(tmp_path, monkeypatch, capsys):
    (tmp_path / NAME).write_text("{")
    monkeypatch.setattr(command, "receipts_of", lambda *_: [receipt()])
    verify(Options(["dropout"], tmp_path), follow)
    assert list(read_receipts(tmp_path)) == ["dropout-narrows-gap"]
    assert "written anew" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("receipts", "state"),
    [
        ([], "unmeasured"),
        ([receipt()], "stands"),
        ([receipt(holds=False)], "fails"),
        ([receipt(control=True)], "fails"),
        ([receipt(code="of other code")], "stale"),
        ([replace(receipt(), demo="gone")], "unmeasured"),
    ],
)
def test_the_state_of_a_claim_follows_from_its_receipt(receipts, state):
    assert state_of("dropout-narrows-gap", {one.claim: one for one in receipts}) == state
