"""How often trace context arrives."""

from typing import Final, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from correlator.console.lists import listed
from correlator.console.trimmed import Trimmed
from correlator.console.words import counted, plain, utc
from correlator.model.propagation import Propagation

HEADINGS: Final[tuple[tuple[str, Literal["left", "right"]], ...]] = (
    ("hop", "left"),
    ("calls", "right"),
    ("arrived", "right"),
    ("joined all the same", "left"),
    ("lost", "right"),
)


def propagation_view(propagation: Propagation) -> RenderableType:
    """How often trace context arrived, hop by hop, and what mends it where it did not."""
    table = Table(box=None, pad_edge=False)
    for heading, justify in HEADINGS:
        table.add_column(heading, justify=justify, no_wrap=True)
    for hop in propagation.hops:
        share = "-" if hop.share is None else f"{hop.share:.0%}"
        joined = ", ".join(f"{count} {method}" for method, count in hop.joined_by.items())
        table.add_row(plain(hop.hop), str(hop.calls), share, plain(joined or "-"), str(hop.not_joined))
    advice = (
        f"{hop.hop}: {each.setting} ({each.system}): {each.because}" for hop in propagation.hops for each in hop.advice
    )
    sampled = ", a sample of more" if propagation.is_sampled else ""
    heading = f"{utc(propagation.start_unix_nano)} to {utc(propagation.end_unix_nano)}: {counted(propagation.spans, 'span')}{sampled}"
    return Trimmed(Group(Text(heading, "bold"), table, *listed("What mends it", advice)))
