"""Puts the parts together: for the command line, and for programs that import the tutor.

parts       what a tutor is made of, opened from settings when it is first needed
tutor       `Tutor`, for programs: opens itself, is a LangChain Runnable and retriever where one is wanted
asked       a question as a program gives it, checked
offering    the experiment of an answer in words, and the commands that run it
runnables   the two faces that LangChain sees
checks      every check of the notes, those that need the demos or the index among them
"""

from tutor.composing.asked import Asked, BadInput
from tutor.composing.parts import Parts
from tutor.composing.tutor import Tutor

__all__ = ["Asked", "BadInput", "Parts", "Tutor"]
