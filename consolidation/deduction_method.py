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
from consolidation.money import AMOUNT, ZERO, add, less, line_amount, times
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
    """All groups of the second method: capital by (group, period), the members' parts and the eliminations as frames."""

    capital: Mapping[tuple[str, date], ActualCapital]
    contributions: pl.DataFrame
    eliminations: pl.DataFrame


def deduction_method(
    filing_set: FilingSet, members: pl.DataFrame, law_on: Callable[[date], Law]
) -> SummedCapital:
    """Actual capital of every group and period in ``members`` (which holds groups of the second method only)."""
    capital_rows, remarks = _members_capital(filing_set, members)
    eliminations, steps = _eliminations(filing_set, members)
    sums = _sums(capital_rows)
    capital = {}
    for group_id, day in (
        members.select("group_id", "period_end").unique().sort("group_id", "period_end").iter_rows()
    ):
        key = (group_id, day)
        capital[key] = _capital(
            key,
            sums,
            [r for r in eliminations if r[:2] == key],
            steps.get(key, []),
            remarks.get(key, []),
            law_on(day),
        )
    frame = pl.DataFrame(eliminations, schema=ELIMINATION_SCHEMA, orient="row")
    return SummedCapital(capital, capital_rows.filter(pl.col("own_amount").is_not_null()), frame)


def _members_capital(
    filing_set: FilingSet, members: pl.DataFrame
) -> tuple[pl.DataFrame, dict[tuple[str, date], list[Finding]]]:
    """One row a member and capital line; ``own_amount`` is null where a member's tier is unknown."""
    solo = best_basis(filing_set.tables["solo_filings"], "entity_id", "period_end")
    known = pl.sum_horizontal(*(pl.col(t).fill_null(ZERO) for t in TIERS)) == pl.col("actual_capital")
    insurers = solo.select(
        "entity_id",
        "period_end",
        "basis",
        "source_file",
        "source_row",
        "actual_capital",
        *(pl.when(known).then(pl.col(t).fill_null(ZERO)).otherwise(pl.col(t)).alias(t) for t in TIERS),
    )
    sector = filing_set.tables["sector_filings"].filter(pl.col("actual_capital").is_not_null())
    # A member that is no insurer counts its net assets or regulatory capital (A40): core tier 1, none in the others.
    others = sector.select(
        "entity_id",
        "period_end",
        pl.lit("sector").alias("basis"),
        "source_file",
        "source_row",
        "actual_capital",
        pl.col("actual_capital").alias(TIERS[0]),
        *(pl.lit(ZERO).cast(AMOUNT).alias(t) for t in TIERS[1:]),
    )
    is_insurer = pl.col("kind").is_in(INSURERS)
    frames = []
    for part, filed, table in (
        (members.filter(is_insurer), insurers, "solo_filings"),
        (members.filter(~is_insurer | pl.col("kind").is_null()), others, "sector_filings"),
    ):
        joined = (
            part.select(*_KEYS, "relation", "share")
            .join(filed, on=["entity_id", "period_end"], how="inner")
            .filter(pl.col("share").is_not_null())
        )
        frames.append(joined.with_columns(table=pl.lit(table)))
    wide = pl.concat(frames)
    long = wide.unpivot(
        CAPITAL_LINES,
        index=[*_KEYS, "relation", "share", "basis", "table", "source_file", "source_row"],
        variable_name="line",
        value_name="own_amount",
    )
    rows = long.select(
        "group_id",
        "period_end",
        "line",
        "entity_id",
        "relation",
        "share",
        "own_amount",
        amount="own_amount",
        basis="basis",
        table="table",
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
        column=pl.when(pl.col("table") == "sector_filings")
        .then(pl.lit("actual_capital"))
        .otherwise(pl.col("line")),
        article=pl.lit("Rule 19 A39, A40"),
    ).cast(CONTRIBUTION_SCHEMA)  # type: ignore[arg-type]
    partly = rows.filter((pl.col("share") != 1) & pl.col("own_amount").is_not_null())
    shown = [line_amount(times(s, a)) for s, a in partly.select("share", "own_amount").iter_rows()]
    rows = pl.concat(
        [
            rows.filter((pl.col("share") == 1) | pl.col("own_amount").is_null()),
            partly.with_columns(amount=pl.Series(shown, dtype=AMOUNT)),
        ]
    )
    return rows.sort("group_id", "period_end", "line", "entity_id"), _missing(members, rows)


def _missing(members: pl.DataFrame, rows: pl.DataFrame) -> dict[tuple[str, date], list[Finding]]:
    remarks: dict[tuple[str, date], list[Finding]] = defaultdict(list)
    silent = members.join(rows.filter(pl.col("line") == "actual_capital"), on=_KEYS, how="anti")
    for g, p, e, kind in silent.select(*_KEYS, "kind").iter_rows():
        table = "solo_filings" if kind in INSURERS else "sector_filings"
        remarks[g, p].append(
            warning(
                "member-capital-missing",
                table=table,
                column="actual_capital",
                group_id=g,
                entity_id=e,
                period_end=p,
                expected="the member's actual capital",
                article="Rule 19 A39",
            )
        )
    for g, p, e, table, file, row, column in (
        rows.filter(pl.col("own_amount").is_null())
        .select(*_KEYS, "table", "file", "row", "column")
        .iter_rows()
    ):
        remarks[g, p].append(
            warning(
                "member-tier-missing",
                table=table,
                file=file,
                row=row,
                column=column,
                group_id=g,
                entity_id=e,
                period_end=p,
                expected="the tier, or tiers that add up to actual capital",
                article="Rule 19 A39",
            )
        )
    return remarks


def _sums(rows: pl.DataFrame) -> dict[tuple[str, date, str, bool], Decimal | None]:
    """(group, period, line, is joint venture) → exact sum, or None where a member's amount is unknown."""
    venture = pl.col("relation") == "joint_venture"
    sums: dict[tuple[str, date, str, bool], Decimal | None] = {}
    wholly = (
        rows.filter(pl.col("share") == 1)
        .group_by("group_id", "period_end", "line", venture.alias("venture"))
        .agg(pl.col("own_amount").sum(), unknown=pl.col("own_amount").is_null().any())
    )
    for g, p, line, is_venture, amount, unknown in wholly.iter_rows():
        sums[g, p, line, is_venture] = None if unknown else amount
    for g, p, line, is_venture, share, own in (
        rows.filter(pl.col("share") != 1)
        .select("group_id", "period_end", "line", venture.alias("venture"), "share", "own_amount")
        .iter_rows()
    ):
        before = sums.get((g, p, line, is_venture), ZERO)
        sums[g, p, line, is_venture] = (
            None if before is None or own is None else add([before, times(share, own)])
        )
    return sums


def _eliminations(
    filing_set: FilingSet, members: pl.DataFrame
) -> tuple[list[tuple[Any, ...]], dict[tuple[str, date], list[Step]]]:
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
            row["tier"] or DEFAULT_DEBT_TIER,
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
