"""Everything that a company filed, to take along."""

from __future__ import annotations

import polars as pl

from consolidation.words import say
from dashboard.actions import downloads
from dashboard.actions.downloads import File
from dashboard.components.view import View
from dashboard.queries.company import companies
from dashboard.queries.session import UserSession


def offer_download(view: View, company: str) -> None:
    """A workbook with a sheet a table, as the store has them."""

    def made(session: UserSession) -> bytes:
        return downloads.excel(_sheets(session, company, view.language))

    name = File(f"rule19-{company}.xlsx", downloads.EXCEL, made)
    downloads.offer(view, view.say("company.download"), name, "export.company")


def _sheets(session: UserSession, company: str, language: str) -> dict[str, pl.DataFrame]:
    record = companies.company(session, company)
    frames = {
        "filings": record.filings,
        "sector-filings": record.sector_filings,
        "recomputed": record.recomputation,
        "groups": record.groups,
        "scores": record.assessments,
        "findings": record.findings,
    }
    named = {
        say(f"dashboard.company.{name}", language): frame for name, frame in frames.items() if frame.height
    }
    return named or {say("dashboard.company.filings", language): record.filings}
