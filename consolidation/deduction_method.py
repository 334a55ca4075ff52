"""Actual capital of non-insurance holding and mixed groups (Rule 19 A39–A43, 减项合并法).

The members' actual capital is added up (subsidiaries whole, joint ventures by share) and what the group counts twice is
taken out: equity between members, capital debt between members, and the gain on assets that members sold each other.
Every elimination is a row that can be listed, with the tier that it reduces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.actual_capital import ActualCapital, CapitalItem, limit_findings
from consolidation.capital_limits import TIERS
from consolidation.explanation import CONTRIBUTION_SCHEMA, Input, MemberSum, Status, Step
from consolidation.filed import best_basis, cell
from consolidation.findings import Finding, warning
from consolidation.intake import FilingSet
from consolidation.membership import INSURERS
from consolidation.money import AMOUNT, ZERO, add, less, line_amount, times, weighted_sums
from consolidation.rulebook import Law

CAPITAL_LINES = ("actual_capital", *TIERS)
DEFAULT_DEBT_TIER = "supplementary_tier1_capital"

ELIMINATION_SCHEMA: dict[str, Any] = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "kind": pl.String,
    "from_id": pl.String,
    "to_id": pl.String,
    "tier": pl.String,
    "amount": AMOUNT,
    "article": pl.String,
    "table": pl.String,
    "file": pl.String,
    "row": pl.Int64,
}
"""One row an elimination: ``kind`` is equity, capital_debt or asset_transfer; ``amount`` is what ``tier`` loses."""

_KEYS = ["group_id", "period_end", "entity_id"]


@dataclass(frozen=True, slots=True)
class SummedCapital:
    """All groups of the second method: capital by (group, period), each member's capital in a row, and the eliminations.

    ``members`` is what :func:`contributions` turns into the rows of an explanation.
    """

    capital: Mapping[tuple[str, date], ActualCapital]
    members: pl.DataFrame
    eliminations: pl.DataFrame


def deduction_method(
    filing_set: FilingSet, members: pl.DataFrame, law_on: Callable[[date], Law]
) -> SummedCapital:
    """Actual capital of every group and period in ``members`` (which holds groups of the second method only)."""
    held = _members_capital(filing_set, members)
    remarks = _missing(members, held)
    eliminations, steps = _eliminations(filing_set, members)
    sums = _sums(held)
    capital = {}
    for key in members.select("group_id", "period_end").unique().sort("group_id", "period_end").iter_rows():
        own = [r for r in eliminations if r[:2] == key]
        capital[key] = _capital(key, sums, own, steps.get(key, []), remarks.get(key, []), law_on(key[1]))
    return SummedCapital(capital, held, pl.DataFrame(eliminations, schema=ELIMINATION_SCHEMA, orient="row"))


def _members_capital(filing_set: FilingSet, members: pl.DataFrame) -> pl.DataFrame:
    """One row a member with its share, actual capital and tiers; a tier is null where it is unknown."""
    solo = best_basis(filing_set.tables["solo_filings"], "entity_id", "period_end")
    known = pl.sum_horizontal(*(pl.col(t).fill_null(ZERO) for t in TIERS)) == pl.col("actual_capital")
    filed = ["entity_id", "period_end", "basis", "source_file", "source_row", "actual_capital"]
    insurers = solo.select(
        *filed, *(pl.when(known).then(pl.col(t).fill_null(ZERO)).otherwise(pl.col(t)).alias(t) for t in TIERS)
    )
    # A member that is no insurer counts its net assets or regulatory capital (A40): core tier 1, none in the others.
    others = (
        filing_set.tables["sector_filings"]
        .filter(pl.col("actual_capital").is_not_null())
        .with_columns(basis=pl.lit("sector"))
        .select(
            *filed,
            pl.col("actual_capital").alias(TIERS[0]),
            *(pl.lit(ZERO).cast(AMOUNT).alias(t) for t in TIERS[1:]),
        )
    )
    is_insurer = pl.col("kind").is_in(INSURERS).fill_null(False)
    parts = (
        (members.filter(is_insurer), insurers, "solo_filings"),
        (members.filter(~is_insurer), others, "sector_filings"),
    )
    return pl.concat(
        part.select(*_KEYS, "relation", "share")
        .join(rows, on=["entity_id", "period_end"], how="inner")
        .with_columns(table=pl.lit(table))
        for part, rows, table in parts
    )


def contributions(held: pl.DataFrame) -> pl.DataFrame:
    """The members' parts of the capital lines, one row a member and line (``explanation.CONTRIBUTION_SCHEMA``)."""
    long = held.unpivot(
        CAPITAL_LINES,
        index=[*_KEYS, "relation", "share", "basis", "table", "source_file", "source_row"],
        variable_name="line",
        value_name="own_amount",
    ).filter(pl.col("own_amount").is_not_null())
    rows = long.with_columns(
        amount="own_amount",
        file="source_file",
        row="source_row",
        column=pl.when(pl.col("table") == "sector_filings")
        .then(pl.lit("actual_capital"))
        .otherwise(pl.col("line")),
        article=pl.lit("Rule 19 A39, A40"),
    )
    partly = rows.filter(pl.col("share") != 1)
    shown = [line_amount(times(s, a)) for s, a in partly.select("share", "own_amount").iter_rows()]
    rows = pl.concat(
        [rows.filter(pl.col("share") == 1), partly.with_columns(amount=pl.Series(shown, dtype=AMOUNT))]
    )
    return rows.select(pl.col(c).cast(t) for c, t in CONTRIBUTION_SCHEMA.items())


def _missing(members: pl.DataFrame, held: pl.DataFrame) -> dict[tuple[str, date], list[Finding]]:
    remarks: dict[tuple[str, date], list[Finding]] = defaultdict(list)
    silent = members.join(held.filter(pl.col("actual_capital").is_not_null()), on=_KEYS, how="anti")
    for g, p, e, kind in silent.select(*_KEYS, "kind").iter_rows():
        remarks[g, p].append(
            warning(
                "member-capital-missing",
                table="solo_filings" if kind in INSURERS else "sector_filings",
                column="actual_capital",
                group_id=g,
                entity_id=e,
                period_end=p,
                expected="the member's actual capital",
                article="Rule 19 A39",
            )
        )
    for row in held.filter(pl.any_horizontal(pl.col(t).is_null() for t in TIERS)).iter_rows(named=True):
        remarks[row["group_id"], row["period_end"]] += [
            warning(
                "member-tier-missing",
                table=row["table"],
                file=row["source_file"],
                row=row["source_row"],
                column=tier,
                group_id=row["group_id"],
                entity_id=row["entity_id"],
                period_end=row["period_end"],
                expected="the tier, or tiers that add up to actual capital",
                article="Rule 19 A39",
            )
            for tier in TIERS
            if row[tier] is None
        ]
    return remarks


def _sums(held: pl.DataFrame) -> dict[tuple[str, date, str, bool], Decimal | None]:
    """(group, period, line, is joint venture) → exact sum, or None where a member's amount is unknown."""
    keys = ["group_id", "period_end", "venture"]
    keyed = held.with_columns(venture=pl.col("relation") == "joint_venture")
    sums: dict[tuple[str, date, str, bool], Decimal | None] = {}
    for line in CAPITAL_LINES:
        for (g, p, venture), total in weighted_sums(keyed, keys, "share", line):
            sums[g, p, line, venture] = total
        for g, p, venture in keyed.filter(pl.col(line).is_null()).select(keys).iter_rows():
            sums[g, p, line, venture] = None
    return sums


def _eliminations(
    filing_set: FilingSet, members: pl.DataFrame
) -> tuple[list[tuple[Any, ...]], dict[tuple[str, date], list[Step]]]:
    if all(filing_set.tables[t].is_empty() for t in ("capital_links", "asset_transfers")):
        return [], {}
    together: dict[tuple[str, date], set[str]] = defaultdict(set)
    for group_id, day, entity in members.select(_KEYS).iter_rows():
        together[group_id, day].add(entity)
    found: list[tuple[tuple[Any, ...], Step]] = []
    for (group_id, day), entities in together.items():
        for row in _between(filing_set.tables["capital_links"], day, "investor_id", "issuer_id", entities):
            found.append(_capital_link(group_id, row))
        for row in _between(filing_set.tables["asset_transfers"], day, "from_id", "to_id", entities):
            found.append(_asset_transfer(group_id, row))
    steps: dict[tuple[str, date], list[Step]] = defaultdict(list)
    for elimination, step in found:
        steps[elimination[0], elimination[1]].append(step)
    return [elimination for elimination, _ in found], steps


def _between(
    table: pl.DataFrame, day: date, one: str, other: str, entities: set[str]
) -> Iterable[dict[str, Any]]:
    rows = table.filter(
        (pl.col("period_end") == day) & pl.col(one).is_in(entities) & pl.col(other).is_in(entities)
    )
    return rows.sort("source_file", "source_row").iter_rows(named=True)


def _capital_link(group_id: str, row: dict[str, Any]) -> tuple[tuple[Any, ...], Step]:
    keys = ("investor_id", "issuer_id", "instrument", "period_end")
    counted = row["counted_by_investor"]
    inputs: tuple[Input, ...] = (cell("capital_links", row, "counted_by_investor", *keys),)
    if row["instrument"] == "equity":
        kind, tier, amount, article, formula = (
            "equity",
            TIERS[0],
            counted,
            "Rule 19 A42(1)",
            "what the investor counts in its actual capital",
        )
    else:
        not_counted = row["not_counted_by_issuer"] or ZERO
        kind, tier, amount, article = (
            "capital_debt",
            _tier(row["tier"]),
            max(less(counted, not_counted), ZERO),
            "Rule 19 A42(2)",
        )
        formula = "max(what the creditor counts − what the issuer may not count, 0)"
        inputs = (*inputs, cell("capital_links", row, "not_counted_by_issuer", *keys))
    step = Step(
        f"elimination.{kind}",
        amount,
        formula=formula,
        article=article,
        inputs=inputs,
        note=f"{row['investor_id']} → {row['issuer_id']}",
    )
    return (
        group_id,
        row["period_end"],
        kind,
        row["investor_id"],
        row["issuer_id"],
        tier,
        amount,
        article,
        "capital_links",
        row["source_file"],
        row["source_row"],
    ), step


def _tier(named: str | None) -> str:
    """The line a capital debt reduces; a filing may leave "_capital" out of its name, or the tier out altogether."""
    return f"{named.removesuffix('_capital')}_capital" if named else DEFAULT_DEBT_TIER


def _asset_transfer(group_id: str, row: dict[str, Any]) -> tuple[tuple[Any, ...], Step]:
    amount = max(less(row["value_at_transferee"], row["value_at_transferor"]), ZERO)
    inputs = tuple(
        cell("asset_transfers", row, c, "transfer_id") for c in ("value_at_transferee", "value_at_transferor")
    )
    step = Step(
        "elimination.asset_transfer",
        amount,
        formula="max(value at the transferee − value at the transferor, 0)",
        article="Rule 19 A43",
        inputs=inputs,
        note=f"{row['from_id']} → {row['to_id']}",
    )
    return (
        group_id,
        row["period_end"],
        "asset_transfer",
        row["from_id"],
        row["to_id"],
        TIERS[0],
        amount,
        "Rule 19 A43",
        "asset_transfers",
        row["source_file"],
        row["source_row"],
    ), step


def _capital(
    key: tuple[str, date],
    sums: Mapping[tuple[str, date, str, bool], Decimal | None],
    eliminations: list[tuple[Any, ...]],
    steps: list[Step],
    remarks: list[Finding],
    law: Law,
) -> ActualCapital:
    def summed(line: str, venture: bool) -> Decimal | None:
        return sums.get((*key, line, venture), ZERO)

    def item(line: str, taken: Decimal, inputs: tuple[Step, ...]) -> CapitalItem:
        wholly, ventures = summed(line, False), summed(line, True)
        formula = "members' amounts by share − eliminations"
        if wholly is None or ventures is None:
            return CapitalItem(
                None, Status.NOT_COMPUTABLE, formula, "Rule 19 A39", (MemberSum(line), *inputs)
            )
        return CapitalItem(
            line_amount(less(add([wholly, ventures]), taken)),
            Status.COMPUTED,
            formula,
            "Rule 19 A39",
            (MemberSum(line), *inputs),
        )

    taken_from = {tier: add(r[6] for r in eliminations if r[5] == tier) for tier in TIERS}
    of_tier = {
        tier: tuple(s for r, s in zip(eliminations, steps, strict=True) if r[5] == tier) for tier in TIERS
    }
    tiers = {tier: item(tier, taken_from[tier], of_tier[tier]) for tier in TIERS}
    total = item("actual_capital", add(taken_from.values()), tuple(steps))
    items = {
        "members_actual_capital": summed("actual_capital", False) or ZERO,
        "joint_ventures_actual_capital": line_amount(summed("actual_capital", True) or ZERO),
        "double_counted_capital": add(r[6] for r in eliminations if r[2] != "asset_transfer"),
        "asset_transfer_adjustment": add(r[6] for r in eliminations if r[2] == "asset_transfer"),
    }
    findings = [*remarks, *limit_findings(*key, tiers, "solo_filings", law)]
    return ActualCapital(tiers, total, items=items, eliminations=eliminations, findings=findings)
