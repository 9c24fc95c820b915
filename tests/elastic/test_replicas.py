"""Two engines on one Elasticsearch, one of them killed or stopped amid broken stories: each story is counted once."""

import logging
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.peers import WHY_SKIPPED, scripts
from tests.elastic.replicas import OBJECTIVE_ID, Lab, Replica, two_replicas
from tests.elastic.story_stream import SPANS, WORKFLOW, Story, Stream, failures_by_cause, jobs_by_minute
from tests.elastic.waiting import await_that

pytestmark = [pytest.mark.slow, pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED), pytest.mark.timeout(170)]

STORIES_A_SECOND = 3.0
TAKEOVER_S = 30.0


def test_a_killed_leader_is_followed_within_half_a_minute(tmp_path: Path, elasticsearch_url: str) -> None:
    """kill -9: the other concludes; the killed one comes back as a follower. What was sent is counted as without a kill."""
    with two_replicas(tmp_path, elasticsearch_url) as lab:
        leader, other = lab.leader_and_follower()
        with Stream(lab.door, STORIES_A_SECOND) as stream:
            await_that(lambda: failures(leader).total() > 5, "the first conclusions")
            leader.kill()
            concluded = failures(other).total()
            takeover_s = await_that(lambda: failures(other).total() > concluded, "the first conclusion of the other")
            assert other.is_leader
            leader.start()
            time.sleep(5)
        logging.getLogger(__name__).info("from kill -9 to the first conclusion of the other: %.1f s", takeover_s)
        assert takeover_s < TAKEOVER_S
        assert_each_counted_once(lab, stream.sent)
        assert [each.is_leader for each in (leader, other)] == [False, True]


def test_a_leader_that_was_stopped_doubles_nothing(tmp_path: Path, elasticsearch_url: str) -> None:
    """SIGSTOP until another has led and concluded: when it goes on, it is in the middle of whatever it did."""
    with two_replicas(tmp_path, elasticsearch_url) as lab:
        leader, other = lab.leader_and_follower()
        with Stream(lab.door, STORIES_A_SECOND) as stream:
            await_that(lambda: failures(leader).total() > 5, "the first conclusions")
            leader.signal(signal.SIGSTOP)
            concluded = failures(other).total()
            await_that(lambda: failures(other).total() > concluded, "the first conclusion of the other")
            assert other.is_leader
            leader.signal(signal.SIGCONT)
            await_that(lambda: leader.metric("correlator_terms_ended_total{") >= 1, "the end of its term")
            time.sleep(3)
        assert_each_counted_once(lab, stream.sent)
        assert [each.is_leader for each in (leader, other)] == [False, True]


def failures(replica: Replica) -> Counter[str]:
    """By the error that the incident names; two incidents of one cause would show as too many."""
    incidents = replica.get("incidents?limit=1000")["incidents"]
    assert len({each["cause_fingerprint"] for each in incidents}) == len(incidents)
    return Counter({each["root_cause"]["candidates"][0]["error_type"]: each["failures"] for each in incidents})


def assert_each_counted_once(lab: Lab, sent: Sequence[Story]) -> None:
    """Spans, incidents and minutes are those of a plain loop over what the Collector acknowledged, told alike by both."""
    for replica in lab.replicas:
        await_that(lambda replica=replica: failures(replica) == failures_by_cause(sent), "all failures, each once")
        assert [each["workflows"] for each in replica.get("incidents")["incidents"]] == [[WORKFLOW]] * 2
    with lab.store() as store:
        await_that(lambda: counted(store) == jobs_by_minute(sent), "all jobs, each in its minute once")
        spans = store.scan("traces", 0, 2**63 - 1, ("trace_id", "span_id"))
    assert spans.num_rows == len(sent) * SPANS
    told = [replica.get(f"slos/{OBJECTIVE_ID}/budget")["events"] for replica in lab.replicas]
    assert told == [2 * len(sent)] * 2


def counted(store: object) -> dict[int, tuple[int, int]]:
    rows = store.minute_sums(OBJECTIVE_ID, 0, 2**31 - 1)  # type: ignore[attr-defined]
    return {row.minute: (row.good, row.total) for row in rows}
