"""Records of many traces, put together trace by trace."""

from dataclasses import replace

from correlator.correlate.assemble import assemble
from correlator.correlate.assemble_each import assemble_each
from tests.unit.correlate.story import TRACE_ID, log, span

OTHER = "0" * 31 + "1"


def test_each_trace_is_put_together_with_its_own_logs_and_loose_logs_come_last() -> None:
    """In the order of their ids, whatever order the records are in."""
    root, elsewhere = span("root", "n8n"), replace(span("root", "bridge"), trace_id=OTHER)
    own, loose = replace(log("own", "n8n"), trace_id=TRACE_ID), replace(log("loose", "n8n"), trace_id=None)
    found = list(assemble_each([root, elsewhere], [loose, own]))
    expected = [assemble(OTHER, [elsewhere]), assemble(TRACE_ID, [root], [own])]
    assert found == [*sorted(expected, key=lambda trace: trace.trace_id), assemble("", (), [loose])]
    assert list(assemble_each([elsewhere, root], [own, loose])) == found


def test_without_loose_logs_there_is_no_trace_without_an_id() -> None:
    """And of nothing comes nothing."""
    assert [trace.trace_id for trace in assemble_each([span("root", "n8n")], [])] == [TRACE_ID]
    assert list(assemble_each([], [])) == []
