"""Objects as the text of the file that Kibana imports: a JSON object a line."""

import json
from collections.abc import Iterable

from dashboards.source.kibana.saved_object import SavedObject


def text_of(objects: Iterable[SavedObject]) -> str:
    """Keys in order, so that the same source gives the same bytes."""
    lines = (json.dumps(each.as_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":")) for each in objects)
    return "".join(f"{line}\n" for line in lines)
