"""n8n's spans as tellings of executions."""

import json

import pyarrow as pa

from correlator import semconv
from correlator.pipeline.slo.n8n_spans import NAME_CHARACTERS, ToldExecution, told_in
from tests.conformance.records import span, tables, trace_id


def told(**said: object) -> list[ToldExecution]:
    attributes = {semconv.N8N_WORKFLOW_ID: "w1", semconv.N8N_EXECUTION_ID: "17"} | said
    row = span(
        trace_id(1), 1, name=semconv.N8N_WORKFLOW_SPAN, scope_name=semconv.N8N_SCOPE, attributes=json.dumps(attributes)
    )
    spans: pa.Table = tables(spans=[row]).spans
    return [each for each in told_in(spans, with_attributes=False) if isinstance(each, ToldExecution)]


def test_an_execution_is_told_with_its_workflow() -> None:
    """By id and name."""
    (each,) = told(**{semconv.N8N_WORKFLOW_NAME: "Orders"})
    assert (each.execution.workflow_id, each.execution.execution_id, each.telling.workflow_name) == (
        "w1",
        "17",
        "Orders",
    )


def test_ids_and_names_are_bounded() -> None:
    """They stand in objectives, series and file names, and a sender may say anything."""
    long = "x" * 60_000
    (each,) = told(**{semconv.N8N_WORKFLOW_ID: long, semconv.N8N_EXECUTION_ID: long, semconv.N8N_WORKFLOW_NAME: long})
    for said in (*each.execution, each.telling.workflow_name):
        assert len(said) == NAME_CHARACTERS
