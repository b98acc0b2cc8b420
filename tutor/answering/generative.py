"""A configured language model as answerer: it sees the passages as data, and what it says is checked.

Whatever goes wrong, the caller gets None within the timeout and answers extractively instead.
"""

import html
import logging
import queue
import re
import threading
from typing import TYPE_CHECKING, Any

from tutor.answering.evidence import Evidence
from tutor.errors import SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ANSWER_LIMIT = 8_000  # characters; a longer reply is not an answer of 150 words
CALLS = 16  # of the model at once; those that hang count too
TIMEOUT = 20.0  # seconds for the whole reply

_ADDRESS = re.compile(r"(?:(?:[a-z][a-z0-9+.-]{1,20}:)?//|\b(?:data|javascript|mailto):|\bwww\.)\S+", re.IGNORECASE)
_MARK = re.compile(r"\[(\d{1,3})\]")

_CALLS = threading.BoundedSemaphore(CALLS)

log = logging.getLogger(__name__)


def load_model(name: str, base_url: str = "") -> "BaseChatModel":
    """The chat model `provider:name`, through LangChain's `init_chat_model`.

    Raises:
        SettingsError: no such provider, its package is not installed, or its key is missing.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": TIMEOUT, "max_retries": 0}
    if base_url:
        options["base_url"] = base_url
    try:
        return init_chat_model(name, **options)
    except Exception as error:  # providers raise each their own kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise SettingsError(f"TUTOR_MODEL={name!r} cannot be used: {reason}") from None


def generated(model: "BaseChatModel", evidence: Evidence, timeout: float = TIMEOUT) -> str | None:
    """The model's answer as safe Markdown, or None if there is none in time that cites a passage.

    The call runs in a thread of its own, which a hanging model keeps without keeping the question.
    """
    if not _CALLS.acquire(blocking=False):
        log.warning("%d calls of the model are under way; this question is answered without it.", CALLS)
        return None
    replies: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()

    def call() -> None:
        try:
            text = ""
            for chunk in model.stream(evidence.messages()):
                text += chunk.text
                if len(text) > ANSWER_LIMIT:
                    raise ValueError(f"more than {ANSWER_LIMIT} characters")
            replies.put(text)
        except Exception as error:  # whatever a provider raises, the extractive answer stands in
            replies.put(error)
        finally:
            _CALLS.release()

    threading.Thread(target=call, daemon=True, name="model").start()
    try:
        reply = replies.get(timeout=timeout)
    except queue.Empty:
        log.warning("The model did not answer within %g s.", timeout)
        return None
    if isinstance(reply, Exception):
        log.warning("The model failed: %s", str(reply)[:200] or type(reply).__name__)
        return None
    text = plain(reply)
    known = range(1, len(evidence.passages) + 1)
    return text if any(int(mark) in known for mark in _MARK.findall(text)) else None


def plain(markdown: str) -> str:
    """Markdown without HTML, images, links and addresses, which a manipulated model could use to send data out."""
    text = _ADDRESS.sub("", html.unescape(markdown))
    # Every kind of link and image needs a bracket right after a bracket; with a space there, none is left.
    text = re.sub(r"\](?=[(\[:])", "] ", text)
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text).strip()
