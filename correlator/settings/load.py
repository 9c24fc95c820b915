"""Flags over environment over file over defaults, and errors that name key, value and remedy."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource
from pydantic_settings import SettingsError as UnreadableSource

from correlator.errors import SettingsError
from correlator.settings.tree import ENV_PREFIX, Settings

_MAY_HOLD_CREDENTIALS: Final = re.compile(r"@|://[^'\"]*[?#]")
"""Anywhere before an @, as in a URL, and in a URL's query or fragment."""
_AS_JSON: Final = (
    "give each key on its own, as in CORRELATOR_STORE__SEAL_AGE=30s, and a list as JSON, as in "
    """CORRELATOR_ELASTICSEARCH__HOSTS='["http://127.0.0.1:9200"]'"""
)


def load_settings(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings of this process. `flags` has the tree's shape and only what was given. Raises SettingsError."""
    _refuse_unknown_environment(os.environ)
    written = _read_file(file) if file is not None else {}

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=written)

    try:
        return Layered(**(flags or {}))
    except ValidationError as error:
        raise SettingsError("; ".join(_problem(each) for each in error.errors(include_url=False))) from None
    except UnreadableSource as error:  # a section in one variable, or a list, that is no JSON
        raise SettingsError(f"{error}; {_AS_JSON}") from None


def _read_file(file: Path) -> dict[str, Any]:
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {str(file)!r}: {error.strerror}; name one that can be read") from None
    except yaml.YAMLError as error:
        raise SettingsError(
            f"settings file {str(file)!r} is no YAML mapping{_place(error)}; correct it there"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"settings file {str(file)!r} is no UTF-8 text; save it as such") from None
    if written is not None and not isinstance(written, dict):
        raise SettingsError(f"settings file {str(file)!r} is no YAML mapping; write lines like 'data_dir: ./data'")
    return written or {}


def _place(error: yaml.YAMLError) -> str:
    """Where the mistake is. Never YAML's own words: they quote the line, which may hold the token."""
    mark = getattr(error, "problem_mark", None)
    return f": line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _refuse_unknown_environment(environment: Iterable[str]) -> None:
    """Two underscores mean a setting; other CORRELATOR_ names may be a cluster's (CORRELATOR_SERVICE_HOST)."""
    for name in sorted(environment):
        if not name.startswith(ENV_PREFIX) or "__" not in name:
            continue
        section, _, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if key.partition("__")[0] not in _keys(section):
            raise SettingsError(f"environment variable {name} is no setting; {_remedy((section, key))}")


def _problem(error: Any) -> str:
    location = tuple(str(part) for part in error["loc"])
    key = ".".join(location) or "settings"
    if error["type"] == "extra_forbidden":
        return f"setting {key!r} is unknown; {_remedy(location)}"
    given = error.get("input")
    secret = (
        "token" in key
        or key.endswith(("_url", "urls", "endpoint", "api_key", "password"))
        or key == "listen"
        or isinstance(given, (Mapping, BaseModel))
        or _MAY_HOLD_CREDENTIALS.search(repr(given)) is not None
    )
    value = "" if secret else f" = {given!r}"
    told = "needs a list: put it in brackets" if error["type"] == "tuple_type" else error["msg"]
    return f"setting {key!r}{value}: {told.removeprefix('Value error, ')}"


def _remedy(location: tuple[str, ...]) -> str:
    known = _keys(location[0]) if len(location) > 1 else tuple(Settings.model_fields)
    close = difflib.get_close_matches(location[-1], known, n=1)
    prefix = "".join(f"{part}." for part in location[:-1]) if known and len(location) > 1 else ""
    if close:
        return f"did you mean {prefix + close[0]!r}?"
    names = known or tuple(Settings.model_fields)
    return f"known here: {', '.join(sorted(names))}"


def _keys(section: str) -> tuple[str, ...]:
    field = Settings.model_fields.get(section)
    model = field.annotation if field is not None else None
    return tuple(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ()
