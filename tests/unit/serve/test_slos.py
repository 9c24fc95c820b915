"""GET slos, slos/{id}/burn-rates, slos/{id}/budget."""

from collections.abc import Iterator
from typing import Any

import pytest

from correlator.store.memory import MemoryStore
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, QUEUE, an_outage, reader_of
from tests.unit.serve.api import Api, make_api
from tests.unit.slo.series import after

NANOS_A_MINUTE = 60 * 10**9


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """An outage of the bridge at this moment, a queue without traffic, and a Prometheus that is down."""
    store, end = an_outage()
    yield make_api(slos=reader_of(store, BRIDGE, QUEUE, ELSEWHERE, now=end))


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["slos"]]


def test_objectives_are_listed_with_how_they_stand(api: Api) -> None:
    """One line each: verdict, budget, pace, who is called."""
    page = api.get("/api/v1/slos").json()
    assert ids(page) == ["bridge-availability", "queue-errors", "shop-checkout"]
    bridge, queue, shop = page["slos"]
    assert (bridge["verdict"], bridge["calls"], bridge["coverage"]) == ("met", "page", 1.0)
    assert bridge["error_budget_remaining"] == pytest.approx(1 - 10 / 43.2)
    assert bridge["exhausted_in_s"] == pytest.approx((1 - 10 / 43.2) * 2_592_000 / (1_000 / 6), rel=1e-6)
    assert bridge["alerts"][0]["long_burn_rate"] == pytest.approx(1_000 / 6)
    assert bridge["alerts"][0]["is_on"] is True
    assert (queue["verdict"], queue["reason"], queue["calls"]) == ("unknown", "no events", None)
    assert (queue["attained"], queue["error_budget_remaining"], queue["alerts"][0]["long_burn_rate"]) == (None,) * 3
    assert (shop["verdict"], shop["coverage"]) == ("unknown", 0.0)
    assert "does not answer" in shop["reason"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("service=queue", ["queue-errors"]),
        ("state=met", ["bridge-availability"]),
        ("state=page", ["bridge-availability"]),
        ("state=unknown", ["queue-errors", "shop-checkout"]),
        ("state=ticket", []),
        ("service=queue&state=met", []),
    ],
)
def test_lists_are_filtered_by_service_and_state(api: Api, query: str, expected: list[str]) -> None:
    """Both, where both are given."""
    assert ids(api.get(f"/api/v1/slos?{query}").json()) == expected


def test_lists_come_in_pages(api: Api) -> None:
    """Every objective once, also where a filter leaves some out."""
    first = api.get("/api/v1/slos?limit=1&state=unknown").json()
    assert (ids(first), first["next_cursor"]) == (["queue-errors"], "queue-errors")
    second = api.get(f"/api/v1/slos?limit=1&state=unknown&cursor={first['next_cursor']}").json()
    assert (ids(second), second["next_cursor"]) == (["shop-checkout"], None)


def test_burn_rates_of_every_window_and_why_alerts_are_on(api: Api) -> None:
    """The standard windows, with what they hold."""
    told = api.get("/api/v1/slos/bridge-availability/burn-rates").json()
    assert [each["window_s"] for each in told["windows"]][:3] == [300, 1_800, 3_600]
    assert told["windows"][2] == {
        "window_s": 3_600,
        "burn_rate": pytest.approx(1_000 / 6),
        "events": 6_000.0,
        "failures": 1_000.0,
        "coverage": 1.0,
    }
    assert told["alerts"][0]["reason"] == "both windows burn faster than 14.4 times the budget's pace"
    assert told["alerts"][0]["since_unix_nano"] == told["at_unix_nano"] - NANOS_A_MINUTE


def test_a_budget_says_what_is_spent_and_at_which_pace(api: Api) -> None:
    """1,000 failures of 4,320 that may be."""
    told = api.get("/api/v1/slos/bridge-availability/budget").json()
    assert (told["events"], told["failures"], told["allowed_failures"]) == (4_320_000.0, 1_000.0, 4_320.0)
    assert told["error_budget_spent"] + told["error_budget_remaining"] == pytest.approx(1.0)
    assert told["pace"] == pytest.approx(1_000 / 6)


def test_at_asks_for_the_past_in_either_spelling(api: Api) -> None:
    """Before the outage there was none."""
    before = after(29 * 24 * 60)
    for spelling in (str(before), "2025-03-20T21:20:00Z"):
        told = api.get(f"/api/v1/slos/bridge-availability/budget?at={spelling}").json()
        assert (told["at_unix_nano"], told["failures"]) == (before, 0.0)
    assert api.get(f"/api/v1/slos?state=page&at={before}").json()["slos"] == []


def test_an_objective_that_is_not_there_is_a_problem_with_a_remedy(api: Api) -> None:
    """404."""
    answer = api.get("/api/v1/slos/bridge-availabilty/budget")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (
        answer.json()["detail"] == "no objective bridge-availabilty; `correlator slo status` or /api/v1/slos lists them"
    )


def test_a_prometheus_that_does_not_answer_is_unavailable(api: Api) -> None:
    """503, and when to come again."""
    answer = api.get("/api/v1/slos/shop-checkout/burn-rates")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "does not answer" in answer.json()["detail"]


def test_without_objectives_the_list_is_empty() -> None:
    """An engine may have none."""
    assert make_api().get("/api/v1/slos").json() == {"slos": [], "next_cursor": None}


def test_what_is_not_known_is_null() -> None:
    """NaN is no JSON."""
    text = (
        make_api(slos=reader_of(MemoryStore(), BRIDGE, now=0)).get("/api/v1/slos/bridge-availability/burn-rates").text
    )
    assert "NaN" not in text and '"burn_rate":null' in text
