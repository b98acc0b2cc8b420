"""Notes and passages: what is read from Markdown, and what is refused."""

import os

import pytest

from tutor.corpus import read_corpus
from tutor.corpus.kinds import kind_of_heading
from tutor.corpus.notes import read_note
from tutor.errors import CorpusError

HEAD = "---\ntitle: T\n---\n"


def test_a_note_has_sections_with_kinds_keys_and_claims(corpus_folder):
    note = read_note(corpus_folder / "notes" / "dropout.en.md")
    assert [(section.heading, section.kind) for section in note.sections] == [
        ("What dropout is", "what"),
        ("Why it works", "why"),
        ("Check yourself", "check"),
    ]
    assert note.sections[0].keys == ("what does dropout do",)
    assert note.sections[1].claims == ("dropout-narrows-gap",)
    assert "ask" not in note.sections[0].markdown
    assert "{claim" not in note.sections[1].markdown


def test_claims_on_neighbouring_lines_are_all_read(tmp_path):
    path = tmp_path / "a.en.md"
    path.write_text(HEAD + "## What\nText.\n\n{claim: one}\n{claim: two}\n")
    assert read_note(path).sections[0].claims == ("one", "two")


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("为什么要缩放", "why"),
        ("When it helps and when it hurts", "when"),
        ("L1 versus L2", "compare"),
        ("常见误区", "pitfalls"),
        ("Check yourself", "check"),
        ("算一个例子：丢弃率0.9", "example"),
        ("What dropout is", "what"),
    ],
)
def test_the_heading_tells_what_kind_of_question_a_section_answers(heading, kind):
    assert kind_of_heading(heading) == kind


def test_every_passage_is_a_verbatim_slice_of_its_file(corpus_folder):
    corpus = read_corpus(corpus_folder)
    assert corpus.passages
    for passage in corpus.passages:
        note = corpus.find(passage.note, passage.language)
        lines = note.path.read_text(encoding="utf-8").split("\n")
        assert passage.text == "\n".join(lines[passage.start_line - 1 : passage.end_line])
        assert passage.text in note.text
        assert "```ask" not in passage.text
        assert "{claim" not in passage.text


def test_no_block_of_a_section_is_lost_between_its_passages(corpus_folder):
    corpus = read_corpus(corpus_folder)
    for note in corpus.notes:
        covered = {
            line
            for passage in corpus.passages
            if (passage.note, passage.language) == (note.slug, note.language)
            for line in range(passage.start_line, passage.end_line + 1)
        }
        blocks = {
            line
            for section in note.sections
            for block in section.blocks
            for line in range(block.start_line, block.end_line + 1)
        }
        assert blocks <= covered


def test_a_hash_sign_in_code_or_formula_is_no_heading(tmp_path):
    path = tmp_path / "a.en.md"
    path.write_text(HEAD + "## What\n```python\n# not a heading\n```\n\n$$\n# nor this\n$$\n")
    assert [section.heading for section in read_note(path).sections] == ["What"]


def test_an_oversized_section_is_cut_between_blocks_and_formulas_stay_whole(tmp_path):
    path = tmp_path / "a.en.md"
    long = "A sentence that fills a good part of a passage. " * 14
    path.write_text(f"{HEAD}## What\n{long}\n\n$$\nx = 1\n$$\n\n{long}\n")
    corpus_passages = [p.text for p in _passages(path)]
    assert len(corpus_passages) == 2
    assert corpus_passages[0].endswith("$$\nx = 1\n$$")


def _passages(path):
    from tutor.corpus.passages import passages_of

    return passages_of(read_note(path))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.md", HEAD, "named <concept>"),
        ("a.fr.md", HEAD, "named <concept>"),
        ("a.en.md", "no front matter", "no front matter"),
        ("a.en.md", "---\n- a list\n---\n", "lines of `name: value`"),
        ("a.en.md", "---\ntitle: [unclosed\n---\n", "not YAML"),
        ("a.en.md", "---\ntitle: T\naliases: word\n---\n", "`aliases` must be a list"),
        ("a.en.md", "---\ntitle: T\nsources: [x]\n---\n", "`sources` must be a list"),
        ("a.en.md", f"---\ntitle: {'x' * 20_000}\n---\n", "Shorten it"),
        ("a.en.md", HEAD + "x" * 300_000, "Split it"),
        ("a.en.md", "---\ntitle: T\naliases: ['']\n---\n", "`aliases` has an empty entry"),
    ],
)
def test_what_is_not_a_note_is_refused_with_its_reason(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(CorpusError, match=message.replace("[", r"\[")):
        read_note(path)


def test_a_note_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "a.en.md").write_bytes(b"---\ntitle: \xff\n---\n")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_note(tmp_path / "a.en.md")


@pytest.mark.timeout(20)  # expanded, it takes minutes
def test_an_alias_bomb_in_the_front_matter_is_refused_at_once(tmp_path):
    bomb = "a: &a [x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)},*{chr(97 + i)}]\n" for i in range(20)
    )
    (tmp_path / "a.en.md").write_text(f"---\ntitle: T\n{bomb}---\n")
    with pytest.raises(CorpusError, match="aliases are not allowed"):
        read_note(tmp_path / "a.en.md")


def test_one_bad_note_does_not_hide_the_others(corpus_folder):
    (corpus_folder / "notes" / "bad.en.md").write_text("no front matter")
    corpus = read_corpus(corpus_folder)
    assert len(corpus.notes) == 3
    assert corpus.faults == ("bad.en.md:1: no front matter. Start the file with --- lines that give at least a title.",)


def test_a_missing_corpus_is_named_with_what_to_do(tmp_path):
    with pytest.raises(CorpusError, match=r"No corpus at .*TUTOR_CORPUS"):
        read_corpus(tmp_path / "nowhere")


@pytest.mark.timeout(30)  # each took minutes before it was bounded
@pytest.mark.parametrize(
    "text", ["a\n\n" * 30_000, "![" * 45_000, "## a\n" * 18_000, "- Q: a\n" * 12_000, "$$\n" * 30_000]
)
def test_a_hostile_note_is_read_in_bounded_time(tmp_path, text):
    path = tmp_path / "a.en.md"
    path.write_text(HEAD + "## Check yourself\n" + text[:99_000])
    assert _passages(path) is not None


def test_a_folder_or_a_pipe_in_place_of_a_note_is_a_fault(corpus_folder):
    (corpus_folder / "notes" / "folder.en.md").mkdir()
    os.mkfifo(corpus_folder / "notes" / "pipe.en.md")
    assert [fault.partition(":")[0] for fault in read_corpus(corpus_folder).faults] == ["folder.en.md", "pipe.en.md"]


def test_old_line_ends_are_read(tmp_path):
    (tmp_path / "a.en.md").write_bytes(b"---\rtitle: T\r---\r## What\rText.\r")
    assert read_note(tmp_path / "a.en.md").sections[0].markdown == "Text."


def test_a_note_in_one_language_stands_in_for_the_other(corpus_folder):
    corpus = read_corpus(corpus_folder)
    assert corpus.find("overfitting", "zh") is None
    assert corpus.nearest("overfitting", "zh").language == "en"
    assert corpus.nearest("dropout", "zh").language == "zh"
