"""The quantities that a question names: 0.9, 1e-4, 百分之九十, twenty, half, 三倍; names such as ResNet-50 are none.

A quantity is "plain" (0.9, twenty), a "share" (90%, 九成), a "fraction" (half, 1/3: of a whole or of what was before)
or a "factor" (twice, 三倍: of what was before).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Sort = Literal["plain", "share", "fraction", "factor"]

LIMIT = 32  # quantities of a question; a longer list of numbers is data, not a setting


@dataclass(frozen=True)
class Quantity:
    """A number at `start` to `end` of a text; `stem` is the Latin word that it is written to, as in int8 and VGG16."""

    value: float
    start: int
    end: int
    sort: Sort = "plain"
    vague: bool = False  # "one", "一" and "no" count only where the words around them insist
    stem: str = ""


def quantities(text: str) -> list[Quantity]:
    """What a text counts or measures, in order; at most `LIMIT`. `text` is in simplified characters."""
    found: list[Quantity] = []
    numbering = _numbering(text)
    for match in _ANY.finditer(text):
        read = _READERS.get(match.lastgroup or "")
        if read is None or match.start() in numbering:
            continue
        value, sort = read(match[0])
        start, end = match.span()
        stem = _STEM.search(text, max(0, start - 20), start)
        vague = match.lastgroup in ("none", "single") or match[0].lower() in ("one", "一")
        found.append(Quantity(value, start, end, sort, vague, stem[1] if stem else ""))
        if len(found) == LIMIT:
            break
    return found


def _numbering(text: str) -> set[int]:
    """Where the numbers of a list stand: 1. … 2. …"""
    marks = list(_LIST.finditer(text))
    return {mark.start() for mark in marks} if [mark[0] for mark in marks[:2]] == ["1", "2"] else set()


_STEM = re.compile(r"([A-Za-z]+)[-_]?$")
_LIST = re.compile(r"(?:(?<=[\s:：;；?？。，,])|^)[1-9](?=[.)、）]\s*[^\d\s])")

# English numbers

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * ten for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "tenth": 10, "hundredth": 100,
    "thousandth": 1_000,
}  # fmt: skip
_CARDINAL = "|".join([*_TENS, *sorted(_UNITS, key=len, reverse=True)])
_WORDS = (
    rf"(?:(?:{_CARDINAL}|an? (?=hundred|thousand|million))(?:(?:[\s-]?|(?<=hundred) and )(?:{_CARDINAL}|"
    rf"{'|'.join(_SCALES)}))*)"
)


def _english(text: str) -> float:
    """A cardinal in words, such as "two hundred fifty", "a thousand" or "zero point nine"."""
    whole, _, decimals = text.lower().partition(" point ")
    total, current = 0, 0
    for word in re.findall("[a-z]+", whole):
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word != "hundred":
                total, current = total + current, 0
        else:
            current += _UNITS.get(word, _TENS.get(word, 0))
    digits = "".join(str(_UNITS[word]) for word in decimals.split() if word in _UNITS)
    return float(f"{total + current}.{digits}") if digits else float(total + current)


# Chinese numbers

_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_HAN = "[零〇一二两三四五六七八九十百千万]"
_HAN_NUMBER = rf"(?:{_HAN}+(?:点[零〇一二三四五六七八九]+)?)"


def _chinese(text: str) -> float:
    """A Chinese number such as 九十, 二十五, 两千 or 零点七."""
    whole, _, decimals = text.partition("点")
    total, section, digit = 0, 0, 0
    for c in whole:
        if c == "万":
            total, section, digit = (total + section + digit or 1) * 10_000, 0, 0
        elif c in _HAN_SCALES:
            section, digit = section + (digit or 1) * _HAN_SCALES[c], 0
        else:
            digit = _HAN_DIGITS[c]
    digits = "".join(str(_HAN_DIGITS[c]) for c in decimals)
    return float(f"{total + section + digit}.{digits or 0}")


# Figures

_FIGURES = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d{1,3}(?![\d.]))?|\.\d+"
_SIGNED = rf"(?:(?<![\w.)])[-+])?(?:{_FIGURES})"
_MAGNITUDES = {
    "k": 1e3, "thousand": 1e3, "千": 1e3, "万": 1e4, "w": 1e4, "m": 1e6, "million": 1e6, "亿": 1e8, "billion": 1e9,
}  # fmt: skip


def _plain(text: str) -> float:
    """Any number without a unit."""
    if re.match("[a-z]", text, re.IGNORECASE):
        return _english(text)
    return _chinese(text) if text[0] in _HAN else float(text.replace(",", ""))


def _magnified(text: str) -> tuple[float, Sort]:
    match = re.fullmatch(r"(.*?)\s*([^\d\s]+)", text, re.DOTALL)
    assert match
    return _plain(match[1]) * _MAGNITUDES[match[2].lower()], "plain"


def _power(text: str) -> tuple[float, Sort]:
    match = _POWER.fullmatch(text)
    assert match
    sign = -1 if match["minus"] else 1
    return _plain(match["times"] or "1") * 10.0 ** (sign * min(_plain(match["exponent"]), 20)), "plain"


def _share(text: str) -> tuple[float, Sort]:
    if match := re.match("([百千万])分之", text):
        return _plain(text[match.end() :]) / _HAN_SCALES[match[1]], "share"
    number = re.sub(r"\s*(?:%|％|per\s?cent|成)$", "", text, flags=re.IGNORECASE)
    return _plain(number) / (10 if text.endswith("成") else 100), "share"


def _fraction(text: str) -> tuple[float, Sort]:
    lowered = text.lower()
    if match := re.fullmatch(r"(\d+)\s*/\s*(\d+)", lowered):
        return int(match[1]) / int(match[2]), "fraction"
    if "分之" in lowered:
        below, above = lowered.split("分之")
        return _chinese(above) / max(_chinese(below), 1), "fraction"
    if "半" in lowered:
        return 0.5, "fraction"
    if match := re.fullmatch(r"(\w+) (?:[a-z]+ )?(?:in|out of) (?:every )?(\w+)", lowered):
        return _plain(match[1]) / max(_plain(match[2]), 1), "share"
    if " and a half" in lowered:
        return _english(lowered.split(" and ")[0]) + 0.5, "plain"
    *count, part = re.findall("[a-z]+", lowered)
    return _UNITS.get(count[0] if count else "", 1) / _PARTS[
        part.removesuffix("s") if part != "halves" else part
    ], "fraction"


def _factor(text: str) -> tuple[float, Sort]:
    lowered = text.lower()
    verb = next((factor for stem, factor in _MULTIPLES.items() if stem in lowered), None)
    if verb:
        return verb, "factor"
    match = re.match(rf"(?:小|少|低|[x×]\s?)?({_SIGNED}|{_HAN_NUMBER}|{_WORDS})", lowered)
    assert match
    times = max(_plain(match[1]), 1e-9)
    return 1 / times if re.search(r"^[小少低]|(?:small|low|few|less|short)", lowered) else times, "factor"


_MULTIPLES = {
    "twice": 2.0, "doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0, "halv": 0.5, "in half": 0.5, "翻": 2.0, "加倍": 2.0,
    "减半": 0.5, "一半": 0.5,
}  # fmt: skip
_POWER = re.compile(
    rf"(?:(?P<times>{_FIGURES})\s*[x×*·]\s*)?"
    r"(?:(?:10|ten)(?:\s*(?:\^|\*\*)\s*\{?|的|\s+to the (?:power (?:of )?)?)(?P<minus>-|负|minus |negative )?"
    rf"(?P<exponent>\d{{1,2}}|[一二三四五六七八九]|{_CARDINAL})(?:\}}|次方|次幂)?)",
    re.IGNORECASE,
)
_MASKED = (
    r"第\s*(?:\d+|[一二三四五六七八九十]+)",
    r"\d+(?:\s?[x×*]\s?\d+)+(?!\s*\^)",  # 3x3
    r"(?:19|20)\d\d(?=\s*年)",
    r"[(（][^()（）\d]{0,40}(?:19|20)\d\d[)）]|\bet al\.?,? \(?(?:19|20)\d\d",
    r"\b(?:in|since|before) (?:19|20)\d\d\b(?! [a-z])",
    r"\b(?:top|fig(?:ure)?\.?|chapter|section|version|python|(?:py)?torch|tensorflow|keras|cuda|gpt|resnet|vgg|cifar|"
    r"imagenet|llama|part|question|lecture|week|homework|equation|eq\.?|page|layer|block|gpu|v)\s?-?\d[\d.]*[A-Za-z]?\b",
    r"(?:图|(?<!词)表|式|版本|章节|问题)\s*\d[\d.]*",
    r"\d[\d.]*\s?-?(?:hours?|hrs?|minutes?|mins?|seconds?|secs?|days?|weeks?|months?|years?|gpus?|[gmk]b|ms|class(?:es)?|"
    r"categories|people|students|ways?|reasons?|questions?|things?|folds?|fold|papers?|datasets?|[123]?d)\b",
    r"(?:\d[\d.]*|[一二两三四五六七八九十几]+)\s?(?:个)?(?:小时|分钟|秒|天|周|月|年|块卡|张卡|卡|类(?!别)|类别|折|种(?!子)|问题|"
    r"原因|方法|办法|人|元|岁|维(?=空间))",
    r"[一二三四五六七八九十]\s?(?:般|样|下|起|定|些|直|旦|致|共|点|味|边|分(?!之))",
    r"\bone (?=\d|of\b|thing|way|reason|more|another|can\b|should)|(?:first|second|other|latter) half|half an? "
    r"|唯一|统一|万一|之一"
    r"|\bN\(\s?0\s?,|一层一?层|层层|半百"
    r"|一个(?=什么|新|大|小|好|例子|问题|模型|网络)",
)
_PATTERNS = {
    "power": r"(?<![\w.])" + re.sub(r"\?P<\w+>", "", _POWER.pattern),
    "masked": "|".join(_MASKED),
    "factor": (
        r"\btwice\b|\bdoubl(?:e|ed|ing)\b(?!\s*-?(?:descent|check))|\btripl(?:e|ed|ing)\b|\bquadrupl(?:e|ed|ing)\b|"
        r"\bhalv(?:e|ed|ing)\b|\bcut in half\b|翻(?:一|了一)?[倍番]|加倍|减半|"
        r"(?:减少|降低|砍掉?|缩小)(?:到|为|了)?一半|"
        rf"(?:[小少低])?(?:{_SIGNED}|{_HAN_NUMBER})\s*倍|(?:{_FIGURES})\s?[x×](?![\w])|(?<![\w.])[x×]\s?\d+\b|"
        rf"(?:(?:{_FIGURES})|\b{_WORDS})[ -]?(?:fold\b|times (?:the\b|that\b|as\b|more\b|larger|bigger|higher|"
        r"longer|wider|deeper|smaller|lower|fewer|less|shorter))"
    ),
    "share": (
        rf"[百千万]分之(?:{_FIGURES}|{_HAN_NUMBER})|(?:{_SIGNED}|{_HAN_NUMBER}|\b{_WORDS})\s*(?:%|％|per\s?cent\b)|"
        r"[一二两三四五六七八九]成(?!为)"
    ),
    "fraction": (
        r"(?<![\d./])[1-9]\s?/\s?(?:[2-9]|[1-9]\d{1,3})(?![\d./])|[二两三四五六七八九十]+分之[一二三四五六七八九]|一半|"
        rf"\b(?:{_CARDINAL}) and a half\b|"
        r"\b(?:one|two|three|[1-9]) (?:(?:label|annotation|example|sample|neuron|unit|weight)s? )?"
        r"(?:in|out of) (?:every )?"
        rf"(?:{_CARDINAL}|\d{{1,3}})\b|\b(?:(?:an?|{_CARDINAL})[ -])?"
        r"(?:half|halves|thirds?|quarters?|fourths?|fifths?|tenths?|hundredths?|"
        r"thousandths?)\b"
    ),
    "magnified": (rf"(?:{_SIGNED})\s?(?:[kKwm](?![A-Za-z])|thousand\b|million\b|billion\b|[千万亿])"),
    "figures": _SIGNED,
    "none": r"\b(?:no|without|w/o)\b|不用|不加|没有|没|不带|去掉|关掉|取消|不使用",
    "single": r"\b(?:a )?single(?: one)?\b|单个|单一|单(?=层)",
    "words": rf"\b{_WORDS}(?: point(?: (?:{_CARDINAL})\b)+)?\b",
    "han": rf"{_HAN_NUMBER}",
}  # the first that matches at a place decides
_ANY = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()), re.IGNORECASE | re.ASCII)
_READERS: dict[str, Callable[[str], tuple[float, Sort]]] = {
    "power": _power,
    "factor": _factor,
    "share": _share,
    "fraction": _fraction,
    "magnified": _magnified,
    "figures": lambda text: (_plain(text), "plain"),
    "none": lambda text: (0.0, "plain"),
    "single": lambda text: (1.0, "plain"),
    "words": lambda text: (_english(text), "plain"),
    "han": lambda text: (_chinese(text), "plain"),
}
