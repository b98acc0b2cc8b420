"""Text in the two languages of the project, kept side by side so that neither can be forgotten."""

from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Text:
    """One message in Chinese and in English; either may hold `str.format` fields."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The message in "zh" or "en"; KeyError for any other language."""
        return {"zh": self.zh, "en": self.en}[language]

    def format(self, **values: Any) -> "Text":
        """Fill the fields of both languages. A `Text` value is filled in by its own language."""
        zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
        en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))

    def to_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}
