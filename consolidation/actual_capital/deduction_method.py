"""Actual capital of non-insurance holding and mixed groups by deduction and aggregation (method 2; Rule 19 A39–A43, 减项合并法).

The members' actual capital is added up (subsidiaries whole, joint ventures by share) and what the group counts twice is
taken out: equity between members, capital debt between members, and the gain on assets that members sold each other.
Every elimination is a row that can be listed, with the tier that it reduces. Capital held by a member that counts by share
entered the group's total by that share only, and is taken out by it (``deduction_method.elimination_share``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import dataframely as dy
import polars as pl

from consolidation.actual_capital.capital_items import (
    ActualCapital,
    CapitalItem,
    below_zero,
    limit_findings,
)
from consolidation.filing_set import FilingSet
from consolidation.filing_set.absences import Absence, said_of
from consolidation.filing_set.filing_basis import cell, prefer_audited
from consolidation.filing_set.schemas.member_filings import SectorFilings, SoloFilings
from consolidation.filing_set.schemas.traced import FILED_AS
from consolidation.findings import Finding, Severity, from_rows
from consolidation.money import AMOUNT, ZERO, add, amounts, less, line_amount, shares_of, times, weighted_sums
from consolidation.provenance import RATIO, Input, MemberSum, Status, Step
from consolidation.results.schemas import Contributions, Eliminations, Members
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.statement_lines import CAPITAL_TIER_LINES
from consolidation.structure.membership import INSURERS, GroupPeriod

CAPITAL_LINES = ("actual_capital", *CAPITAL_TIER_LINES)
DEFAULT_DEBT_TIER = "supplementary_tier1_capital"

ASSET_TRANSFER = "asset_transfer"
_COLUMNS = len(Eliminations.column_names())
_KEYS = ["group_id", "period_end", "entity_id"]


class Elimination(NamedTuple):
    """One row of :class:`~consolidation.results.schemas.Eliminations` with its exact amount and the inputs of its formula."""

    group_id: str
    period_end: date
    kind: str
    from_id: str
    to_id: str
    tier: str
    amount: Decimal
    article: str
    table: str
    file: str
    row: int
    formula: str
    inputs: tuple[Input, ...]

    def step(self) -> Step:
        """Give the elimination as a step of an explanation."""
        return Step(
            f"elimination.{self.kind}",
            line_amount(self.amount),
            formula=self.formula,
            article=self.article,
            inputs=self.inputs,
            note=f"{self.from_id} → {self.to_id}",
        )

    def row_of_frame(self) -> tuple[object, ...]:
        """Give the row of ``Eliminations``, its amount rounded once."""
        return self._replace(amount=line_amount(self.amount))[:_COLUMNS]


@dataclass(frozen=True, slots=True)
class SummedCapital:
    """All groups of the second method: capital by (group, period), each member's capital in a row, and the eliminations.

    ``members`` is what :func:`contributions` turns into the rows of an explanation.
    """

    capital: Mapping[GroupPeriod, ActualCapital]
    members: pl.DataFrame
    eliminations: dy.DataFrame[Eliminations]


def deduction_method(
    filing_set: FilingSet, members: dy.DataFrame[Members], rulebook: Rulebook
) -> SummedCapital:
    """Actual capital of every group and period in ``members`` (which holds groups of the second method only)."""
    held = _members_capital(filing_set, members, rulebook)
    remarks: dict[GroupPeriod, list[Finding]] = defaultdict(list)
    for finding in _missing(members, held):
        assert finding.period_end is not None
        remarks[finding.group_id, finding.period_end].append(finding)
    eliminations = _eliminations(filing_set, members, rulebook)
    sums = _sums(held)
    capital = {
        key: _capital(key, sums, eliminations.get(key, []), remarks[key], rulebook.on(key[1]))
        for key in members.select("group_id", "period_end").unique().iter_rows()
    }
    rows = [one.row_of_frame() for of_group in eliminations.values() for one in of_group]
    return SummedCapital(capital, held, Eliminations.of_rows(rows))


def _members_capital(filing_set: FilingSet, members: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """One row a member with its share, actual capital and tiers; a tier is null where it is unknown.

    A tier that was not filed is zero where the others add up to actual capital, as near as filed amounts are rounded.
    ``beside_tiers`` is what four given tiers leave of actual capital, or take from it, beyond that rounding; else null.
    """
    days = members["period_end"].unique().to_list()
    rounding = pl.DataFrame(
        {
            "period_end": days,
            "rounding": [rulebook.on(day).number("solo.tolerance_absolute") for day in days],
        },
        schema={"period_end": pl.Date, "rounding": AMOUNT},
    )
    solo = prefer_audited(filing_set.table(SoloFilings), "entity_id", "period_end").join(
        rounding, on="period_end"
    )
    missed = pl.sum_horizontal(*(pl.col(t).fill_null(ZERO) for t in CAPITAL_TIER_LINES)) - pl.col(
        "actual_capital"
    )
    known = missed.abs() <= pl.col("rounding")
    filed = ["entity_id", "period_end", "basis", "source_file", "source_row", "actual_capital"]
    insurers = solo.select(
        *filed,
        _filed_tiers(),
        *(
            pl.when(known).then(pl.col(t).fill_null(ZERO)).otherwise(pl.col(t)).alias(t)
            for t in CAPITAL_TIER_LINES
        ),
        beside_tiers=pl.when(
            ~known & pl.all_horizontal(pl.col(t).is_not_null() for t in CAPITAL_TIER_LINES)
        ).then(-missed),
    )
    # A member that is no insurer counts its net assets or regulatory capital (A40): core tier 1, none in the others.
    others = (
        filing_set.table(SectorFilings)
        .filter(pl.col("actual_capital").is_not_null())
        .with_columns(basis=pl.lit("sector"))
        .select(
            *filed,
            pl.lit(None, pl.String).alias(FILED_AS),
            pl.col("actual_capital").alias(CAPITAL_TIER_LINES[0]),
            *(pl.lit(ZERO).cast(AMOUNT).alias(t) for t in CAPITAL_TIER_LINES[1:]),
            beside_tiers=pl.lit(None, AMOUNT),
        )
    )
    # As with the requirement: whoever files as an insurer counts as filed there, and an insurer nowhere else.
    own_supervisor = members.filter(~pl.col("kind").is_in(INSURERS).fill_null(False)).join(
        insurers.filter(pl.col("actual_capital").is_not_null()), on=["entity_id", "period_end"], how="anti"
    )
    as_insurer = members.join(own_supervisor, on=_KEYS, how="anti")
    parts = ((as_insurer, insurers, "solo_filings"), (own_supervisor, others, "sector_filings"))
    return pl.concat(
        part.select(*_KEYS, "relation", "share")
        .join(rows, on=["entity_id", "period_end"], how="inner")
        .with_columns(table=pl.lit(table))
        for part, rows, table in parts
    )


def _filed_tiers() -> pl.Expr:
    """What was filed instead of a tier, those not given too: they count as zero where the others add up."""
    return pl.concat_str(
        pl.col(FILED_AS),
        *(
            pl.when(pl.col(t).is_null() & said_of(t).is_null()).then(pl.lit(f"{t}={Absence.NOT_GIVEN.value}"))
            for t in CAPITAL_TIER_LINES
        ),
        separator=" ",
        ignore_nulls=True,
    ).alias(FILED_AS)


def contributions(held: pl.DataFrame) -> dy.DataFrame[Contributions]:
    """The members' parts of the capital lines, one row a member and line (``results.schemas.Contributions``)."""
    long = held.unpivot(
        CAPITAL_LINES,
        index=[*_KEYS, "relation", "share", "basis", "table", "source_file", "source_row", FILED_AS],
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
        filed_as=pl.coalesce(pl.when(pl.col("line") == t).then(said_of(t)) for t in CAPITAL_TIER_LINES),
    )
    partly = rows.filter(pl.col("share") != 1)
    partly = partly.with_columns(amount=amounts(shares_of(partly, "share", "own_amount")))
    rows = pl.concat([rows.filter(pl.col("share") == 1), partly])
    return Contributions.typed(
        rows.select(pl.col(c).cast(t) for c, t in Contributions.polars_schema().items())
    )


def _missing(members: pl.DataFrame, held: pl.DataFrame) -> list[Finding]:
    """Find members without actual capital, unknown tiers, and tiers that do not add up to actual capital."""
    silent = members.join(held.filter(pl.col("actual_capital").is_not_null()), on=_KEYS, how="anti")
    by_insurer = pl.col("kind").is_in(INSURERS)
    tiers = held.filter(pl.any_horizontal(pl.col(CAPITAL_TIER_LINES).is_null())).unpivot(
        CAPITAL_TIER_LINES,
        index=[*_KEYS, "table", "source_file", "source_row"],
        variable_name="tier",
        value_name="amount",
    )
    return [
        *from_rows(
            Severity.WARNING,
            "member-capital-missing",
            silent,
            table=pl.when(by_insurer).then(pl.lit("solo_filings")).otherwise(pl.lit("sector_filings")),
            column="actual_capital",
            expected="the member's actual capital",
            article="Rule 19 A39",
        ),
        *from_rows(
            Severity.WARNING,
            "member-tier-missing",
            tiers.filter(pl.col("amount").is_null()),
            table=pl.col("table"),
            column=pl.col("tier"),
            expected="the tier, or tiers that add up to actual capital",
            article="Rule 19 A39",
        ),
        *from_rows(
            Severity.WARNING,
            "member-tiers-differ",
            held.filter(pl.col("beside_tiers").is_not_null()),
            table=pl.col("table"),
            column="actual_capital",
            value=pl.col("beside_tiers").cast(pl.String),
            expected="four tiers that add up to actual capital",
            article="Rule 1 A36; Rule 19 A39",
        ),
    ]


def _sums(held: pl.DataFrame) -> dict[tuple[str, date, str, bool], Decimal | None]:
    """(group, period, line, is joint venture) → exact sum, or None where a member's amount is unknown."""
    keys = ["group_id", "period_end", "venture"]
    keyed = held.with_columns(venture=pl.col("relation") == "joint_venture")
    sums: dict[tuple[str, date, str, bool], Decimal | None] = {
        (g, p, line, venture): total
        for (g, p, venture), totals in weighted_sums(keyed, keys, "share", *CAPITAL_LINES)
        for line, total in zip(CAPITAL_LINES, totals, strict=True)
    }
    lacking = keyed.filter(pl.any_horizontal(pl.col(CAPITAL_LINES).is_null()))
    long = lacking.unpivot(CAPITAL_LINES, index=keys, variable_name="line")
    unknown = long.filter(pl.col("value").is_null()).select("group_id", "period_end", "line", "venture")
    return sums | dict.fromkeys(unknown.iter_rows())


def _eliminations(
    filing_set: FilingSet, members: pl.DataFrame, rulebook: Rulebook
) -> dict[GroupPeriod, list[Elimination]]:
    links, transfers = (filing_set.tables[name] for name in ("capital_links", "asset_transfers"))
    if links.is_empty() and transfers.is_empty():
        return {}
    shares: dict[GroupPeriod, dict[str, Decimal]] = defaultdict(dict)
    for group_id, day, entity, share in members.select(*_KEYS, "share").iter_rows():
        shares[group_id, day][entity] = share
    return {
        key: [
            *(
                _capital_link(key[0], r, together, rulebook.on(key[1]))
                for r in _between(links, key[1], "investor_id", "issuer_id", together)
            ),
            *(_asset_transfer(key[0], r) for r in _between(transfers, key[1], "from_id", "to_id", together)),
        ]
        for key, together in shares.items()
    }


def _between(
    table: pl.DataFrame, day: date, one: str, other: str, entities: Iterable[str]
) -> Iterable[dict[str, Any]]:
    known = list(entities)
    rows = table.filter((pl.col("period_end") == day) & pl.col(one).is_in(known) & pl.col(other).is_in(known))
    return rows.sort("source_file", "source_row").iter_rows(named=True)


def elimination_share(investor: Decimal, issuer: Decimal, law: RulesInForce) -> Decimal:
    """Share of the investor's holding in the issuer's capital that the group's total counts twice (A41), from both members' shares."""
    reading = law.value("deduction_method.elimination_share")
    if reading == "whole":
        return Decimal(1)
    return min(investor, issuer) if reading == "lesser" else investor


def _capital_link(
    group_id: str, row: dict[str, Any], shares: Mapping[str, Decimal], law: RulesInForce
) -> Elimination:
    keys = ("investor_id", "issuer_id", "instrument", "period_end")
    counted = row["counted_by_investor"]
    inputs: tuple[Input, ...] = (cell("capital_links", row, "counted_by_investor", *keys),)
    if row["instrument"] == "equity":
        tier, amount, article = CAPITAL_TIER_LINES[0], counted, "Rule 19 A42(1)"
        formula = "what the investor counts in its actual capital"
    else:
        tier, article = _tier(row["tier"]), "Rule 19 A42(2)"
        amount = max(less(counted, row["not_counted_by_issuer"] or ZERO), ZERO)
        formula = "max(what the creditor counts − what the issuer may not count, 0)"
        inputs = (*inputs, cell("capital_links", row, "not_counted_by_issuer", *keys))
    share = elimination_share(shares[row["investor_id"]], shares[row["issuer_id"]], law)
    if share != 1:
        article, formula = f"{article}, A41", f"share × {formula}"
        by_share = law.rule("deduction_method.elimination_share")
        inputs = (Step("elimination.share", share, RATIO, article="Rule 19 A41", inputs=(by_share,)), *inputs)
    return Elimination(
        group_id,
        row["period_end"],
        row["instrument"],
        row["investor_id"],
        row["issuer_id"],
        tier,
        times(share, amount),
        article,
        "capital_links",
        row["source_file"],
        row["source_row"],
        formula,
        inputs,
    )


def _tier(named: str | None) -> str:
    """The line a capital debt reduces; a filing may leave "_capital" out of its name, or the tier out altogether."""
    return f"{named.removesuffix('_capital')}_capital" if named else DEFAULT_DEBT_TIER


def _asset_transfer(group_id: str, row: dict[str, Any]) -> Elimination:
    return Elimination(
        group_id,
        row["period_end"],
        ASSET_TRANSFER,
        row["from_id"],
        row["to_id"],
        CAPITAL_TIER_LINES[0],
        max(less(row["value_at_transferee"], row["value_at_transferor"]), ZERO),
        "Rule 19 A43",
        "asset_transfers",
        row["source_file"],
        row["source_row"],
        "max(value at the transferee − value at the transferor, 0)",
        tuple(
            cell("asset_transfers", row, column, "transfer_id")
            for column in ("value_at_transferee", "value_at_transferor")
        ),
    )


def _capital(
    key: GroupPeriod,
    sums: Mapping[tuple[str, date, str, bool], Decimal | None],
    eliminations: list[Elimination],
    remarks: list[Finding],
    law: RulesInForce,
) -> ActualCapital:
    def summed(line: str, venture: bool) -> Decimal | None:
        return sums.get((*key, line, venture), ZERO)

    def item(line: str, taken_out: list[Elimination]) -> CapitalItem:
        wholly, ventures = summed(line, False), summed(line, True)
        inputs: tuple[Input, ...] = (MemberSum(line), *(e.step() for e in taken_out))
        formula = "members' amounts by share − eliminations"
        if wholly is None or ventures is None:
            return CapitalItem(None, Status.NOT_COMPUTABLE, formula, "Rule 19 A39", inputs)
        amount = line_amount(less(add([wholly, ventures]), *(e.amount for e in taken_out)))
        return CapitalItem(amount, Status.COMPUTED, formula, "Rule 19 A39", inputs)

    of_tier = {tier: [e for e in eliminations if e.tier == tier] for tier in CAPITAL_TIER_LINES}
    tiers = {tier: item(tier, of_tier[tier]) for tier in CAPITAL_TIER_LINES}
    total = item("actual_capital", eliminations)
    items = {
        "members_actual_capital": summed("actual_capital", False) or ZERO,
        "joint_ventures_actual_capital": line_amount(summed("actual_capital", True) or ZERO),
        "double_counted_capital": line_amount(
            add(e.amount for e in eliminations if e.kind != ASSET_TRANSFER)
        ),
        "asset_transfer_adjustment": add(e.amount for e in eliminations if e.kind == ASSET_TRANSFER),
    }
    came_out = {name: one.amount for name, one in [*tiers.items(), ("actual_capital", total)]}
    findings = [
        *remarks,
        *limit_findings(*key, tiers, "solo_filings", law),
        *below_zero(*key, came_out, "solo_filings"),
    ]
    return ActualCapital(tiers, total, items=items, findings=findings)
