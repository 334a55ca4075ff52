"""Customer concentration: income from one customer against the group's consolidated income (Rule 19 A32–A33).

Income counts for the same companies whose positions count; a customer that is itself one of them is eliminated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    """The rows of ``customer_income`` that count, by group and period.

    ``within`` marks a customer that is one of the group's own companies.
    """

    by_place: Mapping[GroupPeriod, pl.DataFrame]

    @classmethod
    def of(cls, income: pl.DataFrame, counted: pl.DataFrame) -> Customers:
        """:param counted: group_id, period_end, entity_id – the companies that count."""
        inside = counted.select("group_id", "period_end", customer_id="entity_id", within=pl.lit(True))
        rows = (
            income.join(counted, on=["entity_id", "period_end"], how="inner")
            .join(inside, on=["group_id", "period_end", "customer_id"], how="left")
            .with_columns(pl.col("within").fill_null(False))
        )
        places = rows.partition_by("group_id", "period_end", as_dict=True)
        return cls({(group_id, day): frame for (group_id, day), frame in places.items()})

    def given_for(self, key: GroupPeriod) -> bool:
        """Whether any company of the group says anything of its customers."""
        return key in self.by_place

    def charge_result(self, key: GroupPeriod, limits: dict[str, ConcentrationLimit]) -> ChargeResult:
        """The charge of one group and period."""
        rows = self.by_place[key]
        counting = rows.filter(~pl.col("within"))
        parties = counting.group_by(party="customer_id").agg(pl.col("amount").sum())
        context: tuple[Input, ...] = ()
        if eliminated := rows.filter(pl.col("within"))["amount"].to_list():
            context = (Step("within_group", add(eliminated), article="Rule 19 A32"),)
        largest = counting.sort("amount", "source_file", "source_row", descending=[True, False, False])

        def cells(customer: str) -> tuple[Input, ...]:
            of_customer = largest.filter(pl.col("customer_id") == customer).head(MOST_ROWS)
            return tuple(
                cell("customer_income", row, "amount", "entity_id", "customer_id")
                for row in of_customer.iter_rows(named=True)
            )

        with_class = parties.with_columns(**{"class": pl.lit(None, pl.String)})
        return concentration(PartyExposures(CUSTOMER, with_class, limits, context), cells)
