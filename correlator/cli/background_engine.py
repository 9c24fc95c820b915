"""An engine in a thread of this process: it ends with the process, however that ends."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from correlator.settings import Settings
from correlator.wiring import Engine, build

END_S: Final = 15.0  # an engine's promise is 10


@contextmanager
def background_engine(settings: Settings) -> Iterator[Mapping[str, str]]:
    """Its addresses, `host:port` each by name, while the block runs. Raises what the engine raises."""
    engine = build(settings)
    running = _Running(engine)
    thread = threading.Thread(target=running.run, name="engine", daemon=True)
    thread.start()
    try:
        running.settled.wait()
        if running.error is not None:
            raise running.error
        yield engine.parts.addresses
    finally:
        running.stop()
        thread.join(END_S)


class _Running:
    """What the two threads know of each other."""

    def __init__(self, engine: Engine) -> None:
        self.settled = threading.Event()  # ready, or ended before it was
        self.error: BaseException | None = None
        self._engine = engine
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

    def run(self) -> None:
        """The thread: returns once the engine has ended."""
        try:
            self._loop.run_until_complete(self._engine.run(self.settled.set, self._stop))
        except BaseException as error:  # raised again where the engine was asked for
            self.error = error
        finally:
            self._loop.close()
            self.settled.set()

    def stop(self) -> None:
        """Ask the engine to end; nothing when it has."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
