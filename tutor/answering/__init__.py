"""A question, with what was asked before, becomes an answer with citations and an experiment."""

from tutor.answering.answer import Answer, Answerer, Citation, DemoLaunch
from tutor.answering.launch import DemoCard
from tutor.answering.tutor import Tutor

__all__ = ["Answer", "Answerer", "Citation", "DemoCard", "DemoLaunch", "Tutor"]
