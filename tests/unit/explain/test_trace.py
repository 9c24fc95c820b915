"""What explaining a trace answers, and when it refuses to."""

import random

import pytest

from correlator import semconv
from correlator.correlate.error_chain import error_chains
from correlator.explain import explain_trace
from correlator.explain.call_tree import CallTree
from correlator.explain.candidates import ALTERNATIVES, suspects_of

CLIENT = semconv.KIND_CLIENT
NODE = {semconv.N8N_NODE_TYPE: "n8n-nodes-base.httpRequest"}


def test_names_the_component_that_failed_first(finding_of, story):
    """The worker is the cause; bridge and n8n are its victims, in one sentence."""
    finding = finding_of(story)
    assert finding.summary == (
        "worker failed first: job invoice.render raised TemplateFieldMissing (\"template 'invoice' needs field 'vat_id'\"); "
        "bridge POST /jobs/fail and n8n workflow lab-bridge-500 failed because of it."
    )
    assert (finding.candidates[0].component, finding.candidates[0].kind) == ("worker", "exception")
    assert not finding.abstained


def test_path_leads_from_the_outermost_failure_to_the_cause(finding_of, story):
    """Victims outermost first, the cause last."""
    path = [(step.component, step.role) for step in finding_of(story).candidates[0].path]
    assert path == [("n8n", "victim"), ("n8n", "victim"), ("bridge", "victim"), ("worker", "cause")]


def test_path_names_components_that_only_passed_the_call_on(finding_of, span):
    """A gateway between two failing services is on the path, though it did not fail."""
    spans = [
        span("a", "shop", "checkout", None, (0, 100), "OrderFailed: payment declined upstream"),
        span("b", "gateway", "forward", "a", (10, 90)),
        span("c", "payment", "charge", "b", (20, 80), "CardExpired: card 12 expired"),
    ]
    path = [(step.component, step.role) for step in finding_of(spans).candidates[0].path]
    assert path == [("shop", "victim"), ("gateway", "passed_through"), ("payment", "cause")]


def test_rules_out_every_other_failing_component_with_a_reason(finding_of, story):
    """Who only repeats another's error is named, with who told it."""
    reasons = {(each.component, each.operation): each.reason for each in finding_of(story).ruled_out}
    assert reasons == {
        ("n8n", "lab-bridge-500"): "its error only repeats what Call Bridge told it",
        ("n8n", "Call Bridge"): "its error only repeats what bridge told it",
        ("bridge", "POST /jobs/fail"): "its error only repeats what worker told it",
    }


def test_every_evidence_links_to_the_trace(finding_of, story):
    """Whoever doubts an observation can look at it."""
    finding = finding_of(story)
    links = {evidence.link for candidate in finding.candidates for evidence in candidate.evidence}
    assert links == {f"/api/v1/traces/{finding.trace_ids[0]}"}


def test_a_finding_is_bounded_however_large_the_trace(finding_of, span):
    """Hundreds of failing spans with long messages give an answer that a person can read."""

    def failing(number):
        error = "E: the reason" + " why" * 1_000
        return span(str(number), f"svc{number % 7}", f"call{number}", str(number - 1), (number, 999 - number), error)

    finding = finding_of([span("0", "svc", "call", None, (0, 1_000), "E: another"), *map(failing, range(1, 150))])
    cause = finding.candidates[0]
    assert (len(finding.candidates), len(finding.ruled_out), len(cause.path)) == (2, 50, 50)
    assert len(repr(finding)) < 50_000


def test_says_that_nothing_failed(finding_of, span):
    """No failure, no candidate."""
    finding = finding_of([span("a", "n8n", "lab-ok")])
    assert (finding.abstained, finding.candidates) == (True, ())
    assert finding.summary == "nothing failed in this trace."


def test_abstains_where_the_callee_reported_nothing(finding_of, story):
    """n8n's generic error alone accuses nobody: a symptom is never called a cause."""
    finding = finding_of(story[:2])
    assert (finding.abstained, finding.candidates) == (True, ())
    assert "spans or logs, with this trace id, of what n8n Call Bridge called" in finding.missing_signals


def test_accuses_an_unseen_callee_whose_address_is_known(finding_of, span):
    """On hearsay, of kind dependency, and less surely than who tells it himself."""
    call = span(
        "b", "bridge", "SELECT", "a", (10, 20), "ConnectionRefusedError: connect refused",
        kind=CLIENT, attributes={semconv.SERVER_ADDRESS: "orders-db"},
    )  # fmt: skip
    finding = finding_of([span("a", "bridge", "GET /orders", None, (0, 30), "HTTPException: "), call])
    cause = finding.candidates[0]
    assert (cause.component, cause.kind) == ("orders-db", "dependency")
    assert cause.confidence < 0.5
    assert cause.path[-1].span_id is None
    assert any("orders-db" in signal for signal in finding.missing_signals)


def test_blames_the_caller_for_a_request_that_the_callee_refused(finding_of, span):
    """An HTTP 404 is the answer to a wrong request."""
    attributes = {semconv.SERVER_ADDRESS: "catalogue", semconv.HTTP_RESPONSE_STATUS_CODE: 404}
    cause = finding_of([span("a", "shop", "GET", kind=CLIENT, attributes=attributes)]).candidates[0]
    assert (cause.component, cause.kind) == ("shop", "http")


def test_blames_the_callee_that_was_still_at_work_when_its_caller_gave_up(finding_of, span):
    """A timeout's cause is who took too long, though it never failed."""
    spans = [
        span("a", "n8n", "Call Bridge", None, (0, 50), "NodeApiError: The connection was aborted, perhaps the server is offline", attributes=NODE),
        span("b", "bridge", "POST /jobs/slow", "a", (5, 300), kind=semconv.KIND_SERVER),
        span("c", "worker", "invoice.render", "b", (10, 280), kind=semconv.KIND_CONSUMER),
    ]  # fmt: skip
    finding = finding_of(spans)
    assert (finding.candidates[0].component, finding.candidates[0].kind) == ("worker", "timeout")
    assert finding.summary == (
        "worker invoice.render was still running when n8n node Call Bridge gave up after 50 ms; "
        "n8n node Call Bridge failed because of it."
    )


def test_blames_the_job_that_ran_on_when_its_bridge_gave_up(finding_of, span):
    """Also when the job was queued, and fails later because nobody waits any more."""
    spans = [
        span("a", "bridge", "POST /jobs", None, (0, 50), "TimeoutError: no result of job 17 within 5 s", kind=semconv.KIND_SERVER),
        span("b", "bridge", "send invoices", "a", (5, 6), kind=semconv.KIND_PRODUCER),
        span("c", "worker", "invoice.render", "b", (10, 280), "BrokenPipeError: broken pipe", kind=semconv.KIND_CONSUMER),
    ]  # fmt: skip
    cause = finding_of(spans).candidates[0]
    assert (cause.component, cause.kind) == ("worker", "timeout")
    assert [evidence.observed for evidence in cause.evidence if evidence.subject == "worker invoice.render took"] == [
        "270.0"
    ]


def test_does_not_offer_a_survived_failure_as_the_cause_of_another(finding_of, span):
    """What the cache missed was handled by its caller; what n8n failed of is not known."""
    answered = {semconv.HTTP_RESPONSE_STATUS_CODE: 200}
    spans = [
        span("b", "n8n", "Call Bridge", None, (5, 90), "NodeApiError: Service unavailable - try again later", attributes=NODE),
        span("c", "bridge", "GET /x", None, (10, 50), kind=semconv.KIND_SERVER, attributes=answered),
        span("d", "bridge", "cache.get", "c", (20, 30), "CacheMiss: no entry for the key"),
    ]  # fmt: skip
    finding = finding_of(spans)
    assert finding.abstained
    assert finding.alternatives == ("bridge cache.get: CacheMiss: no entry for the key",)


def test_a_log_without_a_span_is_a_cause_of_kind_log(finding_of, log):
    """Traces that consist of logs are explained too."""
    finding = finding_of([], [log("worker", "disk quota exceeded on volume data")])
    assert (finding.candidates[0].component, finding.candidates[0].kind) == ("worker", "log")


def test_names_a_generic_cause_but_asks_for_its_reason(finding_of, span):
    """The deepest failing component is known, why it failed is not."""
    spans = [
        span("a", "bridge", "POST /jobs", kind=semconv.KIND_SERVER, attributes={semconv.HTTP_RESPONSE_STATUS_CODE: 500})
    ]
    finding = finding_of(spans)
    assert finding.candidates[0].component == "bridge"
    assert finding.candidates[0].confidence < 0.5
    assert "an exception event or ERROR log of bridge that names the reason of its failure" in finding.missing_signals


def test_names_missing_parents_and_corrected_clocks(finding_of, story, span):
    """The answer says what it had to do without."""
    late = span("job", "worker", "invoice.render", "api", (-40, 20), "ValueError: bad total", kind=semconv.KIND_SERVER)
    signals = " ".join(finding_of([story[1], story[2], late]).missing_signals)
    assert "the parent of n8n node.execute" in signals
    assert "a correct clock on worker: its times were moved by 50.0 ms" in signals


@pytest.mark.parametrize("seed", range(20))
def test_answers_the_same_whatever_order_records_and_chains_are_in(trace_of, story, span, log, seed):
    """Order of arrival is chance."""
    spans = [
        *story,
        span("x", "worker", "audit.write", "queue", (21, 60), "AuditDenied: no permit", 55),
        span("y", "bridge", "notify", "api", (91, 99), "MailError: relay denied", 98),
    ]
    logs = [log("worker", "cannot render", "job"), log("bridge", "job failed", "api", 85)]
    trace = trace_of(spans, logs)
    expected = explain_trace(trace, error_chains(trace))
    chance = random.Random(seed)
    chance.shuffle(spans)
    chance.shuffle(logs)
    shuffled = trace_of(spans, logs)
    chains = list(error_chains(shuffled))
    chance.shuffle(chains)
    assert explain_trace(shuffled, chains) == expected


def test_of_a_thousand_nested_failures_those_nearest_to_the_cause_are_alternatives(span, trace_of):
    """To grade one costs as much as its chain is long: all of them would cost the square of that."""
    words = [f"{a}{b}{c}" for a in "abcdefghij" for b in "klmnopqrst" for c in "uvwxyzghij"]
    spans = [
        span(word, f"s{nth % 7}", "work", words[nth - 1] if nth else None, (nth, 5_000 - nth), f"Failed: {word}")
        for nth, word in enumerate(words)
    ]
    trace = trace_of(spans)
    chains = error_chains(trace)
    assert len(suspects_of(CallTree(trace), chains)) <= ALTERNATIVES + 1
    assert explain_trace(trace, chains).candidates[0].message == words[-1]
