"""Alert policies to windows: `lookbackWindow` is the long window, `alertAfter` the short one, `threshold` the factor.

That a condition must hold for `alertAfter` before alerting is what a short window does, without a timer that starts anew at
every dip. Without it, it is a twelfth of the long one, as the workbook has it. Who is told is Alertmanager's to say:
`notificationTargets` are passed over.
"""

from collections.abc import Iterator
from typing import Final, cast

from correlator.model.objective import SEVERITIES, Severity, Window
from correlator.rule_text.mistake import Mistake
from correlator.rule_text.yaml_fields import Fields, boolean, one_of
from correlator.slo.openslo.header import HEADER_KEYS
from correlator.slo.openslo.parts import Parts, part_fields
from correlator.slo.openslo.scalars import duration_s, equal_to, positive, shown_s
from correlator.slo.windows import MINUTE_S, SHORT_SHARE

_POLICY_KEYS: Final = (
    "description", "alertWhenNoData", "alertWhenResolved", "alertWhenBreaching", "conditions", "notificationTargets",
)  # fmt: skip
_CONDITION_KEYS: Final = ("description", "severity", "condition")
_BURN_KEYS: Final = ("kind", "op", "threshold", "lookbackWindow", "alertAfter")


def windows_in(spec: Fields, parts: Parts, mistakes: list[Mistake]) -> tuple[Window, ...] | None:
    """The windows of an SLO's alertPolicies, longest last; None where the key is not given. An empty list: no alerts."""
    if "alertPolicies" not in spec:
        return None
    windows: list[Window] = []
    for policy in _specs(spec, "alertPolicies", "AlertPolicy", "alertPolicyRef", _POLICY_KEYS, parts, mistakes):
        windows += _of_policy(policy, parts, mistakes)
    seen = {(each.severity, each.long_window_s) for each in windows}
    if len(seen) < len(windows):
        spec.wrong("two conditions have one severity and one lookbackWindow; keep one", "alertPolicies")
    return tuple(sorted(windows, key=lambda each: (SEVERITIES.index(each.severity), each.long_window_s)))


def _specs(
    fields: Fields, key: str, kind: str, ref: str, keys: tuple[str, ...], parts: Parts, mistakes: list[Mistake]
) -> Iterator[Fields]:
    """The spec of each entry, written in place or named."""
    for entry in fields.each(key, f"an entry of {key}", (ref, *HEADER_KEYS)):
        if ref in entry:
            part = parts.named(kind, ref, entry)
            inner = None if part is None else part_fields(part, f"the {kind}", keys, mistakes)
        else:
            entry.optional("kind", equal_to(kind, f"needs {kind}"))
            inner = entry.needed("spec", keys)
        if inner is not None:
            yield inner


def _of_policy(policy: Fields, parts: Parts, mistakes: list[Mistake]) -> Iterator[Window]:
    if policy.optional("alertWhenNoData", boolean):
        policy.wrong("alertWhenNoData is not kept: missing data freezes alerts; leave it out", "alertWhenNoData")
    policy.optional("alertWhenResolved", boolean)
    is_quiet = policy.optional("alertWhenBreaching", boolean) is False
    for condition in _specs(policy, "conditions", "AlertCondition", "conditionRef", _CONDITION_KEYS, parts, mistakes):
        window = _window(condition)
        if window is not None and not is_quiet:
            yield window


def _window(condition: Fields) -> Window | None:
    severity = condition.required("severity", one_of(SEVERITIES, "severity"))
    burn = condition.needed("condition", _BURN_KEYS)
    if burn is None:
        return None
    burn.optional("kind", equal_to("burnrate", "needs burnrate"))
    burn.optional("op", one_of(("gt", "gte"), "op"))
    threshold = burn.required("threshold", positive)
    long = burn.required("lookbackWindow", duration_s)
    short = burn.optional("alertAfter", duration_s) if "alertAfter" in burn else _twelfth(long)
    if severity is None or threshold is None or long is None or short is None:
        return None
    if short >= long:
        burn.wrong(
            f"alertAfter must be shorter than lookbackWindow; {shown_s(_twelfth(long) or 0)} is usual", "alertAfter"
        )
        return None
    return Window(cast(Severity, severity), long, short, threshold)


def _twelfth(long_window_s: int | None) -> int | None:
    """In whole minutes, one at least."""
    if long_window_s is None:
        return None
    return max(1, round(long_window_s / SHORT_SHARE / MINUTE_S)) * MINUTE_S
