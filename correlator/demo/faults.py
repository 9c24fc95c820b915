"""What can be made to go wrong, on demand: by the header `x-demo-fault`, or for all calls by CORRELATOR_DEMO_FAULT.

Each one makes happen what really happens then: real exceptions, real refused connections, real deaths.
"""

import os
from collections.abc import Mapping
from typing import Final

from correlator.errors import InvalidInput

FAULT_HEADER: Final = "x-demo-fault"
FAULT_VARIABLE: Final = "CORRELATOR_DEMO_FAULT"

WORKER_EXCEPTION: Final = "worker_exception"  # a bug in the worker's code
SLOW_WORKER: Final = "slow_worker"  # the worker takes longer than the caller waits
BRIDGE_TIMEOUT: Final = "bridge_timeout"  # the worker is in time, the bridge's own answer is late
BAD_GATEWAY: Final = "bad_gateway"  # a service that the bridge calls answers rubbish
VALIDATION_ERROR: Final = "validation_error"  # the bridge asks for a field that callers do not send
DEPENDENCY_REFUSED: Final = "dependency_refused"  # nobody listens where the worker connects
POISON_JOB: Final = "poison_job"  # each worker process that takes the job dies
PARTIAL_SUCCESS: Final = "partial_success"  # one item of three fails
MEMORY_PRESSURE: Final = "memory_pressure"  # the worker runs into its limit of memory
DROPPED_CONTEXT: Final = "dropped_context"  # a proxy before the bridge strips the trace and n8n's ids
DROPPED_JOB_CONTEXT: Final = "dropped_job_context"  # the queue loses the job's metadata
STALE_DEPLOY: Final = "stale_deploy"  # a worker of an older version takes the job

FAULTS: Final = frozenset(
    {
        WORKER_EXCEPTION,
        SLOW_WORKER,
        BRIDGE_TIMEOUT,
        BAD_GATEWAY,
        VALIDATION_ERROR,
        DEPENDENCY_REFUSED,
        POISON_JOB,
        PARTIAL_SUCCESS,
        MEMORY_PRESSURE,
        DROPPED_CONTEXT,
        DROPPED_JOB_CONTEXT,
        STALE_DEPLOY,
    }
)


def read_fault(headers: Mapping[str, str]) -> str:
    """The fault asked for; empty for none. `headers` has lowercase names. Raises InvalidInput on an unknown one.

    Two by a comma happen both: a dropped context alone fails nothing.
    """
    fault = headers.get(FAULT_HEADER, "") or os.environ.get(FAULT_VARIABLE, "")
    for name in names_in(fault):
        if name not in FAULTS:
            raise InvalidInput(f"fault {name!r} is unknown; choose one of {', '.join(sorted(FAULTS))}")
    return fault


def names_in(fault: str) -> tuple[str, ...]:
    """The names of the faults that were asked for together."""
    return tuple(fault.split(",")) if fault else ()
