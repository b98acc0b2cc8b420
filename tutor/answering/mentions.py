"""Where a question names something that has a value: parameters of any demo, and what else numbers are said of.

A form is the shape in which words are compared: lower case, single spaces, no plural s; "Label_Noise" and
"label noises" have the form "label noise".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tutor.retrieval.scripts import HAN

LIMIT = 32  # mentions of a question that are read

Turn = Literal["", "rest"]

# What numbers are said of besides parameters: a number that belongs to one of these sets nothing.
_ELSEWHERE = (
    "accuracy acc loss error gap score auc f1 perplexity learning_rate_decay "
    "train_acc val_acc test_acc train_accuracy test_accuracy validation_accuracy training_accuracy train_loss val_loss "
    "test_loss training_loss validation_loss train_error test_error training_set test_set class temperature head "
    "准确率 精度 正确率 损失 误差 错误率 分数 得分 训练集 测试集 验证准确率 训练准确率 测试准确率 训练误差 测试误差 "
    "学习率衰减 困惑度 类 头"
).split()  # fmt: skip


# Verbs that look like a parameter: no gain of recurrent weights, no runs of a search.
_IDLE = ("i gain", "we gain", "you gain", "gain from", "gain anything", "run it", "run that", "run this", "run the")
_DISTINCT = ("seeds",)  # not the plural of "seed"

# How students put it -> the word that the demos declare.
_ALSO = {
    "image": "examples", "data point": "examples", "training point": "examples", "point": "examples",
    "labelled example": "examples", "张图": "样本", "张图片": "样本", "张标注图": "样本", "条数据": "样本",
    "训练数据": "样本", "source label": "random source labels", "std": "standard deviation", "smearing": "smear",
    "repeat length": "period", "个种子": "种子数", "次多项式": "次数", "次的多项式": "次数", "polynomial": "degree",
    "bs": "batch size", "批": "批大小", "小批量": "批大小", "个epoch": "轮", "遍": "轮", "暂退": "丢弃率",
    "暂退法": "丢弃率", "随机失活": "丢弃率", "丢弃": "丢弃率", "丢弃法": "丢弃率", "drop": "dropout",
    "dropping": "dropout", "switch off": "dropout", "switching off": "dropout", "丢掉": "丢弃率",
    "随机关掉": "丢弃率", "clip gradient": "clip", "gradient clipping": "clipping", "gradient norm": "max norm",
    "梯度裁剪": "裁剪", "unit each": "units", "node": "units", "单元": "神经元", "l2 penalty": "weight decay",
    "l2正则": "权重衰减", "noise injection": "input noise", "gaussian noise": "input noise", "噪声注入": "输入噪声",
    "高斯噪声": "输入噪声", "early stopping": "patience", "早停": "耐心", "容忍": "耐心",
    "validation sample": "validation examples", "ensemble": "ensemble size", "个成员": "成员", "集成": "集成规模",
    "次试验": "试验次数", "次搜索": "试验次数", "步": "步数", "initial weight": "init std", "初始化": "初始标准差",
    "平移量": "平移", "quantize": "bits", "quantization": "bits", "量化": "位数", "稀疏率": "稀疏度",
    "剪枝率": "剪枝比例", "irrelevant": "irrelevant features", "clipped": "clip", "quantized": "bits",
    "shifted": "shift", "shifting": "shift", "init": "init std", "net": "networks", "step size": "learning rate",
    "step length": "learning rate", "范数上限": "裁剪阈值", "units off": "dropout", "neurons off": "dropout",
    "epochs in a row": "patience", "epochs without improvement": "patience", "epochs without progress": "patience",
    "轮没提升": "耐心", "轮没有提升": "耐心", "轮没改善": "耐心", "轮没进步": "耐心", "轮不降": "耐心",
    "bad epoch": "patience", "picture": "examples", "row": "examples", "photo": "examples",
    "input column": "features", "column": "features", "维特征": "特征数", "张训练图片": "样本", "张训练图": "样本",
    "条样本": "样本", "条训练数据": "样本", "个数据": "样本", "个点": "样本", "order polynomial": "degree",
    "阶多项式": "次数", "阶": "次数", "learning speed": "learning rate", "学习速度": "学习率", "步子": "学习率",
    "annotations are wrong": "wrong labels", "annotations are incorrect": "wrong labels",
    "labels are flipped": "wrong labels", "labels are incorrect": "wrong labels",
    "corrupted labels": "wrong labels", "flipped labels": "wrong labels", "label": "wrong labels",
    "flip the labels": "wrong labels", "shuffled labels": "random labels", "错标": "错误标签", "标错": "错误标签",
    "标注是错的": "错误标签", "标注错误": "错误标签", "标签标错": "错误标签", "标签被打乱": "随机标签",
    "标签打乱": "随机标签", "cutting gradients off": "clip", "cut gradients off": "clip", "cap gradients": "clip",
    "梯度的上限": "裁剪阈值", "梯度上限": "裁剪阈值", "截断": "裁剪", "starting weight": "init std",
    "初始权重": "初始标准差", "初始幅度": "初始标准差", "初始化方差": "初始方差", "序列": "序列长度",
    "curvature": "condition number", "曲率": "条件数", "组配置": "试验次数", "组超参数": "试验次数",
    "configuration": "trials", "个超参数": "超参数个数", "embedding dimension": "embedding size",
    "embedding width": "embedding size", "维宽": "嵌入维数", "维": "维数", "token": "vocabulary size",
    "rate of dropout": "dropout", "剪到": "剪枝", "剪去": "剪枝", "prune away": "pruned",
    "keep prob": "keep probability", "retention": "keep probability", "保留率": "保留概率",
    "个隐藏神经元": "神经元", "个隐藏单元": "神经元", "平移增强": "平移", "挪": "平移", "pixel": "places",
    "px": "places", "像素": "格", "image shift": "shift", "translate": "shift", "位移": "平移", "岭参数": "岭惩罚",
    "脊": "岭惩罚", "网络投票": "个网络", "voter": "networks",
}  # fmt: skip

# Where no parameter of a demo goes by a form, those that it may mean.
AKIN = {
    "standard deviation": ("noise std", "init std"), "标准差": ("噪声标准差", "初始标准差"),
    "σ": ("noise std", "init std"), "sigma": ("noise std", "init std"), "维数": ("嵌入维数", "特征数"),
    "penalty": ("weight decay", "l1"), "惩罚": ("weight decay", "l1"), "惩罚系数": ("weight decay", "l1"),
    "λ": ("weight decay", "l1"), "位数": ("位",),
}  # fmt: skip

# Said of another quantity, from which the value of the parameter follows.
_TURNED: dict[str, tuple[str, Turn]] = {
    "keep probability": ("dropout", "rest"), "保留概率": ("丢弃率", "rest"),
}  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A form that stands at `start` to `end` of a text.

    With `turn` "rest" its value is what a number leaves of a whole: of the share of units that are kept.
    """

    form: str
    start: int
    end: int
    turn: Turn = ""


def form_of(word: str) -> str:
    """The shape in which a word is compared with others."""
    spaced = re.sub(r"[\s_-]+", " ", word.lower()).strip()
    if not spaced.isascii() or spaced in _DISTINCT or len(spaced) <= 3 or spaced.endswith(("ss", "us", "is")):
        return spaced
    return spaced[:-2] if spaced.endswith(("ches", "sses")) else spaced.removesuffix("s")


def mentions(text: str, words: Iterable[str]) -> list[Mention]:
    """Where a text names one of the words, the longest that fits at each place; at most `LIMIT`."""
    pattern = _pattern(frozenset(words))
    found = []
    for match in pattern.finditer(text):
        if form_of(match[0]) in _IDLE:
            continue
        form, turn = _TURNED.get(spoken(match[0]), (spoken(match[0]), ""))
        found.append(Mention(form, match.start(), match.end(), turn))
        if len(found) == LIMIT:
            break
    return found


def spoken(word: str) -> str:
    """The form of the word that the demos declare for what students say."""
    return _FORMS.get(form_of(word), form_of(word))


_FORMS = {form_of(said): form_of(word) for said, word in _ALSO.items()}


@lru_cache(maxsize=8)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    forms = sorted(
        {form_of(word) for word in (*words, *_ELSEWHERE, *_IDLE, *_ALSO, *AKIN, *_TURNED)},
        key=lambda form: (-len(form), form),
    )
    latin = "|".join(re.escape(form).replace(r"\ ", r"[\s_-]*") for form in forms if not HAN.search(form))
    han = "|".join(re.escape(form) for form in forms if HAN.search(form))
    return re.compile(rf"(?<![A-Za-z])(?:{latin})(?:e?s)?(?![A-Za-z])|(?:{han})", re.IGNORECASE)
