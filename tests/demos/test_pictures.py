"""The small pictures of the catalogue: measured, on one scale, and blank once the code has changed."""

import json

import pytest
from rich.cells import cell_len

from demos import kit
from demos.kit import command, pictures
from demos.kit.pictures import Sketch
from tests.demos.runs import tiny

KEPT = Sketch("the code", False, (0.0, 0.5, None, 1.0), (0.0, 0.1, 0.2, 0.3))


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A file of pictures of which the first is up to date and the second is not."""
    monkeypatch.setattr(pictures, "FILE", tmp_path / "pictures.json")
    monkeypatch.setattr(pictures, "code_hash", lambda slug: "the code")
    first, second = kit.names()[:2]
    pictures.write({second: Sketch("old", False, KEPT.arm, KEPT.control), first: KEPT})
    return first, second


def lines(language="en", width=None):
    return list(pictures.catalogue(language, width=width, colour=False))


def test_arm_and_control_are_drawn_on_one_scale_and_what_is_unknown_is_blank():
    assert KEPT.lines() == ("▁▅ █", "▁▂▂▃")


def test_a_log_axis_shows_orders_of_magnitude():
    assert Sketch("", True, (1e-7, 1e-6, 1.0), (0.0,)).lines() == ("▄▅█", "▁")


def test_level_or_unknown_curves_are_no_mistake():
    assert Sketch("", False, (0.5, 0.5), (None,)).lines() == ("▁▁", " ")


@pytest.mark.usefixtures("kept")
def test_what_is_written_is_read_again():
    first, second = kit.names()[:2]
    assert pictures.read()[first] == KEPT
    assert list(json.loads(pictures.FILE.read_text())) == [first, second]


def test_a_picture_is_shown_only_while_the_code_is_that_which_drew_it(kept):
    first, second, *_ = lines()
    assert "▁▅ █       ▁▂▂▃" in first
    assert not set(second) & set(pictures.BLOCKS)
    assert first.split()[0] == kept[0]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [60, 80, 81])
def test_a_line_is_cut_to_the_columns_of_the_terminal_and_a_legend_follows(language, width):
    *rows, legend = lines(language, width)
    assert len(rows) == len(kit.names())
    assert all(width - 4 < cell_len(row) <= width for row in rows if row.endswith("…"))
    assert any(row.endswith("…") for row in rows)
    assert legend == pictures.LEGEND.say(language)


@pytest.mark.usefixtures("kept")
def test_a_file_gets_whole_lines_and_no_legend():
    for slug, line in zip(kit.names(), lines("zh"), strict=True):
        assert line.endswith(kit.load(slug).summary.zh)


@pytest.mark.parametrize("slug", kit.names())
def test_every_demo_has_two_curves_to_show(slug):
    panel, arm, control = pictures.main_curves(list(kit.run(slug, tiny(slug), device="cpu", every=99))[-1])
    assert arm in panel["curves"]
    assert control in panel["curves"]
    assert arm is not control


@pytest.mark.usefixtures("kept")
def test_what_is_out_of_date_or_missing_is_measured_and_the_rest_kept(monkeypatch, capfd):
    measured = []

    def sketch(demo):
        measured.append(demo.slug)
        return KEPT

    monkeypatch.setattr(pictures, "sketch", sketch)
    pictures.main()
    assert measured == list(kit.names())[1:]
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == measured
    assert pictures.read() == dict.fromkeys(kit.names(), KEPT)


def test_a_sketch_is_of_the_run_with_the_defaults(monkeypatch):
    slug = "weight-decay"
    result = list(kit.run(slug, {}, device="cpu", every=99))[-1]
    sketch = pictures.sketch(kit.load(slug))
    for row, name in ((sketch.arm, "decay"), (sketch.control, "no decay")):
        mean = result["series"]["test"][name]["mean"]
        assert len(row) == pictures.POINTS
        assert row[-1] == pytest.approx(mean[-1], rel=1e-3)
        assert row[0] == pytest.approx(result["panels"][0]["y"]["low"], rel=1e-3), "cut off where the plot is"
        assert mean[0] < 0.9 * row[0]
    assert sketch.code == kit.code_hash(slug)


def test_the_command_lists_with_the_pictures(kept, capfdbinary):
    assert command.main(["--lang=en"]) == 0
    assert "▁▅ █" in capfdbinary.readouterr().out.decode().splitlines()[0]
