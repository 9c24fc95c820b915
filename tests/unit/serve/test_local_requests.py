"""Without a token: whom the API answers, and what a web page gets."""

import pytest

from tests.unit.serve.api import make_api

TOKEN = "s3cret"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:7070", "127.0.0.1", "127.0.0.1:80", "127.8.9.1:7070", "[::1]", "[::1]:7070"]
)
def test_this_machine_is_answered_under_all_its_names(host: str) -> None:
    """Any port: a tunnel has another."""
    assert make_api().ask("GET", "/readyz", {"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:7070", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.7:7070", "0.0.0.0",
        "[::2]:7070", "[::", "", "evil.example#@127.0.0.1", "127.0.0.1/@evil.example", "user@127.0.0.1", "127.0.0.1:port",
    ],
)  # fmt: skip
def test_a_name_that_only_resolves_to_this_machine_is_refused(host: str) -> None:
    """DNS rebinding: the page's own server, as the browser sees it."""
    answer = make_api().ask("GET", "/api/v1/incidents", {"host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "listen.token_file" in answer.json()["detail"]
    assert "no web page reaches it" in answer.json()["detail"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://evil.example:7070", "null", "file://", "http://[::"]
)
def test_a_page_of_another_origin_cannot_send(origin: str) -> None:
    """A cross-site POST carries the right Host, and the page's own Origin."""
    callback = {"kind": "started", "execution_id": "1"}
    answer = make_api().post("/api/v1/callbacks/w", callback, origin=origin)
    assert answer.status_code == 403
    assert "Origin" in answer.json()["detail"]


def test_a_page_of_this_machine_may_ask() -> None:
    """Such as a dashboard on another port."""
    assert make_api().get("/api/v1/incidents", origin="http://localhost:3000").status_code == 200


def test_whether_the_engine_lives_is_told_to_everyone() -> None:
    """As with a token."""
    assert make_api().ask("GET", "/healthz", {"host": "engine.internal"}).status_code == 200


def test_with_a_token_any_name_will_do() -> None:
    """A page does not have it."""
    api = make_api(bearer_token=TOKEN)
    headers = {"host": "engine.internal", "origin": "https://grafana.internal", "authorization": f"Bearer {TOKEN}"}
    assert api.ask("GET", "/api/v1/incidents", headers).status_code == 200


def test_refusals_are_counted() -> None:
    """They may be somebody's attempt."""
    api = make_api()
    api.ask("GET", "/api/v1/incidents", {"host": "evil.example"})
    assert 'status="403"' in api.get("/metrics").text
