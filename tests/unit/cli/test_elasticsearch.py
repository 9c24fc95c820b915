"""correlator elasticsearch where no Elasticsearch answers, and the roles that it prints."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from typer.testing import CliRunner

from correlator.cli.app import app
from correlator.cli.elasticsearch.view import as_lines
from correlator.cli.exits import ExitCode
from correlator.cli.printing import stdout
from correlator.elasticsearch.setup import Plan, Step
from tests.unit.elasticsearch.stand_in import Answer, stand_in


class SomethingElse(BaseHTTPRequestHandler):
    """Knows no path."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Nothing: the test reads what the command says."""


@pytest.fixture
def place() -> Iterator[str]:
    """host:port of what is no Elasticsearch, and speaks no TLS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SomethingElse) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "message", "code"),
    [
        ("http", "answers 404: that is not how Elasticsearch answers; correct elasticsearch.hosts", ExitCode.FOUND_PROBLEM),
        ("https", "); where it speaks TLS, name its authority in elasticsearch.ca_file", ExitCode.CANNOT_REACH),
    ],
)  # fmt: skip
def test_what_is_no_elasticsearch_is_told_apart(place: str, scheme: str, message: str, code: ExitCode) -> None:
    """By what to correct: the address, or the scheme and who signed the certificate."""
    answer = CliRunner().invoke(app, ["elasticsearch", "check", "--url", f"{scheme}://{place}"])
    assert message in answer.stderr
    assert answer.exit_code == code


def test_what_does_not_fit_into_a_template_is_named() -> None:
    """Elasticsearch's first words only say which template is invalid."""
    cause = {"type": "mapper_parsing_exception", "reason": "Invalid [path] value [nope] for field alias [a]"}
    merging = {"type": "illegal_argument_exception", "reason": "invalid composite mappings", "caused_by": cause}
    error = {
        "type": "illegal_argument_exception",
        "reason": "composable template [shop] is invalid",
        "caused_by": merging,
    }
    with stand_in(lambda asked: Answer({"error": error, "status": 400}, 400)) as url:
        answer = CliRunner().invoke(app, ["elasticsearch", "setup", "--url", url])
    assert "composable template [shop] is invalid: Invalid [path] value [nope] for field alias [a]" in answer.stderr
    assert answer.exit_code == ExitCode.FOUND_PROBLEM


def test_a_name_that_is_taken_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Into a pipe too, where there are 80 columns: it is to be searched for."""
    taken = Step("data stream", f"traces-{'shop' * 20}.otel-default", "refused", "was made by the template 'shop'")
    there = Step("index", "correlator-state", "current")
    stdout().print(as_lines(Plan((taken, there), "30d"), "http://127.0.0.1:9200", is_done=False), soft_wrap=True)
    assert capsys.readouterr().out.splitlines() == [
        f"refused  data stream  {taken.name}  {taken.detail}",
        "current  index        correlator-state",
        "1 name taken in http://127.0.0.1:9200; nothing was changed",
    ]


def test_roles_are_json_with_and_without_the_flag() -> None:
    """Every command takes --json."""
    plain, as_json = (CliRunner().invoke(app, ["elasticsearch", "roles", "reader", *flag]) for flag in ([], ["--json"]))
    assert plain.exit_code == as_json.exit_code == 0
    assert json.loads(plain.stdout) == json.loads(as_json.stdout)
