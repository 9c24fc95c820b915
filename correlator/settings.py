"""One frozen tree of settings: flags over environment over file over the defaults written here. Read only by wiring and cli.

Environment: `CORRELATOR_` and the path joined by two underscores, as in `CORRELATOR_STORE__SEAL_AGE=30s`. Durations and sizes
carry their unit: `30s`, `5m`, `12h`, `7d`; `64MiB`, `2GB`. An unknown key, a bad unit or an impossible value is a SettingsError
that names key, value and remedy.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSource

from correlator.correlate.systems import DEFAULT_RULES
from correlator.errors import SettingsError

ENV_PREFIX: Final = "CORRELATOR_"
SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
BYTES: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
LARGEST: Final = {"s": 9e9, "B": 9e18}
"""Seconds, of which int64 nanoseconds hold 292 years, and bytes: what times and sizes are reckoned in."""
BYTES_BINARY: Final = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def _with_unit(value: Any, units: Mapping[str, float], base: str, example: str) -> float:
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"needs a number with a unit of {', '.join(units)}, for example {example}")
    number = float(match[1]) * units[match[2]]
    if number > LARGEST[base]:
        raise ValueError(f"is more than {LARGEST[base]:.0f}{base}; give less, for example {example}")
    return number


def parse_duration_s(value: Any) -> float:
    """Seconds of `30s`, `5m`, `12h`, `7d` or `250ms`. Raises ValueError otherwise."""
    return _with_unit(value, SECONDS, "s", "30s")


def parse_bytes(value: Any) -> int:
    """Bytes of `64MiB`, `2GB` and the like. Raises ValueError otherwise."""
    return int(_with_unit(value, BYTES | BYTES_BINARY, "B", "64MiB"))


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise ValueError("needs host:port, for example 127.0.0.1:4318 (port 0 picks a free one)")
    return value


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach `host:port`."""
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Duration = Annotated[float, BeforeValidator(parse_duration_s)]
Bytes = Annotated[int, BeforeValidator(parse_bytes)]
Address = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Listen(_Section):
    """Where the engine listens. Any address but loopback needs a token."""

    otlp_http: Address = Field(default="127.0.0.1:4318", description="OTLP/HTTP door.")
    otlp_grpc: Address = Field(default="127.0.0.1:4317", description="OTLP/gRPC door.")
    api: Address = Field(default="127.0.0.1:7070", description="HTTP API and /metrics.")
    token: SecretStr | None = Field(default=None, description="Bearer token that every client must send.")
    token_file: Path | None = Field(default=None, description="File that holds the token, instead of `token`.")
    body_timeout: Duration = Field(default="30s", gt=0, description="How long a request's body may take to arrive.")  # type: ignore[assignment]

    def bearer_token(self) -> str | None:
        """The token; None where no login is needed. Raises SettingsError when its file cannot be read or is empty."""
        if self.token is not None:
            return self.token.get_secret_value().strip()
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"listen.token_file = {str(self.token_file)!r}: {error.strerror}; make it readable"
            ) from error
        except UnicodeDecodeError:
            raise SettingsError(
                f"listen.token_file = {str(self.token_file)!r} is no UTF-8 text; write the token into it"
            ) from None
        if not token:
            raise SettingsError(f"listen.token_file = {str(self.token_file)!r} is empty; write the token into it")
        return token

    @model_validator(mode="after")
    def _needs_a_token_beyond_loopback(self) -> Self:
        open_to_others = [f"{name} = {value!r}" for name, value in self.addresses().items() if not is_loopback(value)]
        if open_to_others and self.token is None and self.token_file is None:
            raise ValueError(
                f"{', '.join(open_to_others)} can be reached from other machines without a login: "
                "set listen.token_file (or the environment variable CORRELATOR_LISTEN__TOKEN), or listen on 127.0.0.1"
            )
        if self.token is not None and not self.token.get_secret_value().strip():
            raise ValueError("token is empty: give one, or leave it out")
        return self

    def addresses(self) -> dict[str, str]:
        return {"otlp_http": self.otlp_http, "otlp_grpc": self.otlp_grpc, "api": self.api}


class LimitSettings(_Section):
    """What a request and a record may measure at most. See model.limits.Limits."""

    body: Bytes = Field(default="16MiB", gt=0, description="A request's body as it is sent.")  # type: ignore[assignment]
    inflated: Bytes = Field(default="16MiB", gt=0, description="A request's body after decompression.")  # type: ignore[assignment]
    records_per_request: int = Field(
        default=65_536, gt=0, description="Spans, log records or data points of one request."
    )
    attributes_per_record: int = Field(default=1_024, gt=0, description="Over this, the record is refused.")
    value: Bytes = Field(default="64KiB", gt=0, description="One attribute's text, or a log's body.")  # type: ignore[assignment]
    nesting_depth: int = Field(
        default=16, gt=0, le=64, description="Lists and maps within an attribute or a log's body."
    )
    future_skew: Duration = Field(
        default="10m", gt=0, description="A time further ahead of arrival is kept, and marked."
    )  # type: ignore[assignment]
    past_skew: Duration = Field(default="7d", gt=0, description="A time further before arrival is kept, and marked.")  # type: ignore[assignment]


class RecordSettings(_Section):
    """How requests become durable."""

    bytes_in_flight: Bytes = Field(default="128MiB", gt=0, description="Over this, senders are told to wait.")  # type: ignore[assignment]
    decode_processes: int = Field(default=2, ge=0, le=64, description="0: decode in the engine's own process.")


class StoreSettings(_Section):
    """The embedded store: when it seals, merges and forgets."""

    seal_rows: int = Field(default=131_072, ge=1, description="So many records in memory are written as a segment.")
    seal_age: Duration = Field(default="5m", gt=0, description="The oldest record waits so long for its segment.")  # type: ignore[assignment]
    retention_age: Duration | None = Field(
        default="30d", gt=0, description="Older records are deleted; null keeps them."
    )  # type: ignore[assignment]
    retention_size: Bytes | None = Field(default=None, gt=0, description="Over this, the oldest segments are deleted.")
    min_free: Bytes = Field(default="64MiB", ge=0, description="Below this, doors answer 503.")  # type: ignore[assignment]


class IncidentSettings(_Section):
    """When failures become an incident, and when it is over."""

    threshold: int = Field(
        default=1, ge=1, description="Failing traces by one cause within the window that open an incident."
    )
    window: Duration = Field(default="5m", gt=0, description="The threshold's failures lie within so long.")  # type: ignore[assignment]
    quiet: Duration = Field(default="15m", gt=0, description="An incident without failures for this long is resolved.")  # type: ignore[assignment]
    settle: Duration = Field(
        default="2s", ge=0, description="A trace is explained once it has been still for this long."
    )  # type: ignore[assignment]
    interval: Duration = Field(default="1s", gt=0, description="How often the watch looks for failures.")  # type: ignore[assignment]
    traces_per_turn: int = Field(default=200, ge=1, description="Traces investigated at a time at most.")
    backlog: int = Field(default=10_000, ge=1, description="Failing traces that may wait; more are skipped.")


class SystemRuleSettings(_Section):
    """A resource whose attribute matches the pattern (shell style, any case) is of that system. First match wins."""

    system: str = Field(pattern=r"^(n8n|bridge|worker|other)$")
    attribute: str = Field(min_length=1)
    pattern: str = Field(min_length=1)


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=ENV_PREFIX, env_nested_delimiter="__", validate_default=True
    )

    data_dir: Path = Field(default=Path("data"), description="Folder that keeps the data.")
    listen: Listen = Listen()
    limits: LimitSettings = LimitSettings()
    record: RecordSettings = RecordSettings()
    store: StoreSettings = StoreSettings()
    incidents: IncidentSettings = IncidentSettings()
    systems: tuple[SystemRuleSettings, ...] = Field(
        default=tuple(
            SystemRuleSettings(system=rule.system, attribute=rule.attribute, pattern=rule.pattern)
            for rule in DEFAULT_RULES
        ),
        description="Which resource belongs to which system.",
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
    except UnreadableSource as error:  # a section given as one variable that is no JSON
        raise SettingsError(f"{error}; give each key on its own, as in CORRELATOR_STORE__SEAL_AGE=30s") from None


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
    secret = "token" in key or key == "listen" or isinstance(error.get("input"), (Mapping, BaseModel))
    value = "" if secret else f" = {error['input']!r}"
    return f"setting {key!r}{value}: {error['msg'].removeprefix('Value error, ')}"


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
