"""Everything that a company filed, to take along."""

from __future__ import annotations

from dashboard.actions import exports
from dashboard.components.view import View
from dashboard.queries.company import companies
from dashboard.queries.session import UserSession


def offer_download(view: View, company: str) -> None:
    """Every table of the company that has a row."""

    def tables(session: UserSession) -> exports.Tables:
        record = companies.company(session, company)
        frames = {
            "filings": record.filings,
            "sector_filings": record.sector_filings,
            "recomputed": record.recomputation,
            "groups": record.groups,
            "scores": record.assessments,
            "findings": record.findings,
        }
        return {name: frame for name, frame in frames.items() if frame.height} or {"filings": record.filings}

    what = view.say("company.download")
    exports.offer_tables(view, what, f"rule19-{company}", tables, "export.company")
