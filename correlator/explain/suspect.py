"""A failing link of an error chain that may be the cause, before it is graded."""

from dataclasses import dataclass

from correlator.explain.awaited import Awaited
from correlator.model.error_chain import ErrorChain, ErrorEvent, ErrorLink


@dataclass(frozen=True, slots=True)
class Suspect:
    """`chain.links[index]` tells of it. `component` is that link's service, or the one that it blames.

    `hearsay`: the component has told nothing of this error itself; all that is known is what its caller says.
    `awaited` is set where it is accused for keeping its caller waiting.
    """

    chain: ErrorChain
    index: int
    component: str
    operation: str
    system: str
    kind: str
    fingerprint: str
    hearsay: bool = False
    awaited: Awaited | None = None

    @property
    def link(self) -> ErrorLink:
        return self.chain.links[self.index]

    @property
    def error(self) -> ErrorEvent:
        return self.link.error

    @property
    def victims(self) -> tuple[ErrorLink, ...]:
        """The failing links outside of it, outermost first; the caller too where the component is known by hearsay."""
        return self.chain.links[: self.index + self.hearsay]

    @property
    def is_deepest(self) -> bool:
        """Whether it is the chain's cause, and not one of the failures that the cause explains."""
        return self.index == self.chain.cause

    @property
    def name(self) -> tuple[str, str, str]:
        """What ties are broken by."""
        return self.component, self.operation, self.fingerprint
