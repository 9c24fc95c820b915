"""Checks that ask servers: side by side, so that the dead ones cost no more time than one of them."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Final

from correlator.cli.checks.check import Check, Verdict
from correlator.errors import CorrelatorError

ASK_S: Final = 5.0  # for one answer: a server that is well takes milliseconds
LIMIT_S: Final = 20.0  # for all that is asked: four answers that do not come, or names that are resolved slowly

WHAT_IS_THERE: Final = "is it what the settings take it for, or does something stand before it?"
Ask = Callable[[], Iterator[Check]]
_Told = SimpleQueue[Check | Exception | None]  # None: that was all


def check_servers(subjects: Mapping[str, Ask], limit_s: float = LIMIT_S) -> Iterator[Check]:
    """What each subject's checks tell, in this order. Whoever is not done after `limit_s` fails, after what it told until then.

    Raises what a check raises of CorrelatorError; anything else is a failure of that subject alone.
    """
    until_s = time.monotonic() + limit_s
    asked = {name: _asked(ask) for name, ask in subjects.items()}
    for name, told in asked.items():
        yield from _heard(name, told, until_s, limit_s)


def _asked(ask: Ask) -> _Told:
    """Where a thread of its own tells. It ends with the process: nothing can be taken back from a call that hangs."""
    told: _Told = SimpleQueue()
    threading.Thread(target=_tell, args=(ask, told), daemon=True).start()
    return told


def _tell(ask: Ask, told: _Told) -> None:
    try:
        for check in ask():
            told.put(check)
        told.put(None)
    except Exception as error:  # told by who hears it
        told.put(error)


def _heard(name: str, told: _Told, until_s: float, limit_s: float) -> Iterator[Check]:
    try:
        while (each := told.get(timeout=max(0.0, until_s - time.monotonic()))) is not None:
            if isinstance(each, CorrelatorError):
                raise each
            if isinstance(each, Exception):  # not its text: it may quote an answer
                yield Check(
                    name, Verdict.FAIL, f"answers what is not understood ({type(each).__name__})", WHAT_IS_THERE
                )
                return
            yield each
    except Empty:
        remedy = (
            "does it run, and is it reached from here? a firewall that drops, or a slow name server, looks like this"
        )
        yield Check(name, Verdict.FAIL, f"not done after {limit_s:g} s", remedy)
