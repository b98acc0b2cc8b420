"""The tools of the Model Context Protocol, called by a real client: over pipes and in memory."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

from tests.tutor.web.site import eventually
from tutor.mcp_server import server_of
from tutor.running import Limits, Runner

LONG = {"name": "dropout", "parameters": {"epochs": 40, "width": 512}, "seeds": 32}


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(Limits(concurrent=1, waiting=1)) as runner:
        yield runner


@pytest.fixture
def talk(shipped_tutor, runner):
    """Hands a connected client to a coroutine."""

    def connect(said: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:
        async def conversation() -> Any:
            async with Client(server_of(shipped_tutor, runner), mode=mode) as client:
                return await said(client)

        return asyncio.run(conversation())

    return connect


@pytest.fixture
def call(talk):
    def called(name: str, arguments: dict[str, Any]) -> CallToolResult:
        return talk(lambda client: client.call_tool(name, arguments))

    return called


def text(result: CallToolResult) -> str:
    return result.content[0].text


# Over standard input and output


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_starts_the_server_asks_and_runs_what_the_answer_names(shipped_home, mode):
    # Standard output belongs to the protocol: the client fails on the first line there that is none of its messages.
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "tutor", "mcp"],
        env={"TUTOR_HOME": str(shipped_home), "OMP_NUM_THREADS": "1"},
    )
    told: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append(done / (total or 0))

    async def conversation() -> tuple[CallToolResult, CallToolResult]:
        async with Client(server, mode=mode) as client:
            tools = await client.list_tools()
            assert [tool.name for tool in tools.tools] == ["ask", "list_demos", "run_demo"]
            answer = await client.call_tool("ask", {"question": "那换成0.2呢", "history": ["dropout设成0.9会怎样"]})
            order = answer.structured_content["demo"]
            parameters = {**order["params"], "epochs": 5}
            run = {"name": order["name"], "parameters": parameters, "seeds": 2}
            return answer, await client.call_tool("run_demo", run, progress_callback=progress)

    answer, found = asyncio.run(conversation())
    assert answer.structured_content["citations"][0]["note"] == "dropout"
    assert 'run_demo {"name": "dropout", "parameters": {"dropout": 0.2}}' in text(answer)
    assert found.structured_content["params"]["dropout"] == 0.2
    assert found.structured_content["seeds"] == 2
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_without_the_package_one_line_says_what_to_install():
    code = "import sys; sys.modules['mcp'] = None; sys.argv = ['tutor', 'mcp']; from tutor.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        'tutor: `tutor mcp` needs the package mcp: pip install "deep-learning-tutor[mcp]".'
    ]


def test_a_corpus_that_is_missing_is_named_before_anything_is_served(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tutor", "mcp"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TUTOR_CORPUS": str(tmp_path)},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "TUTOR_CORPUS" in done.stderr


# What the tools give


def test_an_answer_is_told_with_its_sources_and_is_the_json_of_the_command_line(call, shipped_tutor):
    result = call("ask", {"question": "what is dropout"})
    expected = json.loads(json.dumps(shipped_tutor.ask("what is dropout").to_json()))
    assert result.structured_content | {"seconds": None} == expected | {"seconds": None}
    assert expected["answer"] in text(result)
    assert "dropout.en.md:" in text(result)


def test_a_question_outside_the_notes_is_refused_without_sources(call):
    result = call("ask", {"question": "who won the world cup in 1998?"})
    assert result.structured_content["refused"]
    assert "Sources" not in text(result)
    assert not result.is_error


def test_an_answer_names_the_calls_that_run_its_experiment_and_what_was_clamped(call):
    told = text(call("ask", {"question": "what happens with dropout 1.5"}))
    assert 'run_demo {"name": "dropout", "parameters": {"dropout": 0.99}}  (Dropout rate = 0.99 against 0)' in told
    assert "asked for Dropout rate = 1.5; 0.99 is the nearest" in told
    told = text(call("ask", {"question": "学习率从0.1降到0.001会怎样"}))
    assert 'Experiment: run_demo {"name": "learning-rate", "parameters": {"learning_rate": 0.001}}' in told
    assert 'To compare with: run_demo {"name": "learning-rate", "parameters": {"learning_rate": 0.1}}' in told


def test_a_hint_comes_instead_of_the_answer_where_study_is_asked_for(call, shipped_tutor):
    result = call("ask", {"question": "what is dropout", "study": True})
    assert result.structured_content["hint"]
    assert result.structured_content["answer"] == shipped_tutor.ask("what is dropout", study=True).text
    assert "without study" in text(result)
    assert "without study" not in text(call("ask", {"question": "what is dropout"}))


def test_the_catalogue_is_in_one_language_with_bounds(call):
    rows = {row["name"]: row for row in call("list_demos", {"language": "zh"}).structured_content["demos"]}
    parameter = next(one for one in rows["dropout"]["parameters"] if one["name"] == "dropout")
    assert parameter == {
        "name": "dropout",
        "type": "float",
        "default": 0.5,
        "minimum": 0.0,
        "maximum": 0.99,
        "help": "训练时每个隐藏单元被置零的概率",
    }


def test_a_run_gives_each_claim_with_its_interval_and_the_picture(call):
    result = call("run_demo", {"name": "dropout", "parameters": {"epochs": 3}, "seeds": 2, "language": "en"})
    for claim in result.structured_content["claims"]:
        low, high = claim["ci95"]
        assert low <= claim["effect"] <= high
        assert claim["holds"] == (low > claim["minimum"])
        assert claim["sentence"] in text(result)
    picture = result.content[1]
    assert picture.mime_type == "image/png"
    assert base64.b64decode(picture.data).startswith(b"\x89PNG")


# Hostile clients, and such as change their mind


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("nothing", {}, "no tool is called 'nothing'; there are ask, list_demos, run_demo."),
        ("ask", {}, "'question': Field required."),
        ("ask", {"question": 3}, "'question': "),
        ("ask", {"question": "q", "history": "q"}, "'history': "),
        ("ask", {"question": "q", "history": [["q"] * 10_000]}, "'history.0': "),
        ("ask", {"question": "q", "language": "fr"}, "'language': "),
        ("ask", {"question": "q", "study": [1]}, "'study': "),
        ("list_demos", {"language": None}, "'language': "),
        ("run_demo", {"name": "dropuot"}, "no demo is called 'dropuot'"),
        ("run_demo", {"name": "../../etc/passwd"}, "no demo is called"),
        ("run_demo", {"name": "dropout", "parameters": {"dropout": 5}}, "dropout must be a number from 0"),
        ("run_demo", {"name": "dropout", "parameters": {"dropout": "0.5"}}, "dropout must be a number"),
        ("run_demo", {"name": "dropout", "parameters": {"__class__": 1}}, "__class__"),
        ("run_demo", {"name": "dropout", "parameters": "none"}, "'parameters': "),
        ("run_demo", {"name": "dropout", "dropout": 0.9}, "'dropout': "),
        ("run_demo", {"name": "dropout", "seeds": 10**30}, "seeds must be a whole number"),
    ],
)
def test_a_wrong_argument_gets_one_line_that_names_it(call, runner, name, arguments, message):
    result = call(name, arguments)
    assert result.is_error
    assert message in text(result)
    assert "\n" not in text(result)
    assert len(text(result)) < 300
    assert not runner._running


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_cancelling_a_call_stops_its_run_and_the_next_call_is_answered(talk, runner, mode):
    async def change_mind(client: Client) -> CallToolResult:
        with anyio.CancelScope() as scope:

            async def cancel(*_: Any) -> None:
                scope.cancel()

            await client.call_tool("run_demo", LONG, progress_callback=cancel)
        assert scope.cancelled_caught
        return await client.call_tool("ask", {"question": "what is dropout"})

    assert not talk(change_mind, mode).is_error
    assert eventually(lambda: not runner._running)


def test_more_runs_than_the_machine_takes_are_refused_and_those_under_way_end_with_their_client(talk, runner):
    async def crowd(client: Client) -> CallToolResult:
        started = anyio.Event()

        async def note(*_: Any) -> None:
            started.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.call_tool("run_demo", LONG, progress_callback=note))
            await started.wait()
            tasks.start_soon(lambda: client.call_tool("run_demo", LONG))
            while not runner._waiting:
                await anyio.sleep(0.02)
            refused = await client.call_tool("run_demo", LONG)
            tasks.cancel_scope.cancel()
        return refused

    result = talk(crowd)
    assert result.is_error
    assert "try again in a minute" in text(result)
    assert eventually(lambda: not runner._running)


def test_a_fault_of_the_program_is_told_without_its_words_and_the_next_call_is_answered(shipped_tutor, runner, caplog):
    class Broken:
        corpus = shipped_tutor.corpus
        asked = 0

        def ask(self, *_: Any, **__: Any) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError("/secret/path")
            return shipped_tutor.ask("what is dropout")

    async def conversation() -> list[CallToolResult]:
        async with Client(server_of(Broken(), runner)) as client:  # type: ignore[arg-type]
            return [await client.call_tool("ask", {"question": "q"}) for _ in range(2)]

    first, second = asyncio.run(conversation())
    assert first.is_error
    assert "fault is the program's" in text(first)
    assert "secret" not in text(first)
    assert "ZeroDivisionError" in caplog.text
    assert not second.is_error
