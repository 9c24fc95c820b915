"""The file of measured precisions: what a program writes after it has judged the stitcher on a labelled corpus.

Version 1 is a JSON object `{"version": 1, "corpus": "…", "command": "…", "methods": {"execution_id": {"joined": 412,
"right": 408, "precision": 0.99029, "lower_bound": 0.97530}}}`; a method that is missing was not measured.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from correlator.errors import SettingsError
from correlator.model.precisions import MethodPrecision, Precisions
from correlator.model.trace import METHODS

VERSION: Final = 1
Z_95: Final = 1.959964
"""Standard normal quantile of a two-sided 95 % interval."""
_ROUNDING: Final = 1e-4  # figures in the file are for readers, and rounded


def parse_precisions(text: str) -> Precisions:
    """The precisions that the text of a file tells. Raises SettingsError on one that no program of ours has written."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"the precisions are no JSON ({error}); write them with `make corpus`") from error
    version = told.get("version") if isinstance(told, dict) else None
    if version != VERSION:
        raise SettingsError(
            f"the precisions are of version {version!r}; this program reads {VERSION}: measure them anew"
        )
    methods = told.get("methods", {})
    return Precisions(
        corpus=str(told.get("corpus", "")),
        command=str(told.get("command", "")),
        methods={method: _parsed(method, figures) for method, figures in sorted(methods.items())},
    )


def format_precisions(precisions: Precisions) -> str:
    """The text of a file that parse_precisions reads back."""
    methods = {
        method: {
            "joined": each.joined,
            "right": each.right,
            "precision": round(each.precision, 5),
            "lower_bound": round(each.lower_bound, 5),
        }
        for method, each in sorted(precisions.methods.items())
    }
    told = {"version": VERSION, "corpus": precisions.corpus, "command": precisions.command, "methods": methods}
    return json.dumps(told, indent=2) + "\n"


def measured(joined: int, right: int) -> MethodPrecision:
    """The figures of a method that made `joined` labelled joins, `right` of them right; `joined` is at least 1."""
    return MethodPrecision(joined, right, right / joined, _wilson_lower(joined, right))


def _wilson_lower(joined: int, right: int) -> float:
    """Lower end of the 95 % score interval (Wilson 1927): stays within 0..1 and tells few joins from many."""
    ratio, z2 = right / joined, Z_95**2
    spread = Z_95 * math.sqrt(ratio * (1 - ratio) / joined + z2 / (4 * joined**2))
    return max(0.0, (ratio + z2 / (2 * joined) - spread) / (1 + z2 / joined))


def _parsed(method: str, figures: Mapping[str, Any]) -> MethodPrecision:
    if method not in METHODS:
        raise SettingsError(f"precisions of {method!r}: no such method; there are {', '.join(METHODS)}")
    try:
        joined, right = int(figures["joined"]), int(figures["right"])
        precision = float(figures["precision"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"precisions of {method}: {error} is missing or no number; measure them anew") from error
    if not 0 <= right <= joined or joined == 0 or abs(precision - right / joined) > _ROUNDING:
        raise SettingsError(
            f"precisions of {method}: {right} of {joined} right is no precision of {precision}; measure them anew"
        )
    return measured(joined, right)
