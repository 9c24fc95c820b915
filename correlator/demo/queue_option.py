"""Where the queue of jobs is, as bridge and worker are told."""

import argparse
import os
from typing import Final

VARIABLE: Final = "CORRELATOR_DEMO_QUEUE"


def add_queue_option(parser: argparse.ArgumentParser) -> None:
    """`--queue`, or the variable where it is not given."""
    parser.add_argument(
        "--queue",
        default=os.environ.get(VARIABLE),
        required=VARIABLE not in os.environ,
        help=f"sqlite:///path/to/jobs.db or redis://host:port/0; with a password in it, better in the variable {VARIABLE}: "
        "everybody on the machine sees arguments",
    )
