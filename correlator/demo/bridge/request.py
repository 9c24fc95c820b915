"""What n8n's call says: checked against a JSON Schema, then a value."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match

from correlator.demo.jobs.job import PRIORITIES
from correlator.errors import InvalidInput

DEFAULT_TIMEOUT_S: Final = 30.0
_FOLDER: Final = Path(__file__).parent


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((_FOLDER / name).read_text()))


_VALIDATOR: Final = _validator("request.schema.json")
_STRICT: Final = _validator("strict.schema.json")


class RequestRefused(InvalidInput):
    """A call that the schema does not allow. `field` is its path: `data.to`; empty for the whole body."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field or 'body'}: {problem}")
        self.field = field


@dataclass(frozen=True, slots=True)
class HybridRequest:
    """One call. `timeout_s` is how long the caller waits; empty texts where the call says nothing."""

    workflow_id: str
    execution_id: str
    data: Any
    processing_type: str
    callback_url: str
    timeout_s: float
    priority: int
    node: str
    item: int

    def derived_key(self) -> str:
        """An idempotency key of execution, node and item; empty where the call names no execution or no node."""
        if not self.node or not self.execution_id:
            return ""
        return f"{self.workflow_id}/{self.execution_id}/{quote(self.node, safe='')}/{self.item}"


def parse_body(body: bytes) -> Any:
    """The body's JSON value. Raises RequestRefused; also for what only Python takes for JSON, and for half a character."""
    try:
        document = json.loads(body, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate could be read, and never written again
    except RecursionError:
        raise RequestRefused("", "is nested too deeply") from None
    except ValueError as error:
        raise RequestRefused("", f"is no JSON: {error}") from error
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def read_request(document: Any, *, is_strict: bool = False) -> HybridRequest:
    """The call that `document` is. Raises RequestRefused. `is_strict`: as a release reads it that asks for more."""
    _refuse(_VALIDATOR, document)
    if is_strict:
        _refuse(_STRICT, document)
    return HybridRequest(
        document.get("workflow_id", ""),
        document.get("execution_id", ""),
        document["data"],
        document["processing_type"],
        document.get("callback_url", ""),
        float(document.get("timeout", DEFAULT_TIMEOUT_S)),
        PRIORITIES[document.get("priority", "normal")],
        document.get("node", ""),
        document.get("item", 0),
    )


def _refuse(validator: Draft202012Validator, document: Any) -> None:
    error = best_match(validator.iter_errors(document))
    if error is not None:
        raise RequestRefused(_field(error), error.message[:200]) from error


def _field(error: ValidationError) -> str:
    """The field's path; of a missing one its own, though the error is its parent's."""
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required" and isinstance(error.instance, dict) and isinstance(error.schema, dict):
        path.append(next(name for name in error.schema["required"] if name not in error.instance))
    return ".".join(path)
