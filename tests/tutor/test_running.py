"""Runs in worker processes: the events that they give, and every way in which they end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tutor import experiments
from tutor.running import Busy, Limits, Run, Runner

LIMITS = Limits(concurrent=2, waiting=2, seconds=60, memory=1 << 30)


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner(LIMITS, program="tests.tutor.experiments")
    yield runner
    runner.close()


def last(run: Run) -> dict:
    return list(run.events())[-1]


def first_frame(run: Run) -> dict:
    """Waits for a frame without leaving the iterator, which would stop the run."""
    run.kept = run.events()  # type: ignore[attr-defined]
    return next(event for event in run.kept if event["event"] == "frame")  # type: ignore[attr-defined]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends between opening and reading
        return False


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def test_a_run_gives_its_frames_and_then_its_result(runner: Runner) -> None:
    events = list(runner.start("count", {"steps": 5}).events())
    frames = [event["step"] for event in events if event["event"] == "frame"]
    assert events[-1] == {"event": "result", "demo": "count", "params": {"steps": 5, "seeds": 1}}
    assert frames == sorted(frames)
    assert len(frames) >= 1


def test_it_runs_in_another_process_on_the_device_asked_for(runner: Runner) -> None:
    frame = first_frame(runner.start("count", {"steps": 100}, device="cpu"))
    assert frame["pid"] != os.getpid()
    assert frame["device"] == "cpu"


def test_the_number_of_seeds_is_a_parameter_like_the_others(runner: Runner) -> None:
    assert last(runner.start("count", {}, seeds=4))["params"]["seeds"] == 4


def test_a_bad_parameter_is_refused_before_any_process_starts(runner: Runner) -> None:
    with pytest.raises(experiments.ParameterError, match="steps"):
        runner.start("count", {"steps": -1})
    assert not runner._running


def test_a_coroutine_sees_the_same_events(runner: Runner) -> None:
    async def watch() -> list[dict]:
        return [event async for event in runner.start("count", {}).aevents()]

    events = asyncio.run(watch())
    assert events[-1]["event"] == "result"
    assert any(event["event"] == "frame" for event in events)


@pytest.mark.parametrize("name", ["count", "hang"])
def test_stop_ends_the_process_even_inside_native_code(runner: Runner, name: str) -> None:
    run = runner.start(name, {"steps": 10_000})
    pid = first_frame(run)["pid"]
    assert alive(pid)
    run.stop()
    assert list(run.kept)[-1] == {"event": "stopped", "superseded": False}  # type: ignore[attr-defined]
    assert eventually(lambda: not alive(pid))
    assert eventually(lambda: not runner._running)


def test_a_watcher_who_leaves_stops_the_run(runner: Runner) -> None:
    run = runner.start("count", {"steps": 10_000})
    pid = first_frame(run)["pid"]
    run.kept.close()  # type: ignore[attr-defined]
    assert run.finished
    assert eventually(lambda: not alive(pid))


def test_a_cancelled_coroutine_stops_the_run(runner: Runner) -> None:
    run = runner.start("count", {"steps": 10_000})

    async def watch_and_cancel() -> None:
        async def watch() -> None:
            async for _ in run.aevents():
                pass

        task = asyncio.create_task(watch())
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(watch_and_cancel())
    assert run.finished
    assert eventually(lambda: not runner._running)


def test_the_surplus_waits_its_turn_and_then_runs(runner: Runner) -> None:
    holders = [runner.start("count", {"steps": 10_000}) for _ in range(LIMITS.concurrent)]
    waiting = [runner.start("count", {}) for _ in range(LIMITS.waiting)]
    assert next(waiting[0].events()) == {"event": "waiting", "position": 1}
    assert waiting[0].finished  # its watcher left
    for holder in holders:
        holder.stop()
    assert last(waiting[1])["event"] == "result"


def test_those_behind_a_run_that_gives_up_move_forward(runner: Runner) -> None:
    for _ in range(LIMITS.concurrent):
        runner.start("count", {"steps": 10_000})
    first, second = runner.start("count", {}), runner.start("count", {})
    events = second.events()
    assert next(events) == {"event": "waiting", "position": 2}
    first.stop()
    assert next(events) == {"event": "waiting", "position": 1}
    assert first.finished


def test_beyond_that_a_run_is_refused_in_one_line(runner: Runner) -> None:
    for _ in range(LIMITS.concurrent + LIMITS.waiting):
        runner.start("count", {"steps": 10_000})
    with pytest.raises(Busy, match=r"^2 experiments are running and 2 are waiting.*try again in a minute\.$"):
        runner.start("count", {})


def test_an_owner_has_one_run_at_a_time(runner: Runner) -> None:
    earlier = runner.start("count", {"steps": 10_000}, owner="tab")
    other = runner.start("count", {"steps": 10_000}, owner="another tab")
    runner.start("count", {"steps": 10_000}, owner="tab")
    assert last(earlier) == {"event": "stopped", "superseded": True}
    assert not other.finished
    runner.stop("another tab")
    assert other.finished


def test_a_failure_is_one_line_and_the_next_run_is_unharmed(runner: Runner) -> None:
    assert last(runner.start("fail", {})) == {
        "event": "error",
        "reason": "failed",
        "message": "ZeroDivisionError: the loss is undefined",
    }
    assert last(runner.start("count", {}))["event"] == "result"


def test_a_process_that_dies_gives_an_error_event(runner: Runner) -> None:
    event = last(runner.start("die", {}))
    assert (event["event"], event["reason"]) == ("error", "crash")
    assert "exit code 7" in event["message"]


def test_numbers_that_are_no_numbers_do_not_leave_the_worker(runner: Runner) -> None:
    assert last(runner.start("nan", {}))["reason"] == "failed"


def test_a_memory_hog_is_ended_at_its_limit() -> None:
    runner = Runner(Limits(concurrent=1, memory=200 << 20), program="tests.tutor.experiments")
    event = last(runner.start("memory", {}))
    assert (event["event"], event["reason"]) == ("error", "memory")
    assert "200 MiB" in event["message"]


def test_a_run_without_end_is_ended_at_its_limit() -> None:
    runner = Runner(Limits(concurrent=1, seconds=0.5), program="tests.tutor.experiments")
    assert last(runner.start("hang", {}))["reason"] == "time"
    runner = Runner(Limits(concurrent=1, cpu_seconds=1), program="tests.tutor.experiments")
    assert last(runner.start("memory", {}))["reason"] in ("time", "memory")


def test_closing_the_runner_stops_what_runs_and_refuses_what_comes(runner: Runner) -> None:
    run = runner.start("count", {"steps": 10_000})
    pid = first_frame(run)["pid"]
    runner.close()
    assert run.finished
    assert eventually(lambda: not alive(pid))
    with pytest.raises(Busy):
        runner.start("count", {})


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the processes in /proc")
def test_no_worker_outlives_a_server_that_is_killed() -> None:
    script = """
import time
from tutor.running import Runner

streams = [Runner(program="tests.tutor.experiments").start("hang", {}).events() for _ in range(2)]
for stream in streams:
    print(next(event["pid"] for event in stream if "pid" in event), flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        pids = [int(server.stdout.readline()) for _ in range(2)]
        assert all(alive(pid) for pid in pids)
        server.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(alive(pid) for pid in pids))
