"""What people read, letter by letter."""

from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from correlator.pipeline.slo.report import ApiLinks, report_page
from correlator.slo.report import ObjectiveReport, range_between
from tests.unit.pipeline.slo.report.pages import GOLDEN, outage_day, pages
from tests.unit.slo.report.reported import DAY, END, START, incident, report
from tests.unit.slo.series import objective

HOSTILE = "<script>alert(1)</script>\n| \"'&\u202e# [x](javascript:alert(1))"
LINKS = ApiLinks(DAY, "html")


@pytest.mark.parametrize("name", sorted(pages()))
def test_pages_are_as_in_the_golden_files(name: str) -> None:
    """`python -m tests.unit.pipeline.slo.report.pages` writes them anew."""
    assert pages()[name] == (GOLDEN / name).read_text(encoding="utf-8")


def test_json_reads_back_as_the_report() -> None:
    """Nothing is lost or rounded on the way."""
    made = outage_day()
    assert msgspec.json.decode(report_page(made, "json", LINKS), type=ObjectiveReport) == made


class Page(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "xlink:href"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def hostile_report() -> ObjectiveReport:
    named = objective(title=HOSTILE, description=HOSTILE, id=HOSTILE, service=HOSTILE, period_days=2)
    return report(incident(HOSTILE, START, None, title=HOSTILE), of=named, bad={START: 1.0})


def test_a_name_cannot_become_markup_in_html() -> None:
    """It is shown as it is, without what steers a reader's eyes."""
    page = Page(report_page(hostile_report(), "html", LINKS))
    assert "script" not in page.tags
    assert not any(address.startswith("javascript") for address in page.addresses)
    assert "<script>alert(1)</script> | \"'& # [x](javascript:alert(1))" in "".join(page.words)
    assert "\u202e" not in "".join(page.words)


def test_a_name_cannot_become_markup_in_markdown() -> None:
    """Nor end its cell, or its line."""
    text = report_page(hostile_report(), "markdown", LINKS)
    assert "\\<script\\>alert(1)\\</script\\> \\| \"'\\& # \\[x\\](javascript:alert(1))" in text
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows if "script" in line} == {9}


def test_a_page_needs_nothing_else() -> None:
    """No script, no address that a browser would fetch by itself, and a policy that says so."""
    text = report_page(outage_day(), "html", LINKS)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert all(address.startswith("/api/v1/incidents/") for address in page.addresses)
    assert "url(" not in text.replace("url(#", "")
    assert "default-src 'none'" in text


def plots_of(text: str) -> list["ElementTree.Element[str]"]:
    return [ElementTree.fromstring(f"<svg{part.split('</svg>')[0]}</svg>") for part in text.split("<svg")[1:]]


def test_every_plot_has_a_title_a_table_and_named_gaps() -> None:
    """For those who do not see it, or print it."""
    text = report_page(outage_day(), "html", LINKS)
    drawn = plots_of(text)
    assert [each.get("role") for each in drawn] == ["img"] * 3
    assert all(each[0].tag == "title" and each.get("aria-labelledby") == each[0].get("id") for each in drawn)
    named = [any(each.text == "no data" for each in plot.iter("text")) for plot in drawn]
    assert named == [True, False, True]  # two hours in ten days have room for a title only
    assert all(any("no data from 2026-11-20 02:00 to 2026-11-20 04:00" in (t.text or "") for t in each.iter("title")) for each in drawn)  # fmt: skip
    assert text.count("<figure>") == text.count("<details>") == 3


def overlapping(drawn: "ElementTree.Element[str]") -> list[tuple[str, str]]:
    """Pairs of upright texts whose boxes meet, at 6.5 px a letter and 12 px a line."""
    boxes: list[tuple[str, float, float, float]] = []
    for each in drawn.iter("text"):
        if each.get("transform"):
            continue
        told, width = each.text or "", 6.5 * len(each.text or "")
        x = float(each.attrib["x"]) - {"middle": width / 2, "end": width}.get(each.get("text-anchor", ""), 0)
        boxes.append((told, x, x + width, float(each.attrib["y"])))
    return [
        (one, other)
        for place, (one, left, right, y) in enumerate(boxes)
        for other, its_left, its_right, its_y in boxes[place + 1 :]
        if abs(y - its_y) < 12 and left < its_right and its_left < right
    ]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bad": {START + 600: 10.0}},
        {"bad": {START + minute: 10.0 for minute in range(1_440)}},
        {"bad": {START + 600: 1.0}, "a_minute": 1.0},
        {"now_minute": START + 1},
        {"now_minute": START + 300, "unknown": range(START, START + 200)},
        {"of": objective(0.5, period_days=1, windows=())},
        {"of": objective(0.99999, period_days=90, windows=())},
        {"report_range": range_between((START - 100 * 1_440) * 60 * 10**9, END * 60 * 10**9, END * 60 * 10**9)},
        {"unknown": range(START, END)},
        {"a_minute": 0.0},
    ],
)
def test_labels_never_overlap(given: dict[str, Any]) -> None:
    """Whatever the numbers are."""
    text = report_page(report(**given), "html", LINKS)
    assert [overlapping(drawn) for drawn in plots_of(text) if overlapping(drawn)] == []


def test_a_budget_that_is_overdrawn_by_far_is_told_within_the_plot() -> None:
    """After its first hours an objective may have burnt hundreds of budgets."""
    young = report(of=objective(0.99999), bad={START + minute: 10.0 for minute in range(1_440)})
    _, burn_down, _ = plots_of(report_page(young, "html", LINKS))
    (label,) = (each for each in burn_down.iter("text") if (each.text or "").endswith("over"))
    assert label.text is not None
    assert label.text.endswith("x over")
    width = float(burn_down.attrib["viewBox"].split()[2])
    assert float(label.attrib["x"]) + 7 * len(label.text) < width


def test_nothing_known_is_never_told_as_nothing_burnt() -> None:
    """A dash and words, in both."""
    dark = report(a_minute=0.0, unknown=range(START, END))
    for form in ("markdown", "html"):
        text = report_page(dark, form, LINKS)  # type: ignore[arg-type]
        assert "Nothing is known of this time." in text
        assert "Nothing was burnt" not in text
        assert "100.000%" not in text
