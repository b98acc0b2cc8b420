"""What every demo is made of, and the surface by which others list, check, run and draw demos.

    errors parameters knobs   parameters: declared once, checked, described; errors of one line
    statistics claims         paired intervals; a claim and whether a run bears it out
    panels fields history     pictures as plain data; the shades of a plane; accuracies over the epochs
    seeding                   random streams of each seed
    samples digits mnist1d    labelled examples and their batches; the data     (these three lines import torch)
    mlp bank                  all arms × seeds as one batched program, differentiated by hand or by autograd
    optimizers training       AdamW and SGD for many models; the arms of a demo, epoch by epoch
    experiment discovery      a demo, its stream of events; the folder of demos
    provenance                the code that a result comes from, as a hash
    axes marks drawing        the SVG renderer: positions, strokes, panels
    contours shades           its fields: outlines of where values exceed a level, filled
    interactive page raster terminal     Plotly, HTML, PNG, characters
    maps map_drawing          when a claim is false: effects over two parameters, as a coloured table
    gallery                   a report of all demos
    files outputs loggers     what a command writes; TensorBoard, W&B and MLflow
    scripts notebook          one arm in plain PyTorch, set as the run was: as a script, as a notebook
    live account pictures     a run drawn while it trains; what it did, in words; the pictures of the catalogue
    flags command             the command line of a demo, of the report and of the catalogue

Importing this package imports neither torch nor plotly.
"""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from demos.kit import experiment
from demos.kit.discovery import catalogue, entry, load, names
from demos.kit.drawing import svg
from demos.kit.errors import DemoError, ParameterError, UnknownDemo
from demos.kit.provenance import code_hash

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

__all__ = [
    "DemoError",
    "ParameterError",
    "UnknownDemo",
    "catalogue",
    "check",
    "code_hash",
    "entry",
    "load",
    "names",
    "plotly_figure",
    "run",
    "svg",
]


def check(slug: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a demo, the missing ones filled in. Raises UnknownDemo, ParameterError."""
    return load(slug).parameters.checked(params).to_json()


def run(
    slug: str, params: Mapping[str, Any], *, seeds: int | None = None, device: str = "auto", every: float = 0.1
) -> Generator[dict[str, Any], None, None]:
    """Run a demo as a stream of JSON-able events; see `demos.kit.experiment.run`."""
    return experiment.run(load(slug), params, seeds=seeds, device=device, every=every)


def plotly_figure(event: Mapping[str, Any], language: str = "en") -> "Figure":
    """The panels of an event as one explorable Plotly figure."""
    from demos.kit.interactive import figure

    return figure(event, language)
