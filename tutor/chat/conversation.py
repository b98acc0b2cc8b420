"""One conversation: every line is a question, the number of one, or a command."""

import logging
import sys
from pathlib import Path

from rich.markup import escape

from demos.kit import DemoError
from demos.kit.flags import default_language
from demos.kit.text import Text
from tutor.answering import Answer, Answerer
from tutor.answering.question import understand
from tutor.chat import experiment, wording
from tutor.chat.lines import piped, typed
from tutor.corpus import Language
from tutor.errors import TutorError
from tutor.running import Runner
from tutor.terminal import harmless, open_console, print_answer, print_heading, print_quietly, print_text, watched

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


class Conversation:
    """What was asked and told last. `language` is that of all answers, or "auto" for that of each question."""

    def __init__(self, tutor: Answerer, runner: Runner, language: str = "auto") -> None:
        self._tutor = tutor
        self._runner = runner
        self._language = language
        self._console = open_console()
        self._study = False
        self._questions: list[str] = []
        self._answer: Answer | None = None
        self._last_spoken = default_language()
        self._commands = {
            "/run": self._run,
            "/sources": self._show_sources,
            "/study": self._change_mode,
            "/answer": self._answer_in_full,
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
        """Answer a further question and keep it for those that follow it up."""
        if self._tell(question, self._questions[-REMEMBERED:], study=self._study):
            self._questions = [*self._questions[-REMEMBERED:], question]

    def _tell(self, question: str, earlier: list[str], *, study: bool) -> bool:
        """Print the answer and keep it; False where there is none."""
        try:
            spoken = understand(question, language=self._language).language
            pieces = self._tutor.stream(question, earlier, self._language, study=study)
            answer = watched(self._console, pieces, spoken)
        except TutorError as error:
            self._console.print(escape(str(error)))
        except Exception:  # whatever it is, the reader gets a sentence and the next question is answered
            log.exception("answering failed")
            self.say(wording.FAILED)
        else:
            self._answer, self._last_spoken = answer, answer.language
            self._print(answer)
            return True
        return False

    def _print(self, answer: Answer) -> None:
        console = self._console
        if console.is_terminal:
            console.print()
        offered = list(experiment.offered(answer.demo, answer.language)) if answer.demo else []
        if offered and console.is_terminal:
            experiment.prepare()
        print_answer(console, answer, offered, numbered=True)
        if answer.hint:
            console.print()
            print_quietly(console, wording.TO_ANSWER.say(answer.language))
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

    def _change_mode(self) -> None:
        self._study = not self._study
        self.say(wording.STUDY if self._study else wording.NO_STUDY)

    def _answer_in_full(self) -> None:
        """Answer the last question whatever the mode."""
        if self._questions:
            self._tell(self._questions[-1], self._questions[:-1], study=False)
        else:
            self.say(wording.NO_QUESTION_YET)

    def _begin_anew(self) -> None:
        self.say(wording.ANEW)
        self._questions, self._answer = [], None
