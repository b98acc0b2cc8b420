"""A configured language model as answerer: it sees the passages as data, and what it says is cleaned and checked.

Whatever goes wrong, the caller learns it within the timeout and answers extractively instead.
"""

import logging
import queue
import re
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tutor.answering.answer import Fallback, Said, Usage
from tutor.answering.citing import CitationMarks
from tutor.answering.cleaning import cleaned, visible
from tutor.answering.evidence import Evidence
from tutor.answering.grounding import checked
from tutor.errors import SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ANSWER_LIMIT = 8_000  # characters; a longer reply is not an answer of 150 words
CALLS = 16  # of the model at once; those that hang count too
TIMEOUT = 20.0  # seconds for the whole reply

_ENDED = re.compile(r"[.!?…。！？:;：；\])）\"'”’」』`$|*]$")  # as an answer ends that is not cut off
_CALLS = threading.BoundedSemaphore(CALLS)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reply:
    """What a model answered: safe Markdown, where mark `[i + 1]` cites passage `used[i]` of the evidence."""

    text: str
    used: tuple[int, ...]
    sentences: tuple[Said, ...]
    usage: Usage | None


class ModelFailed(Exception):
    """There is no answer of the model that can be shown."""

    def __init__(self, kind: Fallback, reason: str) -> None:
        super().__init__(reason)
        self.kind: Fallback = kind


def load_model(name: str, base_url: str = "") -> "BaseChatModel":
    """The chat model `provider:name`, through LangChain's `init_chat_model`.

    Raises:
        SettingsError: no such provider, its package is not installed, its key is missing, or the address is none.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": TIMEOUT, "max_retries": 0}
    if base_url:
        options["base_url"] = _address(base_url)
    try:
        return init_chat_model(name, **options)
    except Exception as error:  # providers raise each their own kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        hint = " A server that needs no key takes any." if base_url and "credentials" in reason else ""
        raise SettingsError(f"TUTOR_MODEL={name[:100]!r} cannot be used: {reason}{hint}") from None


def generated(model: "BaseChatModel", evidence: Evidence, timeout: float = TIMEOUT) -> Generator[str, None, Reply]:
    """The pieces of the model's answer, cleaned, as they come; returns the whole, its unsupported sentences marked.

    Raises:
        ModelFailed: it did not answer in `timeout` seconds, broke off, or said what the passages do not.
    """
    call = _Call(model, evidence, timeout)
    marks, pieces = CitationMarks(len(evidence.passages)), []
    for piece in cleaned(call.pieces(), marks):
        pieces.append(piece)
        yield piece
    text = "".join(pieces).strip()
    if not _ENDED.search(text):
        raise ModelFailed("failed", "its answer breaks off")
    cited = [evidence.passages[number - 1] for number in marks.used]
    if not cited:
        raise ModelFailed("unfounded", "it cites no passage")
    result = checked(text, cited, evidence.question)
    unsupported = result.count("unsupported")
    if result.unfounded:
        raise ModelFailed("unfounded", f"{unsupported} of {len(result.sentences)} sentences are unsupported")
    log.info(
        "The model answered in %.2f s; tokens: %s; %d of %d sentences unsupported.",
        time.monotonic() - call.started,
        f"{call.usage.input_tokens} in, {call.usage.output_tokens} out" if call.usage else "not told",
        unsupported,
        len(result.sentences),
    )
    return _with_measured(Reply(result.text, tuple(marks.used), result.sentences, call.usage), evidence)


def _with_measured(reply: Reply, evidence: Evidence) -> Reply:
    """The reply and below it what was measured, which no model is asked to word."""
    if (found := evidence.measured) is None:
        return reply
    sentences = (*reply.sentences, Said(found.sentence, "measured", claim=found.claim))
    return replace(reply, text=f"{reply.text}\n\n{found.sentence}", sentences=sentences)


class _Call:
    """One call of the model, in a thread of its own, which a hanging model keeps without keeping the question."""

    def __init__(self, model: "BaseChatModel", evidence: Evidence, timeout: float) -> None:
        self.started = time.monotonic()
        self.usage: Usage | None = None  # complete once the pieces are
        self._model = model
        self._evidence = evidence
        self._timeout = timeout
        self._received: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()  # None: the reply is complete
        self._left = threading.Event()
        self._calls = _CALLS

    def pieces(self) -> Iterator[str]:
        """The text as it comes. Raises ModelFailed."""
        if not self._calls.acquire(blocking=False):
            raise ModelFailed("busy", f"{CALLS} calls of it are under way")
        try:
            threading.Thread(target=self._run, daemon=True, name="model").start()
        except RuntimeError as error:  # the machine has no thread left
            self._calls.release()
            raise ModelFailed("busy", str(error)) from None
        try:
            while (piece := self._next()) is not None:
                yield piece
        finally:
            self._left.set()

    def _next(self) -> str | None:
        try:
            received = self._received.get(timeout=max(0.0, self.started + self._timeout - time.monotonic()))
        except queue.Empty:
            raise ModelFailed("late", f"no complete answer within {self._timeout:g} s") from None
        if isinstance(received, Exception):
            raise ModelFailed("failed", _one_line(received))
        return received

    def _run(self) -> None:
        try:
            length = 0
            for chunk in self._model.stream(self._evidence.messages()):
                if self._left.is_set():
                    return
                length += len(chunk.text)
                if length > ANSWER_LIMIT:
                    raise ValueError(f"more than {ANSWER_LIMIT} characters")
                if told := chunk.usage_metadata:
                    before = self.usage or Usage(0, 0)
                    self.usage = before.plus(told["input_tokens"], told["output_tokens"])
                self._received.put(chunk.text)
            self._received.put(None)
        except Exception as error:  # whatever a provider raises, the extractive answer stands in
            self._received.put(error)
        finally:
            self._calls.release()


def _address(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            f"TUTOR_BASE_URL={base_url[:100]!r} is no address of a server; give one such as http://127.0.0.1:11434/v1."
        )
    return base_url


def _one_line(error: Exception) -> str:
    """What a provider says, which may come from the server, fit for a log."""
    return " ".join(visible(str(error)[:200]).split()) or type(error).__name__
