"""Delivery: what was acknowledged reaches a target, however long that is down. Shared by all exporters that send records on; who
tells only what is now, as alertmanager does, shares the breaker and the client.

Nothing is kept twice: a target has a position in a durable source, which holds back what is from there on. For one target at a
time, in a thread of its own, so that who does not answer keeps nobody else waiting.

parcel          what is delivered, and the contract of a source
request_source  the acknowledged requests of the store's log, as a source
sender          the contract of what talks to a target, and how it says no
http_client     a target over HTTP: no redirect, no proxy, bounded answers
retry_after     how long a target asks to be left alone: pure
attempts        one batch, tried with backoff and jitter, as the target asks
breaker         whether a target is tried at all now
bounds          how far a target may fall behind: pure
waiting         what a target has not got
dead_letters    what a target refused for good, with the reason, until somebody decides
sqlite_file     where letters are kept, and what an exporter of yours keeps
target          the loop that puts these together; counts: what it tells /metrics
"""

from exporters.delivery.bounds import Bounds
from exporters.delivery.breaker import Breaker
from exporters.delivery.dead_letters import DeadLetter, DeadLetters, LetterGroup
from exporters.delivery.parcel import Page, Parcel, Source
from exporters.delivery.request_source import RequestSource
from exporters.delivery.sender import Delivered, Refused, RefusedPart, Sender, TryAgain
from exporters.delivery.target import Costs, Target

__all__ = [
    "Bounds",
    "Breaker",
    "Costs",
    "DeadLetter",
    "DeadLetters",
    "Delivered",
    "LetterGroup",
    "Page",
    "Parcel",
    "Refused",
    "RefusedPart",
    "RequestSource",
    "Sender",
    "Source",
    "Target",
    "TryAgain",
]
