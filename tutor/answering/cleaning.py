"""What a language model writes, as Markdown that can only be read: no HTML, link, image, address or hidden character.

A manipulated model could send data out with any of them. A text is cleaned word by word, a word being what stands
between spaces or Chinese characters: whatever a page would take for markup begins within one, so a stream comes out
the same wherever it is cut. Cleaning either drops the rest of a word or puts a space into it, which cannot join what
stands around it into something new.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

from tutor.answering.citing import CitationMarks

UNSUPPORTED = "⚠"  # only we may write it, see `grounding`

_BETWEEN = r"\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef"  # ends a word
_BOUNDARY = re.compile(f"[{_BETWEEN}]")
_WORD = re.compile(f" ?[^{_BETWEEN}]+")
_HIDDEN = ("Cc", "Cf", "Cs", "Co")  # controls, zero-width and bidirectional characters, lone surrogates, private use
_STOPS = ".,;!?"
_ADDRESS = re.compile(
    rf"(?:[a-z][a-z0-9+.-]{{0,20}}://|//(?=[^{_BETWEEN}])|www\."
    rf"|(?<![a-z0-9])(?:data|file|javascript|mailto|vbscript):(?=[^{_BETWEEN}]))[^{_BETWEEN}]*",
    re.IGNORECASE,
)
# What Markdown, HTML, KaTeX or the page's renderer give a meaning to, cut before the last character of the match.
_BREAKS = re.compile(
    r"\](?=[(\[:])"  # every kind of link and image needs a bracket right after a bracket
    r"|<(?=[A-Za-z/!?])"  # a tag
    r"|&(?=#?\w+;)"  # an entity, here one that was escaped twice
    r"|(?<=[\w.+-])@(?=[\w-]+\.[\w-])"  # an e-mail address
    # Formulas that lead elsewhere, cover the page or define commands. A backslash before it makes it a new line.
    r"|\\(?=(?:href|url|includegraphics|html\w+|rule|[hm]?kern|[hm]skip|hspace|raisebox|[egx]?def|let|futurelet"
    r"|global|(?:re)?newcommand|providecommand|char)(?![A-Za-z]))"
)


def cleaned(pieces: Iterable[str], marks: CitationMarks) -> Iterator[str]:
    """The pieces made safe, their citation marks put right; an unfinished word is held back."""
    held = ""
    for piece in map(visible, pieces):
        held += piece
        ends = [match.end() for match in _BOUNDARY.finditer(piece)]
        if not ends:
            continue
        cut = len(held) - len(piece) + ends[-1]
        cut -= held[cut - 1] == " "  # belongs to the next word, with which it may go
        if cut:
            yield _safe(held[:cut], marks)
        held = held[cut:]
    if held:
        yield _safe(held, marks)


def visible(text: str) -> str:
    """A text without characters that are not seen, and without the mark that is ours."""
    return "".join(
        character
        for character in text
        if character in "\n\t" or (unicodedata.category(character) not in _HIDDEN and character != UNSUPPORTED)
    )


def _safe(text: str, marks: CitationMarks) -> str:
    return _WORD.sub(lambda word: _safe_word(word[0], marks), text)


def _safe_word(word: str, marks: CitationMarks) -> str:
    """One word, which may have a space before it; that goes if the word was only an unknown mark."""
    space, bare = (" ", word[1:]) if word[0] == " " else ("", word)
    bare = visible(html.unescape(bare))
    numbered = marks.renumbered(bare)
    if numbered != bare and not numbered.strip(_STOPS):
        return numbered
    # Gradio draws a code block of this name as a diagram, which may hold links.
    text = _ADDRESS.sub("", numbered).replace("mermaid", "Mermaid")
    return space + _BREAKS.sub(r"\g<0> ", text)
