"""A report of all demos: an index with the picture and the verdict of each, and a page for each of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from demos.kit import files
from demos.kit.discovery import load, names
from demos.kit.drawing import svg
from demos.kit.experiment import Demo
from demos.kit.page import WHY, document, page
from demos.kit.text import Text

Run = Callable[[Demo], Mapping[str, Any]]  # a demo's result

TITLE = Text("实验报告", "Report of all experiments")
SO_FAR = Text(
    "{done} / {count} 个实验；{held} 个的论断全部成立", "{done} of {count} experiments; in {held}, every claim holds"
)
OUTCOME = Text("{held}/{count} 条论断成立，用时 {seconds:.1f} 秒", "{held} of {count} claims hold, {seconds:.1f} s")
BROKEN = Text("运行出错：{error}", "the run failed: {error}")
OPEN = Text("打开全文", "open its page")
STYLE = """
body { max-width: 76rem; }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
article { border: 1px solid var(--soft); border-radius: .5rem; padding: 0 1rem 1rem; }
.picture { max-height: 24rem; overflow: hidden; mask-image: linear-gradient(#000 85%, transparent); }
a { color: inherit; }
"""


@dataclass(frozen=True)
class Entry:
    """What came of one demo: a result, or an error in one line."""

    demo: Demo
    result: Mapping[str, Any] | None
    error: str = ""

    @property
    def holds(self) -> bool:
        return self.result is not None and all(claim["holds"] for claim in self.result["claims"])

    def outcome(self, language: str) -> str:
        if self.result is None:
            return BROKEN.format(error=self.error).say(language)
        claims = self.result["claims"]
        held = sum(claim["holds"] for claim in claims)
        return OUTCOME.say(language).format(held=held, count=len(claims), seconds=self.result["seconds"])


def build(folder: Path, run: Run, language: str) -> Iterator[Entry]:
    """Run every demo and write its page; the index is there from the first on. One that fails does not stop the rest.

    Raises DemoError where the folder cannot be written.
    """
    entries: list[Entry] = []
    for demo in map(load, names()):
        try:
            result = run(demo)
            whole = page(result, language)
        except Exception as error:  # whatever breaks in one demo, the others shall be seen
            entries.append(Entry(demo, None, f"{type(error).__name__}: {error}".splitlines()[0]))
        else:
            entries.append(Entry(demo, result))
            files.write(folder / f"{demo.slug}.html", whole)
        files.write(folder / "index.html", index(entries, language))
        yield entries[-1]


def index(entries: Sequence[Entry], language: str) -> str:
    """The page that shows them all."""
    held = sum(entry.holds for entry in entries)
    title = TITLE.say(language)
    so_far = SO_FAR.say(language).format(done=len(entries), count=len(names()), held=held)
    cards = "".join(_card(entry, language) for entry in entries)
    body = f"<style>{STYLE}</style><h1>{escape(title)}</h1><p>{escape(so_far)}</p><main>{cards}</main>"
    return document(title, body, language)


def _card(entry: Entry, language: str) -> str:
    demo, result = entry.demo, entry.result
    mark = "✓" if entry.holds else "✗"
    title, outcome = escape(demo.title.say(language)), escape(entry.outcome(language))
    if result is None:
        return f"<article><h2>{mark} {title}</h2><p>{outcome}</p></article>"
    link = f"{demo.slug}.html"
    verdict = escape(result["verdict"][language])
    return (
        f'<article><h2>{mark} <a href="{link}">{title}</a></h2><p>{escape(demo.summary.say(language))}</p>'
        f'<div class="picture">{svg(result, language)}</div><p><strong>{outcome}</strong></p><p>{verdict}</p>'
        f"<pre>{escape(demo.equation)}</pre>"
        f"<details><summary>{escape(WHY.say(language))}</summary><p>{escape(demo.explanation.say(language))}</p></details>"
        f'<p><a href="{link}">{escape(OPEN.say(language))}</a></p></article>'
    )
