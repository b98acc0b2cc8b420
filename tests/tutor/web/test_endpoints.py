"""What programs call, over real HTTP: /ask, /demos, /run_demo, and a crowd."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tutor.web.site import HOSTILE, eventually

# Endpoints


def test_health_counts_notes_and_passages(site, shipped_tutor):
    health = site.http.get("/healthz").json()
    assert health == {
        "status": "ok",
        "notes": len(shipped_tutor.corpus.notes),
        "passages": len(shipped_tutor.corpus.passages),
    }


def test_ask_answers_with_citations_that_stand_in_the_note(client, shipped_tutor):
    answer = client.predict("为什么dropout有效", [], "auto", api_name="/ask")
    assert answer["language"] == "zh"
    assert answer["demo"]["name"] == "dropout"
    cited = answer["citations"][0]
    assert cited["quote"] in shipped_tutor.corpus.find(cited["note"], cited["language"]).text


def test_ask_needs_only_the_question(client):
    assert not client.predict("What is dropout?", api_name="/ask")["refused"]


def test_the_catalogue_is_public(client):
    assert {entry["name"] for entry in client.predict(api_name="/demos")} >= {"dropout", "weight-decay"}


def test_a_run_streams_frames_and_then_its_result(client):
    events = list(client.submit("dropout", {"dropout": 0.5, "epochs": 10}, 4, api_name="/run_demo"))
    assert [event["event"] for event in events[-2:]] == ["frame", "result"]
    assert {event["event"] for event in events[:-1]} == {"frame"}
    assert events[-1]["seeds"] == 4
    assert events[-1]["params"]["dropout"] == 0.5


def test_cancelling_a_run_frees_its_place(client, site):
    job = client.submit("dropout", {"epochs": 40, "width": 512}, 32, api_name="/run_demo")
    while not job.outputs():
        time.sleep(0.02)
    job.cancel()
    assert eventually(lambda: not site.runner._running)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("dropout", {"dropout": 5}, None), "dropout must be a number from 0"),
        (("dropout", {"dropout": "0.5"}, None), "dropout must be a number"),
        (("dropout", {"dropout": True}, None), "dropout must be a number"),
        (("dropout", {"dropout": None}, None), "dropout must be a number"),
        (("dropout", {"dropout": [0.5]}, None), "dropout must be a number"),
        (("dropout", {"width": 1.5}, None), "width must be a whole number"),
        (("dropout", {"nonsense": 1}, None), "no parameter is called 'nonsense'"),
        (("dropout", {}, "4"), "seeds must be a whole number"),
        (("dropout", {}, 10**30), "seeds must be a whole number"),
        (("dropout", [1], None), "parameters must be an object"),
        ((None, {}, None), "name must be a text"),
        (("../../etc/passwd", {}, None), "no demo is called"),
    ],
)
def test_a_wrong_argument_gets_one_line_and_no_stack(client, arguments, named):
    with pytest.raises(Exception, match=re.escape(named)) as raised:
        client.predict(*arguments, api_name="/run_demo")
    assert "\n" not in str(raised.value)
    assert "Traceback" not in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((5, [], "auto"), "question must be a text"),
        (("x", "y", "auto"), "history must be a list of texts"),
        (("x", [1], "auto"), "history must be a list of texts"),
        (("x", [], "fr"), "language must be auto, zh or en"),
    ],
)
def test_a_question_of_the_wrong_type_gets_one_line(client, arguments, named):
    with pytest.raises(Exception, match=named):
        client.predict(*arguments, api_name="/ask")


@pytest.mark.parametrize("question", ["", " ", "a" * 10_000, "🤖🤖🤖", HOSTILE, "<script>alert(1)</script>", "\x00"])
def test_odd_questions_are_refused_calmly(client, question):
    answer = client.predict(question, [], "auto", api_name="/ask")
    assert answer["refused"]
    assert answer["answer"]


def test_infinity_in_a_parameter_is_refused(site):
    body = '{"data": ["dropout", {"dropout": 1e400}, 4]}'
    assert site.http.post("/gradio_api/call/run_demo", content=body).status_code == 400


# The three requests that stop a default queue, and a crowd


def test_odd_session_hashes_are_refused_and_the_queue_lives(site, client):
    run = client.submit("dropout", {"epochs": 40, "width": 512}, 32, api_name="/run_demo")
    waiting = client.submit("What is dropout?", [], "auto", api_name="/ask")
    for odd in ("", " ", None, 5, [], {}, "x" * 1000, "a b", "\n", "ünicode"):
        assert site.join(session_hash=odd).status_code == 400
    assert waiting.result()["citations"]
    run.cancel()
    assert site.ask("What is weight decay?")["citations"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"nonsense", b'"text"', b'{"data": ["\\ud800"]}', b"[" * 5000, b'{"data": [NaN]}', b"\xff\xfe"],
)
def test_bodies_that_are_no_json_object_are_refused(site, body):
    assert site.http.post("/gradio_api/queue/join", content=body).status_code == 400
    assert site.http.post("/gradio_api/call/ask", content=body or b"x").status_code == 400


@pytest.mark.parametrize("fn_index", [None, "0", -1, 10**9, True, 1.5, [0]])
def test_an_unknown_function_is_no_server_error(site, fn_index):
    assert site.join(fn_index=fn_index).status_code in (400, 422)


def test_a_crowd_is_answered_while_experiments_run(site):
    runs = [site.runner.start("dropout", {"epochs": 40, "width": 512, "seeds": 32}) for _ in range(4)]
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda n: site.ask(f"What is dropout? ({n})"), range(50)))
    assert all(answer["citations"] for answer in answers)
    assert [answer["question"] for answer in answers] == [f"What is dropout? ({n})" for n in range(50)]
    for run in runs:
        run.stop()
