"""Lint and the browser agree on which formulas can be drawn: the same KaTeX, run by QuickJS and by Chromium."""

from playwright.sync_api import Browser

from tests.tutor.test_lint_text import BAD, GOOD
from tutor.web.formulas import script_and_fonts

# As formulas.js draws them, and what a reader sees in place of a formula that cannot be drawn.
DRAWN = """async ([source, formulas]) => {
  const address = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const katex = (await import(address)).default;
  return formulas.map((tex) => {
    const element = document.createElement("div");
    katex.render(tex, element, {displayMode: true, throwOnError: false, maxSize: 20});
    return !element.querySelector(".katex-error") && !element.innerHTML.includes("rgb(204, 0, 0)");
  });
}"""


def test_chromium_draws_what_lint_lets_pass_and_nothing_else(chromium: Browser):
    page = chromium.new_page()
    page.set_content("<!doctype html>")
    source = script_and_fonts()["katex.js"].read_text(encoding="utf-8")
    drawn = page.evaluate(DRAWN, [source, [*GOOD, *BAD]])
    page.close()
    assert dict(zip([*GOOD, *BAD], drawn, strict=True)) == {**dict.fromkeys(GOOD, True), **dict.fromkeys(BAD, False)}
