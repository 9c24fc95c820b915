"""What the log of a data folder is called, so that documents of several engines never have one id."""

import os
import secrets
from pathlib import Path
from typing import Final

FILE: Final = "log_id"
RANDOM_BYTES: Final = 6  # 12 digits: of a thousand engines two share one with a chance of 2e-9


def log_id_of(folder: Path) -> str:
    """Chosen by chance the first time, and the same from then on. Raises OSError."""
    file = folder / FILE
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return _chosen(file)


def _chosen(file: Path) -> str:
    chosen = secrets.token_hex(RANDOM_BYTES)
    whole = file.with_suffix(".new")
    with whole.open("w", encoding="ascii") as stream:
        stream.write(f"{chosen}\n")
        stream.flush()
        os.fsync(stream.fileno())
    whole.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return chosen
