"""The application's frames in the stacks of three languages."""

import time

import pytest

from correlator.correlate.stack_frames import STACK_CHARACTERS, in_app_frames

PYTHON = """Traceback (most recent call last):
  File "/srv/app/worker/first.py", line 4, in first
    second()
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3.11/asyncio/runners.py", line 118, in run
  File "/srv/app/worker/main.py", line 9, in main
    work()
  File "C:\\app\\worker\\jobs.py", line 31, in work
    send()
  File "/srv/venv/lib/python3.11/site-packages/httpx/_client.py", line 901, in send
  File "<frozen importlib._bootstrap>", line 241, in _call
RuntimeError: no
"""
JAVASCRIPT = """TypeError: total is not a number
    at Invoice.total [as sum] (/opt/app/src/invoice.ts:12:9)
    at async run (file:///opt/app/src/run.ts:7:3)
    at /opt/app/src/index.ts:2333:27
    at WorkflowExecute.runNode (/opt/app/node_modules/n8n-core/src/workflow-execute.ts:1431:11)
    at processTicksAndRejections (node:internal/process/task_queues:104:5)
"""
JAVA = """com.acme.StockException: none left
\tat com.acme.stock.Stock.take(Stock.java:41)
\tat java.base/java.util.ArrayList.forEach(ArrayList.java:1596)
\tat org.springframework.web.Servlet.service(Servlet.java:10)
\tat com.acme.stock.Api$Inner.<init>(Api.java:7)
Caused by: java.sql.SQLException: closed
\tat com.acme.db.Pool.get(Pool.java:3)
"""


@pytest.mark.parametrize(
    ("stacktrace", "frames"),
    [
        (PYTHON, ("worker/jobs.py:work", "worker/main.py:main")),
        (JAVASCRIPT, ("src/invoice.ts:Invoice.total", "src/run.ts:run", "src/index.ts:<anonymous>")),
        (JAVA, ("com.acme.stock.Stock:take", "com.acme.stock.Api$Inner:<init>")),
        ("", ()),
        ("no stack at all", ()),
    ],
)
def test_frames_are_the_applications_innermost_first(stacktrace: str, frames: tuple[str, ...]) -> None:
    """Without line numbers, folders of an installation, libraries, runtimes and the exceptions that are wrapped."""
    assert in_app_frames(stacktrace) == frames


def test_a_stack_of_libraries_alone_has_no_frames() -> None:
    """n8n runs from node_modules: its frames change with its version, not with the error."""
    stack = "NodeApiError: no\n    at ExecuteContext.execute (/opt/app/node_modules/n8n-nodes-base/HttpRequestV3.node.ts:892:16)"
    assert in_app_frames(stack) == ()


def test_only_the_innermost_frames_count() -> None:
    """Further out, one error is reached on many ways."""
    lines = [f'  File "/app/mod/f{index}.py", line 1, in f{index}' for index in range(50)]
    assert in_app_frames("\n".join(["Traceback (most recent call last):", *lines])) == (
        "mod/f49.py:f49",
        "mod/f48.py:f48",
        "mod/f47.py:f47",
    )


@pytest.mark.parametrize(
    "line", ["    at " + "a " * 30_000, '  File "' + "x" * 60_000, "    at " + "x.y" * 20_000 + "("]
)
def test_a_hostile_stack_is_read_in_no_time(line: str) -> None:
    """No pattern backtracks without bound; pytest's time limit is the judge."""
    assert in_app_frames(line * 3) == ()


@pytest.mark.parametrize("piece", ["[as ", "[as [as at async ", "\n", "at ", " "])
def test_a_stack_made_to_be_slow_is_not(piece: str) -> None:
    """A pattern that may go back over the whole text takes seconds for these; each line by itself takes milliseconds."""
    began = time.process_time()
    assert in_app_frames("at " + piece * (STACK_CHARACTERS // len(piece)) + "!") == ()
    assert time.process_time() - began < 1.0
