"""Reading functions of the pages Industry, What if, Deadlines, Filings and runs, for ``test_access.py``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from dashboard.reading import industry
from dashboard.reading.desk import Desk

DAY = date(2025, 12, 31)

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
}
"""As ``CALLS`` in ``test_access.py``."""

MORE_ASKED = {"industry.standing"}
"""Those of them that take the id of a group or company, and answer ``NotVisible`` to another's."""
