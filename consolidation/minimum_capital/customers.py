"""Customer concentration: income from one customer against the group's consolidated income (Rule 19 A32–A33).

Income counts for the same companies whose positions count; a customer that is itself one of them is eliminated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from consolidation.filing_set.filing_basis import cell
from consolidation.minimum_capital.concentration import (
    CUSTOMER,
    ConcentrationLimit,
    PartyExposures,
    concentration,
)
from consolidation.minimum_capital.group_specific_risk import ChargeResult
from consolidation.money import add
from consolidation.provenance import Input, Step
from consolidation.structure.membership import GroupPeriod

MOST_ROWS = 20
"""Rows of one customer that an explanation shows, the largest first."""


@dataclass(frozen=True, slots=True)
class Customers:
    """The rows of ``customer_income`` that count, each with its ``group_id``.

    ``sums``: by group and period customer, amount and whether the customer is one of the group's own companies.
    """

    rows: pl.DataFrame
    sums: Mapping[GroupPeriod, Sequence[tuple[str, Decimal, bool]]]

    @classmethod
    def of(cls, income: pl.DataFrame, counted: pl.DataFrame) -> Customers:
        """:param counted: group_id, period_end, entity_id – the companies that count."""
        inside = counted.select("group_id", "period_end", customer_id="entity_id", within=pl.lit(True))
        rows = income.join(counted, on=["entity_id", "period_end"])
        by_customer = rows.group_by("group_id", "period_end", "customer_id").agg(pl.col("amount").sum())
        marked = by_customer.join(inside, on=["group_id", "period_end", "customer_id"], how="left")
        sums: dict[GroupPeriod, list[tuple[str, Decimal, bool]]] = {}
        for group_id, day, customer, amount, within in marked.iter_rows():
            sums.setdefault((group_id, day), []).append((customer, amount, bool(within)))
        return cls(rows, sums)

    def charge_result(self, key: GroupPeriod, limits: Mapping[str, ConcentrationLimit]) -> ChargeResult:
        """The charge of one group and period."""
        group_id, day = key
        parties = [(customer, None, amount) for customer, amount, within in self.sums[key] if not within]
        eliminated = [amount for _, amount, within in self.sums[key] if within]
        context = (Step("within_group", add(eliminated), article="Rule 19 A32"),) if eliminated else ()

        def cells(customer: str) -> tuple[Input, ...]:
            of_customer = self.rows.filter(group_id=group_id, period_end=day, customer_id=customer)
            largest = of_customer.sort("amount", "source_file", "source_row", descending=[True, False, False])
            return tuple(
                cell("customer_income", row, "amount", "entity_id", "customer_id")
                for row in largest.head(MOST_ROWS).iter_rows(named=True)
            )

        return concentration(PartyExposures(CUSTOMER, parties, limits, context), cells)
