"""Writes api.md, cli.md and settings.md beside itself, from the code. `make docs` runs it; a test holds the files to be current."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.main import get_command

from correlator.cli.app import app as command_line
from correlator.pipeline.slo.objectives import Objectives
from correlator.pipeline.stories.investigate import Investigator
from correlator.serve import Health, make_app
from correlator.settings import Settings
from correlator.store.memory import MemoryStore
from correlator.telemetry.metrics import EngineMetrics
from correlator.wiring import make_alerts, make_decode, make_recorder, make_workflows

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by docs/reference/generate.py (make docs): change the code, not this file. -->"

SETTINGS = """# Settings

Flags go over the environment, over the file given by `--config`, over these defaults. An unknown or impossible setting ends the
start with a message that names it; `correlator doctor --config FILE` checks without starting.

```yaml
data_dir: /var/lib/correlator
listen:
  api: 127.0.0.1:7071
store:
  retention_age: 7d
  retention_size: 20GiB
systems:              # replaces the default rules; first match wins
  - {system: bridge, attribute: service.name, pattern: "orders-*"}
```

As environment variables: `CORRELATOR_STORE__RETENTION_AGE=7d`, two underscores between section and name. Durations need a unit
(`250ms`, `30s`, `5m`, `12h`, `7d`), sizes too (`64MiB`, `2GB`). An address other than loopback needs a token."""


def pages() -> dict[str, str]:
    """File name to text."""
    return {"api.md": _page(_api()), "cli.md": _page(_cli()), "settings.md": _page(_settings())}


def _page(lines: Iterator[str]) -> str:
    return "\n".join([NOTE, *lines]) + "\n"


def _api() -> Iterator[str]:
    store = MemoryStore()
    settings, metrics = Settings(), EngineMetrics()
    recorder = make_recorder(settings, store, make_decode(settings), metrics)
    workflows = make_workflows(settings, store, recorder, metrics)
    alerts = make_alerts(settings, store, recorder, Objectives((), store), metrics, {})
    investigator, apis = Investigator(store), {"alerts": alerts.api(settings)}
    document = make_app(store, investigator, metrics, Health(), workflows.api(settings), **apis).openapi()
    yield f"# HTTP API\n\n{document['info']['description']}\n\n`/openapi.json` has all of it for machines."
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield from _operation(method.upper(), path, operation)
    yield "\n# Answers"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _schema(name, schema)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {method} {path}\n\n{operation['description']}"
    yield from _table(
        ("parameter", "meaning"),
        ((_code(each["name"]), each["description"]) for each in operation.get("parameters", ())),
    )
    answers = (
        f"{status} {answer['description']}{_answer_link(answer)}" for status, answer in operation["responses"].items()
    )
    yield "\nAnswers: " + "; ".join(answers) + "."


def _answer_link(answer: dict[str, Any]) -> str:
    names = [_type(media["schema"]) for media in answer.get("content", {}).values() if "$ref" in media["schema"]]
    return f" ({names[0]})" if names else ""


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'\n<a id="{name.lower()}"></a>\n\n## {name}\n\n{schema["description"]}'
    fields = ((_code(field), _type(each), each.get("description", "")) for field, each in schema["properties"].items())
    yield from _table(("field", "type", "meaning"), fields)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"array of {_type(schema['items'])}" if "items" in schema else "array"
    return str(schema.get("type", "any"))


def _cli() -> Iterator[str]:
    root: Any = get_command(command_line)
    yield f"# Command line\n\n{root.help}\n\n{root.epilog}"
    for name, command in _commands(root):
        yield f"\n## correlator {name}\n\n{command.help}"
        yield from _table(
            ("argument or option", "meaning"), ((_usage(each), each.help or "") for each in command.params)
        )


def _commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its words, those of groups included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _usage(parameter: Any) -> str:
    metavar = parameter.metavar or ""
    if parameter.param_type_name == "argument":
        name = metavar or parameter.name.upper()
        return _code((name if parameter.required else f"[{name}]") + ("..." if parameter.nargs == -1 else ""))
    variable = f", or `{parameter.envvar}`" if parameter.envvar else ""
    return _code(f"{', '.join(parameter.opts)} {metavar}".strip()) + variable


def _settings() -> Iterator[str]:
    sections = {name: field.annotation for name, field in Settings.model_fields.items() if _is_section(field)}
    single = {name: field for name, field in Settings.model_fields.items() if name not in sections}
    yield SETTINGS
    yield from _fields("", single)
    for name, section in sections.items():
        yield f"\n## {name}\n\n{section.__doc__}"
        yield from _fields(f"{name}.", _of(section))


def _of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """Its own settings before those that it shares with others."""
    fields = section.model_fields
    return {name: fields[name] for name in sorted(fields, key=lambda each: each not in section.__annotations__)}


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _fields(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    yield from _table(("setting", "default", "meaning"), _field_rows(prefix, fields))


def _field_rows(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[tuple[str, str, str]]:
    """A section, or a list of them, is followed by what it takes."""
    for name, field in fields.items():
        if field.description:
            yield _code(prefix + name), _default(field.default), field.description
        if _is_section(field):
            yield from _field_rows(f"{prefix}{name}.", _of(field.annotation))
        for part in get_args(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _field_rows(f"{prefix}{name}[].", _of(part))


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "must be given"
    if value == ():
        return "none"
    if isinstance(value, tuple) and isinstance(value[0], str):
        return ", ".join(map(_code, value))
    if isinstance(value, tuple):
        return "; ".join(_code(f"{rule.attribute} = {rule.pattern}") + f" is {rule.system}" for rule in value)
    return "none" if value is None else _code(str(value))


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    if lines:
        yield f"\n| {' | '.join(headings)} |\n|{'---|' * len(headings)}"
        yield from lines


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
