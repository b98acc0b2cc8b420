"""The plain-PyTorch twin of a demo, run with other parameters and held against the demo itself."""

import ast
import contextlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import demos
from demos import kit

FOLDER = Path(demos.__path__[0]) / "plain"
MARK = "# %%"  # begins a cell


@dataclass(frozen=True)
class Twin:
    """A demo, the point of a curve that its plain file reproduces, and parameters that make both runs short.

    `constants` are set in the parameter cell of the plain file, but are no parameters of the demo. `tolerance` is
    relative, so that it suits accuracies and losses of any size.
    """

    slug: str
    parameters: Mapping[str, Any]
    panel: str
    curve: str
    tolerance: float
    at: int = -1
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def demo(self) -> float:
        """What the demo measures, the mean over its seeds."""
        *_, result = kit.run(self.slug, self.parameters, device="cpu", every=1000)
        return result["series"][self.panel][self.curve]["mean"][self.at]

    @property
    def plain(self) -> float:
        """What the plain file prints as its result; parameters that its arm does not use are left out."""
        known = settings(self.slug)
        return run(self.slug, {name: value for name, value in self.parameters.items() if name in known}, self.constants)


def path(slug: str) -> Path:
    return FOLDER / f"{slug.replace('-', '_')}.py"


def settings(slug: str) -> dict[str, Any]:
    """All that is set in the parameter cell, by name. Raises ValueError for what is not a literal."""
    _, cell, _ = parts(slug)
    return {
        ast.unparse(statement.targets[0]): ast.literal_eval(statement.value)
        for statement in ast.parse(cell).body
        if isinstance(statement, ast.Assign)
    }


def parts(slug: str) -> tuple[str, str, str]:
    """The plain file before, in and after its parameter cell."""
    before, start, rest = path(slug).read_text("utf-8").partition(f"{MARK} Parameters")
    assert start, f"{path(slug).name} has no parameter cell"
    cell, end, after = rest.partition(f"\n{MARK}")
    return before, f"{start}{cell}", f"{end}{after}"


def run(slug: str, *changes: Mapping[str, Any]) -> float:
    """The number in the last line that the plain file prints, run in this process with some settings replaced."""
    before, cell, after = parts(slug)
    for name, value in ((name, value) for change in changes for name, value in change.items()):
        cell, found = re.subn(rf"^{name} = [^#\n]*", f"{name} = {value!r}  ", cell, flags=re.MULTILINE)
        assert found == 1, f"{name} is set {found} times in the parameter cell of {path(slug).name}"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(before + cell + after, path(slug), "exec"), {"__name__": "__main__"})
    said, number = printed.getvalue().splitlines()[-1].split(": ")
    assert said == "result"
    return float(number)
