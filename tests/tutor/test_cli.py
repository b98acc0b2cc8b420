"""The command line as people and scripts use it: results on stdout, one line of fault on stderr, exit codes."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("gradio", "sentence_transformers", "ray", "torch", "faiss")


@pytest.fixture
def tutor(shipped_home):
    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "tutor", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "TUTOR_HOME": str(shipped_home), **environment},
            check=False,
        )

    return run


def fault(done):
    """The one line on standard error of a command that was refused."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_ask_json_is_one_object_of_the_documented_shape(tutor):
    done = tutor("ask", "把dropout调到0.9会怎样?", "--json")
    answer = json.loads(done.stdout)
    documented = {
        "id", "question", "language", "refused", "answer", "model", "citations", "demo", "receipts",
        "follow_ups", "seconds",
    }  # fmt: skip
    assert documented <= set(answer)  # whoever reads it may find more, never less
    demo = {"name": "dropout", "params": {"dropout": 0.9}, "contrast": {"dropout": 0.0}}
    assert demo.items() <= answer["demo"].items()
    assert {"n", "note", "language", "section", "quote", "score"} <= set(answer["citations"][0])
    assert set(answer["seconds"]) == {"retrieve", "answer"}
    assert done.returncode == 0


def test_ask_prints_text_sources_and_the_command_of_the_experiment(tutor):
    done = tutor("ask", "what happens with dropout 0.9?")
    assert "[1]" in done.stdout
    assert "dropout.en.md:" in done.stdout
    assert "python -m demos dropout --dropout 0.9  # Dropout rate = 0.9 against 0\n" in done.stdout
    assert "Quoted from the notes." in done.stdout


def test_ask_gives_a_run_to_each_value_and_says_what_was_clamped(tutor):
    said = tutor("ask", "学习率从0.1降到0.001会怎样").stdout
    assert "python -m demos learning-rate --learning-rate 0.001  # 学习率 = 0.001\n" in said
    assert "python -m demos learning-rate --learning-rate 0.1  # 学习率 = 0.1\n" in said
    assert "asked for Dropout rate = 1.5; 0.99 is the nearest" in tutor("ask", "what happens with dropout 1.5").stdout


def test_ask_can_give_a_hint_instead_of_the_answer(tutor, tmp_path):
    hint = json.loads(tutor("ask", "--study", "what is dropout", "--json").stdout)
    assert hint["hint"]
    assert hint["demo"] is None
    assert hint["answer"] in tutor("ask", "--study", "what is dropout").stdout
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "what is dropout"}')
    assert json.loads(tutor("ask", "--study", "--batch", str(batch), "--json").stdout)["answer"] == hint["answer"]


def test_a_batch_is_answered_in_order_each_with_its_id(tutor, tmp_path):
    rows = [
        {"id": "b", "question": "what is dropout"},
        {"id": 7, "question": ""},
        {"question": "那换成0.2呢", "history": ["dropout设成0.9会怎样"]},
    ]
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n\n".join(json.dumps(row) for row in rows))
    answers = [json.loads(line) for line in tutor("ask", "--batch", str(batch), "--json").stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["b", 7, None]
    assert [answer["refused"] for answer in answers] == [False, True, False]
    assert answers[2]["demo"]["params"] == {"dropout": 0.2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "no question yet"),
        (["ask", "x" * 10_000], "at most 2,000"),
        (["ask", "🤔🔥❓"], "no words"),
        (["ask", "为什么" * 2000], "2,000"),
        (["ask", "q", "--lang", "fr"], "'fr' is not one of 'auto', 'zh', 'en'"),
        (["ask"], "QUESTION or --batch"),
        (["ask", "--batch", "nowhere.jsonl", "--json"], "nowhere.jsonl"),
        (["serve", "--port", "abc"], "'--port'"),
        (["frobnicate"], "frobnicate"),
        (["lint", "--corpus", "nowhere"], "No corpus at nowhere"),
        (["index", "--corpus", "nowhere"], "No corpus at nowhere"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(tutor, arguments, message):
    assert message in fault(tutor(*arguments))


def test_a_bad_line_of_a_batch_is_named_before_anything_is_answered(tutor, tmp_path):
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "what is dropout"}\nnot json\n')
    assert "batch.jsonl:2" in fault(tutor("ask", "--batch", str(batch), "--json"))


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"question": "q", "history": "q"}', '{"question": "q", "id": NaN}', "[]"]
)
def test_a_line_of_a_batch_that_does_not_fit_is_refused(tutor, tmp_path, line):
    batch = tmp_path / "batch.jsonl"
    batch.write_text(line)
    assert "batch.jsonl:1" in fault(tutor("ask", "--batch", str(batch), "--json"))


def test_odd_characters_in_a_batch_do_not_stop_it(tutor, tmp_path):
    batch = tmp_path / "batch.jsonl"
    batch.write_bytes('{"question": "what is dropout \\ud800"}\n{"question": "what is\u2028 dropout"}\n'.encode())
    done = tutor("ask", "--batch", str(batch), "--json", PYTHONIOENCODING="ascii")
    assert [json.loads(line)["refused"] for line in done.stdout.strip().split("\n")] == [False, False]


def test_a_missing_corpus_in_the_environment_is_named(tutor, tmp_path):
    assert "TUTOR_CORPUS" in fault(tutor("ask", "what is dropout", TUTOR_CORPUS=str(tmp_path / "nowhere")))


def test_a_home_that_cannot_be_written_is_named(tutor, tmp_path):
    (tmp_path / "file").write_text("")
    assert "TUTOR_HOME" in fault(tutor("index", TUTOR_HOME=str(tmp_path / "file")))


def test_a_home_that_cannot_be_written_still_answers(tutor, tmp_path):
    (tmp_path / "file").write_text("")
    done = tutor("ask", "what is dropout", TUTOR_HOME=str(tmp_path / "file"))
    assert "[1]" in done.stdout
    assert "TUTOR_HOME" in done.stderr


def test_index_says_what_changed(tutor, corpus_folder, tmp_path):
    run = lambda: tutor("index", "--corpus", str(corpus_folder), TUTOR_HOME=str(tmp_path)).stdout  # noqa: E731
    assert "0 kept, 0 dropped" in run()
    assert "up to date" in run()
    note = corpus_folder / "notes" / "overfitting.en.md"
    note.write_text(note.read_text().replace("the noise", "every accident"))
    assert "1 texts encoded" in run()


def test_lint_ends_with_1_on_an_error_and_names_file_and_line(tutor, corpus_folder):
    done = tutor("lint", "--corpus", str(corpus_folder))
    assert done.returncode == 1
    assert "overfitting.en.md:4: error:" in done.stdout


def test_settings_shows_where_each_value_comes_from(tutor):
    done = tutor("settings", TUTOR_HOSTS="tutor.example.org")
    assert "TUTOR_HOSTS=tutor.example.org  (environment;" in done.stdout
    assert "TUTOR_ENCODER=  (default;" in done.stdout


@pytest.mark.parametrize("module", ["tutor --help", "tutor settings", "demos", "demos --help"])
def test_light_commands_import_nothing_heavy(module):
    name, *arguments = module.split()
    code = (
        "import runpy, sys\n"
        f"sys.argv = {[name, *arguments]!r}\n"
        f"try: runpy.run_module({name!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_ask_without_a_language_model_imports_none_of_what_only_others_need(shipped_home):
    code = (
        "import sys\n"
        "sys.argv = ['tutor', 'ask', 'what is dropout']\n"
        "from tutor.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('torch', 'gradio', 'langchain.chat_models', 'langchain_core.language_models.chat_models')\n"
        "print('HEAVY', [m for m in heavy if m in sys.modules])"
    )
    environment = {**os.environ, "TUTOR_HOME": str(shipped_home)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "HEAVY []"
