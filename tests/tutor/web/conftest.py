"""The application over real HTTP, once for all tests of this folder."""

from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client

from tests.tutor.web.site import Site, serving
from tutor.running import Limits, Runner
from tutor.settings import Settings
from tutor.web import create_app


@pytest.fixture(scope="package")
def site(shipped_tutor, tmp_path_factory) -> Iterator[Site]:
    with Runner(Limits(concurrent=2, waiting=4)) as runner:
        runner.warm().join()
        settings = Settings(home=tmp_path_factory.mktemp("home"), hosts="tutor.example")
        for url in serving(lambda: create_app(shipped_tutor, runner, settings)):
            with httpx.Client(base_url=url, timeout=30) as http:
                yield Site(url, http, runner)


@pytest.fixture(scope="package")
def client(site: Site) -> Client:
    return Client(site.url, verbose=False, analytics_enabled=False)
