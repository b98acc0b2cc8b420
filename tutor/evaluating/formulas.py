"""Formulas as MathML, which browsers draw by themselves: a page with them needs neither scripts nor fonts.

They are set by the KaTeX of the installed Gradio, in QuickJS, which reaches neither files nor network. Gradio is looked
up and not imported, which would take seconds.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tutor.corpus.linting.katex import FORMULA_LIMIT, MEMORY_LIMIT, TIME_LIMIT

_EXPORT = re.compile(r"export\s*\{\s*([\w$]+)\s+as\s+default\s*\}\s*;?\s*$")
# Joined, because Python cannot read a text that the engine holds in pieces.
_SET = """(tex, display) => [...katex.renderToString(
  tex, {displayMode: display, output: "mathml", maxSize: 20, strict: false, throwOnError: false})].join("")"""

Setter = Callable[[str, bool], str]  # TeX and whether it is displayed -> MathML


def set_formula(tex: str, display: bool) -> str:
    """A formula as MathML; as it is written if KaTeX is missing or gives up."""
    import quickjs

    setter = _setter()
    if setter and len(tex) <= FORMULA_LIMIT:
        try:
            return str(setter(tex, display))
        except quickjs.JSException:
            pass
    return f"<code>{escape(tex)}</code>"


@lru_cache(maxsize=1)
def _setter() -> Setter | None:
    found = find_spec("gradio")
    if found is None or found.origin is None:
        return None
    scripts = sorted((Path(found.origin).parent / "templates" / "frontend" / "assets").glob("katex-*.js"))
    script = scripts[0].read_text(encoding="utf-8") if scripts else ""
    exported = _EXPORT.search(script[-200:])
    if exported is None:
        return None
    import quickjs

    engine: Any = quickjs.Context()
    engine.eval(script[: script.rindex("export")] + f";globalThis.katex = {exported[1]};")
    engine.set_memory_limit(MEMORY_LIMIT)
    engine.set_time_limit(TIME_LIMIT)
    return engine.eval(_SET)
