"""Follow-ups: whether a question leans on the one before, and which of the earlier questions it continues."""

import re
from collections.abc import Callable, Sequence

from tutor.answering.quantities import quantities
from tutor.retrieval.scripts import HAN

LONGEST = 4  # earlier questions that a follow-up reaches back

_REFERS_BACK = re.compile(
    r"^(?:那|那么|然后|所以|可是|但是|但|还有|另外|换成|改成|换个|如果换|它|他|这|上面|刚才|再|只有|要是|跟|和)"
    r"|\b(?:it|its|they|them|this|that|those|these|there|instead)\b"
    r"|^(?:and|but|so|then|ok|okay|also|what about|how about|why not|what if|really|show me|can they|does it|only|try"
    r"|now|run it|with)\b"
    r"|\bthen\s*\?*$|呢[?？，,]|呢$|它|这个|这种|这样|该方法|上述|刚才|再(?:跑|试|来|大|小|加|减|具体|说)",
    re.IGNORECASE,
)
# Words that say nothing about the subject: what is left besides them and the numbers is what a question adds.
_LIGHT = re.compile(
    r"\b(?:and|but|so|then|ok|okay|also|what|how|about|if|with|at|to|of|for|the|an?|is|are|was|be|would|will|could|should|"
    r"does|do|did|can|you|i|me|we|us|it|its|that|this|they|them|now|try|use|set|make|run|show|see|let|please|again|instead|"
    r"only|just|enough|too|much|many|better|worse|faster|slower|higher|lower|same|in|on|by|up|down|still|even|more|less|"
    r"go|going|one|say|happens?|really|then|here|there|not|or|thanks|thank|demo)\b"
    r"|那么|那|呢|吗|吧|啊|呀|了|的|会|更|快|慢|好|坏|够|不|行|换成|改成|换|改|调到|调|设成|设为|设|取|用|再|跑|试试|试|一下|一遍|"
    r"一次|看看|给我看|给我|看|我|只有|只|就|如果|要是|时候|情况|怎么样|怎样|如何|啥样|可以|能|演示|展示|个|到|成|为|是|有|大|小|太"
    r"|还|也|又|都|在|把|话|下|效果",
    re.IGNORECASE,
)
_WORD = re.compile("[A-Za-z]+")
SHOWS = re.compile(r"\bshow\b|\bsee\b|\brun\b|\bdemo\b|演示|展示|看看|给我看|跑", re.IGNORECASE)


def refers_back(text: str) -> bool:
    """Whether the words of a question say that it leans on an earlier one."""
    return bool(_REFERS_BACK.search(text))


def adds_only_settings(text: str) -> bool:
    """Whether a question says nothing but "0.8?", "with 16 units?" or "show me", of the subject of the one before."""
    numbers = [number for number in quantities(text) if not number.stem]
    if not numbers and not SHOWS.search(text):
        return False
    rest = text
    for number in reversed(numbers):
        rest = f"{rest[: number.start]} {rest[number.end :]}"
    rest = _LIGHT.sub(" ", rest)
    return len(_WORD.findall(rest)) + len(HAN.findall(rest)) / 3 <= 1


def is_short(text: str) -> bool:
    """Whether a question is short enough to leave its subject unsaid."""
    return len(_WORD.findall(text)) + len(HAN.findall(text)) / 2 <= 9


def thread_of(earlier: Sequence[str], leans: Callable[[str], bool]) -> tuple[str, ...]:
    """The last of the earlier questions with those that it continues, oldest first; at most `LONGEST`."""
    thread: list[str] = []
    for question in reversed(earlier[-LONGEST:]):
        thread.insert(0, question)
        if not leans(question):
            break
    return tuple(thread)
