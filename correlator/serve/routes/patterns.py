"""Patterns: the rules in force, and what they fit of late."""

from fastapi import APIRouter

from correlator.pipeline.patterns.patterns import Patterns
from correlator.serve.problems import documented
from correlator.serve.routes import API
from correlator.serve.schemas.patterns import PatternList, listing_of


def patterns_router(patterns: Patterns) -> APIRouter:
    """GET patterns."""
    router = APIRouter(prefix=f"{API}/patterns", tags=["patterns"])

    @router.get("", responses=documented())
    def list_patterns() -> PatternList:
        """The rules in force, since when, from which files, and what they fit within the last hour."""
        return listing_of(patterns.listing())

    return router
