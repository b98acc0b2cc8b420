"""The index on disk: incremental, checked, repaired, and never a mix."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tutor.corpus import read_corpus
from tutor.errors import CorpusError
from tutor.retrieval import generations
from tutor.retrieval import index as index_module
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.index import open_index, ship_vectors
from tutor.retrieval.retriever import Retriever
from tutor.retrieval.travelling import fault_of, text_key, write_vectors
from tutor.settings import shipped_corpus


def opened(folder, encoder, home, **options):
    corpus = read_corpus(folder)
    index, change = open_index(corpus, encoder, home, **options)
    return Retriever(corpus, index, encoder), change


def test_a_second_opening_encodes_nothing(corpus_folder, encoder, tmp_path):
    _, first = opened(corpus_folder, encoder, tmp_path)
    _, second = opened(corpus_folder, encoder, tmp_path)
    assert first.encoded > 0
    assert second.fresh


def test_only_changed_texts_are_encoded_again(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    note = corpus_folder / "notes" / "overfitting.en.md"
    note.write_text(note.read_text().replace("the noise", "every accident"))
    retriever, change = opened(corpus_folder, encoder, tmp_path)
    assert (change.encoded, change.dropped) == (1, 1)
    assert change.kept > 10
    assert "every accident" in retriever.retrieve("overfitting", "en").hits[0].passages[0].text


def test_another_encoder_means_another_index(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    encoder.fingerprint = "another"
    _, change = opened(corpus_folder, encoder, tmp_path)
    assert change.kept == 0


def test_a_stored_index_gives_the_same_hits_as_the_built_one(corpus_folder, encoder, tmp_path):
    built, _ = opened(corpus_folder, encoder, tmp_path)
    stored, change = opened(corpus_folder, encoder, tmp_path)
    assert change.fresh
    for question in ("what does dropout do", "training noise", "测试时"):
        assert built.retrieve(question, "en") == stored.retrieve(question, "en")


def test_vectors_that_travel_with_a_corpus_spare_a_first_start_the_encoding(corpus_folder, encoder, tmp_path):
    retriever, change = opened(corpus_folder, encoder, tmp_path / "a")
    assert ship_vectors(retriever.corpus, retriever.index, encoder) == change.encoded
    other, change = opened(corpus_folder, encoder, tmp_path / "b")
    assert change.encoded == 0
    for question in ("what does dropout do", "测试时"):
        assert [hit.passages for hit in other.retrieve(question, "en").hits] == [
            hit.passages for hit in retriever.retrieve(question, "en").hits
        ]
    assert opened(corpus_folder, encoder, tmp_path / "c", rebuild=True)[1].kept == 0
    encoder.fingerprint = "another"
    assert opened(corpus_folder, encoder, tmp_path / "d")[1].kept == 0


@pytest.mark.parametrize("content", [b"", b"garbage", b"{}\nxx", b"[" * 5000, b'{"encoder": "hashed-words"}\n'])
def test_travelling_vectors_that_cannot_be_read_are_named_and_written_anew(corpus_folder, encoder, tmp_path, content):
    (corpus_folder / "vectors.bin").write_bytes(content)
    _, change = opened(corpus_folder, encoder, tmp_path / "a")
    assert change.encoded > 0
    assert "vectors.bin of the corpus is damaged" in change.damage
    _, change = opened(corpus_folder, encoder, tmp_path / "b")
    assert (change.encoded, change.damage) == (0, "")


@pytest.mark.parametrize("value", [0.0, 3.0, np.inf, np.nan])
def test_travelling_vectors_that_are_not_of_unit_length_are_not_used(corpus_folder, encoder, tmp_path, value):
    write_vectors(corpus_folder, encoder.fingerprint, {text_key("a"): np.full(64, value, np.float32)})
    _, change = opened(corpus_folder, encoder, tmp_path)
    assert "not vectors of unit length" in change.damage


def test_a_flipped_bit_anywhere_in_travelling_vectors_is_noticed(corpus_folder, encoder, tmp_path):
    retriever, _ = opened(corpus_folder, encoder, tmp_path)
    ship_vectors(retriever.corpus, retriever.index, encoder)
    path = corpus_folder / "vectors.bin"
    whole = path.read_bytes()
    for place in [*range(whole.index(b"\n") + 40), *range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert fault_of(corpus_folder), place
    path.write_bytes(whole)
    assert not fault_of(corpus_folder)


def test_damaged_vectors_of_a_corpus_that_cannot_be_written_are_named_every_time(
    corpus_folder, encoder, tmp_path, monkeypatch
):
    (corpus_folder / "vectors.bin").mkdir()
    (corpus_folder / "vectors.bin" / "file").write_text("")
    for _ in range(2):
        assert "cannot be written anew" in opened(corpus_folder, encoder, tmp_path)[1].damage


def test_the_shipped_vectors_are_those_of_the_shipped_notes(tmp_path):
    corpus = read_corpus(shipped_corpus())
    _, change = open_index(corpus, load_encoder(), tmp_path)
    assert change.encoded == 0, "notes have changed: run `tutor index --ship`"


def stored_files(home):
    """The files that are read on opening: the pointer and the generation that it names."""
    pointer = next((home / "index").rglob(generations.POINTER))
    generation = pointer.parent / pointer.read_text().split()[0]
    return [pointer, *sorted(path for path in generation.rglob("*") if path.is_file())]


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncated(path):
    path.write_bytes(path.read_bytes()[:-1])


def emptied(path):
    path.write_bytes(b"")


def lengthened(path):
    path.write_bytes(path.read_bytes() + b" ")


def missing(path):
    path.unlink()


def linked_elsewhere(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def linked_nowhere(path):
    path.unlink()
    path.symlink_to("nowhere")


def folder_instead(path):
    path.unlink()
    path.mkdir()
    (path / "file").write_text("")


def pipe_instead(path):
    path.unlink()
    os.mkfifo(path)


def swapped(path):
    other = next(file for file in path.parent.iterdir() if file != path and file.is_file() and file.name != "current")
    content, others = path.read_bytes(), other.read_bytes()
    path.write_bytes(others)
    other.write_bytes(content)


DAMAGES = (
    flipped, truncated, emptied, lengthened, missing, linked_elsewhere, linked_nowhere, folder_instead, pipe_instead,
    swapped,
)  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_noticed_whichever_it_is_and_the_index_rebuilt(corpus_folder, encoder, tmp_path, damage):
    (corpus_folder / "questions.yaml").write_text(
        "- {question: what does dropout do, notes: [dropout]}\n- {question: who won the cup, refuse: true}\n"
    )
    opened(corpus_folder, encoder, tmp_path)
    names = [path.name for path in stored_files(tmp_path)]
    assert {"current", "manifest.json", "vectors.faiss", "texts.json", "asked.npy", "refusal.json"} <= set(names)
    for number in range(len(names)):
        path = stored_files(tmp_path)[number]
        if (damage, path.name) in ((missing, "current"), (swapped, "current")):
            continue  # without a pointer there is no index yet, and nothing lies beside it to swap with
        damage(path)
        retriever, change = opened(corpus_folder, encoder, tmp_path)
        assert "has been rebuilt" in change.damage, path.name
        assert retriever.retrieve("what does dropout do", "en").hits[0].note == "dropout"
        assert opened(corpus_folder, encoder, tmp_path)[1].fresh, f"{path.name} was not repaired"


def test_a_file_that_the_tutor_did_not_write_is_damage(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    (next((tmp_path / "index").rglob("lexical")) / "corpus.jsonl").write_text("{}")
    assert "corpus.jsonl" in opened(corpus_folder, encoder, tmp_path)[1].damage


@pytest.mark.parametrize("content", [b"", b"garbage", b"../../etc " + b"0" * 64, "不".encode()])
def test_a_pointer_that_points_nowhere_is_damage(corpus_folder, encoder, tmp_path, content):
    opened(corpus_folder, encoder, tmp_path)
    next((tmp_path / "index").rglob(generations.POINTER)).write_bytes(content)
    assert opened(corpus_folder, encoder, tmp_path)[1].damage


KILLED = """
import os, sys, pathlib
from tutor.retrieval import generations
folder, moment = pathlib.Path(sys.argv[1]), int(sys.argv[2])
steps = 0
def audit(event, args):
    global steps
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "shutil.rmtree"):
        steps += 1
        if steps == moment:
            os._exit(9)
def fill(generation):
    for name in ("a", "b"):
        (generation / name).write_text("new")
sys.addaudithook(audit)
generations.write(folder, {"version": "new"}, fill)
"""


def test_a_writer_killed_at_any_moment_leaves_the_old_index_or_the_new_one(tmp_path):
    def old(generation):
        for name in ("a", "b"):
            (generation / name).write_text("old")

    outcomes = set()
    for moment in range(1, 40):
        folder = tmp_path / str(moment)
        generations.write(folder, {"version": "old"}, old)
        code = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(moment)], check=False).returncode
        generation, facts = generations.current(folder)
        assert {(generation / name).read_text() for name in ("a", "b")} == {facts["version"]}
        outcomes.add(facts["version"])
        if code == 0:
            break
    assert outcomes == {"old", "new"}
    assert code == 0, "the writer never got to its end"


def test_two_corpora_keep_an_index_each(corpus_folder, encoder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(corpus_folder, other)
    (other / "notes" / "overfitting.en.md").unlink()
    opened(corpus_folder, encoder, tmp_path)
    opened(other, encoder, tmp_path)
    assert opened(corpus_folder, encoder, tmp_path)[1].fresh
    assert opened(other, encoder, tmp_path)[1].fresh


def test_a_change_of_method_makes_a_stored_index_out_of_date(corpus_folder, encoder, tmp_path, monkeypatch):
    opened(corpus_folder, encoder, tmp_path)
    monkeypatch.setattr(index_module, "_method", lambda: "another")
    _, change = opened(corpus_folder, encoder, tmp_path)
    assert not change.fresh
    assert change.encoded == 0


def test_an_index_that_cannot_be_stored_serves_all_the_same(corpus_folder, encoder, tmp_path):
    (tmp_path / "home").write_text("a file where a folder should be")
    retriever, change = opened(corpus_folder, encoder, tmp_path / "home")
    assert change.unsaved
    assert retriever.retrieve("what does dropout do", "en").hits[0].note == "dropout"


def test_writers_at_the_same_time_do_not_take_each_others_files(corpus_folder, encoder, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        changes = [pool.submit(opened, corpus_folder, encoder, tmp_path, rebuild=True) for _ in range(24)]
        assert {change.result()[1].unsaved for change in changes} == {""}
    assert opened(corpus_folder, encoder, tmp_path)[1].fresh


def test_notes_without_a_single_passage_are_refused(tmp_path, encoder):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.en.md").write_text("---\ntitle: T\n---\n## Empty\n")
    with pytest.raises(CorpusError, match="hold no text"):
        opened(tmp_path, encoder, tmp_path)


def test_nothing_in_the_index_is_a_pickle(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    assert stored_files(tmp_path)
    for path in stored_files(tmp_path):
        assert not path.read_bytes().startswith(b"\x80"), path
        assert path.suffix not in (".pkl", ".pickle")
