"""Templates of log lines."""

import logging
import subprocess
import sys

import pytest

from correlator.correlate.log_template import LogTemplates, mine

LINES = ["job 17 failed for Alice", "job 18 failed for Bob", "cache warm after 3 s", "job 19 failed for Eve"]


def test_lines_that_differ_in_what_varies_share_a_template() -> None:
    """Numbers are named; other words that vary become a wildcard, also for the lines seen before."""
    job = "job <number> failed for <*>"
    assert mine(LINES) == [job, job, "cache warm after <number> s", job]


def test_the_same_lines_in_the_same_order_give_the_same_templates() -> None:
    """State is in the object, none in the module."""
    assert mine(LINES) == mine(LINES)
    one, other = LogTemplates(), LogTemplates()
    assert [one.template_of(line) for line in LINES] == [other.template_of(line) for line in LINES]


def test_a_template_widens_as_lines_come() -> None:
    """What was constant so far may vary later."""
    templates = LogTemplates()
    assert [templates.template_of(line) for line in LINES[:2]] == [
        "job <number> failed for Alice",
        "job <number> failed for <*>",
    ]


def test_empty_lines_have_the_empty_template() -> None:
    """Nothing in, nothing out."""
    assert mine([]) == []
    assert mine(["", "  \n"]) == ["", ""]


def test_no_more_templates_are_kept_than_allowed() -> None:
    """The one longest unseen is forgotten; lines after that still get a template."""
    templates = LogTemplates(max_templates=2)
    assert [templates.template_of(line) for line in ("a", "b b", "c c c", "a")] == ["a", "b b", "c c c", "a"]


def test_importing_and_mining_writes_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """No configuration file is looked for, nothing is printed."""
    with caplog.at_level(logging.DEBUG):
        mine(LINES)
    assert caplog.records == []
    program = "from correlator.correlate.log_template import mine; mine(['a 1', 'a 2'])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
