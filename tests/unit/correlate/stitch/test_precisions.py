"""The file of measured precisions: read back as it was written, refused where no program of ours wrote it."""

import json

import pytest

from correlator.correlate.stitch import Precisions, format_precisions, measured, parse_precisions
from correlator.errors import SettingsError
from correlator.wiring import read_precisions

MEASURED = Precisions("corpus of 300", "make corpus", {"execution_id": measured(412, 408), "payload": measured(3, 3)})


def test_what_was_written_is_read_back() -> None:
    assert parse_precisions(format_precisions(MEASURED)) == MEASURED


def test_the_lower_bound_is_wilsons() -> None:
    """Beside published values: 408 of 412 and 3 of 3 (R's binom.confint, method wilson)."""
    assert measured(412, 408).lower_bound == pytest.approx(0.97531, abs=1e-5)
    assert measured(3, 3).lower_bound == pytest.approx(0.43850, abs=1e-5)
    assert measured(5, 0).lower_bound == 0


def test_an_edge_tells_what_was_measured_of_its_method() -> None:
    edge = MEASURED.edge("a", "b", "execution_id", "t", "u")
    assert (edge.precision, edge.measured_joins) == (408 / 412, 412)
    assert MEASURED.edge("a", "b", "job_key").precision is None


def test_the_installed_file_can_be_read() -> None:
    assert isinstance(read_precisions(), Precisions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no JSON"),
        ("[]", "version None"),
        ('{"version": 2}', "version 2; this program reads 1"),
        ('{"version": 1, "methods": {"guess": {}}}', "'guess': no such method"),
        ('{"version": 1, "methods": {"payload": {"joined": 1}}}', "'right' is missing"),
        ('{"version": 1, "methods": {"payload": {"joined": 0, "right": 0, "precision": 1}}}', "0 of 0"),
        ('{"version": 1, "methods": {"payload": {"joined": 4, "right": 3, "precision": 1}}}', "3 of 4"),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, message: str) -> None:
    """With the reason, and what to do."""
    with pytest.raises(SettingsError, match=message):
        parse_precisions(text)


def test_figures_in_the_file_are_for_readers() -> None:
    told = json.loads(format_precisions(MEASURED))
    assert told["methods"]["execution_id"] == {
        "joined": 412,
        "right": 408,
        "precision": 0.99029,
        "lower_bound": 0.97531,
    }
