"""KaTeX, with its fonts, out of the Gradio that is installed: nothing to ship twice, nothing to load from elsewhere.

Gradio's names carry hashes that change with every version, and its style sheet holds only inside its own page. Should a
Gradio come without KaTeX, the files are missing and the page shows formulas as they are written.
"""

import re
from pathlib import Path

import gradio

ASSETS = Path(str(gradio.__file__)).parent / "templates" / "frontend" / "assets"


def script_and_fonts() -> dict[str, Path]:
    """The files to serve, by the name to serve them under; the style sheet asks for the fonts by their own names."""
    files = {path.name: path for path in ASSETS.glob("KaTeX_*.woff2")}
    for script in ASSETS.glob("katex-*.js"):
        files["katex.js"] = script
    return files


def style_sheet() -> str:
    """KaTeX's rules, for any page."""
    rules = "".join(path.read_text(encoding="utf-8") for path in ASSETS.glob("katex-*.css"))
    return re.sub(r"\.gradio-container-[\d-]+ ", "", rules)
