"""The command line: `correlator serve | ingest | investigate | explain | trace | incidents | status | events | propagation |
rules | slo | replay | elasticsearch | kibana | doctor | demo`.

One file a command; each parses, calls one verb, prints. Query commands ask a running engine over HTTP (api_client.py); `ingest`
sends to one, or writes into a data folder. What is heavy is imported by the command that needs it, so that --help is quick.

    app.py            the commands, and how an error ends one
    exits.py          exit codes: 0 done, 1 found a problem, 2 wrong use, 3 cannot reach
    options.py        options that several commands share
    printing.py       terminal or pipe, text or JSON
    api_client.py     the API's answers as model values; which_story.py finds one by execution or job
    event_lines.py    the lines of an event stream as events; workflow_status.py what the API answers of a workflow
    otlp_file.py      a file of telemetry as OTLP requests; record_count.py how many records each holds
    json_texts.py     the JSON objects of a file; log_lines.py those that are log lines, on their way into requests
    delivery.py       those requests into an engine, or into a data folder; tally.py what became of them
    background_engine.py  an engine in a thread of this process
    logs.py           the engine's own log, on stderr
    checks/           what `doctor` looks at
    replay/           the group `correlator replay`: dead letters, seen, sent again or dropped
    slo/              the group `correlator slo`
    elasticsearch/    the group `correlator elasticsearch`: a cluster made ready
    kibana/           the group `correlator kibana`: dashboards and alerts into a Kibana
"""

import sys

MISSING = "this command needs {module!r}, which is not installed: pip install 'correlator[{extras}]'"
EXTRAS = {"elasticsearch": "engine,elasticsearch", "elastic_transport": "engine,elasticsearch"}
"""Of the modules that do not come with the engine."""


def main() -> None:
    """Entry point of the command `correlator`."""
    try:
        from correlator.cli.app import app
    except ModuleNotFoundError as missing:
        sys.exit(refuse_missing(missing))
    app()


def refuse_missing(missing: ModuleNotFoundError) -> int:
    """Say which extra is not installed; the exit code for wrong use. Raises `missing` again when it is a fault of our own."""
    module = (missing.name or "").partition(".")[0]
    if module in ("", "correlator"):
        raise missing
    sys.stderr.write(MISSING.format(module=module, extras=EXTRAS.get(module, "engine")) + "\n")
    return 2
