"""All dashboards."""

from typing import Final

from dashboards.source.bridge import BOARD as BRIDGE
from dashboards.source.incidents import BOARD as INCIDENTS
from dashboards.source.layout import Board
from dashboards.source.n8n import BOARD as N8N
from dashboards.source.overview import BOARD as OVERVIEW
from dashboards.source.services import BOARD as SERVICES
from dashboards.source.slos import BOARD as SLOS

BOARDS: Final[tuple[Board, ...]] = (OVERVIEW, N8N, SERVICES, BRIDGE, SLOS, INCIDENTS)
