"""Reports on objectives: made from what is stored, told as JSON, Markdown and HTML, kept as files.

reporter    the store's minutes and incidents -> reports (correlator.slo.report)
pages       a report as JSON, Markdown or HTML; templating: its templates, which escape every word; figures: its numbers
plots       its three plots as SVG; axes: where things lie in them; marks, gap_marks: what all are drawn with
links       where its links lead, and what files are called
folder      files of a range, whole or not there; schedule: which ranges are written by themselves, and when
"""

from correlator.pipeline.slo.report.links import API, ApiLinks, FileLinks, Links, file_name
from correlator.pipeline.slo.report.pages import MEDIA_TYPES, SUFFIXES, ReportFormat, overview_page, report_page
from correlator.pipeline.slo.report.reporter import Reporter

__all__ = [
    "API",
    "MEDIA_TYPES",
    "SUFFIXES",
    "ApiLinks",
    "FileLinks",
    "Links",
    "ReportFormat",
    "Reporter",
    "file_name",
    "overview_page",
    "report_page",
]
