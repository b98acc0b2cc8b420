"""Errors that a person sees, one line each.

    DemoError             anything about a demo that the reader of the message can put right
    ├── UnknownDemo       no demo has this name
    └── ParameterError    a parameter is unknown, of the wrong type or out of range

A message names the value, what was expected and what to do next.
"""


class DemoError(ValueError):
    """Base class; `str(error)` is one line fit to be shown as it is."""


class UnknownDemo(DemoError):
    """No demo has the name that was asked for."""


class ParameterError(DemoError):
    """A parameter is unknown, has the wrong type, is not finite or is out of range."""
