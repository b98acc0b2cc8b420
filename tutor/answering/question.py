"""Understanding a question by rules: its language, the kind of answer it wants, what it refers back to."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.corpus import Language, SectionKind
from tutor.retrieval.scripts import HAN, simplify

LIMIT = 2_000  # characters; longer texts are refused, not cut: a part of a question is another question

_LATIN_WORD = re.compile("[A-Za-z]+")
_ENGLISH = re.compile(r"\b(?:what|why|how|when|which|the|is|are|does|do|can|and|of|in|to|my|it)\b", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|</?[a-z!][^<>]{0,500}>", re.IGNORECASE | re.DOTALL)

# The first pattern that matches decides.
_KINDS: tuple[tuple[SectionKind, str], ...] = (
    (
        "compare",
        r"区别|不同|差别|对比|比较|相比|哪个更?好|等价|一回事"
        r"|\bvs\b\.?|\bversus\b|difference|\bdiffer\b|compare|\bbetter than\b|same as",
    ),
    ("why", r"为什么|为何|为啥|凭什么|原因|道理|咋会|\bwhy\b|\bhow come\b|reason"),
    (
        "when",
        r"什么时候|何时|什么情况|啥时候|适合|缺点|坏处|副作用"
        r"|\bwhen\b|in what (?:case|situation|context)|drawback|disadvantage|hurt|downside",
    ),
    (
        "pitfalls",
        r"是不是|是否|一定|难道|真的|总是|越.{1,6}越|\balways\b|\bnecessarily\b|is it true|\bmyth\b|\breally\b",
    ),
    ("example", r"举.?例|算一下|例子|\bexample\b|worked"),
    (
        "how",
        r"怎么|如何|怎样|咋|多少合适|公式|推导|计算"
        r"|\bhow\b|choose|pick|implement|compute|set the|formula",
    ),
    ("what", r"是什么|什么是|什么叫|啥是|是啥|什么意思|定义|\bwhat(?:'s| is| are)\b|define|definition|meaning"),
)

_REFERS_BACK = re.compile(
    r"^(?:那|那么|然后|所以|可是|但是|但|还有|另外|换成|改成|如果换|它|他|这|上面|刚才|再)"
    r"|\b(?:it|its|they|them|this|that|those|these|there|instead)\b"
    r"|^(?:and|but|so|then|ok|okay|also|what about|how about|why not|what if|really|show me|can they|does it)\b"
    r"|呢[?？]?$|它|这个|这种|这样|该方法|上述|刚才",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """`text` cleaned and in simplified characters; `earlier` is the question before it, "" if there was none."""

    text: str
    earlier: str
    language: Language
    kind: SectionKind | None
    follows_up: bool  # its words say that it leans on the earlier one

    @property
    def standalone(self) -> str:
        """The question with what a follow-up leaves unsaid."""
        return f"{self.earlier} {self.text}" if self.follows_up else self.text


def clean(text: str) -> str:
    """Normal form of a typed question: no tags, no control characters, single spaces."""
    text = _TAGS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in text)
    return " ".join(text.split())


def fault_of(text: str) -> str:
    """Why a text cannot be asked at all ("empty", "long", "wordless"), or "" if it can; `text` as typed."""
    if len(text) > LIMIT:
        return "long"
    cleaned = clean(text)
    if not cleaned:
        return "empty"
    return "" if any(c.isalnum() for c in unicodedata.normalize("NFKC", cleaned)) else "wordless"


def language_of(text: str, default: Language = "en") -> Language:
    """That of the words between the terms: code and names are Latin in a Chinese question, too."""
    han, latin = len(HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not han and not latin:
        return default
    return "zh" if han and (han >= latin or not _ENGLISH.search(text)) else "en"


def kind_of(text: str) -> SectionKind | None:
    """The kind of section that answers the question, None if its words do not say."""
    return next((kind for kind, pattern in _KINDS if re.search(pattern, text, re.IGNORECASE)), None)


def understand(text: str, history: Sequence[str] = (), language: str = "auto") -> Question:
    """Read a question in its conversation; `history` holds the person's earlier questions, oldest first."""
    cleaned = simplify(clean(text))
    earlier = [simplify(clean(question)) for question in history if not fault_of(question)]
    last = earlier[-1] if earlier else ""
    follows = bool(last) and bool(_REFERS_BACK.search(cleaned))
    fallback = language_of(last) if last else "en"
    chosen: Language = language if language in ("zh", "en") else language_of(cleaned, fallback)  # type: ignore[assignment]
    return Question(cleaned, last, chosen, kind_of(cleaned), follows)
