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
