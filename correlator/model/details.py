"""What is told beside records and senders, and seldom looked at: JSON objects with OTLP's names, without what is empty or 0."""

from json.encoder import encode_basestring as quote


def scope_details(version: str, attributes: str, schema_url: str, dropped_attributes_count: int) -> str | None:
    """What a scope has but for its name; `attributes` is a JSON object. None where nothing of it is given."""
    return _object(
        version=version and quote(version),
        attributes="" if attributes == "{}" else attributes,
        schema_url=schema_url and quote(schema_url),
        dropped_attributes_count=_count(dropped_attributes_count),
    )


def resource_details(schema_url: str, dropped_attributes_count: int) -> str | None:
    """What a resource has but for its attributes. None where nothing of it is given."""
    return _object(
        schema_url=schema_url and quote(schema_url), dropped_attributes_count=_count(dropped_attributes_count)
    )


def dropped_counts(attributes: int, events: int = 0, links: int = 0) -> str | None:
    """How much of a record its sender left out. None where nothing."""
    return _object(
        dropped_attributes_count=_count(attributes),
        dropped_events_count=_count(events),
        dropped_links_count=_count(links),
    )


def _object(**fields: str) -> str | None:
    """Of fields that are JSON; one that is empty is left out."""
    given = [f'"{name}":{text}' for name, text in fields.items() if text]
    return f"{{{','.join(given)}}}" if given else None


def _count(count: int) -> str:
    return str(count) if count else ""
