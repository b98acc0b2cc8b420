"""What every demo promises, checked on each one found in the folder."""

import json
import random
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import torch

from demos import kit
from demos.kit import terminal
from demos.kit.parameters import Parameters, declarations, kind
from tests.demos.runs import events, tiny

EVERY = pytest.mark.parametrize("slug", kit.names())
ENTRIES = {entry["name"]: entry for entry in kit.catalogue()}


def texts(value):
    """Every {zh, en} pair in nested JSON data."""
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            yield value
        else:
            for inner in value.values():
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def test_the_three_first_demos_are_found():
    assert {"dropout", "weight-decay", "over-parameterization"} <= set(kit.names())


@EVERY
def test_the_slug_is_the_name_of_the_file(slug):
    assert kit.load(slug).slug == slug
    assert kit.load(slug.replace("-", "_")) is kit.load(slug)


@EVERY
def test_the_catalogue_entry_is_complete_in_both_languages(slug):
    entry = ENTRIES[slug]
    json.dumps(entry, allow_nan=False)
    found = list(texts(entry))
    assert len(found) >= 2 + len(entry["claims"]) + 2 * len(entry["parameters"])
    for pair in found:
        assert pair["zh"].strip()
        assert pair["en"].strip()
        assert "{" not in pair["en"] + pair["zh"]
    for row in entry["parameters"]:
        assert row["words"], f"no question could set {row['name']}"


@EVERY
def test_every_demo_explains_itself_and_leads_on(slug):
    demo = kit.load(slug)
    assert demo.explanation.zh
    assert demo.explanation.en
    assert demo.tries
    for step in demo.tries:
        assert kit.check(slug, step.parameters) != kit.check(slug, {})


@EVERY
def test_the_equation_can_be_read_in_a_terminal(slug):
    lines = ENTRIES[slug]["equation"].splitlines()
    assert 1 <= len(lines) <= 2
    for line in lines:
        assert line == line.strip()
        assert 1 <= len(line) <= 110
        assert line.isprintable()
        assert not set("$\\{}") & set(line), "plain characters, no markup"


@EVERY
def test_the_map_of_a_demo_can_be_run(slug):
    made = kit.load(slug).map
    assert made.claim in {claim.id for claim in kit.load(slug).claims}
    for x in made.x[1]:
        for y in made.y[1]:
            kit.check(slug, {**made.parameters, made.x[0]: x, made.y[0]: y})


def test_claim_ids_are_unique():
    ids = [claim["id"] for entry in ENTRIES.values() for claim in entry["claims"]]
    assert len(ids) == len(set(ids))


@EVERY
def test_every_claim_names_a_minimum_and_a_setting_where_it_must_fail(slug):
    demo = kit.load(slug)
    assert demo.claims
    for claim in demo.claims:
        assert claim.minimum > 0
        assert claim.negative_control
        kit.check(slug, claim.negative_control)


@EVERY
def test_every_bound_is_enforced_and_named(slug):
    for name, field in declarations(kit.load(slug).parameters).items():
        if kind(field) == "choice":
            continue
        declared = field.metadata["declared"]
        for value in (declared.minimum - 1, declared.maximum + 1, float("nan")):
            with pytest.raises(kit.ParameterError, match=f"^{name} must be .* to {declared.maximum}; got "):
                kit.run(slug, {name: value})  # on the call, before anything is trained


@EVERY
def test_equal_parameters_give_equal_frames_and_another_seed_gives_others(slug):
    once, again, other = events(slug), events(slug), events(slug, seed=1)
    assert once == again
    assert once[0] != other[0]
    assert once[-1]["claims"] != other[-1]["claims"] or once[-1]["panels"] != other[-1]["panels"]


@EVERY
def test_two_interleaved_runs_do_not_disturb_each_other(slug):
    streams = [kit.run(slug, tiny(slug, seed=seed), device="cpu", every=0) for seed in (0, 1)]
    pairs = list(zip(*streams, strict=True))
    for seed, run in enumerate(zip(*pairs, strict=True)):
        panels = [event["panels"] for event in run]
        assert panels == [event["panels"] for event in events(slug, seed=seed)]


@EVERY
def test_global_random_state_is_neither_read_nor_changed(slug):
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    events(slug)
    assert torch.equal(before[0], torch.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])
    assert before[2] == random.getstate()


@EVERY
def test_the_threads_of_the_process_are_left_alone(slug):
    torch.set_num_threads(2)
    try:
        events(slug)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@EVERY
def test_events_are_frames_that_progress_and_then_one_result(slug):
    *frames, result = events(slug)
    assert frames[0]["progress"] == 0, "the first frame comes before the training"
    assert frames[-1]["progress"] == 1
    assert [f["progress"] for f in frames] == sorted(f["progress"] for f in frames)
    assert {frame["event"] for frame in frames} == {"frame"}
    assert result["event"] == "result"
    json.dumps([frames, result], allow_nan=False)
    assert result["params"] == kit.check(slug, tiny(slug))
    assert [claim["id"] for claim in result["claims"]] == [claim.id for claim in kit.load(slug).claims]
    for claim in result["claims"]:
        low, high = claim["ci95"]
        assert low <= claim["effect"] <= high
        assert claim["holds"] == (low > claim["minimum"])
        assert len(claim["effects"]) == result["seeds"] == 2
    assert set(result["verdict"]) == {"zh", "en"}


@EVERY
def test_whether_a_claim_holds_is_said_only_in_the_end(slug):
    *frames, result = events(slug)
    strips = [[row["holds"] for row in event["panels"][-1]["rows"]] for event in (frames[-1], result)]
    assert set(strips[0]) == {None}
    assert set(strips[1]) <= {True, False}


@EVERY
def test_frames_are_throttled(slug):
    assert len(list(kit.run(slug, tiny(slug), device="cpu", every=1000))) == 2  # the first frame and the result


@EVERY
def test_a_closed_run_ends(slug):
    run = kit.run(slug, tiny(slug), device="cpu", every=0)
    next(run)
    run.close()
    assert list(run) == []


@EVERY
def test_every_event_can_be_drawn_everywhere_in_both_languages(slug):
    *frames, result = events(slug)
    for event in (frames[0], result):
        for language in ("zh", "en"):
            root = ElementTree.fromstring(kit.svg(event, language))
            assert root.get("role") == "img"
            assert root.get("aria-label")
            assert len(kit.plotly_figure(event, language).data) > 0
            assert terminal.plots(event, language, colour=False).strip()


@EVERY
@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_the_extremes_of_every_parameter_give_finite_results(slug, end):
    for name, field in declarations(kit.load(slug).parameters).items():
        if kind(field) != "choice":
            value = getattr(field.metadata["declared"], end)
            if end == "maximum" and name in {"epochs", "width", "train_size", "steps"}:
                continue  # sizes: slow, and no other code runs
            result = events(slug, **{name: value})[-1]
            json.dumps(result, allow_nan=False)


def test_an_unknown_demo_is_refused_with_the_nearest():
    with pytest.raises(kit.UnknownDemo, match="no demo is called 'dropuot'; try dropout"):
        kit.load("dropuot")
    for name in ("", "kit", "__init__", "../dropout", "x" * 5000, None, 3):
        with pytest.raises(kit.UnknownDemo, match="no demo is called"):
            kit.load(name)


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(kit.DemoError, match="device must be auto, cpu or cuda; got 'tpu'"):
        kit.run("dropout", {}, device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(kit.DemoError, match="device cuda is not available"):
            kit.run("dropout", {}, device="cuda")


def test_common_parameters_come_last():
    common = list(declarations(Parameters))
    for entry in ENTRIES.values():
        assert [row["name"] for row in entry["parameters"]][-len(common) :] == common
