"""Everything that the file holds, in its order: what is referred to comes first."""

from typing import Final

from dashboards.source.kibana.data_views import DATA_VIEWS
from dashboards.source.kibana.errors import ERRORS
from dashboards.source.kibana.incidents import INCIDENTS
from dashboards.source.kibana.log_volume import LOG_VOLUME
from dashboards.source.kibana.performance import PERFORMANCE
from dashboards.source.kibana.saved_object import TAG, SavedObject
from dashboards.source.kibana.searches import SEARCHES
from dashboards.source.kibana.traces import TRACES

BOARDS: Final = (ERRORS, PERFORMANCE, LOG_VOLUME, TRACES, INCIDENTS)


def saved_objects() -> tuple[SavedObject, ...]:
    """All of them, built."""
    return (TAG, *(each.built() for each in (*DATA_VIEWS, *SEARCHES, *BOARDS)))
