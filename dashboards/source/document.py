"""A dashboard as the text of a file."""

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.source.layout import Board


def text_of(board: Board) -> str:
    """The dashboard as JSON: keys in order, so that the same source gives the same bytes."""
    document = json.loads(JSONEncoder().encode(board.built()))
    return json.dumps(_unmoved(document), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _unmoved(value: Any) -> Any:
    """The value without what moves links and marks into a menu, where few would look: the bindings know no other place."""
    if isinstance(value, dict):
        return {key: _unmoved(each) for key, each in value.items() if (key, each) != ("placement", "inControlsMenu")}
    return [_unmoved(each) for each in value] if isinstance(value, list) else value
