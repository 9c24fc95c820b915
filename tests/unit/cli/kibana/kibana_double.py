"""A stand-in for Kibana's saved objects and alerting APIs: it validates as Kibana's own source and documentation say.

What it takes from there: the header kbn-xsrf, the multipart field `file` and its extension, limits of size and number, unique
entries, types, versions of types, required and allowed attributes, references to data views and searches (of no other type),
conflicts, that nothing is made where an error could be resolved, paths of spaces, 401 and 403, UUIDs of alerts.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import PurePath
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.unit.cli.conftest import listening

OBJECTS_LIMIT = 10_000  # savedObjects.maxImportExportSize
BYTES_LIMIT = 26_214_400  # savedObjects.maxImportPayloadBytes
RESOLVABLE = ("conflict", "ambiguous_conflict", "missing_references")
VALIDATED_REFERENCES = ("index-pattern", "search")
KNOWN_VERSIONS = {"dashboard": (10, 3, 0), "search": (10, 5, 0), "index-pattern": (8, 0, 0), "tag": (8, 0, 0)}
"""The newest model versions of 8.19."""
REQUIRED = {
    "dashboard": {"title"},
    "search": {"title", "kibanaSavedObjectMeta"},
    "index-pattern": {"title"},
    "tag": {"name", "description", "color"},
}
ALLOWED = {
    "dashboard": REQUIRED["dashboard"]
    | {
        "description",
        "kibanaSavedObjectMeta",
        "timeRestore",
        "timeFrom",
        "timeTo",
        "refreshInterval",
        "controlGroupInput",
    }
    | {"panelsJSON", "optionsJSON", "hits", "version", "sections"},
    "search": REQUIRED["search"]
    | {"description", "columns", "sort", "grid", "rowHeight", "rowsPerPage", "hideChart", "breakdownField", "viewMode"}
    | {"isTextBasedQuery", "usesAdHocDataView", "timeRestore", "timeRange", "refreshInterval", "hideAggregatedPreview"}
    | {"hits", "version", "sampleSize", "headerRowHeight", "visContext", "density"},
    "index-pattern": REQUIRED["index-pattern"]
    | {"name", "timeFieldName", "fields", "fieldAttrs", "sourceFilters", "fieldFormatMap", "type", "typeMeta"}
    | {"allowNoIndex", "runtimeFieldMap"},
    "tag": REQUIRED["tag"],
}
"""Keys of attributes by type; Kibana forbids others."""
RULE_PARAMS = {
    "size", "timeWindowSize", "excludeHitsFromPreviousRun", "timeWindowUnit", "threshold", "thresholdComparator", "aggType",
    "aggField", "groupBy", "termField", "termSize", "searchType", "timeField", "esQuery", "index", "sourceFields",
}  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

Key = tuple[str, str]


@dataclass
class KibanaDouble:
    """`key` is the API key that it asks for, `password` that of the user elastic, if any."""

    key: str = ""
    password: str = ""
    is_forbidding: bool = False
    unknown_types: frozenset[str] = frozenset()
    taken_elsewhere: frozenset[Key] = frozenset()  # by an object of another space
    spaces: dict[str, dict[Key, dict[str, Any]]] = field(default_factory=lambda: {"default": {}, "blue": {}})
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    @property
    def objects(self) -> dict[Key, dict[str, Any]]:
        """Those of the default space."""
        return self.spaces["default"]

    def app(self) -> FastAPI:
        """Its APIs, below / and below /s/{space}."""
        app = FastAPI()
        for root in ("", "/s/{space}"):
            app.post(f"{root}/api/saved_objects/_export")(self._guarded(self._export))
            app.post(f"{root}/api/saved_objects/_import")(self._guarded(self._import))
            app.post(f"{root}/api/alerting/rule/{{rule_id}}")(self._guarded(self._make_rule))
            app.get(f"{root}/api/alerting/rule/{{rule_id}}")(self._guarded(self._rule))
        return app

    def _guarded(
        self, answer: Callable[[Request, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            self.requests.append(f"{request.method} {request.url.path}")
            space = request.path_params.get("space", "default")
            if request.method != "GET" and "kbn-xsrf" not in request.headers:
                return refusal(400, "Request must contain a kbn-xsrf header.")
            if not self._knows(request.headers.get("authorization")):
                return refusal(401, "[security_exception] missing authentication credentials")
            if space not in self.spaces:
                return refusal(404, f"Saved object [space/{space}] not found")
            if self.is_forbidding:
                return refusal(403, "Unable to bulk_create dashboard")
            return await answer(request, space)

        return guarded

    def _knows(self, authorization: str | None) -> bool:
        if self.key:
            return authorization == f"ApiKey {self.key}"
        pair = base64.b64encode(f"elastic:{self.password}".encode()).decode()
        return not self.password or authorization == f"Basic {pair}"

    async def _export(self, request: Request, space: str) -> Response:
        wanted = [(each["type"], each["id"]) for each in (await request.json())["objects"]]
        there = self.spaces[space]
        if missing := [key for key in wanted if key not in there]:
            error = {"statusCode": 404, "error": "Not Found", "message": "Saved object not found"}
            objects = [{"type": kind, "id": name, "error": error} for kind, name in missing]
            return refusal(400, "Error fetching objects to export", attributes={"objects": objects})
        return Response("\n".join(json.dumps(there[key]) for key in wanted), media_type="application/ndjson")

    async def _import(self, request: Request, space: str) -> Response:
        body = await request.body()
        if len(body) > BYTES_LIMIT:
            return refusal(413, "Request Entity Too Large")
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            return refusal(415, "Unsupported Media Type")
        part = form_file(request.headers["content-type"], body)
        if part is None:
            return refusal(400, "[request body.file]: expected value of type [Stream] but got [undefined]")
        extension = PurePath(part.get_filename() or "").suffix.lower()
        if extension != ".ndjson":
            return refusal(400, f"Invalid file extension {extension}")
        text = part.get_payload(decode=True)
        assert isinstance(text, bytes)
        objects = [json.loads(line) for line in text.decode().splitlines() if line.strip()]
        keys = [(each["type"], each["id"]) for each in objects]
        if len(objects) > OBJECTS_LIMIT:
            return refusal(400, f"Can't import more than {OBJECTS_LIMIT} objects")
        if doubles := sorted({":".join(key) for key in keys if keys.count(key) > 1}):
            return refusal(400, f"Non-unique import objects detected: [{','.join(doubles)}]")
        return JSONResponse(self._took(objects, space, overwrite=request.query_params.get("overwrite") == "true"))

    def _took(self, objects: list[dict[str, Any]], space: str, *, overwrite: bool) -> dict[str, Any]:
        there, keys = self.spaces[space], {(each["type"], each["id"]) for each in objects}
        errors = [error for each in objects for error in self._errors(each, there, keys, overwrite)]
        wrong = {(error["type"], error["id"]) for error in errors}
        results = []
        for each in objects:
            key = each["type"], each["id"]
            if key in wrong:
                continue
            copied = {"destinationId": f"{each['id']}-copy"} if key in self.taken_elsewhere and key not in there else {}
            results.append({"type": key[0], "id": key[1], "meta": {}, "managed": False, **copied})
            if not any(error["error"]["type"] in RESOLVABLE for error in errors):
                there[key[0], copied.get("destinationId", key[1])] = each
        answer = {"success": not errors, "successCount": len(results), "successResults": results}
        return answer | ({"errors": errors} if errors else {})

    def _errors(
        self, each: dict[str, Any], there: dict[Key, Any], keys: set[Key], overwrite: bool
    ) -> Iterator[dict[str, Any]]:
        key = each["type"], each["id"]
        told = {"type": key[0], "id": key[1], "meta": {"title": each["attributes"].get("title")}}
        if key[0] not in KNOWN_VERSIONS or key[0] in self.unknown_types:
            yield {**told, "error": {"type": "unsupported_type"}}
            return
        if message := mistake(each):
            yield {**told, "error": {"type": "unknown", "statusCode": 400, "message": message}}
        lost = [
            {"type": reference["type"], "id": reference["id"]}
            for reference in each["references"]
            if reference["type"] in VALIDATED_REFERENCES
            and (reference["type"], reference["id"]) not in keys | there.keys()
        ]
        if lost:
            yield {**told, "error": {"type": "missing_references", "references": lost}}
        if key in there and not overwrite:
            yield {**told, "error": {"type": "conflict"}}

    async def _make_rule(self, request: Request, space: str) -> Response:
        rule_id, body = request.path_params["rule_id"], await request.json()
        if not UUID.fullmatch(rule_id):
            message = (
                "Predefined IDs are not allowed for saved objects with encrypted attributes unless the ID is a UUID."
            )
            return refusal(400, message)
        if rule_id in self.alerts:
            return refusal(409, f"Saved object [alert/{rule_id}] conflict")
        unknown = set(body) - {"name", "tags", "rule_type_id", "consumer", "schedule", "params", "actions", "enabled"}
        if unknown or set(body["params"]) - RULE_PARAMS or "query" not in json.loads(body["params"]["esQuery"]):
            return refusal(400, f"[request body]: {sorted(unknown)} or its params are not those of .es-query")
        self.alerts[rule_id] = body
        return JSONResponse(body | {"id": rule_id})

    async def _rule(self, request: Request, space: str) -> Response:
        found = self.alerts.get(request.path_params["rule_id"])
        return refusal(404, "Saved object [alert] not found") if found is None else JSONResponse(found)


def refusal(status: int, message: str, **more: Any) -> Response:
    """As Kibana's server refuses."""
    return JSONResponse({"statusCode": status, "error": "refused", "message": message, **more}, status)


def form_file(content_type: str, body: bytes) -> Message | None:
    """The part called `file` of a multipart body, if it has a file's name."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    for part in message.iter_parts():  # type: ignore[attr-defined]
        if part.get_param("name", header="content-disposition") == "file" and part.get_filename():
            found: Message = part
            return found
    return None


def mistake(document: dict[str, Any]) -> str:
    """Why a type's schema or migrations would refuse an object; empty where they would not."""
    kind, keys = document["type"], set(document["attributes"])
    version = tuple(int(part) for part in document["typeMigrationVersion"].split("."))
    if version > KNOWN_VERSIONS[kind]:
        return f'Document "{document["id"]}" belongs to a more recent version of Kibana [{document["typeMigrationVersion"]}]'
    if missing := REQUIRED[kind] - keys:
        return f"[attributes.{min(missing)}]: expected value of type [string] but got [undefined]"
    if unknown := keys - ALLOWED[kind]:
        return f"[attributes.{min(unknown)}]: definition for this key is missing"
    if unknown := set(document) - ENVELOPE:
        return f"{min(unknown)} is not an allowed property"
    return ""


ENVELOPE = {
    "type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed", "version",
    "updated_at", "created_at", "updated_by", "created_by", "namespaces", "originId",
}  # fmt: skip


@contextmanager
def running(double: KibanaDouble) -> Iterator[str]:
    """Its URL, for the block."""
    with listening(double.app()) as url:
        yield url
