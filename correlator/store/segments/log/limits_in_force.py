"""The limits under which the log was written: replay must keep what was acknowledged, whatever the settings say now."""

from pathlib import Path

import msgspec

from correlator.errors import StoreError
from correlator.model.limits import Limits
from correlator.store.segments.disk import Disk

NAME = "limits.json"


def read_limits(data_dir: Path) -> Limits | None:
    """The limits of the requests in the log; None in a new folder. Raises StoreError when the file is damaged."""
    file = data_dir / NAME
    try:
        return msgspec.json.decode(file.read_bytes(), type=Limits)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{file} cannot be read ({error}); restore it, or remove it to replay the log by today's limits"
        ) from error


def write_limits(data_dir: Path, limits: Limits, disk: Disk) -> None:
    """Keep the limits of the requests to come; the log must be empty, or written under the same."""
    temporary = data_dir / f"{NAME}.tmp"
    with disk.new_stream(temporary) as stream:
        stream.write(msgspec.json.encode(limits))
    disk.put(temporary, data_dir / NAME)
