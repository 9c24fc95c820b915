"""correlator slo status: it asks a running engine."""

import io
import json
from collections.abc import Iterator

import pytest
from rich.console import Console

from correlator.cli.exits import ExitCode
from correlator.cli.slo.answers import SloAnswer
from correlator.cli.slo.status_view import _lasts, _ratio, objectives_view
from correlator.store.memory import MemoryStore
from tests.unit.cli.conftest import Cli, listening
from tests.unit.pipeline.slo.counted import BRIDGE, ELSEWHERE, QUEUE, an_outage, count, reader_of
from tests.unit.serve.api import make_api
from tests.unit.slo.series import after

BAD = "bridge-availability"


@pytest.fixture(scope="module")
def slo_url() -> Iterator[str]:
    """The bridge has an outage, the queue no traffic, the shop a Prometheus that is down."""
    store, end = an_outage(days=2)
    with listening(make_api(slos=reader_of(store, BRIDGE, QUEUE, ELSEWHERE, now=end)).app) as url:
        yield url


def test_all_objectives_with_budgets_and_who_is_called(cli: Cli, slo_url: str) -> None:
    """One line each; why some are unknown below. A page is on: 1."""
    answer = cli("slo", "status", "--api", slo_url)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM, answer.output
    heading, bridge, queue, _, _, *reasons = answer.stdout.splitlines()
    assert heading.split() == ["objective", "attained", "target", "budget", "left", "lasts", "state"]
    assert bridge.split() == [BAD, "99.6528%", "99.9%", "░░░░░░░░░░", "-247%", "burnt", "page"]
    assert queue.split() == ["queue-errors", "-", "99.9%", "??????????", "-", "unknown"]
    assert reasons[0] == "queue-errors: no events"
    assert reasons[1].startswith("shop-checkout: http://127.0.0.1:9090 does not answer")


def test_one_objective_with_every_window_and_the_reason_of_each_alert(cli: Cli, slo_url: str) -> None:
    """What burns, since when, and why it calls."""
    answer = cli("slo", "status", BAD, "--api", slo_url, COLUMNS="120")
    assert answer.exit_code == ExitCode.FOUND_PROBLEM, answer.output
    lines = answer.stdout.splitlines()
    assert lines[1] == "bridge-availability: 0.999 over 30 days, as of 2025-02-21 21:20:00Z"
    assert lines[2] == "missed: 0.3472% of events failed, and 0.1000% may"
    assert lines[3] == "budget left ░░░░░░░░░░  -247%  1,000 of 288 that may fail, 7% known"
    assert lines[4] == "calls page"
    assert lines[7].split() == ["5m", "1,000", "500", "500", "100%"]
    assert lines[9].split() == ["1h", "167", "6,000", "1,000", "100%"]
    on = lines.index("page over 14.4 in 1h and 5m: on since 2025-02-21 21:19:00Z")
    assert lines[on + 1] == "  both windows burn faster than 14.4 times the budget's pace"


def test_a_service_is_chosen_and_the_past_is_asked_for(cli: Cli, slo_url: str) -> None:
    """Before the outage all was well: 0."""
    answer = cli("slo", "status", "--service", "bridge", "--at", after(1_000), "--api", slo_url)
    assert answer.exit_code == ExitCode.DONE, answer.output
    assert [line.split()[0] for line in answer.stdout.splitlines()[1:2]] == [BAD]
    assert "queue" not in answer.stdout


def test_json_is_what_the_api_says(cli: Cli, slo_url: str) -> None:
    """For scripts; the exit code is the same."""
    listed = cli("slo", "status", "--json", "--api", slo_url)
    assert listed.exit_code == ExitCode.FOUND_PROBLEM
    assert [each["id"] for each in json.loads(listed.stdout)["slos"]] == [BAD, "queue-errors", "shop-checkout"]
    one = json.loads(cli("slo", "status", BAD, "--json", "--api", slo_url).stdout)
    assert one["budget"]["failures"] == 1_000.0
    assert one["burn_rates"]["calls"] == "page"


def test_a_burnt_budget_ends_with_1_though_nobody_is_called(cli: Cli) -> None:
    """A day after the outage it is quiet, and the month is lost."""
    store, end = an_outage(days=2)
    count(store, dict.fromkeys(range(end, end + 1_440), (100, 100)))
    with listening(make_api(slos=reader_of(store, BRIDGE, now=end + 1_440)).app) as url:
        answer = cli("slo", "status", "--api", url)
    assert answer.exit_code == ExitCode.FOUND_PROBLEM
    assert answer.stdout.splitlines()[1].split()[-2:] == ["burnt", "missed"]


def test_what_is_kept_ends_with_0(cli: Cli) -> None:
    """And without objectives there is nothing to miss."""
    store = MemoryStore()
    count(store, dict.fromkeys(range(1_000), (10, 10)))
    with listening(make_api(slos=reader_of(store, BRIDGE, now=1_000)).app) as url:
        assert cli("slo", "status", "--api", url).exit_code == ExitCode.DONE
    with listening(make_api(slos=reader_of(store, now=1_000)).app) as url:
        assert cli("slo", "status", "--api", url).stdout == "no objectives\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nothing",), ExitCode.FOUND_PROBLEM, "no objective nothing"),
        (
            ("--service", "brigde"),
            ExitCode.FOUND_PROBLEM,
            "no objective of service brigde; `correlator slo status` lists",
        ),
        (("shop-checkout",), ExitCode.CANNOT_REACH, "does not answer"),
        (("--at", "yesterday"), ExitCode.WRONG_USE, "a time is RFC 3339"),
    ],
)
def test_what_cannot_be_told_says_why(
    cli: Cli, slo_url: str, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    """With the remedy."""
    answer = cli("slo", "status", *arguments, "--api", slo_url)
    assert (answer.exit_code, words in answer.stderr) == (code, True), answer.output


def test_without_an_engine_it_ends_with_3(cli: Cli, nobody_url: str) -> None:
    """It could not look."""
    assert cli("slo", "status", "--api", nobody_url).exit_code == ExitCode.CANNOT_REACH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.0, "burnt"), (59.0, "1m"), (3_700.0, "1h 1m"), (200_000.0, "2d 7h"), (1e9, "years")],
)
def test_how_long_a_budget_lasts_is_told_in_two_units(seconds: float | None, text: str) -> None:
    """Nobody counts seconds."""
    assert _lasts(seconds) == text


def test_ratios_keep_the_digits_that_tell_them_from_one() -> None:
    """99.9877 % is not 100 %."""
    assert [_ratio(each) for each in (0.999, 1.0, 0.99987654, None)] == ["99.9%", "100%", "99.9877%", "-"]


def _answer(objective_id: str, *, remaining: float | None = 1.0, reason: str = "no events") -> SloAnswer:
    return SloAnswer(objective_id, "Nightly invoices", 0.99, 30, "unknown", reason, None, 0.0, remaining, None, None)


def _lines(*listed: SloAnswer, width: int = 80) -> list[str]:
    out = Console(file=io.StringIO(), width=width)
    out.print(objectives_view(listed))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


def test_an_id_is_whole_at_any_width() -> None:
    """It is what one asks for next: where it has no room, the figures are below it, and the title says what it is."""
    heading, named, figures, *_ = _lines(_answer("n8n-workflow-success-o5hk1XXMYgFGUrZ1"))
    assert heading.split()[0] == "attained"
    assert named == "n8n-workflow-success-o5hk1XXMYgFGUrZ1  Nightly invoices"
    assert figures.split() == ["-", "99%", "██████████", "100%", "-", "unknown"]
    assert heading.index("state") == figures.index("unknown")
    _, beside, *_ = _lines(_answer("n8n-workflow-success-o5hk1XXMYgFGUrZ1"), width=120)
    assert beside.split()[:2] == ["n8n-workflow-success-o5hk1XXMYgFGUrZ1", "-"]


def test_a_budget_that_is_overdrawn_by_far_keeps_the_columns() -> None:
    """After the first failure of a new objective it is by thousands."""
    heading, far, near, *_ = _lines(_answer("a", remaining=-713.29), _answer("b", remaining=-0.08))
    assert "░ <-999%" in far
    assert far.index("unknown") == near.index("unknown") == heading.index("state")


def test_what_many_have_in_common_is_said_once() -> None:
    """Up to three are named."""
    many = [_answer(each, reason="6.7% is known") for each in "abcd"]
    *_, few, all_of_them = _lines(_answer("e"), _answer("f"), *many)
    assert (few, all_of_them) == ("e, f: no events", "4 objectives: 6.7% is known")
