"""The records that carry a join key."""

from collections.abc import Sequence

import pyarrow as pa

from correlator.model.tables import Tables
from correlator.model.unique_spans import unique_spans
from correlator.store.joined_page import joined_page
from correlator.store.segments.view import View


def find_joined(view: View, keys: Sequence[str], start_unix_nano: int, end_unix_nano: int, limit: int) -> Tables:
    """The contract's find_joined."""
    spans, logs = (
        pa.concat_tables([view.head_records(signal), *(segment.read() for segment in view.of_signal(signal))])
        for signal in ("traces", "logs")
    )
    return joined_page(Tables(spans=unique_spans(spans), logs=logs), keys, start_unix_nano, end_unix_nano, limit)
