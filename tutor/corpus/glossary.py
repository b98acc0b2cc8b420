"""The glossary of a corpus, `glossary.yaml`: terms in Chinese and English with all the ways in which they are written.

- {zh: 丢弃率, en: dropout rate, aliases: [drop rate], spellings: [dropuot rate], mistranslations: [辍学率]}
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.corpus.plain_yaml import YamlFault, load_yaml
from tutor.errors import CorpusError

NAME = "glossary.yaml"
LIMIT = 2_000_000  # bytes; the shipped one has about 150,000


@dataclass(frozen=True)
class Term:
    """A term of the field; `note` is the concept that explains it, "" if no note does."""

    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()  # as people mistype it
    mistranslations: tuple[str, ...] = ()
    note: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every way of writing it, the standard ones first."""
        return (self.zh, self.en, *self.aliases, *self.spellings, *self.mistranslations)


def read_glossary(folder: Path) -> tuple[Term, ...]:
    """The terms of a corpus folder; none if it has no glossary.yaml.

    Raises:
        CorpusError: the file is not a list of terms.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            text = file.read(LIMIT + 1)
        if len(text) > LIMIT:
            raise CorpusError(f"{NAME}: more than {LIMIT:,} bytes. Take some terms out.")
        rows = load_yaml(text.decode("utf-8-sig"))
    except FileNotFoundError:
        return ()
    except YamlFault as fault:
        raise CorpusError(f"{NAME}:{fault.line}: cannot be read: {fault}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{NAME}: cannot be read ({type(error).__name__}).") from None
    if not isinstance(rows, list | None):
        raise CorpusError(f"{NAME}: must be a list of {{zh: …, en: …}}.")
    return tuple(_term(row, number) for number, row in enumerate(rows or (), 1))


def _term(row: Any, number: int) -> Term:
    lists = ("aliases", "spellings", "mistranslations")
    fine = (
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) and row[name].strip() for name in ("zh", "en"))
        and isinstance(row.get("note", ""), str)
        and all(isinstance(row.get(name, []), list) for name in lists)
        and all(isinstance(form, str) and form.strip() for name in lists for form in row.get(name, []))
        and set(row) <= {"zh", "en", "note", *lists}
    )
    if not fine:
        raise CorpusError(
            f"{NAME}: term {number} must be {{zh: …, en: …}}, with lists of text in {', '.join(lists)} and a note's "
            "name in note, if given. Put a number or yes/no in quotes."
        )
    aliases, spellings, mistranslations = (tuple(row.get(name, ())) for name in lists)
    return Term(row["zh"], row["en"], aliases, spellings, mistranslations, row.get("note", ""))
