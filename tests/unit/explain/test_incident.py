"""Findings of many traces become one."""

from dataclasses import replace
from itertools import permutations

from correlator.explain import explain_incident


def _on(finding, trace_id):
    return replace(finding, trace_ids=(trace_id,))


def test_counts_how_many_failing_traces_end_at_the_cause(finding_of, story, span):
    """The share is the first evidence."""
    worker = finding_of(story)
    other = finding_of([span("a", "mailer", "send", error="RelayDenied: no relay")])
    merged = explain_incident([_on(worker, "a" * 32), _on(worker, "b" * 32), _on(other, "c" * 32)])
    assert merged.candidates[0].component == "worker"
    assert merged.candidates[0].evidence[0].observed == "2 of 3"
    assert merged.alternatives == ("mailer send: RelayDenied",)
    assert merged.trace_ids == ("a" * 32, "b" * 32, "c" * 32)


def test_does_not_depend_on_order(finding_of, story, span):
    """Any order of findings gives the same finding."""
    findings = [
        _on(finding_of(story), "a" * 32),
        _on(finding_of([span("a", "mailer", "send", error="RelayDenied: no relay")]), "b" * 32),
        _on(finding_of(story[:2]), "c" * 32),
    ]
    assert len({repr(explain_incident(order)) for order in permutations(findings)}) == 1


def test_replaces_an_earlier_share(finding_of, story):
    """An incident's finding can be explained together with new ones; the count is given."""
    once = explain_incident([finding_of(story)])
    again = explain_incident([once, finding_of(story)], failures=12)
    shares = [each.observed for each in again.candidates[0].evidence if each.unit == "traces"]
    assert shares == ["12 of 12"]


def test_abstains_only_where_all_do(finding_of, story):
    """One trace that shows the cause is enough."""
    unknown = finding_of(story[:2])
    assert explain_incident([unknown, unknown]).abstained
    assert not explain_incident([unknown, finding_of(story)]).abstained
    assert explain_incident([]).abstained
