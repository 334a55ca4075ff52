"""Which errors of a filing set concern the group that was asked for.

A run of one group reads the whole set. An error that is certainly another group's is told and does not make the run one with
errors; where it is not certain whom an error concerns – a damaged file, a row of a table that groups share, an id that nothing else
knows – it concerns every group.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from functools import cache

from consolidation.filing_set import FilingSet
from consolidation.filing_set.schemas.structure import Entities, GroupMembers, Ownership
from consolidation.findings import Finding, Severity
from consolidation.structure.membership import groups_of

_ABOUT_ONE_COMPANY = frozenset(
    (
        "solo_filings",
        "sector_filings",
        "exposures",
        "customer_income",
        "assessments",
        "ratings",
        "transitional_measures",
    )
)
"""Tables of which a row without a group is about one company and no other."""

_ROW_SHIFTED = "row-ragged"
"""The fault of a row with too few or too many cells: what stands under an id's heading need not be the id."""


def errors_concerning(
    filing_set: FilingSet, findings: Iterable[Finding], group_id: str | None
) -> list[Finding]:
    """The errors that concern the group, or may; all of them where no group was asked for."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if group_id is None or not errors:
        return errors
    companies = _companies_of_groups(filing_set)
    ours = companies.pop(group_id, frozenset())
    listed = filing_set.table(Entities)["entity_id"]
    theirs = frozenset(listed).union(*companies.values())
    return [error for error in errors if not _is_elsewhere(error, group_id, ours, companies, theirs)]


def _is_elsewhere(
    error: Finding,
    group_id: str,
    ours: frozenset[str],
    others: Mapping[str, frozenset[str]],
    theirs: frozenset[str],
) -> bool:
    """Whether the error is certainly another group's."""
    if error.code == _ROW_SHIFTED:
        return False
    if error.group_id:
        return error.group_id != group_id and bool(others.get(error.group_id))
    return error.table in _ABOUT_ONE_COMPANY and error.entity_id in theirs and error.entity_id not in ours


def _companies_of_groups(filing_set: FilingSet) -> dict[str, frozenset[str]]:
    """Group → every company that may be in it on any day: parent, listed members, and all that they hold a part of."""
    held: dict[str, set[str]] = {}
    for owner, entity in filing_set.table(Ownership).select("owner_id", "entity_id").iter_rows():
        held.setdefault(owner, set()).add(entity)

    @cache
    def below(company: str) -> frozenset[str]:
        reached, queue = {company}, deque([company])
        while queue:
            further = held.get(queue.popleft(), set()) - reached
            reached |= further
            queue.extend(further)
        return frozenset(reached)

    listed: dict[str, set[str]] = {}
    for group, entity in filing_set.table(GroupMembers).select("group_id", "entity_id").iter_rows():
        listed.setdefault(group, set()).add(entity)
    heads = {
        group.group_id: listed.get(group.group_id, set()) | ({group.parent_id} if group.parent_id else set())
        for group in groups_of(filing_set).values()
    }
    return {group: frozenset().union(*map(below, companies)) for group, companies in heads.items()}
