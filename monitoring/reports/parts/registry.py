"""Which function fills a part, by the name that the rulebook gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from monitoring.reports.content import Block
from monitoring.reports.parts import basics, company, discussion, events, members, risk, statements, stress
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

Fill = Callable[[ReportData, Wording], Iterator[Block]]

FILLS: Mapping[str, Fill] = {
    fill.__name__: fill
    for fill in (
        company.company,
        company.declaration,
        company.opinions,
        basics.basics,
        basics.basics_in_brief,
        members.members,
        members.members_in_brief,
        statements.statements,
        statements.statements_in_brief,
        discussion.discussion,
        discussion.discussion_in_brief,
        events.events,
        risk.risk_management,
        risk.risk_management_in_brief,
        risk.rating,
        stress.stress_base,
        stress.stress_scenarios,
        stress.stress_sensitivity,
        stress.stress_reverse,
        stress.stress_methods,
        stress.stress_measures,
    )
}

PLACES: Mapping[str, tuple[str, ...]] = {
    "company": ("registration", "contact"),
    "declaration": ("board_vote",),
    "opinions": ("opinions",),
    "basics": ("shareholders", "other_members", "penalties"),
    "basics_in_brief": ("penalties",),
    "members": ("operations",),
    "members_in_brief": ("operations",),
    "discussion": ("discussion",),
    "discussion_in_brief": ("discussion",),
    "events": ("events",),
    "risk_management": ("governance", "strategy", "specific_risks"),
    "risk_management_in_brief": ("governance",),
    "rating": ("improvements",),
    "stress_base": ("base_assumptions",),
    "stress_scenarios": ("scenarios",),
    "stress_sensitivity": ("sensitivity",),
    "stress_reverse": ("reverse",),
    "stress_methods": ("methods",),
    "stress_measures": ("measures",),
}
"""The places for a person's text in a part where no table fills them (:mod:`monitoring.reports.given`): for who asks what is to be
written without filling the part."""
