"""What stands for librdkafka's consumer, and for the brokers behind it."""

from collections.abc import Collection

from confluent_kafka import KafkaError, KafkaException, TopicPartition

TOPIC = "otlp_spans"
DOWN = KafkaException(KafkaError(KafkaError._TRANSPORT))


class Library:
    """Numbers of partitions of TOPIC that flow, what the group has committed of each, and where they begin and end.

    `asked` has the partitions whose end a broker was asked for: the others' came with what was read.
    """

    def __init__(self) -> None:
        self.flowing: set[int] = set()
        self.committed_at = {0: (512, "b1:40,60"), 1: (-1001, "")}
        self.ends = {0: (500, 600), 1: (0, 7)}
        self.asked: list[int] = []
        self.is_down = False

    def incremental_assign(self, places: Collection[TopicPartition]) -> None:
        self.resume(places)

    def pause(self, places: Collection[TopicPartition]) -> None:
        self.flowing -= {each.partition for each in places}

    def resume(self, places: Collection[TopicPartition]) -> None:
        self.flowing |= {each.partition for each in places}

    def committed(self, places: Collection[TopicPartition], timeout: float) -> list[TopicPartition]:
        self._expect_brokers()
        numbers = [each.partition for each in places]
        return [TopicPartition(TOPIC, each, self.committed_at[each][0], self.committed_at[each][1]) for each in numbers]

    def get_watermark_offsets(self, place: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]:
        self._expect_brokers()
        self.asked += [] if cached else [place.partition]
        return self.ends[place.partition]

    def _expect_brokers(self) -> None:
        if self.is_down:
            raise DOWN
