"""The ids of the story that a piece of work belongs to: n8n's execution and workflow, and the caller's request id.

They travel in OpenTelemetry's context beside the current span, so whatever carries the span carries them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentelemetry.context import Context, create_key, get_value, set_value

from correlator import semconv

_KEY: Final = create_key("correlator-story-ids")
MAX_ID_LENGTH: Final = 200  # n8n's ids have at most 36 characters; anything far longer is no id


@dataclass(frozen=True, slots=True)
class StoryIds:
    """Ids as the caller sent them; the empty string where it sent none."""

    execution_id: str = ""
    workflow_id: str = ""
    request_id: str = ""

    def as_headers(self) -> dict[str, str]:
        """The known ids under their header names."""
        return _known(
            {
                semconv.HEADER_N8N_EXECUTION_ID: self.execution_id,
                semconv.HEADER_N8N_WORKFLOW_ID: self.workflow_id,
                semconv.HEADER_REQUEST_ID: self.request_id,
            }
        )

    def as_attributes(self) -> dict[str, str]:
        """The known ids as span and log attributes."""
        return _known(
            {
                semconv.N8N_EXECUTION_ID: self.execution_id,
                semconv.N8N_WORKFLOW_ID: self.workflow_id,
                semconv.REQUEST_ID: self.request_id,
            }
        )


def read_story_ids(headers: Mapping[str, str]) -> StoryIds:
    """Return the ids in `headers` (lowercase names), of visible ASCII only, cut at `MAX_ID_LENGTH`.

    They go on as headers: HTTP clients raise on what is not ASCII, and a line break would begin another header.
    """
    return StoryIds(
        execution_id=clean_id(headers.get(semconv.HEADER_N8N_EXECUTION_ID, "")),
        workflow_id=clean_id(headers.get(semconv.HEADER_N8N_WORKFLOW_ID, "")),
        request_id=clean_id(headers.get(semconv.HEADER_REQUEST_ID, "")),
    )


def with_story_ids(ids: StoryIds, context: Context) -> Context:
    """Return `context` with `ids` in it."""
    return set_value(_KEY, ids, context)


def current_story_ids(context: Context | None = None) -> StoryIds:
    """Return the ids in `context` (default: the current one); all empty where there are none."""
    ids = get_value(_KEY, context)
    return ids if isinstance(ids, StoryIds) else StoryIds()


def clean_id(value: str) -> str:
    """The visible ASCII of an id, cut at MAX_ID_LENGTH."""
    return "".join(character for character in value if character.isascii() and character.isprintable()).strip()[
        :MAX_ID_LENGTH
    ]


def _known(ids: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in ids.items() if value}
