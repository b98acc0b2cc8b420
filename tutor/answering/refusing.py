"""What is said when there is nothing to answer with: calm, short, and with a way on."""

from tutor.corpus import Corpus, Language, Note
from tutor.retrieval.retriever import Retrieval

OFFERED = 3  # nearest topics

_UNASKABLE: dict[str, dict[Language, str]] = {
    "empty": {
        "zh": "这里还没有问题。请输入一个关于深度学习的问题。",
        "en": "There is no question yet. Type one about deep learning.",
    },
    "long": {
        "zh": "问题太长了：最多 2,000 个字符。请只留下想问的那一句。",
        "en": "The question is too long: at most 2,000 characters. Keep the part that you want answered.",
    },
    "wordless": {
        "zh": "我没有读到文字。请用一句话说出想问的概念或现象。",
        "en": "I can read no words in this. Say in a sentence which concept or symptom you ask about.",
    },
}
_NOT_COVERED: dict[Language, str] = {
    "zh": "笔记里没有讲到这个问题，所以我不作答。最接近的主题是：{topics}。",
    "en": "The notes do not cover this question, so I will not answer it. The nearest topics are: {topics}.",
}


def unaskable(fault: str, language: Language) -> str:
    """One line for a text that cannot be asked; `fault` as `question.fault_of` names it."""
    return _UNASKABLE[fault][language]


def not_covered(nearest: list[Note], language: Language) -> str:
    """One line that refuses and names the nearest topics."""
    return _NOT_COVERED[language].format(
        topics=("、" if language == "zh" else ", ").join(note.title for note in nearest)
    )


def nearest_notes(corpus: Corpus, retrieval: Retrieval, language: Language) -> list[Note]:
    """The notes of the best hits, in the language asked where they exist in it."""
    found = [corpus.nearest(slug, language) for slug in retrieval.notes]
    return [note for note in found if note][:OFFERED]
