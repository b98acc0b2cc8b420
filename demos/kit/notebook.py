"""A run as a Jupyter notebook: what was claimed and measured, then one arm in plain PyTorch to run and to change.

The measured picture is a PNG in a Markdown cell: Jupyter shows no SVG of a notebook that it does not trust yet, and
running all cells does not clear it.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from demos.kit import scripts
from demos.kit.discovery import load
from demos.kit.flags import written
from demos.kit.raster import png
from demos.kit.text import Text

PICTURE = "measured.png"
CLAIMED, MEASURED = Text("论断", "What is claimed"), Text("测得", "What was measured")
EQUATION, PLAIN = Text("公式", "What was run"), Text("用普通 PyTorch 写成的一支", "One arm in plain PyTorch")
COMMAND = Text("由 `{command}` 写成。", "Written by `{command}`.")
OUTCOME = Text("你的运行得到了什么", "What your run measured")
DRAW = """try:
    import matplotlib.pyplot as plt
except ImportError:  # then as numbers
    print(*results, sep="\\n")
else:
    plt.plot(results, "o")
    plt.xlabel("place in results")
    plt.title(f"result: {result:.4g}")
    plt.show()"""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")  # in Markdown


def notebook(result: Mapping[str, Any], language: str = "en") -> str:
    """The whole `.ipynb` file, nbformat 4.5; `language` is "zh" or "en". Raises DemoError."""
    demo = load(result["demo"])
    about, parts = scripts.cells(scripts.script(result))
    command = COMMAND.format(command=written(demo, result["params"])).say(language)
    claims = "".join(f"- {_plain(claim['text'][language])}\n" for claim in result["claims"])
    found = "\n".join(
        f"- {'✓' if claim['holds'] else '✗'} {_plain(claim['sentence'][language])}" for claim in result["claims"]
    )
    picture = base64.b64encode(png(result, language)).decode()
    cells = [
        _markdown(f"# {_plain(demo.title.say(language))}\n\n{_plain(demo.summary.say(language))}\n\n{command}"),
        _markdown(
            f"## {CLAIMED.say(language)}\n\n{claims}\n## {EQUATION.say(language)}\n\n```text\n{demo.equation}\n```"
        ),
        _markdown(
            f"## {MEASURED.say(language)}\n\n{found}\n\n![{MEASURED.say(language)}](attachment:{PICTURE})",
            attachments={PICTURE: {"image/png": picture}},
        ),
        _markdown(_plain(demo.explanation.say(language))),
        _markdown(f"## {PLAIN.say(language)}\n\n{about}"),
    ]
    for part in parts:
        cells += [_markdown(f"### {part.heading}")] if part.heading else []
        cells.append(_code(part.code))
    cells += [_markdown(f"### {OUTCOME.say(language)}"), _code(DRAW)]
    whole = {
        "cells": [{"id": f"cell-{k:02}", **cell} for k, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _markdown(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def _code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def _plain(words: str) -> str:
    """Text that Markdown shall not read anything into."""
    return SPECIAL.sub(r"\\\1", words)
