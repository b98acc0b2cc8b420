"""Any frame or result as one Plotly figure to explore: hover for values, zoom, hide a line."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

COLOURS = {
    "arm": "#2f81f7",
    "control": "#d9772b",
    "train": "#8b6fd6",
    "test": "#1f9d78",
    "theory": "#8a8f98",
    "other": "#c2558b",
}
SHADES = {True: "#1f9d78", False: "#d1495b", None: "#2f81f7"}  # a claim that holds, does not, is not settled
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
            marker={"size": 4}, showlegend=row == 1, row=row, col=1,
        )  # fmt: skip
    _axes(drawn, row, panel, language)


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
            fillcolor=_faint(colour), mode="lines", row=row, col=1, showlegend=row == 1,
        )  # fmt: skip
    _axes(drawn, row, panel, language)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


_PANELS = {"curves": _curves, "dots": _dots, "hist": _histogram}
