"""n8n's API: can it be reached, and does the key open what is needed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from correlator.cli.checks.check import Check, Verdict
from correlator.doors.n8n_rest.client import N8nClient, Page, Reason, Refusal
from correlator.errors import SettingsError

if TYPE_CHECKING:
    from correlator.settings.n8n import N8nSettings

NAME: Final = "n8n"
NO_EXECUTION: Final = "0"  # n8n counts from 1


def check_n8n(settings: "N8nSettings") -> Iterator[Check]:
    """Nothing where n8n.base_url is not set; else whether executions can be listed and read."""
    if settings.base_url is None:
        return
    try:
        key = settings.key()
    except SettingsError as error:
        yield Check(NAME, Verdict.FAIL, str(error), "make a key in n8n (Settings, n8n API) and write it there")
        return
    if settings.is_exposed:
        yield Check(NAME, Verdict.WARN, f"the key goes to {settings.base_url} unencrypted", "use https://")
    client = N8nClient(settings.base_url, lambda: key, timeout_s=settings.timeout)
    try:
        yield _check_access(client, settings.base_url)
    finally:
        client.close()


def _check_access(client: N8nClient, base_url: str) -> Check:
    """Lists, and reads one: two scopes of the key."""
    page = client.page()
    if isinstance(page, Refusal):
        return _refused(page, base_url)
    newest = page.rows[0].execution_id if page.rows else NO_EXECUTION
    document = client.execution(newest, include_data=False)
    if isinstance(document, Refusal) and document.reason is not Reason.NOT_FOUND:
        return _refused(document, base_url)
    return Check(NAME, Verdict.OK, f"{base_url} answers, {_seen(page)}")


def _seen(page: Page) -> str:
    return f"newest execution {page.rows[0].execution_id}" if page.rows else "no executions yet"


def _refused(refusal: Refusal, base_url: str) -> Check:
    return Check(NAME, Verdict.FAIL, f"{base_url}: {refusal.reason}, {refusal.detail}", refusal.remedy)
