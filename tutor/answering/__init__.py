"""A question, with what was asked before, becomes an answer with citations and an experiment."""

from tutor.answering.answer import Answer, Answerer, Citation, DemoLaunch, Restart
from tutor.answering.cleaning import UNSUPPORTED
from tutor.answering.launch import DemoCard
from tutor.answering.tutor import EXTRACTIVE, Tutor

__all__ = ["EXTRACTIVE", "UNSUPPORTED", "Answer", "Answerer", "Citation", "DemoCard", "DemoLaunch", "Restart", "Tutor"]
