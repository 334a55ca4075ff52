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

from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import cell
from consolidation.findings import Finding, info
from consolidation.minimum_capital.group_figures import FigureNotGiven, GroupFigure, GroupFigures, limit_of
from consolidation.minimum_capital.group_specific_risk import Charge, ChargeResult, LimitTest
from consolidation.money import ZERO, add, less, line_amount, times
from consolidation.provenance import RATIO, Input, Status, Step
from consolidation.rulebook import RulesInForce
from consolidation.rulebook.periods import last_year_end, months_before
from consolidation.structure.membership import Group

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


@dataclass(frozen=True, slots=True)
class Contagion:
    """Computes the contagion charge of one group and period after another.

    ``rows`` holds the tables that the set gives, by source and group.
    """

    rows: Mapping[ContagionSource, Mapping[str, pl.DataFrame]]
    figures: GroupFigures

    @classmethod
    def of(cls, filing_set: FilingSet, figures: GroupFigures) -> Contagion:
        """Take guarantees and transactions of the filing set, by group."""
        given = {
            source: filing_set.tables[source.table]
            for source in CONTAGION_SOURCES
            if source.table in filing_set.given
        }
        by_group = {source: table.partition_by("group_id", as_dict=True) for source, table in given.items()}
        return cls(
            {source: {g: rows for (g,), rows in of.items()} for source, of in by_group.items()}, figures
        )

    def charge_result(
        self, group: Group, period_end: date, members: Sequence[str], banks: Sequence[str], law: RulesInForce
    ) -> ChargeResult:
        """The contagion charge of one group at a period's end.

        Where only one of the two tables is given the charge is computed with it, and the other is named.

        :param members: the group's members on that day, joint ventures included.
        :param banks: the banks that the group controls or jointly controls, members or not.
        """
        if not self.rows:
            return _no_data("needs guarantees and internal_transactions")
        rows = {
            source: _between_members(source, of_group[group.group_id], period_end, members, law)
            if group.group_id in of_group
            else []
            for source, of_group in self.rows.items()
        }
        missing = [source for source in CONTAGION_SOURCES if source not in self.rows]
        formula = "guarantees + other transactions" + "".join(f" ({s.table} not given)" for s in missing)
        told = tuple(_not_given(source, group, period_end) for source in missing)
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
            return ChargeResult(Charge(ZERO, Status.COMPUTED, formula, ARTICLE), findings=told)
        told += net_assets.findings + (opening.findings if opening else ())
        factor = _characteristic_factor(group, banks, law)
        parts = [
            _part(source, of_source, net_assets, opening, factor, law) for source, of_source in rows.items()
        ]
        charge = Charge(
            line_amount(add(limit_test.charge for _, limit_test in parts)),
            Status.COMPUTED,
            formula,
            ARTICLE,
            tuple(step for step, _ in parts),
        )
        return ChargeResult(charge, tuple(limit_test for _, limit_test in parts), told)


def _no_data(formula: str, *findings: Finding) -> ChargeResult:
    return ChargeResult(Charge(ZERO, Status.NO_DATA, formula, ARTICLE), findings=findings)


def _not_given(source: ContagionSource, group: Group, period_end: date) -> Finding:
    return info(
        "contagion-table-not-given",
        table=source.table,
        group_id=group.group_id,
        period_end=period_end,
        expected=source.table,
        article=source.article,
    )


def _between_members(
    source: ContagionSource,
    of_group: pl.DataFrame,
    period_end: date,
    members: Sequence[str],
    law: RulesInForce,
) -> list[Row]:
    """What two different members had between them and is large enough to be material, the largest first."""
    if source is GUARANTEES:
        in_time = pl.col("period_end") == period_end
    else:
        after = months_before(period_end, int(law.number("contagion.window_months")))
        in_time = (pl.col("traded_on") > after) & (pl.col("traded_on") <= period_end)
    one, other = source.parties
    between = pl.col(one).is_in(members) & pl.col(other).is_in(members) & (pl.col(one) != pl.col(other))
    above = law.number("contagion.materiality_amount")
    found = of_group.filter(in_time & between).sort(source.amount, source.id, descending=[True, False])
    return [row for row in found.iter_rows(named=True) if row[source.amount] > above]


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
