"""Inflating gzip bodies within a bound."""

import gzip
import random
import tracemalloc
import zlib

import pytest

from correlator.doors.inflate import inflate
from correlator.errors import BodyTooLarge, InvalidInput

LIMIT = 1 << 20


@pytest.mark.parametrize("size", [0, 1, 4_095, 4_096, 4_097, 100_000, LIMIT])
def test_what_was_compressed_comes_back(size: int) -> None:
    """Any size up to the limit, itself included, with content that compresses badly."""
    content = random.Random(size).randbytes(size)
    assert inflate(gzip.compress(content), LIMIT) == content


def test_concatenated_members_are_one_content() -> None:
    """RFC 1952 2.2: a gzip file is a series of members, whatever their sizes."""
    parts = [random.Random(size).randbytes(size) for size in (0, 1, 5_000, 0, 70_000)]
    assert inflate(b"".join(gzip.compress(part) for part in parts), LIMIT) == b"".join(parts)


def test_one_byte_over_the_limit_is_refused() -> None:
    """The limit is exact, also over several members."""
    with pytest.raises(BodyTooLarge, match="over 1048576 bytes"):
        inflate(gzip.compress(bytes(LIMIT + 1)), LIMIT)
    with pytest.raises(BodyTooLarge):
        inflate(gzip.compress(bytes(LIMIT)) + gzip.compress(b"x"), LIMIT)


def test_a_bomb_is_stopped_while_it_inflates() -> None:
    """1 GiB in 1 MiB: no more than the limit and one inflated piece is ever held."""
    bomb = gzip.compress(bytes(1 << 30), compresslevel=1)
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        inflate(bomb, LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LIMIT + 2 * 4 * 2**20 + 2**18


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x1f",
        b"\x1f\x8b",
        b"no gzip at all",
        zlib.compress(b"deflate, not gzip"),
        gzip.compress(b"cut" * 9_999)[:-1],
        gzip.compress(b"cut" * 9_999)[: 10 + 3],
        gzip.compress(b"whole") + b"trailing garbage",
        gzip.compress(b"bad checksum")[:-8] + bytes(8),
    ],
    ids=["empty", "1 byte", "magic only", "text", "zlib", "end cut", "mostly cut", "trailing", "checksum"],
)
def test_what_is_no_whole_gzip_is_refused(body: bytes) -> None:
    """Each is the sender's mistake: InvalidInput, never zlib's own error."""
    with pytest.raises(InvalidInput):
        inflate(body, LIMIT)


def test_endless_empty_members_are_refused() -> None:
    """Each member costs an inflater though it holds nothing: their number is bounded."""
    with pytest.raises(InvalidInput, match="4096 members"):
        inflate(gzip.compress(b"") * 5_000, LIMIT)
