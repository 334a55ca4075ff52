"""Contagion risk: guarantees and other transactions between members (Rule 19 A22–A24).

Only material ones count: at least a share of last year-end's consolidated net assets and above a fixed amount, tested
one by one; where those net assets are zero or negative, all above the fixed amount are. What the material ones come to
above a limit of net assets is the exposure; guarantees and transactions each have their own.
``MC = EX × RF0 × (1 + K)``, with K from the type of the group and whether it controls a bank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, info
from consolidation.minimum_capital.group_figures import FigureNotGiven, GroupFigure, GroupFigures, limit_of
from consolidation.minimum_capital.group_specific_risk import Charge, ChargeResult, LimitTest, no_data
from consolidation.money import AMOUNT, ZERO, add, floor_amount, less, line_amount, times
from consolidation.provenance import RATIO, Input, Status, Step
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.rulebook.periods import last_year_end, months_before
from consolidation.structure.membership import Group, GroupPeriod
from consolidation.structure.scope import Structure

ARTICLE = "Rule 19 A22–A24"
MOST_LISTED = 200
"""Material guarantees or transactions shown one by one under a charge, the largest first."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ContagionSource:
    """One of the two sources of contagion (A22), guarantees or other transactions: table, columns, base factor, article."""

    test: str
    table: str
    id: str
    parties: tuple[str, str]
    amount: str
    base_factor: str
    article: str


GUARANTEES = ContagionSource(
    "guarantee",
    "guarantees",
    "guarantee_id",
    ("guarantor_id", "beneficiary_id"),
    "balance",
    "contagion.guarantee_base_factor",
    "Rule 19 A23",
)
TRANSACTIONS = ContagionSource(
    "transaction",
    "internal_transactions",
    "transaction_id",
    ("from_id", "to_id"),
    "amount",
    "contagion.transaction_base_factor",
    "Rule 19 A24",
)
CONTAGION_SOURCES = (GUARANTEES, TRANSACTIONS)


def contagion_charges(
    filing_set: FilingSet,
    figures: GroupFigures,
    structure: Structure,
    rulebook: Rulebook,
    periods: Iterable[GroupPeriod],
) -> dict[GroupPeriod, ChargeResult]:
    """The contagion charge of each group at a period's end.

    Where only one of the two tables is given the charge is computed with it, and the other is named.
    """
    given = {s: filing_set.tables[s.table] for s in CONTAGION_SOURCES if s.table in filing_set.given}
    members = structure.members.group_by("group_id", "period_end").agg("entity_id")
    of_group = {(group_id, day): frozenset(ids) for group_id, day, ids in members.iter_rows()}

    @cache
    def large_on(source: ContagionSource, day: date) -> Mapping[str, Sequence[Row]]:
        return _large(source, given[source], day, rulebook.on(day))

    def between_members(source: ContagionSource, key: GroupPeriod) -> list[Row]:
        of_groups = large_on(source, key[1]).get(key[0], ())
        return [row for row in of_groups if of_group[key].issuperset(row[party] for party in source.parties)]

    return {
        key: _charge_result(
            structure.groups[key[0]],
            key[1],
            {source: between_members(source, key) for source in given},
            structure.banks[key],
            figures,
            rulebook.on(key[1]),
        )
        for key in periods
    }


def _charge_result(
    group: Group,
    period_end: date,
    rows: Mapping[ContagionSource, Sequence[Row]],
    banks: Sequence[str],
    figures: GroupFigures,
    law: RulesInForce,
) -> ChargeResult:
    """The charge of one group.

    :param rows: of each table that is given what members had between them, where it is large enough to be material.
    :param banks: the banks that the group controls or jointly controls, members or not.
    """
    if not rows:
        return ChargeResult(no_data("guarantees and internal_transactions", ARTICLE))
    missing = [source for source in CONTAGION_SOURCES if source not in rows]
    formula = "guarantees + other transactions" + "".join(f" ({s.table} not given)" for s in missing)
    told = tuple(_not_given(source, group, period_end) for source in missing)
    try:
        net_assets = figures.figure(group.group_id, "net_assets", period_end, period_end, ARTICLE)
        opening = None
        if any(rows.values()):
            year_end = last_year_end(period_end)
            opening = figures.figure(group.group_id, "net_assets", year_end, period_end, ARTICLE)
    except FigureNotGiven as reason:
        if any(rows.values()):
            needs = no_data("net_assets of the period and of last year-end", ARTICLE)
            return ChargeResult(needs, findings=(reason.finding,))
        # Between members nothing large enough happened: that costs nothing, whatever the net assets are.
        return ChargeResult(Charge(ZERO, Status.COMPUTED, formula, ARTICLE), findings=told)
    told += net_assets.findings + (opening.findings if opening else ())
    factor = _characteristic_factor(group, banks, law)
    parts = [_part(source, of_source, net_assets, opening, factor, law) for source, of_source in rows.items()]
    charge = Charge(
        line_amount(add(limit_test.charge for _, limit_test in parts)),
        Status.COMPUTED,
        formula,
        ARTICLE,
        tuple(step for step, _ in parts),
    )
    return ChargeResult(charge, tuple(limit_test for _, limit_test in parts), told)


def _not_given(source: ContagionSource, group: Group, period_end: date) -> Finding:
    return info(
        "contagion-table-not-given",
        table=source.table,
        group_id=group.group_id,
        period_end=period_end,
        expected=source.table,
        article=source.article,
    )


def _large(
    source: ContagionSource, table: pl.DataFrame, period_end: date, law: RulesInForce
) -> dict[str, list[Row]]:
    """By group what two companies had between them and is large enough to be material, the largest first."""
    if source is GUARANTEES:
        in_time = pl.col("period_end") == period_end
    else:
        after = months_before(period_end, int(law.number("contagion.window_months")))
        in_time = (pl.col("traded_on") > after) & (pl.col("traded_on") <= period_end)
    one, other = source.parties
    is_large = pl.col(source.amount) > pl.lit(
        floor_amount(law.number("contagion.materiality_amount")), AMOUNT
    )
    large = table.filter(in_time, is_large, pl.col(one) != pl.col(other))
    by_group: dict[str, list[Row]] = {}
    for row in large.sort(source.amount, source.id, descending=[True, False]).iter_rows(named=True):
        by_group.setdefault(row["group_id"], []).append(row)
    return by_group


def _part(
    source: ContagionSource,
    rows: Sequence[Row],
    net_assets: GroupFigure,
    opening: GroupFigure | None,
    factor: Step,
    law: RulesInForce,
) -> tuple[Step, LimitTest]:
    """``EX × RF0 × (1 + K)`` of one source, not rounded, with everything it came from."""
    threshold = times(law.number("contagion.materiality_share"), opening.amount) if opening else ZERO
    material = [row for row in rows if row[source.amount] >= threshold]
    total = add(row[source.amount] for row in material)
    limit = limit_of(
        law.number("contagion.limit"), law.rule("contagion.limit"), net_assets, "net assets", law
    )
    # Where nothing is material nothing exceeds a limit, not even one below zero.
    above = max(less(total, limit.amount), ZERO) if material else ZERO
    assert factor.amount is not None
    charge = times(above, law.number(source.base_factor), add([Decimal(1), factor.amount]))
    total_step = Step(
        "material_total",
        total,
        formula=f"Σ material {source.table}",
        article=source.article,
        inputs=(*_listed(source, material), *_materiality(source, threshold, opening, law)),
    )
    limit_step = Step(
        "limit", limit.amount, formula=limit.formula, article=source.article, inputs=limit.inputs
    )
    exposure = Step(
        "above_limit",
        above,
        formula="material − limit, at least 0",
        article=source.article,
        inputs=(total_step, limit_step),
    )
    step = Step(
        f"{source.test}_charge",
        charge,
        formula="above limit × RF0 × (1 + K)",
        article=source.article,
        inputs=(exposure, law.rule(source.base_factor), factor),
    )
    return step, LimitTest(source.test, "", total, limit.amount, charge)


def _listed(source: ContagionSource, material: Sequence[Row]) -> tuple[Input, ...]:
    cells: tuple[Input, ...] = tuple(
        cell(source.table, row, source.amount, source.id, *source.parties) for row in material[:MOST_LISTED]
    )
    rest = material[MOST_LISTED:]
    return (
        (*cells, Step("further", add(row[source.amount] for row in rest), note=str(len(rest))))
        if rest
        else cells
    )


def _materiality(
    source: ContagionSource, threshold: Decimal, opening: GroupFigure | None, law: RulesInForce
) -> tuple[Input, ...]:
    above = law.rule("contagion.materiality_amount")
    if opening is None:
        return (above,)
    share = Step(
        "materiality",
        threshold,
        formula="at least share × net assets of last year-end, and above the amount",
        article=source.article,
        inputs=(law.rule("contagion.materiality_share"), opening.cell, above),
    )
    return (share,)


def _characteristic_factor(group: Group, banks: Sequence[str], law: RulesInForce) -> Step:
    """K = k1 + k2, held between its bounds (A21). A bank that the set shows counts whatever ``controls_bank`` says."""
    said = group.controls_bank
    with_bank_elsewhere = said is not None and said.value == "true"
    k1 = law.number("contagion.k1_with_bank") if banks or with_bank_elsewhere else ZERO
    k2 = law.value("contagion.k2")[group.type]
    lowest, highest = law.number("characteristic.minimum"), law.number("characteristic.maximum")
    article = "Rule 19 A23, A24"
    with_bank = (law.rule("contagion.k1_with_bank"), *((said,) if said is not None else ()))
    by_type = (law.rule("contagion.k2"),)
    return Step(
        "characteristic_factor",
        max(lowest, min(highest, add([k1, k2]))),
        RATIO,
        f"k1 + k2, held to {lowest:f} … {highest:f}",
        "Rule 19 A21",
        (
            Step("k1", k1, RATIO, "a bank in the group", article, with_bank, ", ".join(banks) or "–"),
            Step("k2", k2, RATIO, "by type of group", article, by_type, group.type),
            law.rule("characteristic.minimum"),
            law.rule("characteristic.maximum"),
        ),
    )
