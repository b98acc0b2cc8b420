"""Tiny experiments for the runner's tests: a module with the two functions that it asks of `demos.kit`."""

import ctypes
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any


class ParameterError(ValueError):
    pass


def check(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if name not in ACTIONS:
        raise ParameterError(f"unknown {name!r}")
    if params.get("steps", 1) < 0:
        raise ParameterError("steps must not be negative")
    return {"steps": 3, "seeds": 1, **params}


def run(name: str, params: Mapping[str, Any], device: str) -> Iterator[dict[str, Any]]:
    yield {"event": "frame", "demo": name, "step": 0, "pid": os.getpid(), "device": device}
    yield from ACTIONS[name](params)
    yield {"event": "result", "demo": name, "params": dict(params)}


def count(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for step in range(1, params["steps"] + 1):
        time.sleep(0.02)
        yield {"event": "frame", "step": step}


def hang_in_native_code(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ctypes.PyDLL(None).sleep(600)  # keeps the interpreter lock: no Python thread of the process runs meanwhile
    yield {}


def eat_memory(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    blocks = []
    while True:
        blocks.append(bytearray(os.urandom(1 << 20) * 16))
        time.sleep(0.01)
        yield {"event": "frame", "step": len(blocks)}


def fail(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    raise ZeroDivisionError("the loss is\nundefined")
    yield {}


def die(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    os._exit(7)
    yield {}


def send_nan(params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"event": "frame", "loss": float("nan")}


ACTIONS = {
    "count": count,
    "hang": hang_in_native_code,
    "memory": eat_memory,
    "fail": fail,
    "die": die,
    "nan": send_nan,
}
