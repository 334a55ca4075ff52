"""The forms that a report is written in, by the ending of the file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from consolidation.annex10 import workbook_name
from monitoring.reports.catalogue import Kind
from monitoring.reports.content import Report
from monitoring.reports.documents.office import pdf
from monitoring.reports.documents.web import html
from monitoring.reports.documents.word import docx

WORD, WEB, PDF = ".docx", ".html", ".pdf"
FORMATS = (WORD, WEB, PDF)
MEDIA_TYPES = {
    WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    WEB: "text/html",
    PDF: "application/pdf",
}


def written(report: Report, ending: str, *, is_draft: bool = True) -> bytes:
    """The report as a file of that ending (:data:`FORMATS`).

    :param is_draft: whether it says that nobody has approved it.
    :raises monitoring.reports.documents.office.NoOffice: where a PDF is asked for and LibreOffice is not there.
    """
    if ending == WEB:
        return html(report, is_draft=is_draft)
    document = docx(report, is_draft=is_draft)
    return pdf(document) if ending == PDF else document


def file_name(kind: Kind, group_id: str, period_end: date, ending: str, beside: Iterable[str] = ()) -> str:
    """A report's file name, safe on every system: 阳光集团_2023-12-31_annual.docx.

    :param beside: the groups whose reports lie in the same folder; no two of them share a name.
    """
    return f"{workbook_name(group_id, period_end, beside).removesuffix('.xlsx')}_{kind}{ending}"
