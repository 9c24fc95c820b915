"""How often trace context arrives, and what mends it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from correlator.pipeline.stories.propagation import PropagationReader
from correlator.serve.parameters import From, To
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.propagation import Propagation

LAST_HOUR_NANO: Final = 3_600 * 10**9


def propagation_router(reader: PropagationReader, clock_unix_nano: Callable[[], int]) -> APIRouter:
    """GET propagation."""
    router = APIRouter(prefix=f"{API}/propagation", tags=["services"])

    @router.get("", responses=documented(HTTPStatus.BAD_REQUEST))
    def get_propagation(start: From = None, end: To = None) -> Propagation:
        """Each hop's calls in [from, to) and the share whose context arrived; of the hour before `to` (now) unless `from` is given.

        Of very many traces a sample is looked at, spread over the time.
        """
        until = clock_unix_nano() if end is None else end
        since = max(0, until - LAST_HOUR_NANO) if start is None else start
        return Propagation.model_validate(reader.read(since, until))

    return router
