"""OTLP requests with everything that a record can have. Each record says in the attribute `case` which it is."""

from typing import Any

TRACE = "0102030405060708090a0b0c0d0e0f10"
START = 1_760_000_000_123_456_789
Record = dict[str, Any]


def text(value: str) -> dict[str, Any]:
    return {"stringValue": value}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def case(name: str) -> list[dict[str, Any]]:
    return attributes({"case": text(name)})


VALUES: dict[str, Any] = {
    "text": text("x"),
    "integer": {"intValue": "9007199254740993"},
    "whole double": {"doubleValue": 1},
    "large double": {"doubleValue": 1e300},
    "nan": {"doubleValue": "NaN"},
    "infinity": {"doubleValue": "-Infinity"},
    "boolean": {"boolValue": True},
    "bytes": {"bytesValue": "AAEC"},
    "empty text": text(""),
    "nothing": {},
    "list": {"arrayValue": {"values": [text("a"), {"intValue": "1"}, {"arrayValue": {"values": [{"intValue": "5"}]}}]}},
    "list of maps": {"arrayValue": {"values": [{"kvlistValue": {"values": attributes({"q": text("z")})}}]}},
    "map": {
        "kvlistValue": {
            "values": attributes(
                {"k": text("v"), "n": {"kvlistValue": {"values": attributes({"m": {"intValue": "2"}})}}}
            )
        }
    },
    "empty map": {"kvlistValue": {}},
    "empty list": {"arrayValue": {}},
    "with.dots": text("dots"),
    "escaped": text('ü"\\\n\u0001</'),
}
TWICE = [{"key": "twice", "value": text("first")}, {"key": "twice", "value": text("last")}]
RESOURCE = {
    "attributes": attributes(
        {"service.name": text("bridge-api"), "host.ip": {"arrayValue": {"values": [text("10.0.0.1")]}}}
    ),
    "droppedAttributesCount": 2,
}
SCOPE = {
    "name": "tests",
    "version": "1.2",
    "attributes": attributes({"of": text("scope")}),
    "droppedAttributesCount": 3,
}


def span(number: int, name: str, /, **given: Any) -> Record:
    times = {"startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 1_000)}
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": "op",
        "kind": 2,
        "attributes": case(name),
        **times,
        **given,
    }


def log(name: str, /, **given: Any) -> Record:
    return {"timeUnixNano": str(START), "observedTimeUnixNano": str(START + 5), "attributes": case(name), **given}


EVENTS = [
    {
        "timeUnixNano": str(START + 1),
        "name": "exception",
        "attributes": attributes(
            {"exception.type": text("E"), "exception.message": text("no"), "exception.stacktrace": text("at")}
        ),
        "droppedAttributesCount": 7,
    },
    {"timeUnixNano": str(START + 2), "name": "other"},
    {
        "timeUnixNano": str(START + 3),
        "name": "named",
        "attributes": attributes({"event.name": text("by an attribute")}),
    },
    {"timeUnixNano": str(START + 4), "name": ""},
]
LINK = {"traceId": TRACE, "spanId": "1112131415161718", "attributes": attributes({"l": text("1")})}
SPANS = [
    span(1, "all attributes", attributes=case("all attributes") + attributes(VALUES)),
    span(2, "a key twice", attributes=case("a key twice") + TWICE),
    span(3, "events", events=EVENTS),
    span(4, "links", links=[LINK, {**LINK, "traceState": "x=y", "droppedAttributesCount": 4, "flags": 1}]),
    span(5, "state", traceState="a=b", parentSpanId="0000000000000001", flags=257),
    span(6, "counts", droppedAttributesCount=1, droppedEventsCount=2, droppedLinksCount=3),
    span(7, "failed", status={"code": 2, "message": "bad"}),
    span(8, "ok", status={"code": 1}, kind=5),
    span(9, "unspecified", kind=0, status={"message": "of no status"}),
    span(10, "ends before it starts", endTimeUnixNano=str(START - 1_000)),
    span(11, "no name", name=""),
    span(12, "no times", startTimeUnixNano="0", endTimeUnixNano="0"),
    span(13, "no attributes but one"),
]
LOGS = [
    log(
        "text", body=text("hello"), severityNumber=17, severityText="ERROR", traceId=TRACE, spanId=f"{1:016x}", flags=1
    ),
    log("all attributes", body=text("x"), attributes=case("all attributes") + attributes(VALUES)),
    log("a map", body=VALUES["map"]),
    log("a list", body=VALUES["list"]),
    log("a list of maps", body={"arrayValue": {"values": [VALUES["map"], VALUES["map"]]}}),
    log("an integer", body=VALUES["integer"]),
    log("a double", body={"doubleValue": 1.5}),
    log("a boolean", body=VALUES["boolean"]),
    log("bytes", body=VALUES["bytes"]),
    log("an empty text", body=text("")),
    log("no body"),
    log("event", body=text("x"), eventName="my.event", droppedAttributesCount=5),
    log(
        "event by an attribute",
        body=text("x"),
        attributes=case("event by an attribute") + attributes({"event.name": text("ev")}),
    ),
    log("observed only", timeUnixNano="0", body=text("x")),
    log("never observed", observedTimeUnixNano="0", body=text("x")),
    log("severity without a text", body=text("x"), severityNumber=9),
]


def point(name: str, /, **given: Any) -> Record:
    return {"timeUnixNano": str(START), "startTimeUnixNano": str(START - 9_999_999), "attributes": case(name), **given}


BUCKETS = {"count": "3", "sum": 4, "min": 1, "max": 2, "bucketCounts": ["1", "2"], "explicitBounds": [1.5]}
METRICS = [
    {"name": "whole", "unit": "1", "description": "d", "gauge": {"dataPoints": [point("whole", asInt="5")]}},
    {"name": "part", "unit": "By", "gauge": {"dataPoints": [point("part", asDouble=1.5, startTimeUnixNano="0")]}},
    {
        "name": "total",
        "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point("total", asDouble=2)]},
    },
    {
        "name": "spread",
        "unit": "s",
        "histogram": {"aggregationTemporality": 1, "dataPoints": [point("spread", **BUCKETS)]},
    },
    {
        "name": "quantiles",
        "unit": "s",
        "summary": {
            "dataPoints": [point("quantiles", count="3", sum=4, quantileValues=[{"quantile": 0.5, "value": 1}])]
        },
    },
]
REQUESTS: dict[str, dict[str, Any]] = {
    "traces": {
        "resourceSpans": [
            {
                "resource": RESOURCE,
                "schemaUrl": "https://r",
                "scopeSpans": [{"scope": SCOPE, "schemaUrl": "https://s", "spans": SPANS}],
            },
            {"scopeSpans": [{"spans": [span(99, "no resource")]}]},
        ]
    },
    "logs": {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"scope": {"name": "tests"}, "logRecords": LOGS}]}]},
    "metrics": {
        "resourceMetrics": [{"resource": RESOURCE, "scopeMetrics": [{"scope": {"name": "tests"}, "metrics": METRICS}]}]
    },
}
"""By signal, as OTLP JSON."""
