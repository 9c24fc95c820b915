"""Which segments are over: by the age of their newest record, and by the bytes of all."""

from collections.abc import Sequence

from correlator.store.segments.files.segment import SegmentBounds


def retired(
    segments: Sequence[SegmentBounds], now_unix_nano: int, age_s: float | None, size: int | None
) -> list[SegmentBounds]:
    """Segments to drop, oldest first. A record's age counts from its arrival: its own clock may be wrong.

    `size` bounds the bytes of what remains; the oldest go first. None: no bound.
    """
    by_age = sorted(segments, key=lambda bounds: (bounds.end_position, bounds.signal))
    over, remaining = [], sum(bounds.size for bounds in by_age)
    for bounds in by_age:
        is_old = age_s is not None and bounds.newest_arrival < now_unix_nano - int(age_s * 1e9)
        is_too_much = size is not None and remaining > size
        if is_old or is_too_much:
            over.append(bounds)
            remaining -= bounds.size
    return over
