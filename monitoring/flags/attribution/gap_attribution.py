"""Why a group is where it is against a limit, and what changed since the period before (Rule 19 A151).

The *gap* is limit × minimum capital − capital: positive where the group is short. Every member, elimination and
group-specific line has a part in it, and the parts add up to the gap to the last digit: a member's part is limit × what
it adds to the requirement, less the capital that it brings; where a group is consolidated rather than added up, what
consolidation makes of the members' capital is a part of its own. A151 asks which kind of cause it is: an insurer short of
capital (一), another financial member (二), double counting and the rest (三).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import EXACT, ZERO, add, less, line_amount, ratio, times
from consolidation.results import columns as c
from consolidation.results.schemas import Contributions, Eliminations, Members, StatementLines
from consolidation.statement_lines import MEMBER_LINES
from consolidation.structure.membership import INSURERS
from monitoring.ratios import CORE

MEMBER, ELIMINATION, GROUP_LINE = "member", "elimination", "group_line"
CONSOLIDATION, PUBLISHED_DIFFERENCE, RESIDUAL = "consolidation", "published_difference", "unattributed"
MEMBERSHIP, REQUIREMENT, CAPITAL, LIMIT = "membership", "requirement", "capital", "limit"

_GROUP_LINES = {
    "contagion_risk_minimum_capital": 1,
    "concentration_risk_minimum_capital": 1,
    "diversification_reduction": -1,
    "control_risk_minimum_capital": 1,
    "add_on_capital": 1,
}
_CORE_TIERS = ("core_tier1_capital", "core_tier2_capital")


class GapParts(c.ResultSchema):
    """One row a part of the gap, the largest first."""

    kind = c.text(
        "member, elimination, group_line, consolidation, published_difference, unattributed (the rounding of the parts)"
    )
    party = c.text("the company, or two of them")
    item = c.text("the line or kind of elimination")
    requirement = c.amount("what it adds to limit × minimum capital, 万元")
    capital = c.amount("what it adds to the group's capital, 万元")
    amount = c.amount("requirement − capital, its part in the gap, 万元")
    cause = c.text_or_none("the item of A151 that a part of more than zero falls under")


class ChangeParts(c.ResultSchema):
    """One row a part of the change of the gap."""

    effect = c.text("membership, requirement, capital or limit")
    party = c.text("the company, or two of them")
    item = c.text("the line or kind of elimination")
    amount = c.amount("what it changes the gap by, 万元")


class ChangeEffects(c.ResultSchema):
    """One row an effect; the rows add up to the change of gap and ratio."""

    effect = c.text("membership, requirement, capital or limit")
    amount = c.amount("the change of the gap, 万元")
    points = c.amount("the change of the ratio in percentage points; empty where there is no ratio")


@dataclass(frozen=True, kw_only=True)
class GapInputs:
    """What a cause is read from: the frames of a run, as a consolidation or ``monitoring.store.queries`` gives them."""

    lines: dy.DataFrame[StatementLines]
    contributions: dy.DataFrame[Contributions]
    eliminations: dy.DataFrame[Eliminations]
    members: dy.DataFrame[Members]
    solo_filings: pl.DataFrame
    sector_filings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class GapComponent:
    """One part of a gap: exact, not yet rounded."""

    kind: str
    party: str
    item: str
    requirement: Decimal
    capital: Decimal
    cause: str

    @property
    def amount(self) -> Decimal:
        """Requirement − capital, 万元, exact."""
        return less(self.requirement, self.capital)


@dataclass(frozen=True)
class Gap:
    """A group's gap on one day: ``minimum_capital`` and ``capital`` as on its statement, the gap and its parts in 万元."""

    limit: Decimal
    minimum_capital: Decimal
    capital: Decimal
    parts: tuple[GapComponent, ...]

    @property
    def amount(self) -> Decimal:
        """Limit × minimum_capital − capital, to six places: minus the flag's distance."""
        return line_amount(less(times(self.limit, self.minimum_capital), self.capital))

    def frame(self) -> dy.DataFrame[GapParts]:
        """A frame of :class:`GapParts` whose amounts add up to :attr:`amount`."""
        rows = [
            (p.kind, p.party, p.item, line_amount(p.requirement), line_amount(p.capital), p.cause)
            for p in self.parts
        ]
        shown = [(*row[:5], less(row[3], row[4]), row[5] if row[3] > row[4] else None) for row in rows]
        rest = less(self.amount, *(row[5] for row in shown))
        if rest:
            shown.append((RESIDUAL, "", "", rest, ZERO, rest, None))
        frame = GapParts.of_rows(shown)
        return GapParts.typed(frame.sort(pl.col("amount"), descending=True, maintain_order=True))


@dataclass(frozen=True)
class Change:
    """What changed between two periods.

    ``effects``: effect, amount (change of the gap, 万元), points (change of the ratio in percentage points, or empty
    where there is no ratio); they add up to the change of gap and ratio. ``parts``: a frame of :class:`ChangeParts`.
    """

    effects: dy.DataFrame[ChangeEffects]
    parts: dy.DataFrame[ChangeParts]


def gap_of(
    gap_inputs: GapInputs,
    group_id: str,
    period_end: date,
    measure: str,
    limit: Decimal,
    published: tuple[Decimal, Decimal] | None = None,
) -> Gap | None:
    """The gap of one group, period and limit, with its parts; None where the statement has no capital.

    :param measure: core or comprehensive.
    :param published: minimum_capital and capital of the published statement where the flag is about that one: what the computed
        statement does not show of it (members that file elsewhere) becomes a part of its own.
    """
    here = (pl.col("group_id") == group_id) & (pl.col("period_end") == period_end)
    lines = dict(gap_inputs.lines.filter(here).select("line", "amount").iter_rows())
    minimum_capital = lines.get("minimum_capital")
    available_capital = _capital_on(lines, measure)
    if minimum_capital is None or available_capital is None:
        return None
    contributions = gap_inputs.contributions.filter(here)
    members = gap_inputs.members.filter(here)
    needs = _sums(contributions.filter(pl.col("line").is_in(MEMBER_LINES)))
    adds_up = contributions.filter(pl.col("line") == "actual_capital").height > 0
    brings = (
        _added_capital(contributions, measure) if adds_up else _filed_capital(gap_inputs, members, measure)
    )
    kinds = dict(members.select("entity_id", "kind").iter_rows())
    parts = [
        GapComponent(
            MEMBER, m, "", times(limit, needs.get(m, ZERO)), brings.get(m, ZERO), _cause(kinds.get(m))
        )
        for m in sorted({*needs, *brings})
    ]
    parts += [
        GapComponent(
            GROUP_LINE, "", name, times(limit, lines.get(name) or ZERO, Decimal(sign)), ZERO, "A151(三)"
        )
        for name, sign in _GROUP_LINES.items()
        if lines.get(name)
    ]
    if adds_up:
        parts += _eliminated(gap_inputs.eliminations.filter(here), measure)
    rest = less(available_capital, *(p.capital for p in parts))
    if rest and not adds_up:
        parts.append(GapComponent(CONSOLIDATION, "", "consolidation_of_capital", ZERO, rest, "A151(三)"))
    if published is None:
        return Gap(limit, minimum_capital, available_capital, tuple(parts))
    theirs = GapComponent(
        PUBLISHED_DIFFERENCE,
        "",
        "",
        times(limit, less(published[0], minimum_capital)),
        less(published[1], available_capital),
        "A151(三)",
    )
    return Gap(limit, published[0], published[1], (*parts, theirs))


def _capital_on(lines: dict[str, Decimal | None], measure: str) -> Decimal | None:
    if measure != CORE:
        return lines.get("actual_capital")
    tiers = [lines.get(t) for t in _CORE_TIERS]
    return None if None in tiers else add(t for t in tiers if t is not None)


def _sums(contributions: pl.DataFrame) -> dict[str, Decimal]:
    totals = contributions.group_by("entity_id").agg(pl.col("amount").sum())
    return {entity: amount for entity, amount in totals.iter_rows() if amount is not None}


def _added_capital(contributions: pl.DataFrame, measure: str) -> dict[str, Decimal]:
    """What each member brings where capital is added up (A39)."""
    names = _CORE_TIERS if measure == CORE else ("actual_capital",)
    return _sums(contributions.filter(pl.col("line").is_in(names)))


def _filed_capital(gap_inputs: GapInputs, members: pl.DataFrame, measure: str) -> dict[str, Decimal]:
    """What each member filed for itself, by its share, where the group is consolidated (A37)."""
    entities, days = members["entity_id"].implode(), members["period_end"].implode()
    ours = pl.col("entity_id").is_in(entities) & pl.col("period_end").is_in(days)
    solo = prefer_audited(gap_inputs.solo_filings.filter(ours), "entity_id", "period_end")
    core = pl.col("core_tier1_capital") + pl.col("core_tier2_capital").fill_null(0)
    filed = pl.concat(
        [
            solo.select("entity_id", own=core if measure == CORE else pl.col("actual_capital")),
            gap_inputs.sector_filings.filter(ours).select("entity_id", own="actual_capital"),
        ]
    )
    shares = members.select("entity_id", "share").join(filed, on="entity_id")
    return {
        entity: times(share, own)
        for entity, share, own in shares.iter_rows()
        if share is not None and own is not None
    }


def _eliminated(eliminations: pl.DataFrame, measure: str) -> list[GapComponent]:
    if measure == CORE:
        eliminations = eliminations.filter(pl.col("tier").is_in(_CORE_TIERS))
    return [
        GapComponent(ELIMINATION, f"{one} → {other}", kind, ZERO, less(ZERO, amount), "A151(三)")
        for one, other, kind, amount in eliminations.select("from_id", "to_id", "kind", "amount").iter_rows()
        if amount
    ]


def _cause(kind: str | None) -> str:
    return "A151(一)" if kind in INSURERS else "A151(二)"


def change_between(now: Gap, before: Gap) -> Change:
    """How the gap and the ratio came from those of the period before.

    Members that came or went are *membership*; what stayed splits into *requirement* and *capital*; *limit* is what a
    changed limit makes of the old requirement. The ratio is led over in the same order: membership, requirement, capital.
    """
    old, new = _by_party(before), _by_party(now)
    stayed = {p for p in (*old, *new) if p[0] != MEMBER or (p in old and p in new)}
    parts: list[tuple[str, str, str, Decimal]] = []
    for key in sorted({*old, *new}):
        was, is_now = old.get(key, (ZERO, ZERO)), new.get(key, (ZERO, ZERO))
        _, party, item = key
        if key not in stayed:
            amount = less(add([is_now[0], was[1]]), is_now[1], was[0])
            parts.append((MEMBERSHIP, party, item, amount))
            continue
        # A changed limit works on the requirement as it was.
        of_limit = less(_scaled(was[0], now.limit, before.limit), was[0])
        parts.append((LIMIT, party, item, of_limit))
        parts.append((REQUIREMENT, party, item, less(is_now[0], was[0], of_limit)))
        parts.append((CAPITAL, party, item, less(was[1], is_now[1])))
    shown = [(e, p, i, line_amount(a)) for e, p, i, a in parts if line_amount(a)]
    rest = less(now.amount, before.amount, *(s[3] for s in shown))
    if rest:
        shown.append((CAPITAL, "", RESIDUAL, rest))
    frame = ChangeParts.typed(
        ChangeParts.of_rows(shown).sort(
            "effect", pl.col("amount").abs(), descending=[False, True], maintain_order=True
        )
    )
    joined = [(old.get(k), new.get(k)) for k in {*old, *new} - stayed]
    return Change(_effects(now, before, frame, joined), frame)


def _by_party(gap: Gap) -> dict[tuple[str, str, str], tuple[Decimal, Decimal]]:
    """Requirement and capital by kind, party and item; several eliminations of one kind between two companies add up."""
    found: dict[tuple[str, str, str], tuple[Decimal, Decimal]] = {}
    for p in gap.parts:
        requirement, capital = found.get((p.kind, p.party, p.item), (ZERO, ZERO))
        found[p.kind, p.party, p.item] = (add([requirement, p.requirement]), add([capital, p.capital]))
    return found


def _scaled(requirement: Decimal, new_limit: Decimal, old_limit: Decimal) -> Decimal:
    return requirement if new_limit == old_limit else EXACT.divide(times(requirement, new_limit), old_limit)


def _effects(
    now: Gap,
    before: Gap,
    parts: dy.DataFrame[ChangeParts],
    joined: Iterable[tuple[tuple[Decimal, Decimal] | None, tuple[Decimal, Decimal] | None]],
) -> dy.DataFrame[ChangeEffects]:
    amounts = {
        effect: add(parts.filter(pl.col("effect") == effect)["amount"]) for effect in parts["effect"].unique()
    }
    minimum_capital, capital = before.minimum_capital, before.capital
    for was, is_now in joined:
        for limit, figures, sign in ((before.limit, was, -1), (now.limit, is_now, 1)):
            if figures is not None:
                minimum_capital = add(
                    [minimum_capital, EXACT.divide(times(Decimal(sign), figures[0]), limit)]
                )
                capital = add([capital, times(Decimal(sign), figures[1])])
    steps = [
        ratio(before.capital, before.minimum_capital),
        ratio(capital, minimum_capital),
        ratio(capital, now.minimum_capital),
        ratio(now.capital, now.minimum_capital),
    ]
    points: list[Decimal | None] = [None, None, None]
    if None not in steps:
        levels = [line_amount(times(s, Decimal(100))) for s in steps if s is not None]
        points = [b - a for a, b in zip(levels, levels[1:], strict=False)]
    rows = [
        (effect, amounts.get(effect, ZERO), point)
        for effect, point in zip((MEMBERSHIP, REQUIREMENT, CAPITAL, LIMIT), [*points, ZERO], strict=True)
    ]
    return ChangeEffects.of_rows(rows)
