"""How an Elasticsearch does: its health, what our key may, whether it is set up, whether its disks have room.

Each question raises what the client raises.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from elasticsearch import AuthorizationException, Elasticsearch

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.elasticsearch import secret_of
from correlator.console import counted
from correlator.elasticsearch.names import INDICES, Names
from correlator.elasticsearch.roles import role
from correlator.elasticsearch.roles.missing import missing
from correlator.elasticsearch.setup import Step, plan
from correlator.elasticsearch.setup.targets import index_step, stream_step
from correlator.elasticsearch.templates.data_streams import SIGNALS, duration_text
from correlator.elasticsearch.templates.plain_indices import plain_index_template

if TYPE_CHECKING:
    from correlator.settings.elasticsearch import ElasticsearchSettings

HEALTH: Final = "elasticsearch health"
PRIVILEGES: Final = "elasticsearch privileges"
SETUP: Final = "elasticsearch setup"
DISK: Final = "elasticsearch disk"
WRITERS: Final = frozenset({"store", "exporter"})
FLOOD_STAGE: Final = "index.blocks.read_only_allow_delete"
"""Put on every index of a node whose disk is full beyond the flood stage, and taken away by Elasticsearch once there is room."""
CHECK_SETUP: Final = "`correlator elasticsearch check` lists each thing"


def questions(
    client: Elasticsearch, given: "ElasticsearchSettings", roles: Sequence[str]
) -> Iterator[tuple[str, Callable[[], Check]]]:
    """Those that matter for an engine with these roles, each with the name of its check."""
    yield HEALTH, partial(_health, client)
    if roles and secret_of(given):
        yield PRIVILEGES, partial(_privileges, client, given, roles)
    if WRITERS.intersection(roles):
        yield SETUP, partial(_setup, client, given)
        yield DISK, partial(_disk, client, given.names)


def _health(client: Elasticsearch) -> Check:
    answer = client.cluster.health()
    status, unassigned = answer["status"], answer["unassigned_shards"]
    seen = f"{status}, {counted(answer['number_of_nodes'], 'node')}"
    if status == "green":
        return Check(HEALTH, Verdict.OK, seen)
    verdict = Verdict.FAIL if status == "red" else Verdict.WARN
    what = "data cannot be reached" if status == "red" else "copies are lacking"
    seen = f"{seen}, {counted(unassigned, 'shard')} unassigned: {what}"
    return Check(HEALTH, verdict, seen, "GET _cluster/allocation/explain says why a shard has no place")


def _privileges(client: Elasticsearch, given: "ElasticsearchSettings", roles: Sequence[str]) -> Check:
    read = [each.index for each in given.reads]
    lacking = {name: list(missing(client, role(name, given.names, read))) for name in roles}
    lacking = {name: lacks for name, lacks in lacking.items() if lacks}
    if not lacking:
        return Check(PRIVILEGES, Verdict.OK, f"all of {' and '.join(roles)}")
    seen = "; ".join(f"for {name} it lacks {', '.join(lacks)}" for name, lacks in lacking.items())
    commands = " and ".join(f"`correlator elasticsearch roles {name}`" for name in lacking)
    return Check(PRIVILEGES, Verdict.FAIL, f"{secret_of(given)}: {seen}", f"give it what {commands} prints")


def _setup(client: Elasticsearch, given: "ElasticsearchSettings") -> Check:
    """As `correlator elasticsearch check` sees it; for a key that may not see templates, of what they made."""
    try:
        steps, are = plan(client, given.names, given.retention).steps, "templates, data streams and indices are"
    except AuthorizationException:
        steps = tuple(_visible_steps(client, given.names, duration_text(given.retention)))
        if not steps:
            raise
        are = "data streams and indices are there (templates are not shown to this key), and"
    return _setup_check(steps, are)


def _visible_steps(client: Elasticsearch, names: Names, retention: str) -> Iterator[Step]:
    asked = [
        *(partial(stream_step, client, names.stream(signal), retention) for signal in SIGNALS),
        *(partial(index_step, client, names.index(word), plain_index_template(word, names)) for word in INDICES),
    ]
    for ask in asked:
        try:
            yield ask()
        except AuthorizationException:  # what the engine does not write, its key need not see
            continue


def _setup_check(steps: Sequence[Step], are: str) -> Check:
    found = {state: [step for step in steps if step.state == state] for state in ("refused", "missing", "changed")}
    for state, these in found.items():
        if these:
            verdict = Verdict.WARN if state == "changed" else Verdict.FAIL
            seen = f"{len(these)} of {len(steps)} {state}, such as {these[0].kind} {these[0].name!r}: {these[0].detail}"
            remedy = CHECK_SETUP if state == "refused" else f"run `correlator elasticsearch setup`; {CHECK_SETUP}"
            return Check(SETUP, verdict, seen, remedy)
    return Check(SETUP, Verdict.OK, f"{are} up to date")


def _disk(client: Elasticsearch, names: Names) -> Check:
    ours = [*map(names.stream, SIGNALS), *map(names.index, INDICES)]
    answer = client.indices.get_settings(index=ours, name=FLOOD_STAGE, flat_settings=True, ignore_unavailable=True)
    blocked = [index for index, each in answer.body.items() if each["settings"].get(FLOOD_STAGE) == "true"]
    if blocked:
        seen = f"{len(blocked)} of our indices take nothing, such as {blocked[0]!r}: a disk is beyond the flood stage"
        return Check(DISK, Verdict.FAIL, seen, "free or add disk; Elasticsearch then lifts the block by itself")
    return Check(DISK, Verdict.OK, "nothing of ours is blocked for a full disk")
