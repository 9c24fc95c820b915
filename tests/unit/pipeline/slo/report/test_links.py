"""Where links lead, and what files are called."""

from correlator.pipeline.slo.report.links import LONGEST_NAME, ApiLinks, FileLinks, file_name
from correlator.slo.report import range_between, range_of

WEEK = range_of("week", "2026-W47", 2**62)


def test_links_of_the_api_lead_into_the_api() -> None:
    """To where people reach it, where that is known; a custom range by its times."""
    assert ApiLinks(WEEK, "html").incident("e1-a-1") == "/api/v1/incidents/e1-a-1"
    assert (
        ApiLinks(WEEK, "html", "https://c.example/").incident("e1-a-1") == "https://c.example/api/v1/incidents/e1-a-1"
    )
    assert ApiLinks(WEEK, "html").objective("a/b") == "/api/v1/slos/a%2Fb/report?period=week&of=2026-W47&format=html"
    minute = 60 * 10**9
    custom = ApiLinks(range_between(0, minute, minute), "json").objective("a")
    assert custom == "/api/v1/slos/a/report?from=0&to=60000000000&format=json"


def test_links_of_files_lead_to_files() -> None:
    """A per cent sign in a file's name is one in its address, too. No incident is linked to nowhere."""
    assert FileLinks(".html").objective("n8n-a/b") == "n8n-a%252Fb.html"
    assert FileLinks(".html").incident("e1-a-1") is None


def test_no_id_leaves_its_folder() -> None:
    """A workflow's id may be anything."""
    for hostile in ("../../etc/passwd", "..", "a/b", "a\\b", "a\0b", "CON.html"):
        assert not set(file_name(hostile)) & set("/\\\0.")
    assert file_name("n8n-workflow-success-wf_7") == "n8n-workflow-success-wf_7"


def test_long_ids_stay_apart() -> None:
    """Though their names are cut."""
    one, other = file_name("n8n-" + "ü" * 500), file_name("n8n-" + "ü" * 501)
    assert one != other
    assert len(one) == len(other) == LONGEST_NAME
