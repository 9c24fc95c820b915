"""The uids of the last callbacks, so that a double is known."""

from collections import OrderedDict


class RecentUids:
    """Remembers the last `limit` uids that were added or added again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._uids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, uid: str) -> bool:
        return uid in self._uids

    def add(self, uid: str) -> bool:
        """Whether it was not among them."""
        is_new = uid not in self._uids
        self._uids[uid] = None
        self._uids.move_to_end(uid)
        if len(self._uids) > self._limit:
            self._uids.popitem(last=False)
        return is_new

    def add_older(self, uid: str) -> None:
        """Add one that came before all that are remembered; where there is no room it is not remembered."""
        if uid not in self._uids and len(self._uids) < self._limit:
            self._uids[uid] = None
            self._uids.move_to_end(uid, last=False)
