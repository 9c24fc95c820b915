"""The shipped configuration of Alertmanager, judged by a real amtool and a real Alertmanager: who is told of what."""

import copy
import json
import re
import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from correlator.demo.worker.smtp_stub import smtp_stub
from correlator.pipeline.rules.files import shipped_rules
from tests.e2e.alertmanager import (
    SECRETS,
    WHY_SKIPPED,
    Document,
    amtool,
    configuration,
    local,
    running_alertmanager,
    running_doubles,
    within,
    write_configuration,
)
from tests.e2e.peers import scripts

pytestmark = pytest.mark.skipif(scripts() is None, reason=WHY_SKIPPED)

PAGE = {"alertname": "ErrorBudgetBurn", "sloth_id": "bridge-availability", "sloth_severity": "page", "system": "bridge"}
TICKET = PAGE | {"sloth_severity": "ticket"}
ROUTES: dict[str, tuple[Mapping[str, str], str]] = {
    "a page": (PAGE | {"severity": "critical"}, "engine,on-call"),
    "a ticket": (TICKET | {"severity": "warning"}, "engine,team"),
    "a service that is down": ({"alertname": "ServiceDown", "severity": "critical"}, "engine,on-call"),
    "a workflow that fails": ({"alertname": "N8nWorkflowFailing", "severity": "warning"}, "engine,team"),
    "an incident": ({"alertname": "Incident", "severity": "warning", "incident": "c1-1"}, "engine,team"),
    "an incident that pages": ({"alertname": "Incident", "severity": "critical", "incident": "c1-1"}, "engine,on-call"),
    "a severity that nobody knows": ({"alertname": "Other", "severity": "info"}, "engine,team"),
    "no severity": ({"alertname": "Watchdog"}, "engine,team"),
}


def told(config: Path, labels: Mapping[str, str]) -> str:
    """The receivers of an alert, as amtool says."""
    done = amtool(
        "config", "routes", "test", "--config.file", config, *(f"{name}={text}" for name, text in labels.items())
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def broken_routes(config: Path) -> list[str]:
    """The cases of ROUTES that go to others than they should."""
    return [case for case, (labels, receivers) in ROUTES.items() if told(config, labels) != receivers]


def test_the_shipped_configuration_is_accepted() -> None:
    """With its templates."""
    done = amtool("check-config", shipped_rules("alertmanager") / "alertmanager.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 templates" in done.stdout


def test_every_alert_reaches_whom_it_should() -> None:
    """Case by case."""
    assert broken_routes(shipped_rules("alertmanager") / "alertmanager.yml") == []


def spoilt(change: Callable[[list[Document]], None]) -> Document:
    document = copy.deepcopy(configuration())
    change(document["route"]["routes"])
    return document


def _loses_severity(routes: list[Document]) -> None:
    routes[1]["matchers"] = ['severity="page"']


MISTAKES: dict[str, Callable[[list[Document]], None]] = {
    "the engine is not told": lambda routes: routes.pop(0) and None,
    "nobody is paged": lambda routes: routes.pop(1) and None,
    "all that the engine is told ends there": lambda routes: routes[0].pop("continue"),
    "the page's severity is called otherwise": _loses_severity,
    "the team is not told": lambda routes: routes[2].update(receiver="engine"),
    "the order is turned round": lambda routes: routes.reverse(),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_broken_route_is_seen(tmp_path: Path, mistake: str) -> None:
    """No route is there in vain: without it, or changed, one of the cases goes astray."""
    config = write_configuration(tmp_path, spoilt(MISTAKES[mistake]))
    assert amtool("check-config", config).returncode == 0
    assert broken_routes(config)


def test_the_file_holds_no_secret() -> None:
    """Each is a file of its own below /run/secrets, and every receiver that needs one names it."""
    document = configuration()
    keys = dict(_leaves(document))
    named = {key for key, value in keys.items() if str(value).startswith(f"{SECRETS}/")}
    assert {key.rpartition(".")[2] for key in named} == {
        "smtp_auth_password_file",
        "routing_key_file",
        "api_url_file",
        "credentials_file",
    }
    secret = re.compile(r"(password|secret|token|routing_key|service_key|api_url|credentials|api_key)$")
    assert not [key for key in keys if secret.search(key)]


def _leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in _leaves(each, f"{key}.{name}")]
    if isinstance(value, list):
        return [leaf for index, each in enumerate(value) for leaf in _leaves(each, f"{key}[{index}]")]
    return [(key, value)]


@pytest.mark.parametrize("template", ["title", "cause", "text"])
def test_words_from_outside_give_no_orders(tmp_path: Path, template: str) -> None:
    """Neither to Slack, which would call everybody and hide where a link leads, nor to the template engine."""
    hostile = "<!channel> <https://evil.example|look> {{ .ExternalURL }}"
    texts = dict.fromkeys(("title", "summary", "cause", "cause_link", "runbook"), hostile)
    group = {"status": "firing", "alerts": [alert({"alertname": "E"}, **texts) | {"status": "firing"}]}
    (tmp_path / "group.json").write_text(json.dumps(group), encoding="utf-8")
    done = amtool(
        "template",
        "render",
        f"--template.glob={shipped_rules('alertmanager') / 'correlator.tmpl'}",
        f"--template.data={tmp_path / 'group.json'}",
        f'--template.text={{{{ template "correlator.{template}" . }}}}',
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"[^<]!channel[^>] [^<]https://evil\.example\|look[^>] {{ \.ExternalURL }}", done.stdout)
    assert not re.search(r"[<>]", done.stdout)


def test_every_receiver_is_reached_and_every_interval_mutes() -> None:
    """Nothing is written that no route names."""
    document = configuration()
    routes = [document["route"], *document["route"]["routes"]]
    assert {each["name"] for each in document["receivers"]} == {route["receiver"] for route in routes}
    assert {each["name"] for each in document["time_intervals"]} == {
        name for route in routes for name in route.get("mute_time_intervals", ())
    }


def alert(labels: Mapping[str, str], **annotations: str) -> Document:
    now = datetime.now(UTC)
    return {
        "labels": dict(labels),
        "annotations": annotations,
        "startsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(minutes=5)).isoformat(),
    }


INHIBITED: dict[str, tuple[Document, Document, bool]] = {
    "the ticket of the same objective": (PAGE, TICKET, True),
    "the ticket of another objective": (PAGE, TICKET | {"sloth_id": "bridge-latency"}, False),
    "the page by its ticket": (TICKET, PAGE, False),
    "a service while several are down": (
        {"alertname": "SeveralServicesDown", "scope": "system"},
        {"alertname": "ServiceDown", "job": "bridge"},
        True,
    ),
    "n8n while several are down": (
        {"alertname": "SeveralServicesDown", "scope": "system"},
        {"alertname": "N8nDown"},
        True,
    ),
    "the engine while several are down": (
        {"alertname": "SeveralServicesDown", "scope": "system"},
        {"alertname": "CorrelatorDown"},
        False,
    ),
    "the warning of an incident that became critical": (
        {"alertname": "Incident", "severity": "critical", "incident": "c1-a-1"},
        {"alertname": "Incident", "severity": "warning", "incident": "c1-a-1"},
        True,
    ),
    "the warning of another incident": (
        {"alertname": "Incident", "severity": "critical", "incident": "c1-a-1"},
        {"alertname": "Incident", "severity": "warning", "incident": "c1-b-1"},
        False,
    ),
}


def test_what_is_told_by_another_alert_is_inhibited(tmp_path: Path) -> None:
    """And nothing else is: each pair of alerts apart, by a label that inhibition does not look at."""
    with running_doubles() as doubles:
        for case, (first, second, is_inhibited) in INHIBITED.items():
            folder = tmp_path / re.sub(r"\W+", "-", case)
            folder.mkdir()
            with running_alertmanager(folder, local(folder, doubles, group_wait_s=60)) as running:
                running.post(alert(first | {"n": "first"}), alert(second | {"n": "second"}))

                def second_alert(running: Any = running, name: str = second["alertname"]) -> Any:
                    known = [each for each in running.alerts(name) if each["labels"]["n"] == "second"]
                    return known[0] if known else None

                status = within(5, second_alert)["status"]
                assert (status["state"] == "suppressed", bool(status["inhibitedBy"])) == (is_inhibited, is_inhibited), (
                    case
                )


def test_what_pagerduty_slack_and_the_engine_are_sent(tmp_path: Path) -> None:
    """The page is triggered once for a group, names the cause and its link, and resolves under the same key; so does Slack's."""
    page, ticket = PAGE | {"severity": "critical"}, TICKET | {"severity": "warning", "sloth_id": "bridge-latency"}
    why = {"title": "(page) bridge availability", "cause": "worker failed first: it raised E", "cause_link": "http://e:1/i/c1-1", "runbook": "r.md"}  # fmt: skip
    second = alert(page | {"sloth_id": "queue-errors"}, title="(page) queue errors", cause="another")
    with running_doubles() as doubles, running_alertmanager(tmp_path, local(tmp_path, doubles)) as running:
        first = alert(page, **why)
        running.post(first, alert(ticket, **why | {"title": "(ticket) bridge latency"}))
        trigger = within(10, lambda: next(iter(doubles.of("/pagerduty")), None))
        slack = within(10, lambda: next(iter(doubles.of("/slack")), None))
        running.post(first, second)
        more = within(10, lambda: doubles.of("/pagerduty")[1] if len(doubles.of("/pagerduty")) > 1 else None)
        over = {"endsAt": datetime.now(UTC).isoformat()}
        running.post(first | over, second | over)
        resolve = within(
            10, lambda: next((each for each in doubles.of("/pagerduty") if each["event_action"] == "resolve"), None)
        )
        engine = within(10, lambda: [each for each in doubles.told if each.path == "/engine"] or None)
    assert trigger["event_action"] == more["event_action"] == "trigger"
    assert trigger["dedup_key"] == more["dedup_key"] == resolve["dedup_key"]
    assert trigger["routing_key"] == "s3cret-of-a-test"
    assert trigger["payload"]["summary"] == "worker failed first: it raised E [(page) bridge availability]"
    assert trigger["payload"]["severity"] == "critical"
    assert trigger["links"] == [{"href": "http://e:1/i/c1-1", "text": "The cause and its evidence"}]
    assert "Runbook: r.md" in trigger["payload"]["custom_details"]["alerts"]
    assert more["payload"]["summary"].endswith("and 1 more]")
    attachment = slack["attachments"][0]
    assert attachment["title"] == "[WARNING 1] (ticket) bridge latency"
    assert attachment["title_link"] == "http://e:1/i/c1-1"
    assert "Cause: worker failed first: it raised E" in attachment["text"]
    assert engine[0].headers["Authorization"] == "Bearer s3cret-of-a-test"
    assert engine[0].body["version"] == "4"


def test_an_alert_without_annotations_is_told_all_the_same(tmp_path: Path) -> None:
    """By its name, with a link to Alertmanager."""
    with running_doubles() as doubles, running_alertmanager(tmp_path, local(tmp_path, doubles)) as running:
        running.post(alert({"alertname": "Strange", "severity": "critical"}))
        page = within(10, lambda: next(iter(doubles.of("/pagerduty")), None))
    assert page["payload"]["summary"] == "Strange [Strange]"
    assert page["links"][0]["href"].startswith("http")


def test_maintenance_mutes_calls_and_not_the_engine(tmp_path: Path) -> None:
    """A window that is now: nobody is called, and the engine is told. As shipped, the window is never."""
    with running_doubles() as doubles:
        document = local(tmp_path, doubles)
        document["time_intervals"][0]["time_intervals"] = [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]
        with running_alertmanager(tmp_path, document) as running:
            running.post(alert(PAGE | {"severity": "critical"}), alert({"alertname": "Other", "severity": "warning"}))
            within(10, lambda: doubles.of("/engine") or None)
            suppressed = "alertmanager_notifications_suppressed_total"
            within(10, lambda: running.counted(suppressed, reason="mute_time_interval") >= 2 or None)
    assert [doubles.of(path) for path in ("/pagerduty", "/slack")] == [[], []]


def test_warnings_are_mailed(tmp_path: Path) -> None:
    """To a server that takes mail without a login: Alertmanager counts no failure."""
    with smtp_stub() as (host, port), running_doubles() as doubles:
        document = local(tmp_path, doubles)
        document["global"] |= {"smtp_smarthost": f"{host}:{port}", "smtp_require_tls": False}
        for key in ("smtp_auth_username", "smtp_auth_password_file"):
            del document["global"][key]
        team = next(each for each in document["receivers"] if each["name"] == "team")
        team["email_configs"] = next(each for each in configuration()["receivers"] if each["name"] == "team")[
            "email_configs"
        ]
        with running_alertmanager(tmp_path, document) as running:
            running.post(alert({"alertname": "Other", "severity": "warning"}))
            within(10, lambda: running.counted("alertmanager_notifications_total", integration="email") or None)
            assert running.counted("alertmanager_notifications_failed_total", integration="email") == 0


def test_a_silence_is_made_and_ended_as_the_guide_says(tmp_path: Path) -> None:
    """By amtool, for one system and no other; the commands are those of docs/how-to/page-someone.md."""
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "page-someone.md").read_text(encoding="utf-8")
    add, query, expire = (
        shlex.split(each)[2:] for each in re.findall(r"^\$ (amtool .*silence .*)$", guide, re.MULTILINE)
    )
    with running_doubles() as doubles, running_alertmanager(tmp_path, local(tmp_path, doubles)) as running:
        at = f"--alertmanager.url={running.url}"
        silence = amtool(at, *add).stdout.strip()
        running.post(alert({"alertname": "A", "system": "bridge"}), alert({"alertname": "B", "system": "worker"}))
        (silenced,), (told,) = running.alerts("A"), running.alerts("B")
        assert silence in amtool(at, *query).stdout
        assert (silenced["status"]["silencedBy"], told["status"]["silencedBy"]) == ([silence], [])
        assert amtool(at, *expire[:-1], silence).returncode == 0
        assert within(5, lambda: running.alerts("A")[0]["status"]["silencedBy"] == [] or None)
