"""What was recorded of the stack, and its labels, as files of gzipped JSON lines."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

RECORDED: Final = Path(__file__).parent / "recorded"
OTLP: Final = "otlp"  # {signal, body in base64}
EXECUTION: Final = "execution"  # {base_url, document as n8n's REST API gave it}
CALLBACK: Final = "callback"  # {workflow_id, traceparent, document}
LOG_LINE: Final = "log_line"  # {text}: a line of n8n's event log


@dataclass(frozen=True, slots=True)
class Recorded:
    """One thing that came to the engine. `kind` says which door it came to, `content` what it was."""

    kind: str
    arrival_unix_nano: int
    content: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """The bytes of an OTLP request."""
        return base64.b64decode(self.content["body"])


@dataclass(frozen=True, slots=True)
class Label:
    """The truth about one story. `causes` are the systems of which one failed first: naming either is right; none: nothing failed."""

    story: str
    breakage: str
    fault: str
    mode: str
    causes: tuple[str, ...]
    trace_ids: tuple[str, ...] = field(default=())
    execution_ids: tuple[str, ...] = field(default=())


def read_recorded(folder: Path = RECORDED) -> list[Recorded]:
    """All that came, in the order of arrival."""
    return [Recorded(**line) for line in _lines(folder / "recorded.jsonl.gz")]


def read_labels(folder: Path = RECORDED) -> list[Label]:
    """The truth, one label a story."""
    found = _lines(folder / "labels.jsonl.gz")
    return [Label(**{key: _as_tuple(value) for key, value in line.items()}) for line in found]


def write(recorded: Iterable[Recorded], labels: Iterable[Label], folder: Path = RECORDED) -> None:
    """Replace what is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    in_order = sorted(recorded, key=lambda each: each.arrival_unix_nano)
    _write(folder / "recorded.jsonl.gz", (asdict(each) for each in in_order))
    _write(folder / "labels.jsonl.gz", (asdict(each) for each in labels))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _write(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as file:
        for line in lines:
            file.write(json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n")
