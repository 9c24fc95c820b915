"""Kafka's brokers are asked: which topics there are, how far they go, how far our group has come. Nothing is written.

By an admin client, which joins no group: the door's consumer looks for its group's coordinator at once, and for the first group
of all a broker makes a topic. No topic is asked for by name either: a broker may make one that is not there.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # its types forget the second

from correlator.cli.checks.check import Check, Verdict
from correlator.cli.checks.kafka import NAME
from correlator.cli.checks.servers import ASK_S
from correlator.console import counted
from correlator.doors.kafka.client import Client
from correlator.doors.kafka.missing import MISSING, remedy_of
from correlator.doors.kafka.trouble import NOT_REACHED, REMEDIES

if TYPE_CHECKING:
    from confluent_kafka.admin._metadata import ClusterMetadata, TopicMetadata

    from correlator.settings.kafka import KafkaSettings

GROUP: Final = "kafka group"
OFFSETS: Final = "__consumer_offsets"
"""Kafka's own topic of what groups committed; made when the first group asks for its coordinator."""
SHARED: Final = 2  # partitions from which on a second engine has some
NOT_FROM_HERE: Final = (
    "does each broker run, and is the address that it tells of itself (advertised.listeners) reached from here?"
)

Place = tuple[str, int]  # topic and partition


def check_brokers(given: "KafkaSettings") -> Iterator[Check]:
    """The brokers, each topic, the group. Raises SettingsError where the password cannot be read."""
    heard: list[KafkaError] = []
    place = ",".join(given.bootstrap_servers)
    try:
        client = Client(place, given.group, given.client_security(), given.read_secrets).admin(heard.append)
        cluster = _cluster(client)
    except KafkaException as error:
        yield _not_reached(place, [*heard, error.args[0]])
        return
    yield Check(NAME, Verdict.OK, f"{place} answers, {counted(len(cluster.brokers), 'broker')}")
    there = [topic for topic in given.topics if topic in cluster.topics]
    verdict = Verdict.WARN if there else Verdict.FAIL  # with none of them nothing is read
    for topic, signal in given.topics.items():
        yield _topic_check(topic, signal, cluster.topics.get(topic), verdict)
    yield from _dead_letter_check(given.dead_letter_topic, cluster)
    yield from _group_check(given, client, cluster, there)


def _cluster(client: AdminClient) -> "ClusterMetadata":
    """All that is shown to us. Raises KafkaException, after what the library was told of the connections."""
    try:
        return client.list_topics(timeout=ASK_S)
    except KafkaException:
        client.poll(0)
        raise


def _not_reached(place: str, errors: list[KafkaError]) -> Check:
    """By the first error that says why; the last one says only that there was no answer."""
    told = next((error for error in errors if error.code() in REMEDIES), errors[0])
    return Check(NAME, Verdict.FAIL, f"{place}: {told.str()}", REMEDIES.get(told.code(), NOT_REACHED))


def _topic_check(topic: str, signal: str, found: "TopicMetadata | None", verdict: Verdict) -> Check:
    name = f"kafka topic {topic}"
    if found is None:
        return Check(name, verdict, MISSING, remedy_of(signal))
    count = len(found.partitions)
    seen = f"{signal}, {counted(count, 'partition')}"
    if count < SHARED:
        remedy = "a second engine of the group would read nothing of it; give it as many as engines you may ever want"
        return Check(name, Verdict.WARN, seen, remedy)
    return Check(name, Verdict.OK, seen)


def _dead_letter_check(topic: str | None, cluster: "ClusterMetadata") -> Iterator[Check]:
    if topic is not None and topic not in cluster.topics:
        remedy = "make it, unless brokers make topics by themselves; or give the user Write on it"
        yield Check(f"kafka topic {topic}", Verdict.WARN, MISSING, remedy)


def _group_check(
    given: "KafkaSettings", client: AdminClient, cluster: "ClusterMetadata", topics: list[str]
) -> Iterator[Check]:
    places = [TopicPartition(topic, number) for topic in topics for number in cluster.topics[topic].partitions]
    if not places:
        return
    try:
        ends = _ends(client, places)
        committed = _committed(client, given.group, places) if _may_have_committed(given, cluster) else {}
    except KafkaException as error:
        told: KafkaError = error.args[0]
        yield Check(GROUP, Verdict.FAIL, f"{given.group}: {told.str()}", REMEDIES.get(told.code(), NOT_FROM_HERE))
        return
    yield Check(GROUP, Verdict.OK, f"{given.group} {_progress(ends, committed)}")


def _ends(client: AdminClient, places: list[TopicPartition]) -> dict[Place, int]:
    latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    answers = client.list_offsets(dict.fromkeys(places, latest), request_timeout=ASK_S)
    return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}


def _may_have_committed(given: "KafkaSettings", cluster: "ClusterMetadata") -> bool:
    """A user who logs in may be shown our topics alone; where there is a login, there were groups."""
    return OFFSETS in cluster.topics or given.username is not None or given.certificate_file is not None


def _committed(client: AdminClient, group: str, places: list[TopicPartition]) -> dict[Place, int]:
    """Of those partitions of which something is committed."""
    asked = ConsumerGroupTopicPartitions(group, places)
    (answer,) = client.list_consumer_group_offsets([asked], request_timeout=ASK_S).values()
    found = answer.result().topic_partitions or []
    return {(each.topic, each.partition): each.offset for each in found if each.offset >= 0}


def _progress(ends: Mapping[Place, int], committed: Mapping[Place, int]) -> str:
    if not committed:
        return "has committed nothing yet"
    lag = sum(max(0, ends[place] - offset) for place, offset in committed.items())
    return f"has committed in {len(committed)} of {counted(len(ends), 'partition')}, and is {counted(lag, 'message')} behind"
