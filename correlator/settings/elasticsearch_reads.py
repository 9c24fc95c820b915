"""Documents of others that complete our stories."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from correlator.settings.units import Section

_NEEDED: Final = ("@timestamp", "message")


class ElasticsearchReadSettings(Section):
    """Indices or data streams that others write, and how their documents are to be read."""

    index: str = Field(
        min_length=1,
        pattern=r"^[^\s,/?#<>|\\\"A-Z]+$",
        description="A name or a pattern, such as filebeat-* or logs-app-*.",
    )
    kind: Literal["otel", "ecs", "custom"] = Field(
        description="otel: of the Collector's Elasticsearch exporter. ecs: logs of Filebeat and its like. custom: by `fields`."
    )
    fields: dict[str, str] = Field(
        default={},
        description="ECS's names, each with the documents' own: {message: msg, log.level: severity, trace.id: ctx.traceId}.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.kind == "otel" and self.fields:
            raise ValueError(f"{self.index}: documents of kind otel have fields of one name only; leave `fields` out")
        missing = [name for name in _NEEDED if name not in self.fields]
        if self.kind == "custom" and missing:
            raise ValueError(f"{self.index}: fields lacks {' and '.join(missing)}; say what the documents call them")
        return self
