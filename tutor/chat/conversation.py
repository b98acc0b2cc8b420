"""One conversation: every line is a question, the number of one, or a command."""

import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.live import Live
from rich.markup import escape
from rich.text import Text as Words

from demos.kit import DemoError
from demos.kit.flags import default_language
from demos.kit.text import Text
from tutor.answering import Answer, Answerer
from tutor.answering.answer import Streamed
from tutor.chat import experiment, wording
from tutor.chat.lines import piped, typed
from tutor.corpus import Language
from tutor.errors import TutorError
from tutor.running import Runner
from tutor.terminal import harmless, open_console, print_heading, print_questions, print_sources, print_text, rendered

REMEMBERED = 6  # earlier questions that help to understand the next
HISTORY = "chat_history"  # a file in the tutor's home: the lines that were typed

log = logging.getLogger(__name__)


def chat(tutor: Answerer, home: Path, language: str = "auto") -> None:
    """Talk until the lines end. A person gets a prompt and can stop an answer with Ctrl-C; a pipe, answers alone."""
    person = sys.stdin.isatty()
    with Runner() as runner:
        conversation = Conversation(tutor, runner, language)
        if person:
            conversation.say(wording.GREETING)
        for line in typed(home / HISTORY) if person else piped(sys.stdin):
            try:
                if not conversation.take(line):
                    return
            except KeyboardInterrupt:
                if not person:
                    raise
                conversation.say(wording.STOPPED)


def last(pieces: Iterable[Streamed], show: Callable[[str], None] = lambda text: None) -> Answer:
    """The answer that ends a stream; `show` gets the text so far."""
    text = ""
    for piece in pieces:
        if isinstance(piece, Answer):
            return piece
        text = text + piece if isinstance(piece, str) else ""  # else it begins anew
        show(text)
    raise AssertionError("a stream ends with its answer")


class Conversation:
    """What was asked and told last. `language` is that of all answers, or "auto" for that of each question."""

    def __init__(self, tutor: Answerer, runner: Runner, language: str = "auto") -> None:
        self._tutor = tutor
        self._runner = runner
        self._language = language
        self._console = open_console()
        self._questions: list[str] = []
        self._answer: Answer | None = None
        self._last_spoken = default_language()
        self._commands = {
            "/run": self._run,
            "/sources": self._show_sources,
            "/new": self._begin_anew,
            "/help": lambda: self.say(wording.HELP),
        }

    def take(self, line: str) -> bool:
        """Do what a line asks for; False if it ends the conversation."""
        if line == "/quit":
            return False
        if line.startswith("/"):
            command = self._commands.get(line)
            if command:
                command()
            else:
                self.say(wording.NO_COMMAND, word=line[:50])
        elif line.isdecimal() and len(line) == 1:
            offered = self._answer.follow_ups if self._answer else ()
            if 1 <= int(line) <= len(offered):
                self._ask(offered[int(line) - 1])
            else:
                self.say(wording.NO_QUESTION, number=line)
        else:
            self._ask(line)
        return True

    def say(self, words: Text, **values: str) -> None:
        """Print a text in the language of the conversation."""
        self._console.print(escape(harmless(words.format(**values).say(self._spoken))))

    @property
    def _spoken(self) -> Language:
        """The language asked for, else that of the last answer, else that of the terminal."""
        return self._language if self._language != "auto" else self._last_spoken  # type: ignore[return-value]

    def _ask(self, question: str) -> None:
        """Print the answer and keep it for what comes next."""
        try:
            answer = self._streamed(question)
        except TutorError as error:
            self._console.print(escape(str(error)))
        except Exception:  # whatever it is, the reader gets a sentence and the next question is answered
            log.exception("answering failed")
            self.say(wording.FAILED)
        else:
            self._questions = [*self._questions, question][-REMEMBERED:]
            self._answer, self._last_spoken = answer, answer.language
            self._print(answer)

    def _streamed(self, question: str) -> Answer:
        """The answer; in a terminal its text is shown as it arrives, as far as there is room, and wiped at the end."""
        pieces = self._tutor.stream(question, self._questions, self._language)
        if not self._console.is_terminal:
            return last(pieces)
        live = Live(Words("…"), console=self._console, transient=True, auto_refresh=False)
        try:  # and not `with`, which leaves the screen to a Live that Ctrl-C met while it was starting
            live.start(refresh=True)
            return last(pieces, lambda text: live.update(rendered(text), refresh=True))
        finally:
            live.update(Words(), refresh=True)  # else what did not fit would be printed once more
            live.stop()

    def _print(self, answer: Answer) -> None:
        console = self._console
        if console.is_terminal:
            console.print()
        print_text(console, answer.text)
        print_sources(console, answer)
        if answer.demo:
            print_heading(console, wording.OFFER.say(answer.language))
            console.print(escape(experiment.offered(answer.demo, answer.language)))
            if console.is_terminal:
                experiment.prepare()
        print_questions(console, answer, numbered=True)
        console.print()

    def _run(self) -> None:
        launch = self._answer.demo if self._answer else None
        if launch is None:
            self.say(wording.NO_EXPERIMENT)
            return
        try:
            experiment.run(self._runner, launch, self._spoken, self._console)
        except (TutorError, DemoError) as error:
            self._console.print(escape(str(error)))

    def _show_sources(self) -> None:
        """The passages that the last answer cites, whole."""
        if self._answer is None or not self._answer.citations:
            self.say(wording.NO_SOURCES)
            return
        for citation in self._answer.citations:
            place = f"{citation.note}.{citation.language}.md:{citation.start_line}-{citation.end_line}"
            print_heading(self._console, harmless(f"[{citation.n}] {citation.title} › {citation.section}  ({place})"))
            print_text(self._console, citation.quote)

    def _begin_anew(self) -> None:
        self.say(wording.ANEW)
        self._questions, self._answer = [], None
