"""Values as Go writes them."""

from typing import Any

import pytest

from correlator.serve.jaeger.go_json import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a<b>&", "a<b>&"),
        (None, ""),
        (True, "true"),
        (2**63 - 1, "9223372036854775807"),
        (1.0, "1"),
        (-0.0, "-0"),
        (0.1, "0.1"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (5e-324, "5e-324"),
        ([1, "ü", None, [True]], '[1,"ü",null,[true]]'),
        ({"b": 1.5, "a": {"c": "<\u2028\x01\x7f"}}, '{"a":{"c":"<\\u2028\\u0001\x7f"},"b":1.5}'),
        ([], "[]"),
    ],
)
def test_a_value_is_written_as_go_writes_it(value: Any, text: str) -> None:
    """Texts bare, the rest compact, keys in order, no HTML escapes, exponents only far out."""
    assert text_of(value) == text
