"""Notes changed by hand while questions run: no failed answer, no mixed one, and what is broken changes nothing."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from tests.conftest import HashedWords
from tutor.answering import Tutor
from tutor.answering.refreshing import RefreshingTutor
from tutor.corpus import read_corpus
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever

QUESTION = "what does dropout do"


class CountingEncoder(HashedWords):
    """Remembers every text that it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        return super().encode(texts)


@contextmanager
def refreshing(folder, home, encoder=None) -> Iterator[RefreshingTutor]:
    encoder = encoder or HashedWords()
    corpus = read_corpus(folder)
    index, _ = open_index(corpus, encoder, home)
    tutor = Tutor(Retriever(corpus, index, encoder), {})
    with RefreshingTutor(tutor, encoder, home, look_every=0.01, quiet=0.05) as refreshed:
        yield refreshed


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def dropout_text(tutor) -> str:
    return tutor.corpus.find("dropout", "en").text


@pytest.fixture
def note(corpus_folder):
    return corpus_folder / "notes" / "dropout.en.md"


@pytest.fixture
def said(caplog):
    """The lines of the log so far."""
    caplog.set_level(logging.INFO, "tutor")
    return lambda: [record.getMessage() for record in caplog.records if record.name.startswith("tutor")]


def test_a_changed_note_is_served_and_only_its_changed_text_encoded(corpus_folder, note, tmp_path, said):
    encoder = CountingEncoder()
    with refreshing(corpus_folder, tmp_path, encoder) as tutor:
        assert "silences" not in tutor.ask(QUESTION).text
        encoder.texts.clear()
        note.write_text(note.read_text().replace("switches off", "silences"))
        until(lambda: "silences" in tutor.ask(QUESTION).text)
    (encoded,) = [text for text in encoder.texts if text != QUESTION]
    assert "silences" in encoded
    assert said() == ["Notes read anew: 1 texts encoded, 19 kept, 1 dropped."]


def test_a_new_note_is_served_and_a_removed_one_is_not(corpus_folder, note, tmp_path):
    with refreshing(corpus_folder, tmp_path) as tutor:
        added = corpus_folder / "notes" / "momentum.en.md"
        added.write_text("---\ntitle: Momentum\n---\n## What it is\nMomentum averages gradients over steps.\n")
        until(lambda: tutor.corpus.find("momentum", "en"))
        assert tutor.ask("momentum averages gradients").citations[0].note == "momentum"
        added.unlink()
        until(lambda: not tutor.corpus.find("momentum", "en"))
        assert tutor.ask(QUESTION).citations[0].note == "dropout"


def test_lines_that_move_move_in_citations_though_nothing_is_encoded(corpus_folder, note, tmp_path):
    encoder = CountingEncoder()
    with refreshing(corpus_folder, tmp_path, encoder) as tutor:
        before = tutor.ask(QUESTION).citations[0].start_line
        encoder.texts.clear()
        note.write_text(note.read_text().replace("## What dropout is", "\n\n## What dropout is"))
        until(lambda: tutor.ask(QUESTION).citations[0].start_line == before + 2)
    assert set(encoder.texts) == {QUESTION}


def test_what_changed_while_the_tutor_was_opened_is_noticed(corpus_folder, note, tmp_path):
    encoder = HashedWords()
    corpus = read_corpus(corpus_folder)
    index, _ = open_index(corpus, encoder, tmp_path)
    note.write_text(note.read_text().replace("switches off", "silences"))
    opened = Tutor(Retriever(corpus, index, encoder), {})
    with RefreshingTutor(opened, encoder, tmp_path, look_every=0.01, quiet=0.05) as tutor:
        until(lambda: "silences" in dropout_text(tutor))


def test_an_index_made_by_another_process_is_taken_as_it_is(corpus_folder, note, tmp_path):
    encoder = CountingEncoder()
    with refreshing(corpus_folder, tmp_path, encoder) as tutor:
        encoder.texts.clear()
        note.write_text(note.read_text().replace("switches off", "silences"))
        open_index(read_corpus(corpus_folder), HashedWords(), tmp_path)
        until(lambda: "silences" in dropout_text(tutor))
    assert encoder.texts == []


@pytest.mark.parametrize(
    "broken",
    [b"", b"---\ntitle: [half", b"no front matter", b"---\ntitle: T\n---\n\xff\xfe", None],
    ids=["empty", "half-written", "no front matter", "not text", "a folder"],
)
def test_a_broken_note_stays_as_it_was_and_is_named_once(corpus_folder, note, tmp_path, said, broken):
    with refreshing(corpus_folder, tmp_path) as tutor:
        before, good = tutor.ask(QUESTION), note.read_text()
        note.unlink()
        if broken is None:
            note.mkdir()
        else:
            note.write_bytes(broken)
        until(said)
        other = corpus_folder / "notes" / "overfitting.en.md"
        for word in ("accident", "chance"):  # edits of other notes go through meanwhile
            other.write_text(other.read_text().replace("the noise", word).replace("accident", word))
            until(lambda word=word: word in tutor.corpus.find("overfitting", "en").text)
        assert tutor.ask(QUESTION).text == before.text
        assert [line for line in said() if "dropout.en.md" in line] == [said()[0]]
        note.rmdir() if broken is None else note.unlink()
        note.write_text(good.replace("switches off", "silences"))
        until(lambda: "silences" in dropout_text(tutor))


def emptied(folder):
    for path in (folder / "notes").iterdir():
        path.unlink()


def moved_away(folder):
    (folder / "notes").rename(folder / "elsewhere")


def without_text(folder):
    for path in (folder / "notes").iterdir():
        path.write_text("---\ntitle: T\n---\n## Empty\n")


def bad_questions(folder):
    (folder / "questions.yaml").write_text("- {question: 7}\n")


@pytest.mark.parametrize("breaking", [emptied, moved_away, without_text, bad_questions])
def test_a_corpus_that_cannot_be_served_leaves_the_last_good_one_and_is_named_once(
    corpus_folder, tmp_path, said, breaking
):
    with refreshing(corpus_folder, tmp_path) as tutor:
        before = tutor.ask(QUESTION)
        breaking(corpus_folder)
        until(said)
        (corpus_folder / "glossary.yaml").write_text("")  # one more change, one more attempt
        time.sleep(0.3)
        assert len(said()) == 1
        assert tutor.ask(QUESTION).text == before.text
        assert len(tutor.corpus.notes) == 3


def test_a_fault_of_the_program_does_not_end_the_watching(corpus_folder, note, tmp_path, said, monkeypatch):
    with refreshing(corpus_folder, tmp_path) as tutor:
        with monkeypatch.context() as patched:
            patched.setattr("tutor.answering.refreshing.open_index", lambda *_, **__: 1 / 0)
            note.write_text(note.read_text().replace("switches off", "mutes"))
            until(said)
        assert "could not be read anew" in said()[0]
        note.write_text(note.read_text().replace("mutes", "silences"))
        until(lambda: "silences" in dropout_text(tutor))


def test_a_home_that_cannot_be_written_is_named_once_and_the_new_text_served(corpus_folder, note, tmp_path, said):
    home = tmp_path / "home"
    home.write_text("a file where a folder should be")
    encoder = CountingEncoder()
    with refreshing(corpus_folder, home, encoder) as tutor:
        encoder.texts.clear()
        for word in ("silences", "mutes"):
            note.write_text(note.read_text().replace("switches off", word).replace("silences", word))
            until(lambda word=word: word in dropout_text(tutor))
    assert len(encoder.texts) == 2, "what is known is kept, stored or not"
    assert sum("cannot be written" in line for line in said()) == 1


def test_readers_of_a_changing_note_get_one_version_or_the_next_never_a_mix(corpus_folder, note, tmp_path):
    """Every version says its number in two sections and a title; answers and quotes must agree on it."""
    template = note.read_text()

    def version(number: int) -> str:
        text = template.replace("title: Dropout", f"title: Dropout {number}")
        return text.replace("switches off", f"v{number}v switches off").replace("because", f"v{number}v because")

    texts = [version(number) for number in range(6)]
    note.write_text(texts[0])
    failures: list[str] = []
    answered = [0]

    def read() -> None:
        while not ended.is_set():
            for question in (QUESTION, "why would muting neurons help"):
                try:
                    answer = tutor.ask(question, language="en")
                except Exception as error:
                    failures.append(repr(error))
                    continue
                answered[0] += 1
                quotes = [citation for citation in answer.citations if citation.note == "dropout"]
                of = {n for n in range(6) for citation in quotes if f"v{n}v" in citation.quote + answer.text}
                titles = {citation.title for citation in quotes}
                verbatim = [all(citation.quote in text for citation in quotes) for text in texts]
                if answer.refused or len(of) != 1 or titles != {f"Dropout {next(iter(of))}"} or not any(verbatim):
                    failures.append(f"{of} {titles} {verbatim} {answer.text!r}")

    ended = threading.Event()
    with refreshing(corpus_folder, tmp_path) as tutor:
        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for text in texts[1:]:
            note.write_text(text)
            until(lambda text=text: dropout_text(tutor) == text)
        ended.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert answered[0] > 10


def test_an_answer_that_has_begun_ends_with_the_notes_that_it_began_with(corpus_folder, note, tmp_path):
    with refreshing(corpus_folder, tmp_path) as tutor:
        whole = tutor.ask(QUESTION).text
        stream = tutor.stream(QUESTION)
        pieces = [next(stream)]
        note.write_text(note.read_text().replace("unit", "neuron"))
        until(lambda: "neuron" in dropout_text(tutor))
        *rest, answer = stream
        assert "".join([*pieces, *rest]).strip() == whole == answer.text


def test_notes_that_are_still_being_written_wait(corpus_folder, note, tmp_path):
    corpus = read_corpus(corpus_folder)
    encoder = HashedWords()
    index, _ = open_index(corpus, encoder, tmp_path)
    opened = Tutor(Retriever(corpus, index, encoder), {})
    with RefreshingTutor(opened, encoder, tmp_path, look_every=0.01, quiet=2) as tutor:
        seen = set()
        good = note.read_text()
        for length in range(60, len(good), 40):  # a slow editor
            note.write_text(good[:length].replace("switches off", "silences"))
            time.sleep(0.03)
            seen.add(dropout_text(tutor))
        note.write_text(good.replace("switches off", "silences"))
        until(lambda: "silences" in dropout_text(tutor))
    assert seen == {good}


def test_it_ends_at_once_though_there_is_much_to_encode(corpus_folder, note, tmp_path):
    class SlowEncoder(HashedWords):
        slow = False

        def encode(self, texts: Sequence[str]) -> np.ndarray:
            if self.slow:
                began.set()
                time.sleep(0.05)
            return super().encode(texts)

    began, encoder = threading.Event(), SlowEncoder()
    with refreshing(corpus_folder, tmp_path, encoder) as tutor:
        encoder.slow = True
        keys = "\n".join(f"question number {number}" for number in range(64 * 200))
        many = note.read_text().replace("what does dropout do\n", "what does dropout do\n" + keys[:80_000] + "\n")
        note.write_text(many)
        assert began.wait(20)
        ended = time.monotonic()
    assert time.monotonic() - ended < 5
    assert "question number 1" not in dropout_text(tutor)
