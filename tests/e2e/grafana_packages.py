"""Grafana's and Prometheus's own packages for dashboards, from npm: types of dashboards, a compiler, a parser of expressions."""

import copy
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.e2e.npm_packages import install
from tests.e2e.promtool import LAB

FOLDER: Final = LAB / "grafana-packages"
PACKAGES: Final = {
    "@grafana/schema": "13.2.3",
    "@prometheus-io/lezer-promql": "0.315.0",  # of Prometheus 3.15
    "@lezer/common": "1",
    "typescript": "5.9.3",
}

_TYPES: Final = "@grafana/schema/dist/types/raw/composable"
_KINDS: Final = {"stat": False, "timeseries": True, "heatmap": True, "table": True}
"""Kinds of panels: whether their fields have settings of their own besides options."""
_HEAD: Final = """import type * as schema from "@grafana/schema";
type Said<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Said<T[K]> } : T;
"""
"""Said: what a document may say where a program would name a member of an enum."""
_PARSE: Final = """const { parser } = require("@prometheus-io/lezer-promql");
const wrong = JSON.parse(require("fs").readFileSync(0)).filter((expr) => {
  let failed = expr.trim() === "";
  parser.parse(expr).iterate({ enter: (node) => { failed ||= node.type.isError; } });
  return failed;
});
process.stdout.write(JSON.stringify(wrong));
"""


def mistakes(documents: Mapping[str, Any], folder: Path) -> str:
    """What the compiler says of dashboards by Grafana's types: unknown fields, wrong values; empty where all is well."""
    install(FOLDER, PACKAGES)
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    for name, document in documents.items():
        (folder / f"{name}.ts").write_text(_as_program(document), encoding="utf-8")
    options = ("--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext")
    compiler = FOLDER / "node_modules" / ".bin" / "tsc"
    command = [str(compiler), *options, *(f"{name}.ts" for name in documents)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def unparsable(expressions: Iterable[str]) -> list[str]:
    """Those that Prometheus's own parser, the one in Grafana's editor, does not read."""
    install(FOLDER, PACKAGES)
    command = ["node", "-e", _PARSE]
    done = subprocess.run(
        command, cwd=FOLDER, input=json.dumps(list(expressions)), capture_output=True, text=True, timeout=60, check=True
    )
    wrong: list[str] = json.loads(done.stdout)
    return wrong


def _as_program(document: Mapping[str, Any]) -> str:
    """Constants of Grafana's types whose values are the dashboard, and each panel's options and settings of fields."""
    imports = [
        f'import type * as {kind} from "./node_modules/{_TYPES}/{kind}/panelcfg/x/types.gen.js";' for kind in _KINDS
    ]
    constants = [_constant("dashboard", "schema.Dashboard", _without_expressions(document))]
    for panel in document["panels"]:
        if panel["type"] in _KINDS:
            constants += _of_panel(panel)
    return "\n".join((_HEAD, *imports, *constants))


def _without_expressions(document: Mapping[str, Any]) -> Any:
    """The dashboard whose marks ask nothing: Grafana's types leave to each data source what a query of it says."""
    plain = copy.deepcopy(dict(document))
    for mark in plain["annotations"]["list"]:
        mark["target"] = {"refId": mark["target"]["refId"]}
    return plain


def _of_panel(panel: Mapping[str, Any]) -> Sequence[str]:
    kind, number = panel["type"], panel["id"]
    said = [_constant(f"options{number}", f"{kind}.Options", panel["options"])]
    if _KINDS[kind]:
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        said.append(_constant(f"fields{number}", f"Partial<{kind}.FieldConfig>", custom))
    return said


def _constant(name: str, kind: str, value: Any) -> str:
    return f"export const {name}: Said<{kind}> = {json.dumps(value)};"
