"""Sentences of a passage, formulas whole: what an extractive answer is made of."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from tutor.corpus import Language, Passage

_ENDS = re.compile(
    r"(?<=[。！？])(?![”’」』）。！？])|(?<=[。！？][”’」』）])"
    r"|(?<=[.!?])(?=\s+[A-Z\"'(\[$`\u4e00-\u9fff])|(?<=[.!?][\")’”])(?=\s+[A-Z\"'(\[$`\u4e00-\u9fff])|(?<=[!?])(?=[\u4e00-\u9fff])"
)
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|et al|vs|cf|etc|Fig|Eq|Sec|Ch|No|approx|resp|Dr)|\b[A-Z])\.$")
_WHOLE = re.compile(r"\$[^$]*\$|`[^`]*`")  # never cut inside
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_SELF_TEST = re.compile(r"Q[:：]\s*(.*?)(?:\sA[:：]\s*(.*)|$)")
FORMULA = re.compile(r"\$[^$]*\$")
_WORDLIKE = re.compile(r"\w")
_CHARACTER = re.compile(r"[A-Za-z0-9][\w.+\-−%]*|[^\sA-Za-z0-9]")
_TERMINAL = re.compile(r"([.!?。！？;；:：]+)$")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a passage, or a whole item of a list; `formula` is the display formula that it leads into."""

    text: str
    formula: str = ""
    item: bool = False

    @property
    def announces(self) -> bool:
        """Whether it only leads into what follows it."""
        return self.text.endswith((":", "：")) and not self.formula

    def cited(self, n: int) -> str:
        """The sentence as Markdown with its mark `[n]` before the final stop; a formula follows it."""
        marked, changed = _TERMINAL.subn(rf" [{n}]\1", self.text)
        if not changed:  # it runs into its formula
            marked = f"{self.text} [{n}]" + ((":" if self.text.isascii() else "：") if self.formula else "")
        return f"{marked}\n\n{self.formula}\n\n" if self.formula else marked


@lru_cache(maxsize=8192)
def length(text: str, language: Language) -> int:
    """Words, or characters where it is Chinese, a Latin word, a number or a formula in a line being one."""
    plain = FORMULA.sub(" x ", text)
    return len(_CHARACTER.findall(plain) if language == "zh" else [*filter(_WORDLIKE.search, plain.split())])


@lru_cache(maxsize=4096)  # an answer looks at some sixty passages, and cutting them takes longer than all the rest
def sentences_of(passage: Passage) -> tuple[Sentence, ...]:
    """The sentences of a passage in order; code and tables, which are not sentences, are left out."""
    found: list[Sentence] = []
    for block in re.split(r"\n\s*\n", passage.text):
        body = block.strip()
        if body.startswith("$$"):
            if found and body.endswith("$$"):
                found[-1] = replace(found[-1], formula="\n\n".join(filter(None, (found[-1].formula, body))))
        elif not body.startswith(("```", "~~~", "|", "    ")):
            found += _sentences(body)
    return tuple(found)


def _sentences(block: str) -> list[Sentence]:
    """The sentences of a paragraph; the items of a list, whole; the answers of a self-test."""
    if not _ITEM.match(block):
        return [Sentence(text) for text in split(_joined([line.strip() for line in block.split("\n")]))]
    items: list[list[str]] = []
    for line in block.split("\n"):
        if _ITEM.match(line):
            items.append([])
        items[-1].append(_ITEM.sub("", line).strip())
    found: list[Sentence] = []
    for text in map(_joined, items):
        if answer := _SELF_TEST.match(text):  # its question is not an answer
            found += [Sentence(sentence) for sentence in split(answer[2] or "")]
        else:
            found.append(Sentence(text, item=True))
    return found


def _joined(lines: list[str]) -> str:
    """Lines of one paragraph: Chinese ones meet without a space."""
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", " ".join(lines))


def split(text: str) -> list[str]:
    """Cut a paragraph into sentences, in Chinese and English; not inside `$…$` or code."""
    whole: list[str] = []
    masked = _WHOLE.sub(lambda match: whole.append(match[0]) or f"\0{len(whole) - 1}\0", text)
    parts: list[str] = []
    start = 0
    for match in _ENDS.finditer(masked.replace("\0", "$")):
        if not _ABBREVIATION.search(masked[max(start, match.start() - 12) : match.start()]):
            parts.append(masked[start : match.start()])
            start = match.start()
    parts.append(masked[start:])
    return [re.sub(r"\0(\d+)\0", lambda m: whole[int(m[1])], part).strip() for part in parts if part.strip()]
