"""The document of a report as somebody gets it: as it was approved, or the draft as the store has it now."""

from __future__ import annotations

from datetime import date

from consolidation.rulebook import Rulebook
from monitoring.reports.documents.formats import PDF, WORD, written
from monitoring.reports.documents.office import pdf
from monitoring.reports.lifecycle.register import ReportKey, StoredReport, approved_document, stored_report
from monitoring.store.store import Store


def document_of(
    store: Store, rulebook: Rulebook, key: ReportKey, language: str, ending: str, *, today: date
) -> tuple[bytes, StoredReport]:
    """The file of that ending, and the report that it is of.

    :raises monitoring.reports.documents.office.NoOffice: where a PDF is asked for and LibreOffice is not there.
    :raises monitoring.reports.lifecycle.register.DamagedDocument: where the approved document is not what was approved.
    :raises monitoring.reports.sources.UnknownGroup, monitoring.reports.assembly.WrongPeriod: where there is no such report.
    """
    found = stored_report(store, rulebook, key, language, today=today)
    approved = approved_document(store, key, language, WORD if ending == PDF else ending)
    if approved is None:
        return written(found.report, ending), found
    return (pdf(approved) if ending == PDF else approved), found
