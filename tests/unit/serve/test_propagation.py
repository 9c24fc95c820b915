"""GET propagation."""

from tests.unit.serve.api import Api
from tests.unit.serve.broken_story import FROM, TO, make_broken_api


def test_each_hop_says_how_many_arrived_and_what_mends_it() -> None:
    """In the order of a story."""
    seen = make_broken_api().get(f"/api/v1/propagation?from={FROM}&to={TO}").json()
    first, second, third, last = seen["hops"]
    assert (first["hop"], first["calls"], first["arrived"], first["share"]) == ("n8n_to_bridge", 1, 0, 0.0)
    assert (first["joined_by"], first["not_joined"]) == ({"execution_id": 1}, 0)
    assert first["advice"][0]["setting"] == "N8N_OTEL_TRACES_INJECT_OUTBOUND=true"
    assert (second["share"], third["share"], last["share"]) == (1.0, 1.0, None)
    assert (seen["spans"], seen["is_sampled"]) == (5, False)


def test_without_a_range_it_is_of_the_last_hour() -> None:
    """Nothing was called then."""
    clock = TO + 2 * 3_600 * 10**9
    seen = make_broken_api(clock_unix_nano=lambda: clock).get("/api/v1/propagation").json()
    assert (seen["start_unix_nano"], seen["end_unix_nano"], seen["spans"]) == (clock - 3_600 * 10**9, clock, 0)


def test_a_range_that_ends_before_it_begins_is_empty(api: Api) -> None:
    """And no error."""
    assert api.get(f"/api/v1/propagation?from={TO}&to={FROM}").json()["spans"] == 0
