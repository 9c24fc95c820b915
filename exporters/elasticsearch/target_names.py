"""The two targets of an engine, as metrics, dead letters and /readyz name them."""

from typing import Final

RECORDS: Final = "elasticsearch/records"
"""The log is held under this name, too."""
CONCLUSIONS: Final = "elasticsearch/conclusions"
