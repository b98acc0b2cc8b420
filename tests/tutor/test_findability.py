"""Findability: a section that its own questions do not lead to is named, with where they lead instead."""

import re
from dataclasses import replace

import pytest

from tutor.corpus import read_corpus
from tutor.errors import CorpusError
from tutor.retrieval import findability
from tutor.retrieval.findability import encode_few, findability_findings
from tutor.retrieval.index import open_index

DROPOUT = ["dropout muting units", "muting units by dropout", "random muting of units", "units without dropout"]
WIND = ["sails of a windmill", "windmill without wind", "wind in the sails", "turning windmill sails"]


@pytest.fixture
def folder(tmp_path):
    """Two notes of one section each, whose questions share words with one another and with their text."""
    (tmp_path / "notes").mkdir()
    write(tmp_path, "dropout", "Dropout is the random muting of units.", DROPOUT)
    write(tmp_path, "windmill", "A windmill has sails that turn in the wind.", WIND)
    return tmp_path


def write(folder, slug, text, keys):
    asked = "\n".join(keys)
    note = f"---\ntitle: {slug}\n---\n## What it is\n```ask\n{asked}\n```\n{text}\n"
    (folder / "notes" / f"{slug}.en.md").write_text(note)


def findings(folder, encoder):
    corpus = read_corpus(folder)
    index, _ = open_index(corpus, encoder, folder / "home")
    return [str(finding) for finding in findability_findings(corpus, index)]


def test_sections_that_their_questions_find_are_fine(folder, encoder):
    assert findings(folder, encoder) == []


def test_a_section_whose_questions_all_lead_elsewhere_is_an_error_that_says_where(folder, encoder):
    write(folder, "windmill", "It grinds grain.", DROPOUT)
    write(folder, "third", "Something else.", ["grain", "grinds grain"])
    found = findings(folder, encoder)
    assert any(
        re.match(r"windmill.en.md:4: (error|warning): section 'What it is' .* dropout \(\d\)\. Say", line)
        for line in found
    ), found


def test_a_question_counts_only_without_itself_in_the_index(folder, encoder):
    write(folder, "windmill", "It grinds grain.", ["zig", "zag", "hither", "thither"])
    write(folder, "third", "Zigzag.", ["hither and zig", "thither and zag", "zig and zag", "hither and thither"])
    found = findings(folder, encoder)
    assert any("0 of its 4 question keys lead to this note" in line for line in found), found
    assert not any("question key 'zig' leads" in line for line in found)  # it stands in the index, and leads here


def test_a_question_that_leads_to_another_note_though_it_is_in_the_index_is_named(folder, encoder):
    write(folder, "windmill", "A windmill has sails that turn in the wind.", [*WIND, "dropout of random units"])
    write(folder, "dropout", "Dropout is the random muting of units.", [*DROPOUT, "dropout of random units"])
    strays = [line for line in findings(folder, encoder) if "question key" in line and "leads to" in line]
    assert strays == [
        "windmill.en.md:10: warning: question key 'dropout of random units' leads to 'dropout' first: "
        "ask more exactly, or move it."
    ]


def test_a_corpus_too_large_to_ask_is_said_to_be(folder, encoder, monkeypatch):
    monkeypatch.setattr(findability, "TEXTS_LIMIT", 3)
    assert "12 texts: whether questions find their sections is checked up to 3" in findings(folder, encoder)[0]


def test_a_check_encodes_few_texts_and_leaves_many_to_tutor_index(folder, encoder, monkeypatch):
    monkeypatch.setattr(findability, "NEW_LIMIT", 3)
    with pytest.raises(CorpusError, match="12 texts are not indexed yet"):
        open_index(read_corpus(folder), encoder, folder / "home", progress=encode_few)
    assert not (folder / "home").exists()


def test_a_corpus_without_questions_is_fine(folder, encoder):
    for slug in ("dropout", "windmill"):
        write(folder, slug, "Text.", [])
    assert findings(folder, encoder) == []


def test_self_tests_need_not_be_found(folder, encoder):
    path = folder / "notes" / "windmill.en.md"
    path.write_text(f"{path.read_text()}\n## Check yourself\n```ask\n{DROPOUT[0]}?\n```\n- Q: a?\n  A: b.\n")
    assert not any("Check yourself" in line and "section" in line for line in findings(folder, encoder))


def test_the_index_that_is_asked_is_left_as_it_is(folder, encoder):
    corpus = read_corpus(folder)
    index, _ = open_index(corpus, encoder, folder / "home")
    before = replace(index)
    findability_findings(corpus, index)
    assert index.entries == before.entries
    assert len(index.vectors) == len(index.entries.entries)
