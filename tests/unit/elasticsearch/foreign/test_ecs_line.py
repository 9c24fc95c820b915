"""Documents of log shippers as the lines that they shipped."""

import json

import pytest

from correlator.elasticsearch.foreign.ecs_line import ecs_line, value_at

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SHIPPER = {"@timestamp": "2026-11-21T10:00:01.000Z", "agent": {"type": "filebeat"}, "log": {"offset": 120}}


def test_a_message_that_is_a_json_object_is_what_it_parses_to() -> None:
    """The line's own time and level count; what the shipper says beside it stays."""
    inner = {
        "@timestamp": "2026-11-21T10:00:00.123Z",
        "log.level": "error",
        "message": "no stock",
        "trace.id": TRACE_ID,
    }
    line = ecs_line(SHIPPER | {"message": json.dumps(inner)}, {})
    assert line == SHIPPER | inner


def test_what_filebeat_parsed_below_json_is_the_line() -> None:
    """Its default, where keys_under_root is off."""
    line = ecs_line(SHIPPER | {"json": {"message": "no stock", "level": "error"}, "message": "raw"}, {})
    assert (line["message"], line["level"]) == ("no stock", "error")
    assert "json" not in line


@pytest.mark.parametrize("message", ["no stock", "{no object", "[1]", "", None])
def test_any_other_message_stays(message: str | None) -> None:
    """It is text for people."""
    assert ecs_line(SHIPPER | {"message": message}, {})["message"] == message


def test_a_field_of_one_value_is_taken_from_a_list_also_nested() -> None:
    """Elasticsearch tells a value from a list of one nowhere; tags are several, and stay."""
    document = SHIPPER | {
        "trace": {"id": [TRACE_ID]},
        "log.level": ["error", "warn"],
        "labels": {"job_id": ["j1"]},
        "tags": ["a"],
    }
    line = ecs_line(document, {})
    assert (line["trace"], line["log.level"]) == ({"id": TRACE_ID}, "error")
    assert (line["labels"], line["tags"]) == ({"job_id": "j1"}, ["a"])


def test_fields_of_a_users_own_get_their_names() -> None:
    """Dotted paths lead through nested and dotted fields alike; what is missing is left out."""
    fields = {
        "@timestamp": "time",
        "message": "msg",
        "trace.id": "ctx.traceId",
        "log.level": "ctx.sev",
        "service.name": "app",
    }
    document = {
        "time": "2026-11-21T10:00:00Z",
        "msg": "no stock",
        "ctx": {"traceId": TRACE_ID},
        "ctx.sev": "error",
        "shard": 3,
    }
    line = ecs_line(document, fields)
    assert line["@timestamp"] == "2026-11-21T10:00:00Z"
    assert (line["message"], line["trace.id"], line["log.level"], line["shard"]) == ("no stock", TRACE_ID, "error", 3)
    assert "service.name" not in line
    assert "msg" not in line


@pytest.mark.parametrize(
    ("document", "value"),
    [({"a.b.c": 1}, 1), ({"a": {"b.c": 2}}, 2), ({"a.b": {"c": 3}}, 3), ({"a": {"b": {"c": 4}}}, 4), ({"a": 5}, None)],
)
def test_a_path_is_found_however_it_is_nested(document: dict[str, object], value: int | None) -> None:
    """Any of its dots may be a step down."""
    assert value_at(document, "a.b.c") == value
