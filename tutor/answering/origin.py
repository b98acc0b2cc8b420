"""Who worded an answer, said to its reader, and what the mark of an unsupported sentence means where there is one."""

from tutor.answering.answer import Answer, Fallback
from tutor.answering.cleaning import UNSUPPORTED
from tutor.corpus import Language

EXTRACTIVE = "extractive"  # the model of an answer that quotes

WORDED: dict[Language, str] = {
    "zh": "由 {model} 根据笔记写成，可能有错。",
    "en": "Worded from the notes by {model}, which can be wrong.",
}
QUOTED: dict[Fallback | None, dict[Language, str]] = {
    None: {"zh": "摘自笔记原文。", "en": "Quoted from the notes."},
    "late": {
        "zh": "语言模型没有按时答完，以上摘自笔记原文。",
        "en": "The language model did not answer in time; this is quoted from the notes.",
    },
    "failed": {
        "zh": "语言模型出了错，以上摘自笔记原文。",
        "en": "The language model failed; this is quoted from the notes.",
    },
    "busy": {
        "zh": "语言模型正忙，以上摘自笔记原文。",
        "en": "The language model is busy; this is quoted from the notes.",
    },
    "unfounded": {
        "zh": "语言模型的回答在笔记里大多找不到依据，以上改为摘自笔记原文。",
        "en": "Most of what the language model said is not in the notes; this is quoted from them.",
    },
}
MARKED: dict[Language, str] = {
    "zh": "{mark} 前面这句话在所引段落中找不到依据。",
    "en": "{mark} The sentence before it was not found in the passage that it cites.",
}


def origin_of(answer: Answer) -> tuple[str, ...]:
    """A line or two in the language of the answer, as plain text; a refusal is nobody's wording."""
    language = answer.language
    if answer.refused:
        return ()
    if answer.model == EXTRACTIVE:
        said = QUOTED[answer.fallback][language]
    else:
        said = WORDED[language].format(model=answer.model)
    return (said, MARKED[language].format(mark=UNSUPPORTED)) if UNSUPPORTED in answer.text else (said,)
