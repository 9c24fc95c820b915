"""What comes in a query, as Jaeger reads it: an empty value is one that was not given."""

import json
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import BeforeValidator, WithJsonSchema

from correlator.errors import InvalidInput
from correlator.serve.jaeger import go_duration, identifiers
from correlator.serve.parameters import INT64_MAX

NANOS_A_MICRO: Final = 1_000
NANOS_A_MILLI: Final = 1_000_000
MOST_TRACES: Final = 1_000
"""Of a search, and of ids that are asked for at once."""
_EMPTY: Final = {"type": "string", "maxLength": 0}
_INTEGER: Final = WithJsonSchema({"anyOf": [{"type": "integer"}, _EMPTY]})


def _integer(value: Any) -> int | None:
    text = str(value)
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 400):
        raise ValueError("an integer is expected")
    return int(text)


def _times(nanos_a_unit: int) -> BeforeValidator:
    def in_nanoseconds(value: Any) -> int | None:
        number = _integer(value)
        return None if number is None else max(0, min(INT64_MAX, number * nanos_a_unit))

    return BeforeValidator(in_nanoseconds)


def _limit(value: Any) -> int | None:
    limit = _integer(value)
    if limit is not None and not 1 <= limit <= MOST_TRACES:
        raise ValueError(f"a limit is 1 to {MOST_TRACES}")
    return limit


def _duration(value: Any) -> int | None:
    """0 is no bound, as in Jaeger."""
    return (go_duration.duration_nano(str(value)) or None) if value else None


def _text(description: str, example: str) -> Any:
    return Query(description=description, examples=[example])


_Micros = Annotated[int | None, _times(NANOS_A_MICRO), _INTEGER]
_Millis = Annotated[int | None, _times(NANOS_A_MILLI), _INTEGER]
_Duration = Annotated[
    int | None, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": go_duration.PATTERN})
]

ServiceInPath = Annotated[str, Path(description="The service's name, slashes and all.", examples=["bridge"])]
ServiceName = Annotated[str, _text("Whose spans to look at; required, but where `traceID` is given.", "bridge")]
RequiredService = Annotated[str, Query(min_length=1, description="Whose spans to look at.", examples=["bridge"])]
OnlyService = Annotated[str, _text("Only calls of or by this service.", "bridge")]
OperationName = Annotated[str, _text("The span's name.", "POST /jobs/fail")]
SpanKind = Annotated[str, _text("Only of this kind: internal, server, client, producer or consumer.", "server")]
Start = Annotated[_Micros, _text("Not earlier than this, unix microseconds.", "1769860800000000")]
End = Annotated[_Micros, _text("Not later than this, unix microseconds.", "1769864400000000")]
EndTs = Annotated[_Millis, _text("Up to then, unix milliseconds; now unless given.", "1769864400000")]
Lookback = Annotated[_Millis, _text("That long before `endTs`, milliseconds; a day unless given.", "86400000")]
LookbackOfUi = Annotated[str, _text("What Jaeger's pages send beside `start`. As in Jaeger, not read.", "1h")]
ShortestDuration = Annotated[_Duration, _text("The span took that long or longer.", "200ms")]
LongestDuration = Annotated[_Duration, _text("The span took that long or less.", "1.5s")]
Limit = Annotated[
    int | None,
    BeforeValidator(_limit),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_TRACES}, _EMPTY]}),
    Query(description=f"How many traces at most, {MOST_TRACES} at most; 100 unless given.", examples=[20]),
]
TagPairs = Annotated[
    list[Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[^:]*:"})]],
    Query(description="`key:value` that the span, its process or one of its events carries; may be repeated."),
]
TagObjects = Annotated[
    list[str], Query(description="The same as a JSON object of texts.", examples=[['{"http.route":"/jobs"}']])
]
TraceIdInPath = Annotated[
    str,
    Path(description="1 to 32 hexadecimal digits of either case.", examples=["4bf92f3577b34da6a3ce929d0e0e4736"]),
    WithJsonSchema({"type": "string", "pattern": identifiers.PATTERN}),
]
TraceIds = Annotated[
    list[Annotated[str, WithJsonSchema({"type": "string", "pattern": identifiers.PATTERN})]],
    Query(
        description=f"Traces by id instead of a search; may be repeated, {MOST_TRACES} times at most.",
        max_length=MOST_TRACES,
    ),
]


def tags(pairs: list[str], objects: list[str]) -> dict[str, str]:
    """Both spellings of tags, as one. Raises InvalidInput."""
    wanted = {}
    for pair in pairs:
        key, colon, value = pair.partition(":")
        if not colon:
            raise InvalidInput(f"tag {pair[:80]!r} is not key:value")
        wanted[key] = value
    for text in objects:
        wanted |= _object_of_texts(text)
    return wanted


def _object_of_texts(text: str) -> dict[str, str]:
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise InvalidInput(f'tags {text[:80]!r} is no JSON object of texts, as {{"http.route":"/jobs"}}')
    return given
