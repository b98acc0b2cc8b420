"""What kind of question a section answers, read off its heading."""

import re
from typing import Literal

SectionKind = Literal["what", "why", "how", "when", "compare", "example", "pitfalls", "sources", "check"]

# The first pattern that matches decides: the special ones stand before the general ones.
_HEADINGS: tuple[tuple[SectionKind, str], ...] = (
    ("check", r"check yourself|自测|自我检查|想一想"),
    ("sources", r"\bsources?\b|imprecise|资料|来源|文献"),
    ("pitfalls", r"get wrong|mistake|misconception|pitfall|误区|误解|误会|常见错误"),
    ("example", r"worked|\ba number\b|by hand|算一|算算|例子|数值"),
    ("compare", r"\bversus\b|\bvs\b|compared|difference|区别|对比|比较|不同"),
    ("when", r"\bwhen\b|\bwhere it (?:helps|hurts|fails)|何时|什么时候|什么情况|失效|适用"),
    ("why", r"\bwhy\b|为什么|为何|原因"),
    ("how", r"\bhow\b|choos|怎么|如何|怎样|选择|做法"),
)


def kind_of_heading(heading: str) -> SectionKind:
    """The kind that the words of `heading` name; "what" if they name none."""
    for kind, pattern in _HEADINGS:
        if re.search(pattern, heading, re.IGNORECASE):
            return kind
    return "what"
