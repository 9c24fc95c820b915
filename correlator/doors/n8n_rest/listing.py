"""The lists of executions, walked down to known ground.

n8n's cursor goes by id, descending, and leaves out running executions, which may end long after newer ones. So the running
ones are asked for first, then the newest, each time down to the top of the turn before the last: an execution that ran
between the two questions is in one of them a turn later. What a turn does not get to is a gap, walked later.
"""

from collections.abc import Callable, Iterable
from typing import Final

import structlog

from correlator.doors.n8n_rest.client import N8nClient, Page, Reason, Refusal
from correlator.doors.n8n_rest.document import FINISHED, Listed, read_listed
from correlator.doors.n8n_rest.ledger import MAX_GAPS, MAX_OPEN, Gap, Open, State

SAME_START_NANO: Final = 10**9  # starts of one execution that differ by less are one
UNFINISHED: Final = ("running", "waiting")

log = structlog.get_logger()


class Walk:
    """One turn's walk: brings `state.open` up to date. `changed` holds the rows that are new or differ from before."""

    def __init__(self, client: N8nClient, state: State, max_pages: int, is_stopping: Callable[[], bool]) -> None:
        self.changed: list[Listed] = []
        self.gone = 0
        self._client = client
        self._state = state
        self._pages = max_pages
        self._is_stopping = is_stopping
        self._seen: set[int] = set()

    def run(self) -> Refusal | None:
        """Why it could not be walked to its end; what was seen until then is kept."""
        unfinished = self._unfinished()
        if isinstance(unfinished, Refusal):
            return unfinished
        newest = self._client.page()
        if isinstance(newest, Refusal):
            return newest
        rows = [*unfinished, *newest.rows]
        if self._is_reset(rows):
            self._forget()
        for row in unfinished:
            self._note(row)
        return self._newest(newest, rows) or self._gaps() or self._crashed() or self._lost_sight()

    def _unfinished(self) -> list[Listed] | Refusal:
        rows: list[Listed] = []
        for status in UNFINISHED:
            cursor: str | None = None
            for _ in range(self._pages):
                page = self._page_of(status, cursor)
                if isinstance(page, Refusal):
                    return page
                rows += page.rows
                if (cursor := page.next_cursor) is None:
                    break
        return rows

    def _page_of(self, status: str, cursor: str | None = None) -> Page | Refusal:
        """A page of one status; an empty one where n8n is too old to list it, or no longer knows the cursor."""
        page = self._client.page(status, cursor)
        if isinstance(page, Refusal) and page.reason is Reason.BAD_REQUEST:
            return Page((), None)
        return page

    def _newest(self, page: Page, rows: Iterable[Listed]) -> Refusal | None:
        """From the first page down to the floor, which rises to what was the top a turn ago."""
        gap = Gap(None, self._state.floor)
        top = max(rows, key=lambda row: row.number, default=None)
        refusal = self._down(gap, page)
        if refusal is None and top is not None:
            self._state.floor = self._state.top
            if top.number >= self._state.top:
                self._state.top, self._state.top_started_unix_nano = top.number, top.started_unix_nano or 0
        return refusal

    def _gaps(self) -> Refusal | None:
        """What turns before left over, while there are pages to be had."""
        for gap in reversed(self._state.gaps.copy()):
            if self._pages <= 0 or self._is_stopping():
                break
            page = self._client.page(cursor=gap.cursor)
            if isinstance(page, Refusal) and page.reason is Reason.BAD_REQUEST and gap.cursor is not None:
                gap.cursor = None  # an n8n of another version: from the newest on again
                continue
            if isinstance(page, Refusal):
                return page
            self._state.gaps.remove(gap)
            refusal = self._down(gap, page)
            if refusal is not None:
                return refusal
        return None

    def _down(self, gap: Gap, page: Page) -> Refusal | None:
        """Note rows from `page` down to the gap's floor; what is left when pages or room run out is a gap again."""
        while True:
            self._pages -= 1
            for row in page.rows:
                if not self._note(row):
                    self._leave(gap)
                    return None
            if page.next_cursor is None or self._is_known_ground(page, gap.floor):
                return None
            gap = Gap(page.next_cursor, gap.floor)
            if self._pages <= 0 or self._is_stopping():
                self._leave(gap)
                return None
            answer = self._client.page(cursor=gap.cursor)
            if isinstance(answer, Refusal):
                self._leave(gap)
                return answer
            page = answer

    def _is_known_ground(self, page: Page, floor: int) -> bool:
        last = page.rows[-1] if page.rows else None
        if last is None:
            return False
        started = last.started_unix_nano
        return last.number <= floor or (started is not None and started < self._state.since_unix_nano)

    def _leave(self, gap: Gap) -> None:
        """For a later turn. Of too many gaps the oldest two become one, known ground between them included."""
        gaps = self._state.gaps
        gaps.append(gap)
        if len(gaps) > MAX_GAPS:
            older, newer = gaps.pop(0), gaps.pop(0)
            gaps.insert(0, Gap(newer.cursor, min(older.floor, newer.floor)))

    def _crashed(self) -> Refusal | None:
        """n8n rewrites the rows of crashed executions at later starts, also of those far down."""
        page = self._page_of("crashed")
        if isinstance(page, Refusal):
            return page
        for row in page.rows:
            if row.number in self._state.settled or row.number in self._state.open:
                self._note(row)
        return None

    def _lost_sight(self) -> Refusal | None:
        """Those that ran and are in no list now: ended below what was walked, or deleted."""
        open_now = self._state.open
        lost = [each for each, known in open_now.items() if known.status not in FINISHED and each not in self._seen]
        for number in lost[: max(1, self._pages)]:
            if self._is_stopping():
                break
            answer = self._client.execution(str(number), include_data=False)
            if isinstance(answer, Refusal) and answer.reason is not Reason.NOT_FOUND:
                return answer
            row = None if isinstance(answer, Refusal) else read_listed(answer)
            if row is None:
                del open_now[number]
                self.gone += 1
            else:
                self._note(row)
        return None

    def _note(self, row: Listed) -> bool:
        """Take a row in; False where there is no room for it."""
        state = self._state
        self._seen.add(row.number)
        known, settled = state.open.get(row.number), state.settled.get(row.number)
        if (known.digest if known else settled.row if settled else None) == row.digest:
            return True
        if known is None and settled is None and self._is_old(row):
            return True
        if known is None and len(state.open) >= MAX_OPEN:
            return False
        opened = known or Open(row.workflow_id, row.status, row.digest, row.started_unix_nano, row.stopped_unix_nano)
        opened.status, opened.digest, opened.failures = row.status, row.digest, 0
        opened.started_unix_nano, opened.stopped_unix_nano = row.started_unix_nano, row.stopped_unix_nano
        state.open[row.number] = opened
        self.changed.append(row)
        return True

    def _is_old(self, row: Listed) -> bool:
        """Whether it was known ground before, or ended before one looks back."""
        last = row.stopped_unix_nano or row.started_unix_nano
        if row.status not in FINISHED or last is None:
            return False
        return last < self._state.since_unix_nano

    def _is_reset(self, rows: Iterable[Listed]) -> bool:
        """Whether this is another n8n under the same address: an id started at another time, or a lower one started later."""
        rows = list(rows)
        newest = max(rows, key=lambda row: row.number, default=None)
        if newest is None or self._state.top == 0:
            return False
        began = self._state.top_started_unix_nano  # 0 of one that was still queued: nothing is later than that
        if newest.number < self._state.top and 0 < began < (newest.started_unix_nano or 0):
            return True
        return any(self._is_another(row) for row in rows)

    def _is_another(self, row: Listed) -> bool:
        """By its start. What had not ended may be given a later one: older n8n do so when a worker takes or resumes it."""
        known = self._state.open.get(row.number) or self._state.settled.get(row.number)
        if isinstance(known, Open) and known.status not in FINISHED:
            return known.workflow_id != row.workflow_id
        before = known.started_unix_nano if known else None
        if before is None or row.started_unix_nano is None:
            return False
        return abs(row.started_unix_nano - before) > SAME_START_NANO

    def _forget(self) -> None:
        """Start anew from the last execution of the n8n that was."""
        state = self._state
        log.warning("n8n_was_reset", top=state.top, remedy="nothing: its executions are read from the start")
        state.since_unix_nano = state.top_started_unix_nano
        state.top = state.floor = state.top_started_unix_nano = 0
        for kept in (state.gaps, state.open, state.settled):
            kept.clear()
