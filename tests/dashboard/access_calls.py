"""Reading functions of the pages Industry, What if, Deadlines, Filings and runs, for ``test_access.py``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dashboard.queries import deadlines, industry, runs, what_if
from dashboard.queries.session import Desk

DAY = date(2025, 12, 31)
TODAY = date(2026, 2, 1)


def obligation_of(desk: Desk, group: str, company: str) -> str:
    """The reference of an obligation of the company (tracked or not: what is not there is as good as another's)."""
    return f"solo-flash/{company}/2025-12-31"


def run_of(desk: Desk) -> int:
    """The number of a run that everybody sees who sees any group."""
    return int(runs.runs(desk)["run_id"].to_list()[-1])


def only_own(desk: Desk, group: str, company: str) -> list[str]:
    """What in a set that speaks of this group and company alone is not the person's."""
    return runs.not_own(desk, [group], [company])


MORE_CALLS: dict[str, Callable[[Desk, str, str], Any]] = {
    "industry.scan": lambda desk, group, company: industry.scan(desk),
    "industry.days": lambda desk, group, company: industry.days(desk),
    "industry.ladder": lambda desk, group, company: industry.ladder(desk, "all", "core"),
    "industry.migration": lambda desk, group, company: industry.migration(desk, "all", "core", DAY),
    "industry.quadrant": lambda desk, group, company: industry.quadrant(desk, "all", DAY),
    "industry.standing": lambda desk, group, company: industry.standing(desk, company),
    "industry.common": lambda desk, group, company: industry.common(desk, DAY),
    "industry.concentration": lambda desk, group, company: industry.concentration(desk, DAY),
    "industry.measured_days": lambda desk, group, company: industry.measured_days(desk),
    "what_if.basis": lambda desk, group, company: what_if.basis(desk, group, DAY),
    "runs.runs": lambda desk, group, company: runs.runs(desk),
    "runs.run": lambda desk, group, company: runs.run(desk, run_of(desk)),
    "runs.waiting": lambda desk, group, company: runs.waiting(desk),
    "runs.findings": lambda desk, group, company: runs.findings(desk, run_of(desk)),
    "runs.files": lambda desk, group, company: runs.files(desk, run_of(desk)),
    "runs.beside_current": lambda desk, group, company: runs.beside_current(desk, run_of(desk)),
    "runs.compare": lambda desk, group, company: runs.compare(desk, run_of(desk), run_of(desk)),
    "runs.not_own": only_own,
    "runs.history": lambda desk, group, company: runs.history(desk),
    "deadlines.obligations": lambda desk, group, company: deadlines.obligations(desk, TODAY),
    "deadlines.obligation": lambda desk, group, company: deadlines.obligation(
        desk, obligation_of(desk, group, company), TODAY
    ),
    "deadlines.history": lambda desk, group, company: deadlines.history(
        desk, obligation_of(desk, group, company), TODAY
    ),
    "deadlines.late": lambda desk, group, company: deadlines.late(desk, TODAY),
    "deadlines.arrivals": lambda desk, group, company: deadlines.arrivals(desk, TODAY),
    "deadlines.tracked_since": lambda desk, group, company: deadlines.tracked_since(desk),
}
"""As ``CALLS`` in ``test_access.py``."""

MORE_ASKED = {"industry.standing", "what_if.basis", "deadlines.obligation", "deadlines.history"}
"""Those of them that take the id of a group or company, and answer ``NotVisible`` to another's."""
