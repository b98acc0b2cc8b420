"""The KaTeX that draws the formulas on the page, asked in advance whether it can.

It comes with the installed Gradio and runs in QuickJS, a small JavaScript engine without access to files or network.
Gradio is looked up and not imported, which would take seconds.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FORMULA_LIMIT = 2_000  # characters; KaTeX nests as deep as they allow
MEMORY_LIMIT = 200 << 20  # bytes
TIME_LIMIT = 5  # seconds for one formula; the longest allowed takes some hundredths
UNTRUSTED = "#012345"  # the colour in which KaTeX would write a command that it does not trust
_EXPORT = re.compile(r"export\s*\{\s*([\w$]+)\s+as\s+default\s*\}\s*;?\s*$")
# As tutor/web/static/formulas.js calls it, but for `throwOnError`.
_JUDGE = """(tex, display, untrusted) => {
  try {
    const drawn = katex.renderToString(tex, {displayMode: display, maxSize: 20, strict: false, errorColor: untrusted});
    return drawn.includes(untrusted) ? "it uses a command that could load or link something" : "";
  } catch (error) {
    return error.rawMessage === undefined ? "it is nested too deeply" : error.rawMessage;
  }
}"""


class Katex:
    """Judges formulas; `script` is the text of KaTeX as an ES module with a default export."""

    def __init__(self, script: str) -> None:
        import quickjs

        exported = _EXPORT.search(script[-200:])
        if exported is None:
            raise ValueError("no default export")
        engine: Any = quickjs.Context()
        engine.eval(script[: script.rindex("export")] + f";globalThis.katex = {exported[1]};")
        engine.set_memory_limit(MEMORY_LIMIT)
        engine.set_time_limit(TIME_LIMIT)
        self._judge = engine.eval(_JUDGE)
        self._given_up: type[Exception] = quickjs.JSException

    def fault(self, tex: str, display: bool) -> str:
        """Why KaTeX cannot draw a formula; "" if it can."""
        if len(tex) > FORMULA_LIMIT:
            return f"it has {len(tex):,} characters; write it in at most {FORMULA_LIMIT:,}"
        try:
            return str(self._judge(tex, display, UNTRUSTED))
        except self._given_up as error:
            return f"KaTeX gave up ({str(error).splitlines()[0]})"


def load_katex() -> Katex | None:
    """The KaTeX of the installed Gradio; None if that has none which can be run."""
    found = find_spec("gradio")
    if found is None or found.origin is None:
        return None
    scripts = sorted((Path(found.origin).parent / "templates" / "frontend" / "assets").glob("katex-*.js"))
    if not scripts:
        return None
    import quickjs

    try:
        return Katex(scripts[0].read_text(encoding="utf-8"))
    except (OSError, ValueError, quickjs.JSException):
        return None
