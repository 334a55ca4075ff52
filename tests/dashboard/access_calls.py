"""Reading functions of the pages Industry, What if, Deadlines, Filings and runs, for ``test_access.py``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.queries import doubts, flags, industry, outlook, recipients, search
from dashboard.queries.obligations import deadlines, reports
from dashboard.queries.record import runs
from dashboard.queries.scenario import stress, what_if
from dashboard.queries.session import UserSession
from monitoring.flags.store import current_flags

DAY = date(2025, 12, 31)
TODAY = date(2026, 2, 1)


def obligation_of(session: UserSession, group: str, company: str) -> str:
    """The reference of an obligation of the company (tracked or not: what is not there is as good as another's)."""
    return f"solo-flash/{company}/2025-12-31"


def run_of(session: UserSession) -> int:
    """The number of a run that everybody sees who sees any group."""
    return int(runs.runs(session)["run_id"].to_list()[-1])


def flag_of(session: UserSession, group: str, company: str) -> int:
    """The number of a flag of the group or company, whoever may see it."""
    up = current_flags(session.store, entities=[company], groups=[group]).filter(
        pl.col("subject_id").is_in([group, company])
    )
    return int(up["flag_id"][0]) if up.height else 0


def files_of(session: UserSession, flag: int) -> list[bytes]:
    """The files beside a flag."""
    return [flags.attachment(session, flag, file) for file in flags.attachments(session, flag)["id"]]


def only_own(session: UserSession, group: str, company: str) -> list[str]:
    """What in a set that speaks of this group and company alone is not the person's."""
    return runs.not_own(session, [group], [company])


MORE_CALLS: dict[str, Callable[[UserSession, str, str], Any]] = {
    "recipients.own": lambda session, group, company: recipients.own(session),
    "recipients.has_mail": lambda session, group, company: recipients.has_mail(session),
    "doubts.doubts": lambda session, group, company: doubts.doubts(session),
    "industry.scan": lambda session, group, company: industry.scan(session),
    "industry.days": lambda session, group, company: industry.days(session),
    "industry.step_counts": lambda session, group, company: industry.step_counts(session, "all", "core"),
    "industry.migration": lambda session, group, company: industry.migration(session, "all", "core", DAY),
    "industry.quadrant": lambda session, group, company: industry.quadrant(session, "all", DAY),
    "industry.nearing": lambda session, group, company: industry.nearing(session, DAY),
    "industry.families": lambda session, group, company: industry.families(session),
    "industry.ranks": lambda session, group, company: industry.ranks(session, company),
    "industry.common": lambda session, group, company: industry.common(session, DAY),
    "industry.concentration": lambda session, group, company: industry.concentration(session, DAY),
    "industry.parties": lambda session, group, company: industry.parties(session, "counterparty", "zh"),
    "industry.held_by_groups": lambda session, group, company: industry.held_by_groups(
        session, "sector", "SWS/房地产"
    ),
    **{
        f"flags.{call.__name__}": lambda session, group, company, call=call: call(
            session, flag_of(session, group, company)
        )
        for call in (
            flags.flag,
            flags.history,
            flags.attachments,
            flags.ordered,
            flags.assignees,
            flags.subject_name,
        )
    },
    "flags.attachment": lambda session, group, company: files_of(session, flag_of(session, group, company)),
    "search.find": lambda session, group, company: search.find(session, company, 20),
    "what_if.default_of": lambda session, group, company: what_if.default_of(
        session, [group], "nobody", DAY, Decimal(1)
    ),
    "industry.measured_days": lambda session, group, company: industry.measured_days(session),
    "outlook.breaks_of_company": lambda session, group, company: outlook.breaks_of_company(session, company),
    "outlook.breaks_of_group": lambda session, group, company: outlook.breaks_of_group(session, group),
    "outlook.of_company": lambda session, group, company: outlook.of_company(session, company),
    "outlook.of_group": lambda session, group, company: outlook.of_group(session, group),
    "outlook.ranked": lambda session, group, company: outlook.ranked(session),
    "outlook.record": lambda session, group, company: outlook.record(session),
    "outlook.own_forecasts": lambda session, group, company: outlook.own_forecasts(session),
    "outlook.sheets": lambda session, group, company: outlook.sheets(session),
    "what_if.basis": lambda session, group, company: what_if.basis(session, group, DAY),
    "stress.report_dates": lambda session, group, company: stress.report_dates(session),
    "stress.group_solvency": lambda session, group, company: stress.group_solvency(session, DAY),
    "stress.company_solvency": lambda session, group, company: stress.company_solvency(session, DAY),
    "stress.outdated": lambda session, group, company: stress.outdated(session, DAY),
    "stress.descriptions": lambda session, group, company: stress.descriptions(session),
    "stress.result": lambda session, group, company: stress.result(session, group, DAY),
    "stress.filed_by_members": lambda session, group, company: stress.filed_by_members(session, group, DAY),
    "runs.runs": lambda session, group, company: runs.runs(session),
    "runs.run": lambda session, group, company: runs.run(session, run_of(session)),
    "runs.waiting": lambda session, group, company: runs.waiting(session),
    "runs.findings": lambda session, group, company: runs.findings(session, run_of(session)),
    "runs.files": lambda session, group, company: runs.files(session, run_of(session)),
    "runs.beside_current": lambda session, group, company: runs.beside_current(session, run_of(session)),
    "runs.compare": lambda session, group, company: runs.compare(session, run_of(session), run_of(session)),
    "runs.effect": lambda session, group, company: runs.effect(session, run_of(session)),
    "runs.statements_of": lambda session, group, company: runs.statements_of(session, run_of(session)),
    "runs.not_own": only_own,
    "runs.history": lambda session, group, company: runs.history(session),
    "deadlines.obligations": lambda session, group, company: deadlines.obligations(session, TODAY),
    "deadlines.obligation": lambda session, group, company: deadlines.obligation(
        session, obligation_of(session, group, company), TODAY
    ),
    "deadlines.filed_with": lambda session, group, company: deadlines.filed_with(session, 1, TODAY),
    "deadlines.history": lambda session, group, company: deadlines.history(
        session, obligation_of(session, group, company), TODAY
    ),
    "deadlines.late": lambda session, group, company: deadlines.late(session, TODAY),
    "deadlines.arrivals": lambda session, group, company: deadlines.arrivals(session, TODAY),
    "reports.reports": lambda session, group, company: reports.reports(session, TODAY),
    "reports.report": lambda session, group, company: reports.report(
        session, "annual", group, DAY, "zh", TODAY
    ),
    "reports.document": lambda session, group, company: reports.document(
        session, "annual", group, DAY, "zh", ".html", TODAY
    ),
    "reports.acts": lambda session, group, company: reports.acts(session, "annual", group, DAY),
    "deadlines.tracked_since": lambda session, group, company: deadlines.tracked_since(session),
}
"""As ``CALLS`` in ``test_access.py``."""

MORE_ASKED = {
    "flags.flag",
    "flags.history",
    "flags.attachments",
    "flags.attachment",
    "flags.ordered",
    "flags.assignees",
    "flags.subject_name",
    "outlook.breaks_of_company",
    "outlook.breaks_of_group",
    "outlook.of_company",
    "outlook.of_group",
    "industry.ranks",
    "what_if.basis",
    "what_if.default_of",
    "stress.result",
    "stress.filed_by_members",
    "deadlines.obligation",
    "deadlines.history",
    "reports.report",
    "reports.document",
    "reports.acts",
}
"""Those of them that take the id of a group or company, and answer ``NotVisible`` to another's."""
