"""The plan of the corpus: complete, and the same each time."""

from itertools import product

from tests.corpus.plan import BAD_TRACEPARENTS, CAUSES, CRASHES, ENDS_WELL, MODES, PHASES, SEED, WORKFLOWS, plan

BREAKAGES_OF_A_TRACE = 12


def test_plan_has_every_pair_of_breakage_and_fault_that_makes_sense() -> None:
    """All twelve breakages and none, with each fault, waiting and called back; only what ended well is not retried."""
    planned = {(case.breakage, case.fault, case.mode) for case in plan()}
    wanted = set(product(WORKFLOWS, CAUSES, MODES))
    left_out = wanted - planned
    assert planned <= wanted
    assert {breakage for breakage, _, _ in left_out} == {"api_retry"}
    assert all(mode == "callback" or fault in ENDS_WELL for _, fault, mode in left_out)
    assert len(WORKFLOWS) == BREAKAGES_OF_A_TRACE + 1


def test_plan_starts_at_least_300_executions() -> None:
    """What a breakage's figures rest on."""
    assert len(plan()) >= 300


def test_plan_is_the_same_for_a_seed() -> None:
    """A corpus recorded anew has the same stories; another seed draws other payloads and another order."""
    assert plan() == plan(SEED)
    assert plan() != plan(SEED + 1)


def test_each_case_has_a_story_of_its_own_in_a_phase_that_takes_it() -> None:
    """A label names one case."""
    cases = plan()
    assert len({case.story for case in cases}) == len(cases)
    assert all(case.breakage in PHASES[case.phase] for case in cases)


def test_payloads_come_again_so_that_equal_ones_can_be_mistaken() -> None:
    """A join by payload that is never tempted proves nothing."""
    orders = [str(case.order) for case in plan()]
    assert len(set(orders)) < len(orders) / 10


def test_what_a_crash_of_n8n_ends_is_its_own_failure() -> None:
    """Whatever bridge and worker did before, the execution would have gone on."""
    assert {case.causes for case in plan() if case.breakage in CRASHES} == {("n8n",)}


def test_bad_traceparents_are_sent_in_each_form() -> None:
    """All-zero, uppercase, another version and none at all."""
    sent = [case.traceparent for case in plan() if case.breakage == "bad_traceparent"]
    other_version = [each for each in sent if each.startswith("01-")]
    assert set(sent) - set(other_version) == {form for form in BAD_TRACEPARENTS if not form.startswith("01-")}
    assert other_version
