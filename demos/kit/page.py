"""A result as one HTML file that needs nothing else: verdict, picture, what was claimed and run and why, and where to
go from there, parameters, figure to explore.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from demos.kit.discovery import load
from demos.kit.drawing import svg
from demos.kit.flags import written
from demos.kit.text import Text

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #8c959f55; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; } }
body { background: var(--paper); color: var(--ink); max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre, code { font-family: ui-monospace, monospace; font-size: .9em; }
h1 { line-height: 1.25; } table { border-collapse: collapse; }
td, th { padding: .15rem 1rem .15rem 0; text-align: left; }
tr { border-bottom: 1px solid var(--soft); } .quiet { opacity: .7; font-size: .9em; }
"""
# The page may run what it carries and load nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"

CLAIMS = Text("论断", "Claims")
HOLDS, FAILS = Text("成立", "holds"), Text("不成立", "does not hold")
EQUATION, WHY, NEXT = Text("公式", "What was run"), Text("为什么", "Why"), Text("接着试试", "Try next")
PARAMETERS = Text("参数", "Parameters")
EXPLORE = Text("可交互的图", "Explore")
FOOT = Text("用时 {seconds:.1f} 秒 · {device} · torch {torch}", "{seconds:.1f} seconds · {device} · torch {torch}")


def page(result: Mapping[str, Any], language: str = "en") -> str:
    """The whole page as text; `language` is "zh" or "en"."""
    import plotly.io

    from demos.kit.interactive import figure

    def say(words: Text) -> str:
        return escape(words.say(language))

    demo = load(result["demo"])
    claims = "".join(
        f"<li><b>{say(HOLDS if claim['holds'] else FAILS)}</b>: {escape(claim['text'][language])}<br>"
        f'<span class="quiet">{escape(claim["sentence"][language])}</span></li>'
        for claim in result["claims"]
    )
    steps = "".join(
        f"<li>{say(step.text)}<br><code>{escape(written(demo, step.parameters))}</code></li>" for step in demo.tries
    )
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>" for name, value in result["params"].items()
    )
    explore = plotly.io.to_html(figure(result, language), full_html=False, include_plotlyjs=True)
    foot = FOOT.format(seconds=result["seconds"], device=result["device"], torch=result["versions"]["torch"])
    return document(
        demo.title.say(language),
        f"""<h1>{say(demo.title)}</h1><p>{say(demo.summary)}</p>
<p><strong>{escape(result["verdict"][language])}</strong></p>
{svg(result, language)}
<h2>{say(CLAIMS)}</h2><ul>{claims}</ul>
<h2>{say(EQUATION)}</h2><pre>{escape(demo.equation)}</pre>
<h2>{say(WHY)}</h2><p>{say(demo.explanation)}</p>
<h2>{say(NEXT)}</h2><ul>{steps}</ul>
<h2>{say(PARAMETERS)}</h2><table>{rows}</table>
<h2>{say(EXPLORE)}</h2>{explore}
<p class="quiet">{say(foot)}<br>{escape(demo.echoes)}</p>""",
        language,
    )


def document(title: str, body: str, language: str) -> str:
    """An HTML file around its body, which is markup already."""
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head><body>
{body}
</body></html>
"""
