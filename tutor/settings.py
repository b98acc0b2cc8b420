"""Settings of the tutor, from the environment (`TUTOR_*`) or their defaults."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tutor.errors import SettingsError

_LOGIN = re.compile(r"(?<=://)[^?#\s]*(?=@)")  # of an address; a password that was pasted raw may hold "/" and "@"
_VALUE = re.compile(r"([?&][^=&#\s]+=)[^&#\s]*")  # of its query, such as ?api-key=…
PACKAGE = Path(__file__).resolve().parent


def shipped_corpus() -> Path:
    """The notes that come with the tutor: beside the package in a checkout, inside it in a wheel."""
    beside = PACKAGE.parent / "corpus"
    return beside if (beside / "notes").is_dir() else PACKAGE / "shipped_corpus"


class Settings(BaseSettings):
    """Every setting that a person can change; names in the environment carry the prefix `TUTOR_`."""

    model_config = SettingsConfigDict(env_prefix="TUTOR_", env_ignore_empty=True, frozen=True)

    model: str = Field(default="", description="empty: extractive answers; else provider:name for LangChain")
    base_url: str = Field(default="", description="address of the model's server, where it is not the provider's own")
    encoder: str = Field(
        default="", description="empty: the embedded encoder; else a sentence-transformers name or folder"
    )
    corpus: Path = Field(default_factory=shipped_corpus, description="folder that holds notes/")
    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("tutor", appauthor=False),
        description="folder for what the tutor writes: the index",
    )
    hosts: str = Field(
        default="", description="further host names, comma-separated, under which the web page may be reached"
    )


def described(settings: Settings) -> Iterator[str]:
    """A line for each setting: its variable, its value with secrets masked, where it comes from and what it is for."""
    for name, field in Settings.model_fields.items():
        variable = f"TUTOR_{name.upper()}"
        origin = "environment" if os.environ.get(variable) else "default"
        yield f"{variable}={masked(getattr(settings, name))}  ({origin}; {field.description})"


def masked(value: object) -> str:
    """A value as it may be shown: of an address, neither who logs in nor what it is asked with."""
    return _VALUE.sub(r"\1***", _LOGIN.sub("***", str(value)))


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with `overrides` (those that are not None) on top.

    Raises:
        SettingsError: a value cannot be used; the message names the variable.
    """
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "TUTOR_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}={masked(repr(first['input']))} cannot be used: {first['msg']}.") from None
