"""The web application over real HTTP: endpoints, pages, guards, and a queue that nobody can stop."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from gradio_client import Client

from tutor.answering import Answer, Citation, DemoLaunch
from tutor.running import Limits, Runner
from tutor.settings import Settings
from tutor.web import create_app, links, messages, notes, readings
from tutor.web.controls import controls
from tutor.web.guards import Guards
from tutor.web.rates import Rate, RateLimit
from tutor.web.wording import WORDING, interface_language

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}${1}"


@dataclass(frozen=True)
class Site:
    """A running application and a client for it."""

    url: str
    http: httpx.Client
    runner: Runner

    def join(self, fn_index: int = 0, session_hash: object = "sessionhash", **more: object) -> httpx.Response:
        body = {"data": [], "fn_index": fn_index, "session_hash": session_hash, "event_data": None, **more}
        return self.http.post("/gradio_api/queue/join", content=json.dumps(body))

    def ask(self, question: str) -> dict:
        """Through the queue, by plain HTTP."""
        begun = self.http.post("/gradio_api/call/ask", json={"data": [question, [], "auto"]})
        assert begun.status_code == 200, begun.text
        reply = self.http.get(f"/gradio_api/call/ask/{begun.json()['event_id']}", timeout=60)
        assert "event: complete" in reply.text, reply.text
        return json.loads(reply.text.split("data: ", 1)[1])[0]


def serving(make_app: Callable[[], FastAPI]) -> Iterator[str]:
    config = uvicorn.Config(make_app, factory=True, port=0, log_level="error", timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def site(shipped_tutor, tmp_path_factory) -> Iterator[Site]:
    with Runner(Limits(concurrent=2, waiting=4)) as runner:
        runner.warm().join()
        settings = Settings(home=tmp_path_factory.mktemp("home"), hosts="tutor.example")
        for url in serving(lambda: create_app(shipped_tutor, runner, settings)):
            with httpx.Client(base_url=url, timeout=30) as http:
                yield Site(url, http, runner)


@pytest.fixture(scope="module")
def client(site: Site) -> Client:
    return Client(site.url, verbose=False, analytics_enabled=False)


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
    job = client.submit("dropout", {"epochs": 60, "width": 512}, 32, api_name="/run_demo")
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
    run = client.submit("dropout", {"epochs": 60, "width": 512}, 32, api_name="/run_demo")
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
    runs = [site.runner.start("dropout", {"epochs": 60, "width": 512, "seeds": 32}) for _ in range(4)]
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda n: site.ask(f"What is dropout? ({n})"), range(50)))
    assert all(answer["citations"] for answer in answers)
    assert [answer["question"] for answer in answers] == [f"What is dropout? ({n})" for n in range(50)]
    for run in runs:
        run.stop()


# Guards


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "8.8.8.8", ""])
def test_a_foreign_host_is_refused(site, host):
    assert site.http.get("/healthz", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:7860", "tutor.example"])
def test_own_hosts_are_served(site, host):
    assert site.http.get("/healthz", headers={"host": host}).status_code == 200


def test_bound_to_every_address_it_is_reached_by_any_address_but_not_by_any_name():
    guards = Guards(app=None, host="0.0.0.0")  # type: ignore[arg-type]
    guards._check_host("192.168.1.20:7860")
    guards._check_host("[fe80::1]:7860")
    with pytest.raises(Exception, match="TUTOR_HOSTS"):
        guards._check_host("rebound.example")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil"])
def test_a_foreign_origin_is_refused(site, origin):
    reply = site.http.get("/config", headers={"origin": origin})
    assert reply.status_code == 403
    assert "access-control-allow-origin" not in reply.headers


def test_the_own_origin_is_served(site):
    assert site.http.get("/config", headers={"origin": site.url}).status_code == 200


def test_a_forwarded_host_changes_nothing(site):
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    for page in ("/", "/config"):
        assert "evil.example" not in site.http.get(page, headers=headers).text


def test_a_large_body_is_refused_announced_or_not(site):
    large = b'{"data": ["' + b"a" * 300_000 + b'"]}'
    assert site.http.post("/gradio_api/queue/join", content=large).status_code == 413
    assert site.http.post("/gradio_api/queue/join", content=iter([large])).status_code == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress"),
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/api/ask"),
        ("POST", "/api/ask"),
        ("POST", "/run/predict"),
        ("GET", "/gradio_api/proxy=https://example.com"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/file=../../etc/passwd"),
        ("GET", "/static/../../../etc/passwd"),
        ("GET", "/assets/..%2f..%2f..%2f..%2fetc/passwd"),
        ("GET", "/tutor/..%2fapp.py"),
        ("GET", "/tutor/app.py"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/gradio_api/deep_link?session_hash=sessionhash"),
        ("GET", "/?deep_link=abc"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/redoc"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/run-history/records"),
        ("GET", "/gradio_api/custom_component/x/client/component/index.js"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/vibe-code"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/stream/abc"),
        ("POST", "/login"),
        ("GET", "/gradio_api/mcp/"),
    ],
)
def test_what_is_not_needed_is_not_there(site, method, path):
    reply = site.http.request(method, path, content=b"{}" if method == "POST" else None)
    assert reply.status_code == 404
    assert "root:" not in reply.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_used(site, method):
    assert site.http.request(method, "/").status_code == 405


@pytest.mark.parametrize("page", ["/", "/notes", "/notes?id=dropout&lang=zh", "/tutor/tutor.js", "/nothing"])
def test_every_answer_carries_the_policy(site, page):
    headers = site.http.get(page).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http:" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_one_session_cannot_flood_the_queue(site):
    statuses = [site.join(fn_index=0, session_hash="flooding").status_code for _ in range(100)]
    assert statuses.count(429) >= 30
    assert statuses[:40].count(429) == 0
    assert site.ask("What is dropout?")["citations"]


def test_a_bucket_refills_with_time_and_is_forgotten_in_the_end():
    now = [0.0]
    limit = RateLimit(Rate(burst=2, per_second=1), clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert limit.allows("b")
    now[0] = 1.0
    assert [limit.allows("a") for _ in range(2)] == [True, False]
    for key in range(20_000):
        limit.allows(str(key))
    assert len(limit._buckets) <= 10_000


def test_private_handlers_are_not_in_the_description_of_the_api(site):
    named = site.http.get("/gradio_api/info").json()["named_endpoints"]
    assert set(named) == {"/ask", "/demos", "/run_demo"}


def test_the_configuration_tells_no_paths(site):
    text = site.http.get("/config").text
    assert str(Path.home()) not in text
    assert "site-packages" not in text


# Notes


def test_a_note_shows_its_passage_and_hides_what_is_not_for_readers(site, shipped_tutor):
    note = shipped_tutor.corpus.find("dropout", "zh")
    section = note.sections[1]
    link = links.note_link("dropout", "zh", section.start_line + 1, section.end_line)
    page = site.http.get(link).text
    assert '<html lang="zh-CN">' in page
    assert page.count('id="passage"') == 1
    marked = page.split('id="passage"')[1].split("</section>")[0]
    assert section.markdown.split("。")[0][:12] in re.sub(r"<[^>]+>", "", marked)
    assert "{claim" not in page
    assert all(key not in page for key in section.keys)
    assert '<span class="math inline">' in page


def test_a_note_that_is_not_there_offers_the_others(site):
    reply = site.http.get("/notes", params={"id": HOSTILE, "lang": "en"})
    assert reply.status_code == 404
    assert "<img" not in reply.text
    assert "/notes?id=dropout" in reply.text


@pytest.mark.parametrize("lines", ["", "0-0", "9-3", "1-999999", "-1--5", "x", "1-2-3", "9" * 400])
def test_odd_lines_are_no_error(site, lines):
    assert site.http.get("/notes", params={"id": "dropout", "lines": lines}).status_code == 200


def test_markup_in_a_note_is_text(corpus_folder):
    from tutor.corpus import read_corpus

    path = corpus_folder / "notes" / "overfitting.en.md"
    path.write_text(
        path.read_text()
        + f"\n{HOSTILE}\n\n<script>alert(1)</script>\n\n![x](http://evil.example/a.png)\n\n[x](javascript:alert(1))\n"
        + "\n$\\href{javascript:alert(1)}{x}$ <iframe src=//evil.example>\n"
    )
    corpus = read_corpus(corpus_folder)
    page = notes.note_page(corpus.find("overfitting", "en"), corpus, None)  # type: ignore[arg-type]
    assert "<img" not in page
    assert "<script>" not in page
    assert "<iframe" not in page
    assert 'href="javascript' not in page


def test_katex_is_served_from_here(site):
    assert "export" in site.http.get("/tutor/katex.js").text[-50:]
    sheet = site.http.get("/tutor/katex.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert ".gradio-container" not in sheet.text
    font = re.search(r"KaTeX_Main-Regular[\w-]*\.woff2", sheet.text)
    assert font
    assert site.http.get(f"/tutor/{font[0]}").status_code == 200


# Messages


def answer(**changes: object) -> Answer:
    cited = Citation(1, "dropout", "en", HOSTILE, HOSTILE, 0.9, HOSTILE, 3, 9)
    fields = {"question": "q", "language": "en", "refused": False, "text": "It helps [1][2].", "model": "m"}
    return Answer(**{**fields, "citations": (cited,), "follow_ups": (HOSTILE,), **changes})  # type: ignore[arg-type]


def test_a_mark_links_to_its_passage_and_an_unknown_one_does_not():
    text = messages.answered(answer())["content"][0]["text"]
    assert text == "It helps [\\[1\\]](/notes?id=dropout&lang=en&lines=3-9)[2]."


def test_whatever_an_answer_holds_its_foot_is_escaped():
    foot = messages.answered(answer(demo=DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0.0})))["content"][1]
    assert "<img" not in foot["value"]
    assert "data-launch" in foot["value"]
    assert "Dropout rate = 0.9" in foot["value"]
    assert "against Dropout rate = 0" in foot["value"]


def test_an_answer_that_names_an_unknown_demo_has_no_button():
    assert "data-launch" not in str(messages.answered(answer(demo=DemoLaunch("no-such-demo"))))


def test_a_refusal_offers_the_nearest_questions():
    foot = messages.answered(answer(refused=True, citations=(), follow_ups=("What is dropout?",)))["content"][1][
        "value"
    ]
    assert "Nearest questions" in foot
    assert 'data-ask="What is dropout?"' in foot


def test_a_long_conversation_keeps_its_latest_exchanges():
    conversation = messages.Conversation()
    for number in range(50):
        conversation = conversation.asking(f"question {number}").told(messages.partial("answer"))
    assert conversation.questions[-1] == "question 49"
    assert len(conversation.messages) == 2 * messages.EXCHANGES
    assert len(conversation.questions) == messages.REMEMBERED


# The lab


def test_every_parameter_has_a_labelled_control(client):
    for entry in client.predict(api_name="/demos"):
        for language in ("zh", "en"):
            form = controls(entry["name"], {}, language)
            for parameter in entry["parameters"]:
                assert f'for="knob-{parameter["name"]}"' in form
                assert f'id="knob-{parameter["name"]}"' in form
                assert parameter["label"][language].replace("'", "&#x27;") in form


def test_a_slider_on_a_logarithmic_scale_starts_where_its_number_stands():
    form = controls("dropout", {"learning_rate": 1e-4}, "en")
    slider = re.search(r"<input[^>]*data-for=\"learning_rate\"[^>]*>", form)
    assert slider
    assert 'value="0"' in slider[0]
    assert 'value="0.0001"' in re.search(r"<input[^>]*id=\"knob-learning_rate\"[^>]*>", form)[0]  # type: ignore[index]


RESULT = {
    "claims": [{"holds": True, "text": {"zh": "甲", "en": "A"}, "sentence": {"zh": "乙", "en": "B"}}],
}


@pytest.mark.parametrize(("guess", "said"), [("yes", "was right"), ("no", "Not what you predicted"), ("", "B")])
def test_a_prediction_is_scored(guess, said):
    assert said in readings.verdict(RESULT, guess, "en")


def test_a_link_to_the_lab_carries_what_differs_from_the_defaults():
    link = links.lab_link("dropout", {"dropout": 0.9, "width": 128, "seed": 3})
    assert link == "/?demo=dropout&dropout=0.9&seed=3"
    opening = links.read_opening({"demo": "dropout", "dropout": "0.9", "seed": "3"})
    assert opening.demo == "dropout"
    assert opening.params["dropout"] == 0.9
    assert opening.params["seed"] == 3
    assert links.command_line("dropout", opening.params) == "python -m demos dropout --dropout 0.9 --seed 3"


@pytest.mark.parametrize(
    "query",
    [
        {"demo": HOSTILE},
        {"demo": "dropout", "dropout": "nan"},
        {"demo": "dropout", "dropout": "inf"},
        {"demo": "dropout", "dropout": HOSTILE},
        {"demo": "dropout", "seed": "1e300"},
        {"demo": "dropout", "width": "9" * 5000},
    ],
)
def test_a_hostile_link_is_refused_in_one_line(query):
    opening = links.read_opening(query)
    assert opening.refusal
    assert "\n" not in opening.refusal
    assert len(opening.refusal) < 300
    assert not opening.params
    assert "<img" not in readings.notice(opening.refusal)


# Wording


def test_every_text_has_both_languages_and_the_same_fields():
    for key, (zh, en) in WORDING.items():
        assert zh, key
        assert en, key
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


@pytest.mark.parametrize(
    ("choice", "accepts", "language"),
    [
        ("auto", "zh", "zh"),
        ("auto", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("auto", "zh-TW", "zh"),
        ("auto", "zh-HK,en", "zh"),
        ("auto", "zh-Hant-HK", "zh"),
        ("auto", "en-US,zh;q=0.5", "en"),
        ("auto", "de,fr;q=0.9,zh;q=0.1", "zh"),
        ("auto", "en;q=0.1,zh;q=0.9", "zh"),
        ("auto", "", "en"),
        ("auto", "de", "en"),
        ("auto", ";q=;;,,\x00", "en"),
        ("zh", "en", "zh"),
        ("en", "zh", "en"),
        (None, "zh", "zh"),
        ({"x": 1}, "zh", "zh"),
    ],
)
def test_the_interface_speaks_what_the_reader_chose_or_the_browser_accepts(choice, accepts, language):
    assert interface_language(choice, accepts) == language


def eventually(condition, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.02)
    return condition()
