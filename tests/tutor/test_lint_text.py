"""Lint of what a note says: links, formulas, and text that stands twice."""

import re

import pytest

from tests.tutor.test_lint import new_findings
from tutor.corpus.linting.katex import FORMULA_LIMIT, load_katex
from tutor.corpus.linting.markup import SPECIAL_LIMIT, markup_of
from tutor.corpus.notes import read_note

NOTE = "overfitting.en.md"
SENTENCE = "Overfitting is learning the noise of the training set."


def added(folder, text):
    """What lint finds after `text` is added as a paragraph of its own; the paragraph starts on the line after next."""
    found = new_findings(folder, NOTE, SENTENCE, f"{SENTENCE}\n\n{text}")
    return [line for line in found if " words; " not in line]


# Links


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See\n[it](nosuch.en.md).", "overfitting.en.md:13: error: link 'nosuch.en.md' leads nowhere"),
        ("[it](../../../etc/passwd)", "error: link '../../../etc/passwd' leads out of the corpus"),
        ("[it](/etc/passwd)", "leads out of the corpus"),
        ("[it](#nowhere)", "error: link '#nowhere' leads to no heading of overfitting.en.md"),
        ("[it](dropout.en.md#nowhere)", "leads to no heading of dropout.en.md"),
        ("[it](/notes?id=nosuch&lang=en)", "leads to no note: there is no 'nosuch'"),
        ("[it](http://nosuch)", "has no host that could exist"),
        ("[it](//evil.example/x)", "is not http(s)"),
        ("[it](ftp://example.org/x)", "is not http(s)"),
        ("[it](https://doi.org/nothing)", "is not a DOI"),
        ("[it]()", "link '' is empty"),
        ("[it](javascript:alert(1))", "a link that cannot be read"),
        ("[it](https://example.org/a b)", "a link that cannot be read"),
        ("[it][nothing]", "a reference that is defined nowhere"),
        ("[[dropout]]", "is no link here"),
        ("![it](picture.png)", "error: image 'picture.png' leads nowhere"),
        ("![it](https://example.org/a.png)", "warning: image 'https://example.org/a.png' is not shown"),
        ("| a | b |\n|---|---|\n| [it](nosuch.md) | c |", "overfitting.en.md:14: error: link 'nosuch.md'"),
        ("- one\n- [it](nosuch.md)", "overfitting.en.md:13: error: link 'nosuch.md'"),
        ("It costs 5$ a month.", "overfitting.en.md:12: error: a $ without a partner"),
    ],
)
def test_a_broken_link_is_found(corpus_folder, text, expected):
    found = added(corpus_folder, text)
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    "text",
    [
        "[it](dropout.en.md) [it](dropout.en.md#why-it-works) [it](#what-overfitting-is)",
        "[it](/notes?id=dropout&lang=en) [it](https://arxiv.org/abs/1706.03762) <https://example.org>",
        "[it][1]\n\n[1]: https://example.org/a",
        "`[it](nosuch)` costs 5\\$ and `a[[0]]` is code",
        "```python\n[it](nosuch.md) $ [[0]]\n```",
    ],
)
def test_a_link_that_leads_somewhere_is_not_found_fault_with(corpus_folder, text):
    assert added(corpus_folder, text) == []


# Formulas: `GOOD` and `BAD` are also shown to KaTeX in a browser

GOOD = [
    r"\frac{a}{1-p}",
    r"\tilde a = \frac12",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{sonst} \end{cases}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\left\lVert g \right\rVert \le c",
    r"\operatorname*{arg\,min}_w \sum_{i=1}^n \ell(w; x_i)",
    r"\mathbb{E}[\tilde a] \approx 9.3\times10^{-10}",
    r"\underbrace{x+y}_{\text{损失}}",
    r"x' \xrightarrow{f} \mathcal{N}(0, \sigma^2)",
    r"50\%",
    r"",
]
BAD = [
    r"\frac{1}",
    r"x^1^2",
    r"x_1_2",
    r"\left( x",
    r"x \right)",
    r"\nosuch{x}",
    r"{x",
    r"x}",
    r"a & b",
    r"\begin{nosuch} x \end{nosuch}",
    r"\begin{cases} x \end{pmatrix}",
    r"\begin{cases} x",
    r"\text{ $ }",
    r"x #",
    r"\sqrt[3 x",
    r"\mathbb",
    r"\color{#12} x",
    r"\href{https://example.org}{x}",
    r"\includegraphics{x.png}",
]


@pytest.fixture(scope="module")
def katex():
    found = load_katex()
    assert found, "the installed Gradio brings no KaTeX"
    return found


@pytest.mark.parametrize("tex", GOOD)
def test_a_formula_that_can_be_drawn_passes(katex, tex):
    assert katex.fault(tex, True) == katex.fault(tex, False) == ""


@pytest.mark.parametrize("tex", BAD)
def test_a_formula_that_cannot_be_drawn_is_found(katex, tex):
    assert katex.fault(tex, True)


@pytest.mark.parametrize("tex", ["{" * 900 + "}" * 900, r"\sqrt{" * 280 + "}" * 280, "x" * (FORMULA_LIMIT + 1)])
def test_a_hostile_formula_gets_a_verdict_and_the_next_one_its_own(katex, tex):
    assert isinstance(katex.fault(tex, True), str)
    assert katex.fault("x^2", True) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Then\n$\\frac{1}$.", "overfitting.en.md:13: error: formula"),
        ("$$\n\\nosuch\n$$", r"overfitting.en.md:12: error: formula '\n\\nosuch\n' cannot be drawn: Undefined control"),
        ("$a$ and $$\\left(x$$", "cannot be drawn: Expected '\\right'"),
        ("| a |\n|---|\n| $x}$ |", "overfitting.en.md:14: error: formula"),
        ("$\\def\\a{\\a\\a}\\a$", r"it defines a command (\def)"),
        ("$\\newcommand{\\b}{x}\\b$", r"it defines a command (\newcommand)"),
    ],
)
def test_a_bad_formula_is_found_with_its_line(corpus_folder, text, expected):
    found = added(corpus_folder, text)
    assert any(expected in line for line in found), found


def test_lint_judges_the_formulas_that_the_page_draws():
    from tutor.corpus import read_corpus
    from tutor.settings import shipped_corpus
    from tutor.web.notes import note_page

    corpus = read_corpus(shipped_corpus())
    for note in corpus.notes[::7]:
        drawn = len(re.findall(r'class="math ', note_page(note, corpus, None)))
        assert len(markup_of(note).formulas) == drawn > 0, note.path.name


@pytest.mark.parametrize("hostile", ["![", "[", "[a](", "$a ", "|a", "`a", "<a", "*a ", "_a ", "\\", "&"])
def test_text_that_would_take_the_parser_long_is_refused(corpus_folder, hostile):
    path = corpus_folder / "notes" / NOTE
    path.write_text(path.read_text() + hostile * (SPECIAL_LIMIT + 1))
    markup = markup_of(read_note(path))
    assert "Split the note" in markup.refusal
    assert markup.formulas == markup.links == markup.broken == []


# Repetition

LONG = (
    "A network that has seen a handful of examples can learn every one of them by heart, with its noise and its "
    "accidents, and is none the wiser when the next example comes along, which it has never met before."
)
CHANGED = LONG.replace("handful", "couple").replace("by heart", "verbatim").replace("comes along", "arrives")
OTHER = (
    "Whoever wants to know how well a model does on data that it has not seen must keep some of the data away from "
    "it, ask it about them only once, at the very end, and believe the answer even where it hurts."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LONG.upper().replace(",", " ;"), "error: the passage is the same as the one at dropout.en.md:"),
        (CHANGED, "warning: the passage repeats "),
        (f"{OTHER} {OTHER[::-1]} {LONG}", "warning: the passage repeats 100% of the one at dropout.en.md:"),
        (OTHER, None),
    ],
)
def test_a_passage_that_stands_twice_is_found(corpus_folder, text, expected):
    path = corpus_folder / "notes" / "dropout.en.md"
    path.write_text(f"{path.read_text()}\n## When it hurts\n{LONG}\n")
    found = new_findings(corpus_folder, NOTE, SENTENCE, f"{SENTENCE}\n\n## When it hurts\n{text}\n")
    passages = [line for line in found if "the passage" in line]
    assert len(passages) == (expected is not None), found
    assert all(line.startswith("overfitting.en.md:13") and expected in line for line in passages)


def test_a_text_that_is_altered_a_little_everywhere_is_found_however_often_it_stands(tmp_path):
    from tests.tutor.test_lint import findings

    (tmp_path / "notes").mkdir()
    for number in range(30):
        words = LONG.split()
        words[number % len(words)] = "altered"
        text = f"---\ntitle: N{number}\n---\n## What\n{' '.join(words)}\n"
        (tmp_path / "notes" / f"n{number:02}.en.md").write_text(text)
    repeats = {line.partition(":")[0] for line in findings(tmp_path) if "the passage repeats" in line}
    assert repeats == {f"n{number:02}.en.md" for number in range(1, 30)}
