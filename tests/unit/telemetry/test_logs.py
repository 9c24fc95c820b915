"""structlog and stdlib logging through one pipeline, as JSON lines in both forms."""

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from opentelemetry.context import attach, detach, get_current

from correlator.errors import SettingsError
from correlator.telemetry import configure_logging, get_logger, with_context
from correlator.telemetry.story_ids import StoryIds, with_story_ids
from tests.unit.telemetry.conftest import Recorder

ALWAYS = {"trace_id", "span_id", "system", "component", "action"}


class Lines(io.StringIO):
    """A stream of JSON lines."""

    def records(self) -> list[dict[str, Any]]:
        """What was written so far."""
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def record(self) -> dict[str, Any]:
        """The one record that was written."""
        (only,) = self.records()
        return only


@pytest.fixture(params=["ecs", "otel"])
def log_format(request: pytest.FixtureRequest) -> str:
    """Each of the two forms."""
    return str(request.param)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """A stream to configure logging with; logging is afterwards as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Lines()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_every_record_of_either_library_has_the_five_fields(lines: Lines, log_format: str) -> None:
    """Also outside any trace, where the ids are empty."""
    configure_logging("mailer", "worker", log_format=log_format, stream=lines)
    get_logger("outbox").info("mail_sent", to_count=1)
    logging.getLogger("library").warning("slow %s", "answer")
    ours, theirs = lines.records()
    for record in (ours, theirs):
        assert record.keys() >= ALWAYS
        assert (record["trace_id"], record["span_id"], record["system"]) == ("", "", "worker")
    assert (ours["component"], ours["action"]) == ("outbox", "mail_sent")
    assert theirs["component"] == "library"
    assert theirs["action"] == "test_every_record_of_either_library_has_the_five_fields"


def test_component_and_action_can_be_named(lines: Lines, log_format: str) -> None:
    """Bound on a logger, or given with `extra`."""
    configure_logging("mailer", log_format=log_format, stream=lines)
    get_logger("outbox").bind(component="smtp").info("mail_sent", action="send")
    logging.getLogger("library").warning("slow", extra={"component": "smtp", "action": "send"})
    assert [(record["component"], record["action"]) for record in lines.records()] == [("smtp", "send")] * 2


def test_a_record_in_a_span_names_it_in_ecs(recorder: Recorder, lines: Lines) -> None:
    """ECS's own field names beside the five."""
    configure_logging("mailer", "worker", stream=lines)
    with recorder.tracer_provider.get_tracer("t").start_as_current_span("send") as span:
        get_logger("outbox").warning("mail_rejected", reason="no_recipient")
    context, record = span.get_span_context(), lines.record()
    assert record["trace.id"] == record["trace_id"] == f"{context.trace_id:032x}"
    assert record["span.id"] == record["span_id"] == f"{context.span_id:016x}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["@timestamp"])
    expected = {
        "log.level": "warning",
        "message": "mail_rejected",
        "service.name": "mailer",
        "event.dataset": "mailer.log",
        "ecs.version": "9.0.0",
        "reason": "no_recipient",
    }
    assert {name: record[name] for name in expected} == expected


def test_outside_a_span_ecs_ids_are_absent(lines: Lines) -> None:
    """An empty keyword would be searched for in vain."""
    configure_logging("mailer", stream=lines)
    get_logger("outbox").info("started")
    assert not {"trace.id", "span.id"} & lines.record().keys()


def test_a_record_in_opentelemetry_s_names(recorder: Recorder, lines: Lines) -> None:
    """The log data model's fields, the rest under attributes."""
    configure_logging("mailer", "worker", log_format="otel", stream=lines)
    with recorder.tracer_provider.get_tracer("t").start_as_current_span("send") as span:
        get_logger("outbox").error("mail_rejected", reason="no_recipient", tries=3)
    record = lines.record()
    assert record["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert (record["severity_text"], record["severity_number"], record["body"]) == ("ERROR", 17, "mail_rejected")
    assert record["resource"] == {"service.name": "mailer", "correlator.system": "worker"}
    assert record["attributes"] == {
        "reason": "no_recipient",
        "tries": 3,
        "correlator.component": "outbox",
        "correlator.action": "mail_rejected",
    }


@pytest.mark.parametrize("library", ["structlog", "stdlib"])
def test_an_exception_comes_with_type_message_and_stack(lines: Lines, library: str) -> None:
    """Alike from either library."""
    configure_logging("mailer", stream=lines)
    try:
        raise ConnectionError("mail server refused")
    except ConnectionError:
        (get_logger("outbox") if library == "structlog" else logging.getLogger("outbox")).exception("send_failed")
    record = lines.record()
    assert (record["error.type"], record["error.message"]) == ("ConnectionError", "mail server refused")
    assert record["error.stack_trace"].startswith("Traceback")
    assert (record["event.outcome"], record["log.level"]) == ("failure", "error")


def test_values_of_fields_named_like_secrets_are_redacted(lines: Lines, log_format: str) -> None:
    """At any depth, from either library."""
    configure_logging("mailer", log_format=log_format, stream=lines)
    get_logger("o").info(
        "call", password="hunter2", headers={"Authorization": "hunter2", "nested": {"api_key": "hunter2"}}
    )
    logging.getLogger("o").info("call", extra={"session_cookie": "hunter2", "list": [{"token": "hunter2"}]})
    get_logger("o").info("call", token_count=7)
    assert "hunter2" not in lines.getvalue()
    assert '"token_count": 7' in lines.getvalue()


def test_fields_may_have_any_name_and_value(lines: Lines, log_format: str) -> None:
    """No name collides with logging's own, and what JSON cannot say becomes text."""
    configure_logging("mailer", log_format=log_format, stream=lines)
    cycle: list[Any] = []
    cycle.append(cycle)
    log = get_logger("outbox")
    log.info(
        "odd", name="n", args=(1,), message="m", module="x", msg="y", levelname="z", ratio=float("nan"), what=object()
    )
    log.info("odd", cycle=cycle, keys={(1, 2): 3}, text="a\nb\0\ud800")
    log.info("%d of %d", 1, 2)
    assert len(lines.records()) == 3


def test_fields_of_the_schema_cannot_be_forged(lines: Lines) -> None:
    """A field called like one of ours does not replace it."""
    configure_logging("mailer", "worker", stream=lines)
    logging.getLogger("o").info("x", extra={"trace_id": "forged", "system": "n8n", "service.name": "other"})
    record = lines.record()
    assert (record["trace_id"], record["system"], record["service.name"]) == ("", "worker", "mailer")


def test_a_record_carries_the_ids_of_its_story(lines: Lines) -> None:
    """So a worker's log line names the n8n execution."""
    configure_logging("mailer", stream=lines)
    token = attach(with_story_ids(StoryIds("42", "wf1", "r-1"), get_current()))
    try:
        run = with_context(lambda: get_logger("outbox").info("mail_sent"))
    finally:
        detach(token)
    run()
    record = lines.record()
    assert (record["n8n.execution.id"], record["n8n.workflow.id"]) == ("42", "wf1")
    assert record["http.request.header.x-request-id"] == "r-1"


def test_levels_are_respected_and_context_variables_are_merged(lines: Lines) -> None:
    """What is below the level costs no line."""
    configure_logging("mailer", stream=lines, level="WARNING")
    with structlog.contextvars.bound_contextvars(tenant="acme"):
        get_logger("outbox").info("mail_sent")
        get_logger("outbox").warning("mail_slow")
    assert lines.record()["tenant"] == "acme"


def test_a_forked_process_keeps_logging(lines: Lines) -> None:
    """Whole lines, under the child's own trace."""
    configure_logging("mailer", stream=lines)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        get_logger("outbox").info("in_child")
        os.write(writer, lines.getvalue().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert json.loads(stream.read())["message"] == "in_child"


def test_an_unknown_format_is_refused_with_the_choices() -> None:
    """The error names value and remedy."""
    with pytest.raises(SettingsError, match="'xml' is unknown; choose one of ecs, otel"):
        configure_logging("mailer", log_format="xml")
