"""Propagation coverage: of the calls between systems, how many came with their trace context, and what mends the others. Pure.

coverage    hops_of: spans and the stitcher's edges -> the calls of each hop, counted, with advice
calls       which records show a call between systems, and whether its context arrived
seen_spans  the spans by what one looks them up by
advice      what to change, by what was seen: one rule a function
"""

from correlator.correlate.propagation.coverage import hops_of

__all__ = ["hops_of"]
