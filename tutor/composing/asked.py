"""A question as a program gives it: a text, or an object with the conversation before it. Checked here."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tutor.errors import TutorError

SHOWN = 60  # characters of a value in a message


class BadInput(TutorError):
    """A program gave something else than what was asked for."""


class Asked(BaseModel):
    """A question, the earlier questions of its conversation, and what kind of answer is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(description="The question, in Chinese or English.")
    history: tuple[str, ...] = Field(
        default=(), description="Earlier questions of the conversation, oldest first, to understand a follow-up."
    )
    language: Literal["auto", "zh", "en"] = Field(
        default="auto", description="Language of the answer; auto takes that of the question."
    )
    study: bool = Field(default=False, description="Give a hint instead of the answer, for a student who is learning.")

    @classmethod
    def read(cls, given: Any) -> "Asked":
        """A text alone, or `{"question", "history", "language", "study"}`, of which only the first is needed.

        Raises:
            BadInput: it is something else; the message names the field.
        """
        if not isinstance(given, str | Mapping | Asked):
            fields = '{"question": …, "history": […], "language": …, "study": …}'
            raise BadInput(f"give a question or {fields}; got {_shown(given)}.")
        try:
            return cls.model_validate({"question": given} if isinstance(given, str) else given)
        except ValidationError as error:
            raise BadInput(one_line(error)) from None


def one_line(error: ValidationError) -> str:
    """The first thing that is wrong with an object, as one line that names the field and what it was."""
    first = error.errors(include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    more = f"; got {_shown(first['input'])}" if first["type"] not in ("missing", "extra_forbidden") else ""
    return f"{field[:SHOWN]!r}: {first['msg']}{more}."


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
