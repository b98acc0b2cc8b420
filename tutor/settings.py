"""Settings of the tutor, from the environment (`TUTOR_*`) or their defaults."""

from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tutor.errors import SettingsError

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
        raise SettingsError(f"{name}={first['input']!r} cannot be used: {first['msg']}.") from None
