"""Why a solvency ratio changed between two dates: a bridge of steps that add up to the last digit.

A step is what one part changed (of a group a member, an elimination or a group-wide line; of a company a tier or a risk part,
:mod:`monitoring.flags.attribution.company_bridge`), by effect: *membership* (members that joined or left),
*requirement* (what minimum capital became) and *capital*. The ratio is led over in this order, as in
:func:`monitoring.flags.attribution.gap_attribution.change_between`; inside an effect the steps do not depend on each other's order, as
a change of the requirement weighs −capital ÷ (requirement before × after) and a change of capital 1 ÷ requirement.
Steps are rounded so that their running totals are the exact ones, rounded: each is off by less than one unit of the last place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.money import EXACT, ZERO, add, less, line_amount, ratio, times
from consolidation.results import columns as c
from monitoring.flags.attribution.gap_attribution import (
    CAPITAL,
    MEMBER,
    MEMBERSHIP,
    REQUIREMENT,
    RESIDUAL,
    Gap,
    GapInputs,
    gap_of,
)
from monitoring.store import queries
from monitoring.store.store import Store

EFFECTS = (MEMBERSHIP, REQUIREMENT, CAPITAL)
"""The order in which a ratio is led over."""

_WHOLE = Decimal(1)
PartKey = tuple[str, str, str]
"""Kind, party and item of a part."""

Parts = Mapping[PartKey, tuple[Decimal, Decimal]]
"""What each part adds to minimum capital and brings in capital on one day, 万元, exact."""


class BridgeSteps(c.ResultSchema):
    """One row a step. The rows add up to the change of requirement, capital and ratio exactly."""

    effect = c.text("membership, requirement or capital")
    kind = c.text(
        "member, elimination, group_line, consolidation, tier, risk, or unattributed (what the parts do not make up)"
    )
    party = c.text("the company, or two of them; empty for what is of the whole group")
    item = c.text("the line, column or kind of elimination; empty for a member")
    requirement = c.amount("what it changes minimum capital by, 万元")
    capital = c.amount("what it changes the capital by, 万元")
    ratio = c.amount("what it changes the ratio by, a fraction; empty where either day has no ratio")


class BridgeTotals(c.ResultSchema):
    """Steps added up, by effect or by what they are about."""

    name = c.text("the effect; the company; or the item of what is of the whole group")
    kind = c.text("effect, or the kind of step")
    requirement = c.amount("what it changes minimum capital by, 万元")
    capital = c.amount("what it changes the capital by, 万元")
    ratio = c.amount("what it changes the ratio by, a fraction; empty where either day has no ratio")


@dataclass(frozen=True, slots=True)
class BridgeEnd:
    """One end of a bridge: the figures of a statement or filing."""

    period_end: date
    minimum_capital: Decimal
    capital: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Capital ÷ minimum capital, rounded as on the statement; None where minimum capital is not positive."""
        exact = ratio(self.capital, self.minimum_capital)
        return None if exact is None else line_amount(exact)


@dataclass(frozen=True, slots=True)
class Bridge:
    """How the ratio of a group or company came from one date to a later one.

    ``measure`` is core or comprehensive; ``joined`` and ``left`` are a group's members of only one of the two days.
    """

    subject_id: str
    measure: str
    opening: BridgeEnd
    closing: BridgeEnd
    steps: dy.DataFrame[BridgeSteps]
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def by_effect(self) -> dy.DataFrame[BridgeTotals]:
        """The three effects in their order, those without a step too: three rows that add up to the change."""
        order = pl.DataFrame({"name": EFFECTS, "kind": ["effect"] * len(EFFECTS)})
        found = order.join(
            _totals(self.steps, [pl.col("effect").alias("name")]),
            on="name",
            how="left",
            maintain_order="left",
        )
        amounts = ["requirement", "capital"] + (["ratio"] if self._has_ratio else [])
        return BridgeTotals.typed(found.with_columns(pl.col(amounts).fill_null(ZERO)))

    def by_member(self) -> dy.DataFrame[BridgeTotals]:
        """One row a member, and one an item of what is of the whole group; the largest effect on the ratio first."""
        is_member = pl.col("kind") == MEMBER
        name = pl.when(is_member | (pl.col("item") == "")).then("party").otherwise("item").alias("name")
        found = _totals(self.steps, [name, pl.col("kind")])
        size = pl.coalesce(pl.col("ratio").abs(), pl.col("capital").abs() + pl.col("requirement").abs())
        return BridgeTotals.typed(found.sort(size, descending=True, nulls_last=True, maintain_order=True))

    @property
    def _has_ratio(self) -> bool:
        return self.opening.ratio is not None and self.closing.ratio is not None


def bridge_of(inputs: GapInputs, group_id: str, opening: date, closing: date, measure: str) -> Bridge | None:
    """The bridge of a group's ratio between two of its statements; None where one of them has no capital.

    :param measure: core or comprehensive.
    """
    before = gap_of(inputs, group_id, opening, measure, _WHOLE)
    after = gap_of(inputs, group_id, closing, measure, _WHOLE)
    if before is None or after is None:
        return None
    were, are = (_members(inputs, group_id, day) for day in (opening, closing))
    start = BridgeEnd(opening, before.minimum_capital, before.capital)
    end = BridgeEnd(closing, after.minimum_capital, after.capital)
    steps = steps_between(start, _parts(before), end, _parts(after), moved=were ^ are)
    return Bridge(group_id, measure, start, end, steps, tuple(sorted(are - were)), tuple(sorted(were - are)))


def steps_between(
    start: BridgeEnd, were: Parts, end: BridgeEnd, are: Parts, moved: Collection[str] = ()
) -> dy.DataFrame[BridgeSteps]:
    """The steps from one end to the other; what the parts do not make up of either sum is *unattributed*.

    :param moved: the members that came or went, whose parts are membership.
    """
    return BridgeSteps.of_rows(_steps(start, end, _changes(start, were, end, are, moved)))


def stored_bridge(store: Store, group_id: str, opening: date, closing: date, measure: str) -> Bridge | None:
    """The bridge between two statements of a store as they count now; None where one is not there or has no capital.

    A company that changed its name is the same one, under its newest name.
    """
    return bridge_of(stored_inputs(store, group_id, (opening, closing)), group_id, opening, closing, measure)


def stored_inputs(store: Store, group_id: str, periods: Sequence[date]) -> GapInputs:
    """What the bridges and gaps of a group are read from, as the store has it for some periods."""
    members = queries.members(store, groups=[group_id], periods=periods)
    entities = members["entity_id"].unique().to_list()
    companies = Companies(queries.filed(store, "entities"))

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        return companies.under_current_names(frame)

    return GapInputs(
        lines=queries.lines(store, groups=[group_id], periods=periods),
        contributions=named(queries.contributions(store, groups=[group_id], periods=periods)),  # type: ignore[arg-type]
        eliminations=queries.eliminations(store, groups=[group_id], periods=periods),
        members=named(members),  # type: ignore[arg-type]
        solo_filings=named(queries.solo_filings(store, entities=entities, periods=periods)),
        sector_filings=named(queries.sector_filings(store, entities=entities, periods=periods)),
    )


# --- how ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """What one part changed: exact, not yet rounded."""

    key: PartKey
    requirement: Decimal
    capital: Decimal
    is_membership: bool


def _members(inputs: GapInputs, group_id: str, day: date) -> set[str]:
    own = inputs.members.filter(group_id=group_id, period_end=day)
    return set(own["entity_id"].to_list())


def _totals(steps: pl.DataFrame, keys: Sequence[pl.Expr]) -> pl.DataFrame:
    summed = (pl.col("requirement", "capital").sum(), pl.col("ratio").sum())
    # A sum of nothing known is unknown, not nought.
    known = pl.col("ratio").is_not_null().any().alias("known")
    found = steps.group_by(keys, maintain_order=True).agg(*summed, known)
    return found.with_columns(ratio=pl.when("known").then("ratio")).drop("known")


def _changes(
    start: BridgeEnd, were: Parts, end: BridgeEnd, are: Parts, moved: Collection[str]
) -> list[_Change]:
    """What every part changed, and a rest for each sum that the parts do not make up (rounded contributions)."""
    found = []
    for key in sorted({*were, *are}):
        was, now = were.get(key, (ZERO, ZERO)), are.get(key, (ZERO, ZERO))
        is_membership = key[0] == MEMBER and key[1] in moved
        found.append(_Change(key, less(now[0], was[0]), less(now[1], was[1]), is_membership))
    rest = _Change(
        (RESIDUAL, "", ""),
        less(end.minimum_capital, start.minimum_capital, *(one.requirement for one in found)),
        less(end.capital, start.capital, *(one.capital for one in found)),
        is_membership=False,
    )
    return [*found, rest]


def _parts(gap: Gap) -> Parts:
    found: dict[PartKey, tuple[Decimal, Decimal]] = {}
    for part in gap.parts:
        key = (part.kind, part.party, part.item)
        requirement, capital = found.get(key, (ZERO, ZERO))
        found[key] = (add([requirement, part.requirement]), add([capital, part.capital]))
    return found


def _steps(
    opening: BridgeEnd, closing: BridgeEnd, changes: Iterable[_Change]
) -> Iterator[tuple[object, ...]]:
    """The rows of :class:`BridgeSteps`: every change under its effect, with running totals that round to the exact ones."""
    start = ratio(opening.capital, opening.minimum_capital)
    has_ratio = start is not None and closing.ratio is not None
    requirement, capital, points = _Rounded(), _Rounded(), _Rounded(start or ZERO)
    for effect, one, weigh in _ordered(opening, closing, list(changes)):
        needs, brings = requirement.step(one.requirement), capital.step(one.capital)
        share = points.step(weigh.effect(one)) if has_ratio else None
        if needs or brings or share:
            yield (effect, *one.key, needs, brings, share)


@dataclass(frozen=True, slots=True)
class _Way:
    """Part of the way from one ratio to the other: from requirement and capital to the requirement after it."""

    requirement: Decimal
    capital: Decimal
    requirement_after: Decimal

    def effect(self, one: _Change) -> Decimal:
        """What a change is of the change of the ratio on this way: first the requirement, then the capital (to 120 digits)."""
        of_requirement = EXACT.divide(
            times(Decimal(-1), self.capital, one.requirement), times(self.requirement, self.requirement_after)
        )
        return add([of_requirement, EXACT.divide(one.capital, self.requirement_after)])


def _ordered(
    opening: BridgeEnd, closing: BridgeEnd, changes: list[_Change]
) -> Iterator[tuple[str, _Change, _Way]]:
    """Every change under its effect, in order, with the way on which it weighs."""
    moved = [one for one in changes if one.is_membership]
    stayed = [one for one in changes if not one.is_membership]
    requirement = add([opening.minimum_capital, *(one.requirement for one in moved)])
    capital = add([opening.capital, *(one.capital for one in moved)])
    whole = _Way(opening.minimum_capital, opening.capital, closing.minimum_capital)
    # Where those who joined and left leave no requirement there is no ratio on the way: each weighs from end to end.
    is_ratio_between = requirement > 0
    of_members = replace(whole, requirement_after=requirement) if is_ratio_between else whole
    after_them = _Way(requirement, capital, closing.minimum_capital) if is_ratio_between else whole
    yield from ((MEMBERSHIP, one, of_members) for one in moved)
    yield from ((REQUIREMENT, replace(one, capital=ZERO), after_them) for one in stayed)
    yield from ((CAPITAL, replace(one, requirement=ZERO), after_them) for one in stayed)


class _Rounded:
    """Steps whose running total, rounded, is the exact one rounded."""

    def __init__(self, start: Decimal = ZERO) -> None:
        self._exact = start
        self._shown = line_amount(self._exact)

    def step(self, exact: Decimal) -> Decimal:
        self._exact = add([self._exact, exact])
        shown = less(line_amount(self._exact), self._shown)
        self._shown = line_amount(self._exact)
        return shown
