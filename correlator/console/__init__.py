"""Findings, traces and propagation as text for people: what the command line and the demo print.

Every word that came with telemetry is shown as it is, never as markup, and without control characters: a span's name must not
be able to steer a terminal.

finding       why something failed
trace         a story as a tree; `joins` are the places where one trace of it calls another
propagation   how often trace context arrives, and what mends it
words         numbers, times and words from outside
lists         lines under a heading
trimmed       views without blanks at the ends of lines
"""

from correlator.console.finding import finding_view
from correlator.console.propagation import propagation_view
from correlator.console.trace import SHOWN_SPANS, trace_view
from correlator.console.trimmed import Trimmed
from correlator.console.words import counted, duration, plain, utc

__all__ = [
    "SHOWN_SPANS",
    "Trimmed",
    "counted",
    "duration",
    "finding_view",
    "plain",
    "propagation_view",
    "trace_view",
    "utc",
]
