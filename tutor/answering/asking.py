"""What a question asks for, read off its words: the kind of section that answers it, and how the answer is put."""

import re
from typing import Literal

from tutor.corpus import SectionKind

Asks = Literal["what", "why", "how", "compare", "when", "practice", "misconception", "show", ""]

# Who asks so wants the list; who only makes a mistake wants that one put right.
MISTAKES = (
    r"误区|误解|误会|常见错误|容易[搞弄]?错|哪些坑|踩坑"
    r"|\bmistakes?\b|\bmisconceptions?\b|\bpitfalls?\b|\bgotchas?\b|get wrong"
)

# Of both tables the first pattern that matches decides.
_KINDS: tuple[tuple[SectionKind, str], ...] = (
    (
        "compare",
        r"区别|不同|差别|对比|比较(?![合稳容常适简复有高低快慢好大小多少难])|相比|哪个更?好|等价|(?:是|同|成)一回事|异同"
        r"|\bvs\b\.?|\bversus\b|difference|\bdiffer\b|compare|\bbetter than\b|\bthe same (?:thing )?as\b"
        r"|\b\w+er or \w+er\b|\b(\w{4,}) or \w+ \1\b",
    ),
    ("what", r"[怎咋]么?一回事|是?干(?:嘛|啥)的|做什么用|有(?:啥|什么)用"),
    ("pitfalls", MISTAKES),
    (
        "why",
        r"为什么|为何|为啥|凭什么|什么原因|原因(?:是|何在|在哪)|(?:的|啥|何种)原因(?!，|,)|道理|咋会|图啥|图什么|[好强]在哪"
        r"|\bwhy\b|\bhow come\b|reason|what is it about|what(?:'?s| is) the (?:trick|point)|what makes"
        r"|\bhow (?:does|do|did|can) .{2,40}\b(?:act|help|prevent|reduce|regulari[sz]e|fight|avoid)\b",
    ),
    (
        "when",
        r"什么时候|何时|什么情况|啥时候|适合|缺点|坏处|副作用"
        r"|(?:^|[,;:.!?]\s*|\band )when\b|\bwhen (?:should|is|are|do|does|to|not|would|can)\b"
        r"|in what (?:case|situation|context)|drawback|disadvantage|hurt|downside",
    ),
    (
        "pitfalls",
        r"是不是|是否|一定|难道|真的|总是|越(?!来越).{1,6}越|\balways\b|\bnecessarily\b|is it true|\bmyth\b|\breally\b",
    ),
    ("example", r"举.?例|算一下|例子|\d.*怎么算|怎么算.*\d|\bexample\b|worked"),
    (
        "how",
        r"(?<!不)怎么(?!样|会|可能)|如何(?!变化)|怎样(?![?？]|$)|咋(?!样|会)|多少合适|公式|推导|计算(?![量机图])"
        r"|\bhow\b(?! (?:much|many)\b)|choose|pick|implement|compute (?!budget|time|cost)|set the|formula",
    ),
    ("what", r"是什么|什么是|什么叫|啥是|是啥|什么意思|定义|\bwhat(?:'s| is| are)\b|define|definition|meaning"),
)
_ASKS: tuple[tuple[Asks, str], ...] = (
    (
        "show",
        r"演示|展示|给我看|让我看|跑一下|跑一遍|跑跑|跑给|跑个|试一下|画出来|看看效果|可视化"
        r"|\bshow (?:me|us|it)\b|\bdemo\b|demonstrate|\blet me see\b|\bsee it\b|\brun (?:it|that|this|the|a|an)\b"
        r"|\bplot\b|visuali[sz]e",
    ),
    (
        "misconception",
        r"对吧|对吗|对不对|是吧|没错吧|(?:这|那)样吧|是不是|难道|不就是|岂不|以为|一定(?:会|要|能|更|是)|总是|肯定|越(?!来越).{1,6}越|只要.{1,20}就"
        r"|\b(?:right|correct|yes)\s*\?|\b(?:is|does|do|are|wo|ca)n't (?:it|they|that|this|you|we)\b\s*\?"
        r"|\b(?:always|never|necessarily)\b|is it true|\bmyth\b|\bI thought\b|\bproves?\b|\bguarantee[ds]?\b"
        r"|\bjust means?\b",
    ),
    (
        "practice",
        r"怎么办|咋办|咋整|咋回事|我的|我用|我训练|我跑|我该|我应该|调参|不收敛|不下降|上不去|该不该|要不要|合适"
        r"|\bmy\b|\bshould I\b|\bI (?:have|get|got|use|used|am|train|trained|tried|set|only)\b|\bI'm\b|\bhow do I\b"
        r"|\bfix\b|\bNaN\b|\bin practice\b|\bstuck\b",
    ),
)
# A judgement is wanted: yes or no, one of two, or what comes of a value.
_JUDGED = re.compile(
    r"吗(?:[?？。!！,，;；]|\s*$)|(?<!是)([能会要行好可该算])不\1|是不是|是否|对吧|有没有(?:必要|用|意义)|用不用|还是.{1,24}[?？]?$"
    r"|(?:会|变得|变)?(?:怎样|怎么样|如何|咋样)[?？]?$|会发生什么|什么后果|出(?:什么)?问题|哪个|哪种"
    r"|(?:^|[.,;:!?]\s+|\b(?:so|and|but|then|or) )(?:is|are|was|does|do|did|can|could|should|will|would|has|have|must)"
    r"(?:n't| not)?\s+\w"
    r"|(?<!how )(?<!what )(?<!when )(?<!why )(?<!which )(?<!where )"
    r"\b(?:do|does|should|can|could|will|would|must|is|are) (?:I|we|you|it|they|this|that|the|an?)\b.*\?"
    r"|\bdo I (?:have to|need)\b|\bshould I\b"
    r"|\b(?:right|correct|true)\s*\?|what (?:happens|would happen|will happen|if)\b"
    r"|\bwhich (?:one|is|of)\b|\b\w+ or \w+.{0,40}\?\s*$",
    re.IGNORECASE,
)
_WHAT_IF = re.compile(
    r"会怎样|会怎么样|怎么样[?？]?$|会如何|会发生|什么后果|出(?:什么)?问题"
    r"|\bwhat (?:happens|would happen|will happen|if)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(r"还是|哪个|哪种|\bwhich\b|\b(?:or|vs\.?|versus)\b", re.I)
_REQUEST = re.compile(
    r"[?？]|[吗呢么]\s*$|\b(?:tell|explain|show|describe|compare|derive|run|try|please)\b|[请求讲跑试啥哪谁]|说(?!明)|什么|多少|怎|如何|为何|干嘛"
    r"|\b(?:what|why|how|when|which|who|where)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"[是会能让就]|解决|导致|使|等于|\b(?:is|are|was|does|do|will|can|must|has|have|means?|makes?|needs?|works?|helps?"
    r"|prevents?|fix(?:es)?|improves?|only)\b",
    re.IGNORECASE,
)
_AS_ASKED: dict[SectionKind, Asks] = {
    "compare": "compare", "why": "why", "when": "when", "pitfalls": "misconception", "how": "how", "example": "how",
    "what": "what",
}  # fmt: skip


def kind_of(text: str) -> SectionKind | None:
    """The kind of section that answers the question, None if its words do not say."""
    return next((kind for kind, pattern in _KINDS if re.search(pattern, text, re.IGNORECASE)), None)


def states(text: str) -> bool:
    """Whether the text is a statement, with a verb at least: it asks nothing, and asks for nothing."""
    return bool(_VERB.search(text)) and not (_REQUEST.search(text) or kind_of(text) or wants_judgement(text))


def wants_judgement(text: str) -> bool:
    """Whether the question is to be answered by yes or no, by one of two, or by what comes of a value."""
    return bool(_JUDGED.search(text)) and kind_of(text) != "why"


def form_of_judgement(text: str) -> Literal["what if", "which", "whether"]:
    """Whether a judgement says what comes of something, which of two it is, or yes or no."""
    if _WHAT_IF.search(text):
        return "what if"
    return "which" if _WHICH.search(text) else "whether"


def asks_of(text: str) -> Asks:
    """What the answer has to do, "" if the words do not say: a belief is judged, a symptom gets a remedy."""
    for asks, pattern in _ASKS:
        if re.search(pattern, text, re.IGNORECASE):
            return asks
    kind = kind_of(text)
    return _AS_ASKED.get(kind, "") if kind else ""
