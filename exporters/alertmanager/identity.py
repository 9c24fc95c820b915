"""The labels by which an incident's alert is known, the same for as long as it is open."""

from collections.abc import Collection, Mapping

from correlator.model.incident import Incident
from correlator.store.contract import Catalog


class Identities:
    """System and service of each incident's cause, as they were when it was first told. For one thread.

    An incident may be explained anew while it is open. The errors that its key is of are not: their group says the same after
    a restart. Only of a cause that has none, as a callee that reports nothing, is the finding asked; should that have changed
    over a restart, the alert is told under new labels, and the one before ends by itself.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, Mapping[str, str]] = {}

    def of(self, incident: Incident) -> Mapping[str, str]:
        """The labels system and service; empty where nobody is known to be at fault."""
        if incident.key not in self._known:
            self._known[incident.key] = self._read(incident)
        return self._known[incident.key]

    def keep_only(self, keys: Collection[str]) -> None:
        """Forget all others."""
        self._known = {key: labels for key, labels in self._known.items() if key in keys}

    def _read(self, incident: Incident) -> Mapping[str, str]:
        group = self._catalog.error_group(incident.cause_fingerprint)
        if group is not None:
            return {"system": group.system, "service": group.service_name}
        cause = incident.root_cause.candidates[:1]
        return {"system": cause[0].system, "service": cause[0].component} if cause else {}
