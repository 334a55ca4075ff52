"""Actual capital of every group by the method of its type, and what is to be said of it (Rule 19 A37–A43)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.actual_capital.capital_items import ActualCapital
from consolidation.actual_capital.consolidation_method import consolidated
from consolidation.actual_capital.deduction_method import SummedCapital, deduction_method
from consolidation.actual_capital.double_counting import capital_debt, members_below_zero, stakes_without_link
from consolidation.actual_capital.published_capital import as_published, not_given
from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import published_statements
from consolidation.filing_set.schemas.group_filings import GroupCapital, GroupFilings
from consolidation.findings import Finding
from consolidation.money import RATE
from consolidation.results.schemas import (
    Members,
)
from consolidation.rulebook import Rulebook
from consolidation.rulebook.memo import Memo
from consolidation.structure.membership import Group, GroupPeriod
from consolidation.structure.scope import Structure


@dataclass(frozen=True, slots=True)
class ActualCapitalByGroup:
    """Actual capital by group and period, and how that of the second method was summed."""

    by_group: Mapping[GroupPeriod, ActualCapital]
    summed: SummedCapital


def actual_capital_of_groups(
    filing_set: FilingSet,
    members: dy.DataFrame[Members],
    groups: Mapping[str, Group],
    rulebook: Rulebook,
    memo: Memo,
) -> ActualCapitalByGroup:
    """Each group by the method of its type: the consolidated one for holding groups, else the deduction method."""
    second_method = adds_up_capital(groups)
    summed = memo.get(
        "second method",
        rulebook,
        [groups, members],
        lambda: deduction_method(filing_set, Members.typed(members.filter(second_method)), rulebook),
    )
    sheets = memo.get("capital sheets", rulebook, [], lambda: _capital_sheets(filing_set))
    published = memo.get(
        "published", rulebook, [], lambda: published_statements(filing_set.table(GroupFilings))
    )

    def by_first_method(key: GroupPeriod) -> ActualCapital:
        if key in sheets:
            return consolidated(*key, sheets[key], rulebook.on(key[1]))
        if key in published:
            return as_published(published[key], rulebook.on(key[1]))
        return not_given(*key)

    capital: dict[GroupPeriod, ActualCapital] = dict(summed.capital)
    first_method = members.filter(~second_method).select("group_id", "period_end").unique()
    for key in first_method.iter_rows():
        capital[key] = memo.get(
            ("first method", key), rulebook, [sheets, published], partial(by_first_method, key)
        )
    return ActualCapitalByGroup(capital, summed)


def _capital_sheets(
    filing_set: FilingSet,
) -> dict[GroupPeriod, dict[int, tuple[Decimal, dict[str, Any]]]]:
    """By group and period, the amount of each line of Annex 10 in 万元 and its row of ``group_capital``."""
    given: dict[GroupPeriod, dict[int, tuple[Decimal, dict[str, Any]]]] = {}
    for row in filing_set.table(GroupCapital).iter_rows(named=True):
        if row["amount"] is not None:
            given.setdefault((row["group_id"], row["period_end"]), {})[int(row["line"])] = (
                row["amount"],
                row,
            )
    return given


def capital_findings(
    filing_set: FilingSet,
    structure: Structure,
    by_share: dy.DataFrame[Members],
    capital: ActualCapitalByGroup,
    rulebook: Rulebook,
) -> list[Finding]:
    """What is to be said of actual capital and of the sums behind it."""
    adding_up = by_share.filter(adds_up_capital(structure.groups))
    return [
        *(f for c in capital.by_group.values() for f in c.findings),
        *stakes_without_link(filing_set, adding_up, capital.summed.members, rulebook),
        *members_below_zero(capital.summed.members),
        *capital_debt(filing_set, structure.companies, capital.summed.eliminations),
    ]


def capital_shares(members: dy.DataFrame[Members], rulebook: Rulebook) -> dy.DataFrame[Members]:
    """The members with the share by which their actual capital counts.

    That of a venture whose whole shortfall the group bears (A19) is a reading.

    :param members: frame of ``results.schemas.Members``.
    """
    whole = [
        day
        for day in members["period_end"].unique()
        if rulebook.on(day).value("joint_venture.capital_when_bearing_shortfall") == "whole"
    ]
    bears_all = pl.col("bears_shortfall") & pl.col("period_end").is_in(whole)
    one = pl.lit(Decimal(1)).cast(RATE)
    return Members.typed(members.with_columns(share=pl.when(bears_all).then(one).otherwise("share")))


def adds_up_capital(groups: Mapping[str, Group]) -> pl.Expr:
    """Whether a row is of a group whose members' capital is added up (A39): all but insurance holding groups."""
    return pl.col("group_id").is_in([g.group_id for g in groups.values() if g.type != "insurance_holding"])
