"""correlator demo."""

import json

from tests.unit.cli.conftest import Cli


def test_the_demo_as_json_is_the_finding_alone(cli: Cli) -> None:
    """The worker is the cause, n8n and the bridge are its victims."""
    answer = cli("demo", "--json")
    assert answer.exit_code == 0, answer.output
    (first, *_) = json.loads(answer.stdout)["candidates"]
    assert first["system"] == "worker"
    assert {step["system"] for step in first["path"] if step["role"] != "cause"} >= {"n8n", "bridge"}
