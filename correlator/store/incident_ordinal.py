"""The number at the end of an incident's key, by which the incidents of one cause are ordered."""

from correlator.model.incident import Incident


def incident_ordinal(incident: Incident) -> int:
    """Raises ValueError when the key does not end in `-{ordinal}`."""
    return int(incident.key.rpartition("-")[2])
