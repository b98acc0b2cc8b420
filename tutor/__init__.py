"""Questions on deep learning, answered from curated notes, each with the experiment that tests the answer.

    from tutor import Tutor

    answer = Tutor().ask("why does dropout help?")
    print(answer.text, answer.citations, answer.demo)

Importing the package alone loads nothing else: what it offers is loaded when it is named.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tutor.answering import Answer, Citation, DemoLaunch
    from tutor.composing import Tutor
    from tutor.errors import TutorError

__all__ = ["Answer", "Citation", "DemoLaunch", "Tutor", "TutorError"]

_HOMES = {
    "Answer": "tutor.answering",
    "Citation": "tutor.answering",
    "DemoLaunch": "tutor.answering",
    "Tutor": "tutor.composing",
    "TutorError": "tutor.errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
