"""What would happen if a counterparty defaulted.

Positions against one party and a loss given default are followed: first every company's own loss, then the guarantees inside
the groups: a company that falls into breach by it, or the defaulter itself, has its guarantees called, the guarantor loses the
same share of them, and so on until nobody new falls.

Assumptions, stated with every result (``ASSUMPTIONS``): the loss hits core tier 1 in full and at once, without tax relief;
requirements stay as they are; a called guarantee recovers no more than the defaulted claim does; a group bears its
members' losses by its share, and a guarantee called inside it as a loss to the outside: an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.money import ZERO, add, is_below, less, line_amount, line_rate, ratio, times
from consolidation.results import columns as c
from consolidation.rulebook import RulesInForce
from monitoring.flags.kinds.thresholds import BREACH, THRESHOLDS
from monitoring.ratios import COMPREHENSIVE, CORE, ENTITY, GROUP, MEASURES, core_capital

ASSUMPTIONS = ("hits_core", "no_tax", "requirement_kept", "guarantee_called", "group_bears")
"""Keys ``contagion_assumption.<key>`` of the table of words."""


class DefaultEffects(c.ResultSchema):
    """One row a subject and measure in every round that costs it something.

    A company of which no capital is known has one row without measure.
    """

    round = c.number("1 is the default itself, later rounds are called guarantees")
    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    measure = c.text_or_none("core or comprehensive")
    loss = c.amount("of this round, 万元")
    capital_before = c.amount("before the first round, 万元")
    capital_after = c.amount("after this round, 万元")
    required = c.amount("minimum capital, 万元")
    ratio_before = c.rate("the ratio before the first round")
    ratio_after = c.rate("the ratio after this round")
    falls_below = c.text_or_none(
        "the gravest limit (breach, key_check, watch) met before the default and met no longer"
    )


class CalledGuarantees(c.ResultSchema):
    """One row a guarantee that was called, in the round in which its guarantor lost by it."""

    round = c.number("the round")
    guarantor_id = c.text("who pays")
    beneficiary_id = c.text("for whom")
    balance = c.amount("the balance guaranteed, 万元")
    loss = c.amount("what the guarantor loses, 万元")


@dataclass(frozen=True, slots=True)
class CapitalPosition:
    """Capital and requirement of a company or group: core and actual capital, minimum capital, lowest ratios allowed."""

    capital: Mapping[str, Decimal]
    minimum_capital: Decimal
    limits: Mapping[str, Sequence[tuple[str, Decimal]]]

    def fails(self, loss: Decimal) -> bool:
        """Whether it is in breach once it has lost so much."""
        return any(
            name == BREACH.code and is_below(less(available_capital, loss), limit, self.minimum_capital)
            for measure, available_capital in self.capital.items()
            for name, limit in self.limits[measure]
        )

    def falls_below(self, measure: str, loss: Decimal) -> str | None:
        """The gravest limit met before and not after the loss."""
        available_capital = self.capital[measure]
        for name, limit in self.limits[measure]:
            was_below = is_below(available_capital, limit, self.minimum_capital)
            if not was_below and is_below(less(available_capital, loss), limit, self.minimum_capital):
                return name
        return None


@dataclass(frozen=True)
class DefaultResult:
    """What a default does.

    ``effects``: a frame of :class:`DefaultEffects`; ``called_guarantees``: a frame of :class:`CalledGuarantees`, with
    round, guarantor_id, beneficiary_id, balance, loss; ``unknown``: companies that lose and of which no capital is
    known.
    """

    party: str
    period_end: date
    loss_given_default: Decimal
    effects: dy.DataFrame[DefaultEffects]
    called_guarantees: dy.DataFrame[CalledGuarantees]
    unknown: tuple[str, ...]


def default_of(
    party: str,
    period_end: date,
    loss_given_default: Decimal,
    exposures: Mapping[str, Decimal],
    *,
    companies: Mapping[str, CapitalPosition],
    groups: Mapping[str, CapitalPosition],
    members: pl.DataFrame,
    guarantees: pl.DataFrame,
) -> DefaultResult:
    """The default of one party, in rounds.

    :param loss_given_default: 0…1.
    :param exposures: company → what it holds against the party, 万元. A group without positions by company may stand
        here itself: then it is followed as one company.
    :param companies: as :func:`company_capital_positions` gives them.
    :param groups: as :func:`group_capital_positions` gives them.
    :param members: group_id, period_end, entity_id, share.
    :param guarantees: the ``guarantees`` table.
    """
    if not 0 <= loss_given_default <= 1:
        raise ValueError(f"a loss given default of {loss_given_default} is not between 0 and 1")
    positions = {**groups, **companies}
    open_calls = _open_guarantees(guarantees, period_end)
    lost: dict[str, Decimal] = {}
    losses = {c: times(e, loss_given_default) for c, e in exposures.items() if e > 0}
    failed = {party}
    rows: list[tuple[Any, ...]] = []
    called_guarantees: list[tuple[Any, ...]] = []
    shares = _shares(members, period_end)
    group_lost: dict[str, Decimal] = {}
    number = 1
    # Nobody may hold anything against the defaulter, and still somebody may have guaranteed for it.
    while losses or number == 1:
        for company, loss in losses.items():
            lost[company] = add([lost.get(company, ZERO), loss])
        own = {c: v for c, v in losses.items() if c not in groups}
        rows += _rows(number, ENTITY, own, lost, companies)
        of_groups = _of_groups(losses, shares, groups)
        for group, loss in of_groups.items():
            group_lost[group] = add([group_lost.get(group, ZERO), loss])
        rows += _rows(number, GROUP, of_groups, group_lost, groups)
        newly = {
            c
            for c in losses
            if c in positions and not positions[c].fails(ZERO) and positions[c].fails(lost[c])
        }
        calling = (newly | ({party} if number == 1 else set())) - (failed - {party})
        failed |= newly
        number += 1
        losses = {}
        for guarantor, beneficiary, group, balance in _take(open_calls, calling, groups):
            loss = times(balance, loss_given_default)
            bearer = guarantor if guarantor in companies or group not in exposures else group
            losses[bearer] = add([losses.get(bearer, ZERO), loss])
            called_guarantees.append((number, guarantor, beneficiary, balance, line_amount(loss)))
    effects = DefaultEffects.of_rows(rows)
    return DefaultResult(
        party,
        period_end,
        loss_given_default,
        effects,
        CalledGuarantees.of_rows(called_guarantees),
        tuple(sorted(c for c in lost if c not in positions)),
    )


_Guarantee = tuple[str, str, str, Decimal]


def _open_guarantees(guarantees: pl.DataFrame, period_end: date) -> list[_Guarantee]:
    """guarantor, beneficiary, group, balance of the period's guarantees, in a fixed order."""
    here = guarantees.filter((pl.col("period_end") == period_end) & (pl.col("balance") > 0))
    ordered = here.sort("group_id", "guarantee_id")
    return list(ordered.select("guarantor_id", "beneficiary_id", "group_id", "balance").iter_rows())


def _take(
    waiting: list[_Guarantee], calling: set[str], groups: Mapping[str, CapitalPosition]
) -> list[_Guarantee]:
    """The waiting guarantees for one of ``calling``, or of a group in it as a whole; each is called once."""
    taken: list[_Guarantee] = []
    kept: list[_Guarantee] = []
    for guarantee in waiting:
        _, beneficiary, group, _ = guarantee
        is_called = beneficiary in calling or (group in groups and group in calling)
        (taken if is_called else kept).append(guarantee)
    waiting[:] = kept
    return taken


def _shares(members: pl.DataFrame, period_end: date) -> dict[str, list[tuple[str, Decimal]]]:
    """Company → the groups that it belongs to at the period's end, with the share that counts."""
    found: dict[str, list[tuple[str, Decimal]]] = {}
    here = members.filter((pl.col("period_end") == period_end) & pl.col("share").is_not_null())
    for group, entity, share in here.select("group_id", "entity_id", "share").iter_rows():
        found.setdefault(entity, []).append((group, share))
    return found


def _of_groups(
    losses: Mapping[str, Decimal],
    shares: Mapping[str, Sequence[tuple[str, Decimal]]],
    groups: Mapping[str, CapitalPosition],
) -> dict[str, Decimal]:
    of_groups: dict[str, Decimal] = {}
    for company, loss in losses.items():
        bearers = [(company, Decimal(1))] if company in groups else shares.get(company, ())
        for group, share in bearers:
            of_groups[group] = add([of_groups.get(group, ZERO), times(share, loss)])
    return of_groups


def _rows(
    number: int,
    kind: str,
    losses: Mapping[str, Decimal],
    lost: Mapping[str, Decimal],
    positions: Mapping[str, CapitalPosition],
) -> Iterable[tuple[Any, ...]]:
    for subject in sorted(losses):
        position, loss = positions.get(subject), line_amount(losses[subject])
        if position is None:
            yield (number, kind, subject, "", loss, *[None] * 6)
            continue
        for measure, available_capital in position.capital.items():
            after = less(available_capital, lost[subject])
            yield (
                number,
                kind,
                subject,
                measure,
                loss,
                available_capital,
                line_amount(after),
                position.minimum_capital,
                _ratio(available_capital, position.minimum_capital),
                _ratio(after, position.minimum_capital),
                position.falls_below(measure, lost[subject]),
            )


def _ratio(available_capital: Decimal, minimum_capital: Decimal) -> Decimal | None:
    found = ratio(available_capital, minimum_capital)
    return None if found is None else line_rate(found)


def _limits(law: RulesInForce) -> dict[str, list[tuple[str, Decimal]]]:
    """By measure: the limits of breach, key check and watch, the gravest first."""
    return {m: [(code, law.number(ids[m])) for code, ids in THRESHOLDS.items()] for m in MEASURES}


def company_capital_positions(
    solo_filings: pl.DataFrame, sector_filings: pl.DataFrame, period_end: date, law: RulesInForce
) -> dict[str, CapitalPosition]:
    """Capital and requirement of every company that filed for the period; others have none.

    A bank, trust, securities or futures company is held against its own requirement (adequacy × measure).
    """
    limits = _limits(law)
    solo = prefer_audited(solo_filings.filter(pl.col("period_end") == period_end), "entity_id", "period_end")
    found: dict[str, CapitalPosition] = {}
    for entity, core, actual, minimum_capital in solo.select(
        "entity_id", core_capital(), "actual_capital", "minimum_capital"
    ).iter_rows():
        available_capital = {m: c for m, c in ((CORE, core), (COMPREHENSIVE, actual)) if c is not None}
        if available_capital and minimum_capital is not None and minimum_capital > 0:
            found[entity] = CapitalPosition(available_capital, minimum_capital, limits)
    sector = sector_filings.filter(pl.col("period_end") == period_end)
    for entity, amount, capital, needed in sector.select(
        "entity_id", "amount", "actual_capital", pl.coalesce("adequacy_requirement", "required_ratio")
    ).iter_rows():
        if capital is not None and needed is not None and amount is not None and amount > 0:
            found[entity] = CapitalPosition(
                {COMPREHENSIVE: capital}, amount, {COMPREHENSIVE: [(BREACH.code, needed)]}
            )
    return found


def group_capital_positions(
    lines: pl.DataFrame, period_end: date, law: RulesInForce
) -> dict[str, CapitalPosition]:
    """Capital and requirement of every group with a statement for the period."""
    limits = _limits(law)
    found: dict[str, CapitalPosition] = {}
    for (group,), rows in lines.filter(pl.col("period_end") == period_end).group_by("group_id"):
        amounts = dict(rows.select("line", "amount").iter_rows())
        tiers = [amounts.get("core_tier1_capital"), amounts.get("core_tier2_capital")]
        core = None if None in tiers else add(t for t in tiers if t is not None)
        actual, minimum_capital = amounts.get("actual_capital"), amounts.get("minimum_capital")
        available_capital = {m: c for m, c in ((CORE, core), (COMPREHENSIVE, actual)) if c is not None}
        if available_capital and minimum_capital is not None and minimum_capital > 0:
            found[str(group)] = CapitalPosition(available_capital, minimum_capital, limits)
    return found


def group_exposures(concentration: pl.DataFrame, party: str, period_end: date) -> dict[str, Decimal]:
    """Group → its measured exposure to a counterparty: where positions by company are not at hand."""
    rows = concentration.filter(
        (pl.col("test") == "counterparty") & (pl.col("party") == party) & (pl.col("period_end") == period_end)
    )
    return dict(rows.select("group_id", "exposure").iter_rows())
