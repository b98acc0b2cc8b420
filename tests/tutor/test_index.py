"""The index on disk: incremental, checked, repaired, and never a mix."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tutor.corpus import read_corpus
from tutor.errors import CorpusError, IndexDamaged
from tutor.retrieval import generations
from tutor.retrieval import index as index_module
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.index import open_index, ship_vectors
from tutor.retrieval.retriever import Retriever
from tutor.retrieval.travelling import text_key, write_vectors
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
def test_travelling_vectors_that_cannot_be_read_are_passed_over(corpus_folder, encoder, tmp_path, content, caplog):
    (corpus_folder / "vectors.bin").write_bytes(content)
    assert opened(corpus_folder, encoder, tmp_path)[1].encoded > 0
    assert "vectors.bin is ignored" in caplog.text


@pytest.mark.parametrize("value", [0.0, 3.0, np.inf, np.nan])
def test_travelling_vectors_that_are_not_of_unit_length_are_passed_over(
    corpus_folder, encoder, tmp_path, value, caplog
):
    write_vectors(corpus_folder, encoder.fingerprint, {text_key("a"): np.full(64, value, np.float32)})
    assert opened(corpus_folder, encoder, tmp_path)[1].encoded > 0
    assert "not vectors of unit length" in caplog.text


def test_a_flipped_bit_in_travelling_vectors_is_noticed(corpus_folder, encoder, tmp_path, caplog):
    retriever, _ = opened(corpus_folder, encoder, tmp_path / "a")
    ship_vectors(retriever.corpus, retriever.index, encoder)
    path = corpus_folder / "vectors.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"\x55")
    assert opened(corpus_folder, encoder, tmp_path / "b")[1].kept == 0
    assert "not what was written" in caplog.text


def test_the_shipped_vectors_are_those_of_the_shipped_notes(tmp_path):
    corpus = read_corpus(shipped_corpus())
    _, change = open_index(corpus, load_encoder(), tmp_path)
    assert change.encoded == 0, "notes have changed: run `tutor index --ship`"


def stored_files(home):
    """The files that are read on opening: the pointer and the generation that it names."""
    pointer = next((home / "index").rglob(generations.POINTER))
    generation = pointer.parent / pointer.read_text().split()[0]
    return [pointer, *sorted(path for path in generation.rglob("*") if path.is_file())]


def test_a_flipped_byte_in_any_file_is_noticed_and_the_index_rebuilt(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    for number in range(len(stored_files(tmp_path))):
        path = stored_files(tmp_path)[number]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        retriever, change = opened(corpus_folder, encoder, tmp_path)
        assert change.damage, path.name
        assert retriever.retrieve("what does dropout do", "en").hits[0].note == "dropout"
        assert opened(corpus_folder, encoder, tmp_path)[1].fresh, f"{path.name} was not repaired"


@pytest.mark.parametrize("content", [b"", b"garbage", b"../../etc " + b"0" * 64, "不".encode()])
def test_a_pointer_that_points_nowhere_is_damage(corpus_folder, encoder, tmp_path, content):
    opened(corpus_folder, encoder, tmp_path)
    next((tmp_path / "index").rglob(generations.POINTER)).write_bytes(content)
    assert opened(corpus_folder, encoder, tmp_path)[1].damage


def test_a_truncated_or_missing_file_is_damage(corpus_folder, encoder, tmp_path):
    opened(corpus_folder, encoder, tmp_path)
    next((tmp_path / "index").rglob("vectors.faiss")).unlink()
    assert opened(corpus_folder, encoder, tmp_path)[1].damage
    path = next((tmp_path / "index").rglob("vectors.faiss"))
    folder = path.parent.parent
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss"):
        _truncate_and_read(folder)


def _truncate_and_read(folder):
    generation, _ = generations.current(folder)
    path = generation / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    generations.current(folder)


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
