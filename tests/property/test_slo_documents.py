"""Whatever stands in a file of objectives, it is read as objectives or as mistakes: nothing is raised, and none is half of one."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from correlator.pipeline.rules.files import files_in, shipped_rules
from correlator.slo.openslo import RuleFile, read_objectives
from correlator.slo.windows import max_burn_rate
from tests.property.damaged_texts import damaged
from tests.unit.slo.openslo.documents import GOOD, LATENCY, PROMETHEUS, RATIO
from tests.unit.slo.openslo.test_document import NAMED_POLICY, POLICIES

TEXTS = [
    *(file.read_text(encoding="utf-8") for file in files_in(shipped_rules("slo"))),
    GOOD + POLICIES + NAMED_POLICY,
    GOOD.replace(RATIO, PROMETHEUS).replace("Occurrences", "RatioTimeslices").replace("0.999", "0.999\n      timeSliceWindow: 1m"),
    GOOD.replace(RATIO, LATENCY).replace("target: 0.999", "{op: lte, value: 200, target: 0.95}"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(damaged(TEXTS), st.text(max_size=200)))
@example(
    "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a, labels: {[x]: y}}\nspec: {alertPolicies: [{spec: {conditions: 3}}]}\n"
)
@example("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: a}\nspec: {}\n")
def test_any_text_gives_objectives_or_mistakes(text: str) -> None:
    """Each mistake with a line of the file; each objective one that can be kept, missed and watched."""
    document = read_objectives([RuleFile("o.yaml", text)], 30 * 86_400)
    lines = len(text.splitlines()) + 2
    assert all(1 <= mistake.line <= lines for mistake in document.mistakes)
    for written in document.objectives:
        objective = written.objective
        assert 0 < objective.target < 1
        assert 0 < objective.error_budget < 1
        assert (objective.slices is None) == (objective.budgeting == "Occurrences")
        for window in objective.windows:
            assert 0 < window.short_window_s < window.long_window_s <= objective.period_s
            assert 0 < window.factor < max_burn_rate(objective.target)
