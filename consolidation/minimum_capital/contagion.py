"""Contagion risk: guarantees and other transactions between members (Rule 19 A22–A24).

Only material ones count: at least a share of last year-end's consolidated net assets and above a fixed amount, tested
one by one; where those net assets are zero or negative, all above the fixed amount are. What the material ones come to
above a limit of net assets is the exposure; guarantees and transactions each have their own.
``MC = EX × RF0 × (1 + K)``, with K from the type of the group and whether it controls a bank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.explanation import RATIO, Input, Status, Step
from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, info
from consolidation.minimum_capital.charge_results import Measure, Measured
from consolidation.minimum_capital.group_figures import Figure, FigureNotGiven, GroupFigures, limit_of
from consolidation.minimum_capital.group_specific_risk import Charge
from consolidation.money import ZERO, add, less, line_amount, times
from consolidation.rulebook import RulesInForce
from consolidation.rulebook.periods import last_year_end, months_before
from consolidation.structure.membership import Group

ARTICLE = "Rule 19 A22–A24"
MOST_LISTED = 200
"""Material guarantees or transactions shown one by one under a charge, the largest first."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """What tells the two sides of contagion apart: their table and columns, base factor and article."""

    test: str
    table: str
    id: str
    parties: tuple[str, str]
    amount: str
    base_factor: str
    article: str


GUARANTEES = Side(
    "guarantee",
    "guarantees",
    "guarantee_id",
    ("guarantor_id", "beneficiary_id"),
    "balance",
    "contagion.guarantee_base_factor",
    "Rule 19 A23",
)
TRANSACTIONS = Side(
    "transaction",
    "internal_transactions",
    "transaction_id",
    ("from_id", "to_id"),
    "amount",
    "contagion.transaction_base_factor",
    "Rule 19 A24",
)
SIDES = (GUARANTEES, TRANSACTIONS)


@dataclass(frozen=True, slots=True)
class Contagion:
    """Measures the contagion charge of one group and period after another.

    ``rows`` holds the tables that the set gives, by side and group.
    """

    rows: Mapping[Side, Mapping[str, pl.DataFrame]]
    figures: GroupFigures

    @classmethod
    def of(cls, filing_set: FilingSet, figures: GroupFigures) -> Contagion:
        given = {side: filing_set.tables[side.table] for side in SIDES if side.table in filing_set.given}
        by_group = {side: table.partition_by("group_id", as_dict=True) for side, table in given.items()}
        return cls({side: {g: rows for (g,), rows in of.items()} for side, of in by_group.items()}, figures)

    def measured(
        self, group: Group, period_end: date, members: Sequence[str], banks: Sequence[str], law: RulesInForce
    ) -> Measured:
        """The contagion charge of one group at a period's end.

        Where only one of the two tables is given the charge is computed with it, and the other is named.

        :param members: the group's members on that day, joint ventures included.
        :param banks: the banks that the group controls or jointly controls, members or not.
        """
        if not self.rows:
            return _no_data("needs guarantees and internal_transactions")
        rows = {
            side: _between_members(side, of_group[group.group_id], period_end, members, law)
            if group.group_id in of_group
            else []
            for side, of_group in self.rows.items()
        }
        missing = [side for side in SIDES if side not in self.rows]
        formula = "guarantees + other transactions" + "".join(f" ({s.table} not given)" for s in missing)
        told = tuple(_not_given(side, group, period_end) for side in missing)
        try:
            net_assets = self.figures.figure(group.group_id, "net_assets", period_end, period_end, ARTICLE)
            opening = None
            if any(rows.values()):
                year_end = last_year_end(period_end)
                opening = self.figures.figure(group.group_id, "net_assets", year_end, period_end, ARTICLE)
        except FigureNotGiven as reason:
            if any(rows.values()):
                return _no_data("needs net_assets of the period and of last year-end", reason.finding)
            # Between members nothing large enough happened: that costs nothing, whatever the net assets are.
            return Measured(Charge(ZERO, Status.COMPUTED, formula, ARTICLE), findings=told)
        told += net_assets.findings + (opening.findings if opening else ())
        factor = _characteristic_factor(group, banks, law)
        parts = [_part(side, of_side, net_assets, opening, factor, law) for side, of_side in rows.items()]
        charge = Charge(
            line_amount(add(measure.charge for _, measure in parts)),
            Status.COMPUTED,
            formula,
            ARTICLE,
            tuple(step for step, _ in parts),
        )
        return Measured(charge, tuple(measure for _, measure in parts), told)


def _no_data(formula: str, *findings: Finding) -> Measured:
    return Measured(Charge(ZERO, Status.NO_DATA, formula, ARTICLE), findings=findings)


def _not_given(side: Side, group: Group, period_end: date) -> Finding:
    return info(
        "contagion-table-not-given",
        table=side.table,
        group_id=group.group_id,
        period_end=period_end,
        expected=side.table,
        article=side.article,
    )


def _between_members(
    side: Side, of_group: pl.DataFrame, period_end: date, members: Sequence[str], law: RulesInForce
) -> list[Row]:
    """What two different members had between them and is large enough to be material, the largest first."""
    if side is GUARANTEES:
        in_time = pl.col("period_end") == period_end
    else:
        after = months_before(period_end, int(law.number("contagion.window_months")))
        in_time = (pl.col("traded_on") > after) & (pl.col("traded_on") <= period_end)
    one, other = side.parties
    between = pl.col(one).is_in(members) & pl.col(other).is_in(members) & (pl.col(one) != pl.col(other))
    above = law.number("contagion.materiality_amount")
    found = of_group.filter(in_time & between).sort(side.amount, side.id, descending=[True, False])
    return [row for row in found.iter_rows(named=True) if row[side.amount] > above]


def _part(
    side: Side,
    rows: Sequence[Row],
    net_assets: Figure,
    opening: Figure | None,
    factor: Step,
    law: RulesInForce,
) -> tuple[Step, Measure]:
    """``EX × RF0 × (1 + K)`` of one side, not rounded, with everything it came from."""
    least = times(law.number("contagion.materiality_share"), opening.amount) if opening else ZERO
    material = [row for row in rows if row[side.amount] >= least]
    total = add(row[side.amount] for row in material)
    limit = limit_of(
        law.number("contagion.limit"), law.rule("contagion.limit"), net_assets, "net assets", law
    )
    # Where nothing is material nothing exceeds a limit, not even one below zero.
    above = max(less(total, limit.amount), ZERO) if material else ZERO
    assert factor.amount is not None
    charge = times(above, law.number(side.base_factor), add([Decimal(1), factor.amount]))
    total_step = Step(
        "material_total",
        total,
        formula=f"Σ material {side.table}",
        article=side.article,
        inputs=(*_listed(side, material), *_materiality(side, least, opening, law)),
    )
    limit_step = Step("limit", limit.amount, formula=limit.formula, article=side.article, inputs=limit.inputs)
    exposure = Step(
        "above_limit",
        above,
        formula="material − limit, at least 0",
        article=side.article,
        inputs=(total_step, limit_step),
    )
    step = Step(
        f"{side.test}_charge",
        charge,
        formula="above limit × RF0 × (1 + K)",
        article=side.article,
        inputs=(exposure, law.rule(side.base_factor), factor),
    )
    return step, Measure(side.test, "", total, limit.amount, charge)


def _listed(side: Side, material: Sequence[Row]) -> tuple[Input, ...]:
    cells: tuple[Input, ...] = tuple(
        cell(side.table, row, side.amount, side.id, *side.parties) for row in material[:MOST_LISTED]
    )
    rest = material[MOST_LISTED:]
    return (
        (*cells, Step("further", add(row[side.amount] for row in rest), note=str(len(rest))))
        if rest
        else cells
    )


def _materiality(side: Side, least: Decimal, opening: Figure | None, law: RulesInForce) -> tuple[Input, ...]:
    above = law.rule("contagion.materiality_amount")
    if opening is None:
        return (above,)
    share = Step(
        "materiality",
        least,
        formula="at least share × net assets of last year-end, and above the amount",
        article=side.article,
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
