"""What is refused before Gradio sees it."""

from pathlib import Path

import pytest

from tutor.web.guards import Guards
from tutor.web.rates import Rate, RateLimit


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
