"""Templates of pages, in which every word is escaped: names come from users and from telemetry."""

import re
from collections.abc import Callable
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from correlator.pipeline.slo.report import figures

_SPECIAL: Final = re.compile(r"([\\`*_~\[\]<>|&])")


def markdown_text(text: object) -> str:
    """One line of Markdown that shows the text as it is, also within a table."""
    return _SPECIAL.sub(r"\\\1", figures.one_line(str(text)))


def markdown_link(text: str, address: str | None) -> Markup:
    """A link, or the text alone where there is nowhere to go."""
    shown = markdown_text(text)
    return Markup(shown if address is None else f"[{shown}]({address})")


def _written(value: Any) -> Any:
    """What a Markdown template prints: escaped, unless it is a piece of Markdown already."""
    return value if isinstance(value, Markup) else Markup(markdown_text(value))


def _shown(value: Any) -> Any:
    """What a page prints: without control characters, and then escaped by jinja."""
    return figures.one_line(value) if type(value) is str else value


def _environment(finalize: Callable[[Any], Any]) -> Environment:
    """With autoescape in both: what a macro gives is then Markup, and not escaped twice."""
    made = Environment(
        loader=PackageLoader("correlator.pipeline.slo.report"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({each.__name__: each for each in _FILTERS})
    made.globals["link"] = markdown_link
    return made


_FILTERS: Final = (
    figures.attained,
    figures.counted,
    figures.error_ratio,
    figures.lasted,
    figures.moment,
    figures.rate,
    figures.share,
    figures.target,
)
HTML: Final = _environment(_shown)
MARKDOWN: Final = _environment(_written)
