"""Every failure as RFC 9457 problem+json."""

import pytest

from correlator.errors import CorrelatorError, StorageFull, StoreError
from tests.unit.serve.api import Api, make_api


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/traces?limit=0", "limit '0': Input should be greater than or equal to 1"),
        ("/api/v1/traces?limit=1001", "less than or equal to 1000"),
        ("/api/v1/traces?from=yesterday", "from 'yesterday': a time is RFC 3339"),
        ("/api/v1/traces?error=maybe", "error 'maybe'"),
        ("/api/v1/traces?cursor=nonsense", "cursor"),
        ("/api/v1/incidents?state=closed", "'open' or 'resolved'"),
        ("/api/v1/incidents?cursor=nonsense", "cursor"),
        ("/api/v1/traces/xyz", "trace id 'xyz' is not 32 hex digits"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_expected(api: Api, path: str, expected: str) -> None:
    """Status 400, and the five members of RFC 9457."""
    answer = api.get(path)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == 400
    assert (problem["type"], problem["title"]) == ("urn:problem-type:correlator:bad-request", "Bad Request")
    assert problem["instance"] == path.partition("?")[0]
    assert expected in problem["detail"]


def test_several_wrong_parameters_are_all_named(api: Api) -> None:
    """One round of correcting is enough."""
    errors = api.get("/api/v1/traces?limit=x&from=y").json()["errors"]
    assert {error["parameter"] for error in errors} == {"limit", "from"}


def test_a_long_wrong_value_is_not_repeated_whole(api: Api) -> None:
    """An answer is no echo."""
    assert len(api.get(f"/api/v1/traces?from={'y' * 5000}").content) < 2000


def test_an_unknown_path_and_a_wrong_method_are_problems_too(api: Api) -> None:
    """The latter says which method is served."""
    unknown, wrong = api.get("/api/v1/nothing"), api.ask("POST", "/api/v1/traces")
    assert (unknown.status_code, wrong.status_code) == (404, 405)
    assert "/openapi.json" in unknown.json()["detail"]
    assert (wrong.headers["allow"], wrong.json()["title"]) == ("GET", "Method Not Allowed")


@pytest.mark.parametrize(
    ("error", "status", "header"),
    [
        (StorageFull("no room left", retry_after_s=7), 503, "7"),
        (StoreError("/secret/folder is damaged"), 503, None),
        (CorrelatorError("/secret/thing"), 500, None),
        (ZeroDivisionError("/secret/number"), 500, None),
    ],
)
def test_a_failure_of_ours_tells_nothing_of_the_inside(error: Exception, status: int, header: str | None) -> None:
    """The log has it."""

    def fail() -> int:
        raise error

    api = make_api(clock_unix_nano=fail)
    answer = api.get("/api/v1/services")
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers.get("retry-after") == header
    assert "secret" not in answer.text


def test_docs_pages_that_would_need_another_host_are_not_served(api: Api) -> None:
    """The engine works without the internet."""
    assert api.get("/docs").status_code == api.get("/redoc").status_code == 404
