"""A question, with what was asked before, becomes an answer with citations and an experiment."""

from tutor.answering.answer import READ_MORE, Answer, Answerer, Citation, DemoLaunch, Restart
from tutor.answering.cards import DemoCard
from tutor.answering.cleaning import UNSUPPORTED
from tutor.answering.origin import EXTRACTIVE, origin_of
from tutor.answering.tutor import Tutor

__all__ = [
    "EXTRACTIVE",
    "READ_MORE",
    "UNSUPPORTED",
    "Answer",
    "Answerer",
    "Citation",
    "DemoCard",
    "DemoLaunch",
    "Restart",
    "Tutor",
    "origin_of",
]
