"""What Kibana's answers mean for each object."""

from typing import Any

import pytest

from correlator.cli.kibana.outcome import Outcome, imported, planned
from correlator.cli.kibana.shipped import ENGINE_URL, INDEX_PREFIX, shipped_objects

SHIPPED = shipped_objects(ENGINE_URL, INDEX_PREFIX)[:3]
PLAN = planned(SHIPPED, {}, takes_others=False)
SUCCESSES = [{"type": kind, "id": name} for kind, name in (each.key for each in SHIPPED)]


def outcome_of(error: dict[str, Any]) -> tuple[Outcome, ...]:
    """Of three objects of which the second has an error."""
    kind, name = SHIPPED[1].key
    errors = [{"type": kind, "id": name, "error": error}]
    return imported({"successResults": [SUCCESSES[0], SUCCESSES[2]], "errors": errors}, SHIPPED, PLAN)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"type": "conflict"}, "another object is in its place"),
        ({"type": "ambiguous_conflict"}, "another object is in its place"),
        ({"type": "unsupported_type"}, "this Kibana knows no such objects"),
        (
            {"type": "missing_references", "references": [{"type": "index-pattern", "id": "a"}]},
            "refers to what is not there: index-pattern a",
        ),
        ({"type": "unknown", "statusCode": 500, "message": "disk full"}, "disk full"),
        ({"type": "one that is new"}, "no reason given"),
    ],
)
def test_each_error_has_a_reason_and_a_remedy(error: dict[str, Any], reason: str) -> None:
    """Whatever its type."""
    _, second, _ = outcome_of(error)
    assert (second.what, second.reason) == ("failed", reason)
    assert second.remedy


def test_nothing_is_said_to_be_made_where_kibana_made_nothing() -> None:
    """It lists successes beside an error that could be resolved, and makes none of them."""
    assert [each.what for each in outcome_of({"type": "conflict"})] == ["failed", "failed", "failed"]
    assert [each.what for each in outcome_of({"type": "unknown"})] == ["made", "failed", "made"]


def test_an_object_of_which_nothing_is_said_has_failed() -> None:
    """Silence is no success."""
    assert [each.what for each in imported({"success": True}, SHIPPED, PLAN)] == ["failed"] * 3


def test_an_object_of_a_later_release_names_the_release_that_is_needed() -> None:
    """Kibana's own words, and what to do."""
    message = 'Document "a" belongs to a more recent version of Kibana'
    assert outcome_of({"type": "unknown", "message": message})[1].remedy == "use Kibana 8.19 or later"
