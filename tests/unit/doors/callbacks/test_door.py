"""The door beside others on one event loop."""

import asyncio
import json

from tests.unit.doors.callbacks.followed import Followed

LARGE = json.dumps({"kind": "completed", "execution_id": "7", "result": [[]] * 100_000}).encode()


def test_a_large_callback_holds_up_nobody_on_the_event_loop() -> None:
    """It takes a tenth of a second and more to read, in which telemetry comes too."""
    followed = Followed()

    async def turns_meanwhile() -> int:
        receiving = asyncio.create_task(followed.door.receive("w", LARGE, ""))
        turns = 0
        while not receiving.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert receiving.result().execution_id == "7"
        return turns

    assert asyncio.run(turns_meanwhile()) > 10
