"""Log-based alerts: files of rules/elasticsearch, and Kibana's rules of type `.es-query` that they come to. Pure but for reading."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from correlator.cli.exits import CommandFailed, ExitCode
from correlator.cli.kibana.shipped import fitted_pattern
from correlator.pipeline.rules.files import files_in, shipped_rules

INTERVAL: Final = "1m"
"""How often Kibana asks; no window is shorter."""
HITS: Final = 10
"""Documents that a connector may quote."""


class AlertFile(BaseModel):
    """One file. Unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    index: tuple[str, ...] = Field(min_length=1)
    query: dict[str, Any]  # Elasticsearch's query DSL
    window: str = Field(pattern=r"^[1-9][0-9]*[mhd]$")
    when: Literal[">", ">=", "<", "<="]
    threshold: int = Field(ge=0)
    group_by: tuple[str, ...] = Field(default=(), max_length=4)  # what Kibana takes
    groups: int = Field(default=100, ge=1, le=1000)  # that are looked at, the largest first


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule of Kibana: its id, and the body that makes it."""

    id: str
    title: str
    body: Mapping[str, Any]


def shipped_alerts(index_prefix: str) -> tuple[Alert, ...]:
    """All ready-made ones. Raises CommandFailed where a file is none."""
    return tuple(alert_of(read_alert(file), index_prefix) for file in files_in(shipped_rules("elasticsearch")))


def read_alert(file: Path) -> AlertFile:
    """What is in a file. Raises CommandFailed."""
    try:
        return AlertFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise CommandFailed(f"{file} is no alert: {error}", ExitCode.WRONG_USE) from error


def alert_of(file: AlertFile, index_prefix: str) -> Alert:
    """The rule that the file comes to."""
    title = f"correlator: {file.title}"
    body = {
        "name": title,
        "tags": ["correlator", file.id],
        "rule_type_id": ".es-query",
        "consumer": "stackAlerts",
        "schedule": {"interval": INTERVAL},
        "params": _params(file, index_prefix),
        "actions": [],
    }
    return Alert(alert_id(file.id), title, body)


def alert_id(name: str) -> str:
    """The same for the same name. Kibana takes a UUID of version 1 or 4 only, so it is written as one of version 4."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"correlator {name}".encode()).digest()[:16], version=4))


def _params(file: AlertFile, index_prefix: str) -> dict[str, Any]:
    grouped = {"groupBy": "top", "termField": _one_or_all(file.group_by), "termSize": file.groups}
    return {
        "searchType": "esQuery",
        "index": [fitted_pattern(each, index_prefix) for each in file.index],
        "timeField": "@timestamp",
        "esQuery": json.dumps({"query": file.query}),
        "timeWindowSize": int(file.window[:-1]),
        "timeWindowUnit": file.window[-1],
        "threshold": [file.threshold],
        "thresholdComparator": file.when,
        "aggType": "count",
        "size": HITS,
        "excludeHitsFromPreviousRun": False,
    } | (grouped if file.group_by else {"groupBy": "all"})


def _one_or_all(names: Sequence[str]) -> str | list[str]:
    """One field is a text, several are a list."""
    return names[0] if len(names) == 1 else list(names)
