"""A conversation in the terminal: `tutor chat`.

conversation    what a line asks for: an answer, a further question by its number, a command
experiment      the experiment of an answer, run in a worker process with a bar
lines           where lines come from: a person with an editable line and its history, or a pipe
wording         every text, in Chinese and English
"""

from tutor.chat.conversation import chat

__all__ = ["chat"]
