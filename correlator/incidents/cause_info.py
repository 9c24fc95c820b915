"""What an incident tells an alert: its cause in a sentence that is the same for all its failures, and what it concerns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from correlator.correlate.fingerprint import MESSAGE_CHARACTERS
from correlator.correlate.without_ids import without_ids
from correlator.correlate.without_secrets import without_secrets
from correlator.model.incident import Incident
from correlator.model.objective import Objective
from correlator.slo.concerned import is_concerned, with_ids

CAUSE_CHARACTERS: Final = 200
OBJECTIVES: Final = 20
"""Of one incident at most, by id: each is a series of Prometheus."""
MINUTE_NANO: Final = 60 * 10**9


@dataclass(frozen=True, slots=True)
class CauseInfo:
    """The cause of an incident, for one objective that it concerns; `sloth_id` is empty for the incident by itself.

    `system` and `service` are the cause's, of at most CAUSE_CHARACTERS; empty where none is known.
    """

    incident: str
    sloth_id: str
    system: str
    service: str
    cause: str
    link: str


def cause_infos(
    incident: Incident, objectives: Iterable[Objective], workflow_names: Mapping[str, str], link: str
) -> tuple[CauseInfo, ...]:
    """That of the incident by itself, then one for each objective that it concerns, by id. `workflow_names` is id to name."""
    concerned = concerned_objectives(incident, objectives, workflow_names)
    cause, sentence = incident.root_cause.candidates[:1], cause_of(incident)
    system, service = (cause[0].system, cause[0].component) if cause else ("", "")
    return tuple(
        CauseInfo(incident.key, sloth_id, system[:CAUSE_CHARACTERS], service[:CAUSE_CHARACTERS], sentence, link)
        for sloth_id in ("", *sorted(each.id for each in concerned)[:OBJECTIVES])
    )


def concerned_objectives(
    incident: Incident, objectives: Iterable[Objective], workflow_names: Mapping[str, str]
) -> tuple[Objective, ...]:
    """Those whose budget the incident may have burnt, in their order."""
    workflows = with_ids(incident.workflows, workflow_names)
    return tuple(each for each in objectives if is_concerned(each, incident.systems, incident.services, workflows))


def cause_of(incident: Incident) -> str:
    """One sentence without ids: it becomes a label, and goes to those who are called."""
    return _fit_to_go_out(incident.root_cause.summary)


def title_of(incident: Incident) -> str:
    """The incident in a few words. Where no cause is known they quote an error, too."""
    return _fit_to_go_out(incident.title)


def _fit_to_go_out(text: str) -> str:
    """Error texts may quote anything, and Prometheus, pagers, chats and mail keep what they are told."""
    return _remembered(text[:MESSAGE_CHARACTERS])


@lru_cache(maxsize=2_000)
def _remembered(text: str) -> str:
    """What is open is told every few seconds, and a text takes 0.15 ms."""
    return without_ids(without_secrets(text), CAUSE_CHARACTERS)


def failures_per_minute(incident: Incident, now_unix_nano: int) -> float:
    """Since it opened, over a minute at least. Higher is likelier what is burning a budget now."""
    minutes = max(1.0, (now_unix_nano - incident.opened_at_unix_nano) / MINUTE_NANO)
    return incident.failures / minutes
