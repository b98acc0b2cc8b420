"""Any frame or result as one Plotly figure to explore: hover for values, zoom, hide a line."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from demos.kit.shades import extent

COLOURS = {
    "arm": "#2f81f7",
    "control": "#d9772b",
    "train": "#8b6fd6",
    "test": "#1f9d78",
    "theory": "#8a8f98",
    "other": "#c2558b",
}
SHADES = {True: "#1f9d78", False: "#d1495b", None: "#2f81f7"}  # a claim that holds, does not, is not settled
SYMBOLS = ("circle", "square", "triangle-up")  # of sets of points, as in SVG
PALE, DARK = "rgba(128,133,144,0)", "rgba(128,133,144,0.7)"  # of a field, on light and on dark paper
ROW_HEIGHT = 300


def figure(event: Mapping[str, Any], language: str = "en") -> go.Figure:
    """One subplot for each panel, below one another. `language` is "zh" or "en"."""
    panels = [panel for panel in event["panels"] if panel["kind"] in _PANELS]
    titles = [panel["title"][language] for panel in panels]
    drawn = make_subplots(rows=len(panels), cols=1, subplot_titles=titles)
    drawn.update_layout(
        height=ROW_HEIGHT * len(panels),
        margin={"l": 60, "r": 20, "t": 40, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": "#808590"},
        legend={"orientation": "h", "y": -0.08},
    )
    for row, panel in enumerate(panels, start=1):
        _PANELS[panel["kind"]](drawn, row, panel, language)
    drawn.update_xaxes(gridcolor="rgba(128,133,144,0.25)", zerolinecolor="rgba(128,133,144,0.5)")
    drawn.update_yaxes(gridcolor="rgba(128,133,144,0.25)", zerolinecolor="rgba(128,133,144,0.5)")
    return drawn


def _axes(drawn: go.Figure, row: int, panel: Mapping[str, Any], language: str) -> None:
    for axis, update in ((panel["x"], drawn.update_xaxes), (panel["y"], drawn.update_yaxes)):
        tick_format = ".0%" if axis["percent"] else None
        update(title_text=axis["label"][language], type=axis["scale"], tickformat=tick_format, row=row, col=1)


def _new(drawn: go.Figure, name: str) -> bool:
    """Whether the legend does not have this name yet."""
    return next(drawn.select_traces({"name": name, "showlegend": True}), None) is None


def _curves(drawn: go.Figure, row: int, panel: Mapping[str, Any], language: str) -> None:
    for line in panel["curves"]:
        colour, name = COLOURS[line["role"]], line["name"][language]
        band = {"x": line["x"], "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        quiet = {"legendgroup": name, "showlegend": False}
        drawn.add_scatter(y=line["high"], row=row, col=1, **band, **quiet)
        fill = {"fill": "tonexty", "fillcolor": _faint(colour)}
        drawn.add_scatter(y=line["low"], row=row, col=1, **band, **quiet, **fill)
        stroke = {"color": colour, "dash": "dash" if line["dashed"] else "solid"}
        drawn.add_scatter(
            x=line["x"], y=line["mean"], name=name, legendgroup=name, line=stroke, mode="lines+markers",
            marker={"size": 4}, showlegend=_new(drawn, name), row=row, col=1,
        )  # fmt: skip
    _points(drawn, row, panel["points"], language)
    _axes(drawn, row, panel, language)


def _points(drawn: go.Figure, row: int, points: Sequence[Mapping[str, Any]], language: str) -> None:
    for k, dots in enumerate(points):
        name, outline = dots["name"][language], {"color": "#ffffff", "width": 0.8}
        marker = {"color": COLOURS[dots["role"]], "size": 7, "symbol": SYMBOLS[k % len(SYMBOLS)], "line": outline}
        drawn.add_scatter(
            x=dots["x"], y=dots["y"], name=name, mode="markers", marker=marker, legendgroup=name,
            showlegend=_new(drawn, name), row=row, col=1,
        )  # fmt: skip


def _plane(drawn: go.Figure, row: int, panel: Mapping[str, Any], language: str) -> None:
    if panel["field"]:
        _field(drawn, row, panel["field"], language)
    _points(drawn, row, panel["points"], language)
    for path in panel["paths"]:
        colour, name = COLOURS[path["role"]], path["name"][language]
        stroke = {"color": colour, "dash": "dash" if path["dashed"] else "solid"}
        sizes = [*[4] * (len(path["x"]) - 1), 11]  # the last is where the path has come to
        drawn.add_scatter(
            x=path["x"], y=path["y"], name=name, legendgroup=name, line=stroke, mode="lines+markers",
            marker={"size": sizes, "color": colour}, showlegend=_new(drawn, name), row=row, col=1,
        )  # fmt: skip
    _axes(drawn, row, panel, language)
    for axis, update in (("x", drawn.update_xaxes), ("y", drawn.update_yaxes)):
        field, bounds = panel["field"], [panel[axis]["low"], panel[axis]["high"]]
        if field and bounds == [None, None]:
            update(range=extent(field, axis), row=row, col=1)


def _field(drawn: go.Figure, row: int, field: Mapping[str, Any], language: str) -> None:
    values, label = field["values"], field["label"][language]
    colours = [_faint(COLOURS["arm"], 0), _faint(COLOURS["arm"], 0.9)] if field["cells"] else [PALE, DARK]
    if field["diverging"]:
        colours = [_faint(COLOURS["control"], 0.6), PALE, _faint(COLOURS["arm"], 0.6)]
    bottom, top = next(drawn.select_yaxes(row=row)).domain
    (left, right), (low, high) = field["x"], field["y"]
    drawn.add_heatmap(
        z=values, x=np.linspace(left, right, len(values[0])), y=np.linspace(low, high, len(values)),
        zmin=0, zmax=1, colorscale=colours, zsmooth=False if field["cells"] else "best", name=label,
        hovertemplate="%{x:.3g}, %{y:.3g}: %{z:.2f}", row=row, col=1,
        colorbar={"title": {"text": label, "side": "right"}, "y": (bottom + top) / 2, "len": top - bottom},
    )  # fmt: skip


def _dots(drawn: go.Figure, row: int, panel: Mapping[str, Any], language: str) -> None:
    for level, strip in enumerate(reversed(panel["rows"])):
        colour = SHADES[strip["holds"]]
        jitter = [level + 0.12 * (k % 3 - 1) for k in range(len(strip["values"]))]
        quiet = {"showlegend": False, "row": row, "col": 1, "name": strip["id"]}
        dot = {"color": colour, "opacity": 0.45}
        drawn.add_scatter(x=strip["values"], y=jitter, mode="markers", marker=dot, **quiet)
        reach = {"array": [strip["high"] - strip["mean"]], "arrayminus": [strip["mean"] - strip["low"]]}
        marker = {"color": colour, "size": 12, "symbol": "diamond"}
        drawn.add_scatter(x=[strip["mean"]], y=[level], mode="markers", marker=marker, error_x=reach, **quiet)
        least = {"color": "#808590", "dash": "dot"}
        ends = [level - 0.35, level + 0.35]
        drawn.add_scatter(x=[strip["minimum"]] * 2, y=ends, mode="lines", line=least, **quiet)
    names = [strip["id"] for strip in reversed(panel["rows"])]
    drawn.update_yaxes(tickvals=list(range(len(names))), ticktext=names, row=row, col=1)
    unit = panel["rows"][0]["unit"][language] if panel["rows"] else ""
    drawn.update_xaxes(title_text=unit, rangemode="tozero", row=row, col=1)


def _histogram(drawn: go.Figure, row: int, panel: Mapping[str, Any], language: str) -> None:
    edges = panel["edges"]
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    for bars in panel["bars"]:
        colour, name = COLOURS[bars["role"]], bars["name"][language]
        drawn.add_scatter(
            x=middles, y=bars["shares"], name=name, line={"color": colour, "shape": "hvh"}, fill="tozeroy",
            fillcolor=_faint(colour), mode="lines", row=row, col=1, showlegend=_new(drawn, name),
        )  # fmt: skip
    _axes(drawn, row, panel, language)


def _faint(colour: str, opacity: float = 0.18) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


_PANELS = {"curves": _curves, "plane": _plane, "dots": _dots, "hist": _histogram}
