"""A run logged with a client that is installed already: TensorBoard, Weights & Biases (offline) or MLflow.

Each keeps its own habits of where to write: `runs/`, `wandb/`, and what MLFLOW_TRACKING_URI says.
"""

import importlib
import json
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, Protocol

from demos.kit.errors import DemoError

PROJECT = "demos"
Scalars = dict[str, float]


class Client(Protocol):
    """Where scalars of a run go; made from the demo's slug and the run's parameters."""

    def log(self, values: Scalars, step: int) -> None: ...

    def close(self) -> None: ...


class TensorBoard:
    package = "tensorboard"

    def __init__(self, slug: str, params: Mapping[str, Any]) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(comment=f"-{slug}")
        self._writer.add_text("parameters", json.dumps(params))

    def log(self, values: Scalars, step: int) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()


class WeightsAndBiases:
    package = "wandb"

    def __init__(self, slug: str, params: Mapping[str, Any]) -> None:
        wandb = importlib.import_module("wandb")
        quiet = wandb.Settings(silent=True, console="off")
        self._run = wandb.init(project=PROJECT, name=slug, config=dict(params), mode="offline", settings=quiet)

    def log(self, values: Scalars, step: int) -> None:
        self._run.log(values, step=step)

    def close(self) -> None:
        self._run.finish()


class MLflow:
    package = "mlflow"

    def __init__(self, slug: str, params: Mapping[str, Any]) -> None:
        mlflow = self._mlflow = importlib.import_module("mlflow")
        mlflow.set_experiment(PROJECT)
        mlflow.start_run(run_name=slug)
        mlflow.log_params(dict(params))

    def log(self, values: Scalars, step: int) -> None:
        self._mlflow.log_metrics(values, step=step)

    def close(self) -> None:
        self._mlflow.end_run()


CLIENTS = {"tensorboard": TensorBoard, "wandb": WeightsAndBiases, "mlflow": MLflow}


def opened(name: str, slug: str, params: Mapping[str, Any]) -> Client:
    """The client of this name, ready to log. Raises DemoError where it is not installed or does not start."""
    kind = CLIENTS[name]
    try:
        return kind(slug, params)
    except ImportError as error:
        raise DemoError(f"--log {name} needs a package that is not here: pip install {kind.package}") from error
    except Exception as error:  # whatever it is that the client cannot do, it is not a fault of the demo
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DemoError(f"{name} does not start: {reason[:150]}") from error


def logged(events: Iterable[dict[str, Any]], client: Client) -> Generator[dict[str, Any], None, None]:
    """Pass the events on, and log where every curve has come to in each frame, and in the end the effects."""
    step = 0
    with closing(client):
        for event in events:
            step = event.get("step", step)
            client.log(scalars(event), step)
            yield event


def scalars(event: Mapping[str, Any]) -> Scalars:
    """Of a frame the last known value of each curve; of the result the effect of each claim and its interval."""
    found: Scalars = {}
    if event["event"] == "result":
        for claim in event["claims"]:
            low, high = claim["ci95"]
            values = {"effect": claim["effect"], "low": low, "high": high, "holds": float(claim["holds"])}
            found |= {_name(claim["id"], key): value for key, value in values.items()}
        return found
    for panel in event["panels"]:
        for line in panel.get("curves", ()):
            known = [value for value in line["mean"] if value is not None]
            if known:
                found[_name(panel["id"], line["name"]["en"])] = known[-1]
    return found


def _name(group: str, name: str) -> str:
    """A name that all clients take."""
    return group + "/" + re.sub(r"[^A-Za-z0-9_. -]+", "-", name).strip("- ")
