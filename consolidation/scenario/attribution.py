"""What each shock at each member adds to the change of a group's figures, so that all of it adds up to the last digit.

Steps are taken in the order of the shocks, and of the members' ids within a shock; each adds what the figures, rounded as on
the statement, have moved by it. Two steps of the group as a whole follow: the limits of Rule 1 A41 held anew, and
group-specific risk measured anew. Differences of rounded figures telescope, so nothing remains over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from consolidation.money import less
from consolidation.scenario.group_state import CapitalChange, Figures, GroupState

TIER_LIMITS, SPECIFIC_RISK = "tier_limits", "group_specific_risk"
"""The names of the two steps of the group as a whole."""

Row = tuple[str, str | None, str, Decimal]
"""shock, entity_id, line, change."""

STEP_WORDS = ("stress.member", "stress.shock")
"""Prefixes of what a step is called in the table of words: a member's own scenario, a kind of shock or action."""


def attribution(
    base: GroupState, steps: Sequence[tuple[str, str, CapitalChange]], specific: Decimal
) -> Iterator[Row]:
    """The rows of one group and stage.

    :param steps: shock, company and what it changes in the group, in order.
    :param specific: the line of group-specific risk under the scenario.
    """
    unmoved = base.specific_line
    done = CapitalChange()
    before = base.figures(done, unmoved, limits=False)
    for shock, entity, change in steps:
        done = done.plus(change)
        after = base.figures(done, unmoved, limits=False, known=None if change.requirement else before)
        yield from _rows(shock, entity or None, before, after, every=True)
        before = after
    for name, figures in (
        (TIER_LIMITS, base.figures(done, unmoved, limits=True, known=before)),
        (SPECIFIC_RISK, base.figures(done, specific, limits=True)),
    ):
        yield from _rows(name, None, before, figures, every=False)
        before = figures


def _rows(shock: str, entity: str | None, before: Figures, after: Figures, *, every: bool) -> Iterator[Row]:
    """One row a figure that both have; ``every``: also those that do not move."""
    for line, old, new in zip(Figures._fields, before, after, strict=True):
        if old is not None and new is not None and (every or new != old):
            yield shock, entity, line, less(new, old)
