"""Minimum capital of the members, line by line (Rule 19 A15–A19).

A subsidiary enters with the whole of its own total minimum capital, its control-risk part included, whatever the stake;
a joint venture with the members' share (A18). One frame, ``contributions``, holds every member's part of every line for
all groups and periods at once; a line is the exact sum of its rows, rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.explanation import CONTRIBUTION_SCHEMA
from consolidation.filed import best_basis
from consolidation.findings import Finding, error, warning
from consolidation.intake import FilingSet
from consolidation.membership import INSURERS, REGULATED, Group
from consolidation.money import AMOUNT, RATE, ZERO, add, line_amount, times, weighted_sums
from consolidation.rulebook import Law

Key = tuple[str, date, str]
"""group_id, period_end, line."""

LINE_OF_KIND = {
    **dict.fromkeys(INSURERS, "insurance_members_minimum_capital"),
    "bank": "bank_members_minimum_capital",
    "securities": "securities_members_minimum_capital",
    "futures": "securities_members_minimum_capital",
    "trust": "trust_members_minimum_capital",
}
OTHER_LINE = "other_members_minimum_capital"
PARENT_LINE = "parent_minimum_capital"
MEMBER_LINES = (
    PARENT_LINE,
    "insurance_members_minimum_capital",
    "bank_members_minimum_capital",
    "securities_members_minimum_capital",
    "trust_members_minimum_capital",
    OTHER_LINE,
)

_MEASURE_OF_KIND = {
    "bank": "risk_weighted_assets",
    "trust": "risk_capital",
    "securities": "risk_capital_reserve",
    "futures": "risk_capital_reserve",
}
SET_BY_SUPERVISOR = "set_minimum_capital"


@dataclass(frozen=True, slots=True)
class MemberCapital:
    """Every member's part of the requirement, and the exact total of each line before rounding."""

    contributions: pl.DataFrame
    totals: dict[Key, Decimal]
    findings: list[Finding]


def members_minimum_capital(
    filing_set: FilingSet, members: pl.DataFrame, groups: Mapping[str, Group], law_on: Callable[[date], Law]
) -> MemberCapital:
    """Each member's own minimum capital (A17) and its part of the group's lines (A16, A18).

    :param members: frame of ``membership.MEMBER_SCHEMA``.
    :param law_on: the law in force at a period's end.
    :returns: contributions (``explanation.CONTRIBUTION_SCHEMA``), exact totals by line, findings.
    """
    # A joint venture whose whole shortfall the group would bear enters whole (A19).
    members = members.with_columns(
        share=pl.when(pl.col("bears_shortfall"))
        .then(pl.lit(Decimal(1)).cast(RATE))
        .otherwise(pl.col("share"))
    )
    solo = best_basis(filing_set.tables["solo_filings"], "entity_id", "period_end")
    sector = filing_set.tables["sector_filings"]
    insurers = _insurers(members, solo)
    wholly, partly = _insurer_contributions(insurers)
    other_rows, exact, faults = _sector_contributions(
        _others(members, solo, sector), _outside_parents(members, groups, sector)
    )

    totals: dict[Any, Decimal] = dict(
        weighted_sums(pl.concat([wholly, partly]), ["group_id", "period_end", "line"], "share", "own_amount")
    )
    for key, amount in exact:
        totals[key] = add([totals.get(key, ZERO), amount])
    contributions = pl.concat([wholly, partly, other_rows])
    return MemberCapital(
        contributions,
        totals,
        [*faults, *_missing(members, solo, sector), *_overseas(insurers, filing_set, law_on)],
    )


def _line() -> pl.Expr:
    own_line = pl.col("kind").replace_strict(LINE_OF_KIND, default=OTHER_LINE, return_dtype=pl.String)
    return pl.when(pl.col("relation") == "parent").then(pl.lit(PARENT_LINE)).otherwise(own_line)


def _insurers(members: pl.DataFrame, solo: pl.DataFrame) -> pl.DataFrame:
    filed = solo.select(
        "entity_id",
        "period_end",
        "basis",
        "minimum_capital",
        "rules",
        "total_assets",
        "admitted_assets",
        "source_file",
        "source_row",
    )
    return members.join(filed, on=["entity_id", "period_end"], how="inner")


def _insurer_contributions(insurers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The insurers that enter whole, and those that enter by share (multiplied exactly, shown to six places)."""
    frame = insurers.filter(pl.col("minimum_capital").is_not_null()).select(
        "group_id",
        "period_end",
        line=_line(),
        entity_id="entity_id",
        relation="relation",
        share="share",
        own_amount="minimum_capital",
        amount="minimum_capital",
        basis="basis",
        table=pl.lit("solo_filings"),
        file="source_file",
        row=pl.col("source_row").cast(pl.Int64),
        column=pl.lit("minimum_capital"),
        article=pl.when(pl.col("relation") == "joint_venture")
        .then(pl.lit("Rule 19 A16, A18"))
        .otherwise(pl.lit("Rule 19 A16, A17(1)")),
    )
    partly = frame.filter(pl.col("share") != 1)
    shown = [
        line_amount(times(share, own)) for share, own in partly.select("share", "own_amount").iter_rows()
    ]
    return frame.filter(pl.col("share") == 1), partly.with_columns(amount=pl.Series(shown, dtype=AMOUNT))


def _others(members: pl.DataFrame, solo: pl.DataFrame, sector: pl.DataFrame) -> pl.DataFrame:
    """Members that are no insurers, with what they file to their own supervisor."""
    uninsured = members.filter(~pl.col("kind").is_in(INSURERS) | pl.col("kind").is_null()).join(
        solo, on=["entity_id", "period_end"], how="anti"
    )
    return uninsured.join(_filed(sector), on=["entity_id", "period_end"], how="inner")


def _outside_parents(
    members: pl.DataFrame, groups: Mapping[str, Group], sector: pl.DataFrame
) -> pl.DataFrame:
    """Parents of non-insurance holding groups: no members, yet the supervisor may set them a requirement (A17(1))."""
    parents = pl.DataFrame(
        [(g.group_id, g.parent_id) for g in groups.values() if g.parent_id is not None],
        schema={"group_id": pl.String, "entity_id": pl.String},
        orient="row",
    )
    outside = (
        members.select("group_id", "period_end")
        .unique()
        .join(parents, on="group_id")
        .join(members, on=["group_id", "period_end", "entity_id"], how="anti")
    )
    described = outside.with_columns(
        relation=pl.lit("parent"),
        share=pl.lit(Decimal(1)).cast(RATE),
        kind=pl.lit("holding"),
        jurisdiction=pl.lit("CN"),
    )
    return described.join(
        _filed(sector).filter(pl.col("measure") == SET_BY_SUPERVISOR),
        on=["entity_id", "period_end"],
        how="inner",
    )


def _filed(sector: pl.DataFrame) -> pl.DataFrame:
    return sector.select(
        "entity_id", "period_end", "measure", "amount", "required_ratio", "source_file", "source_row"
    )


def _sector_contributions(
    *frames: pl.DataFrame,
) -> tuple[pl.DataFrame, list[tuple[Key, Decimal]], list[Finding]]:
    """Members other than insurers: few, so row by row, each with its own sector's rule (A17(3)–(5)).

    :returns: their contributions, each one's exact amount with the line it belongs to, and faults.
    """
    rows: list[tuple[object, ...]] = []
    exact: list[tuple[Key, Decimal]] = []
    faults: list[Finding] = []
    for row in (row for frame in frames for row in frame.with_columns(line=_line()).iter_rows(named=True)):
        fault = _measure_fault(row)
        if fault is not None:
            faults.append(fault)
        else:
            own = (
                times(row["amount"], row["required_ratio"])
                if row["measure"] == "risk_weighted_assets"
                else row["amount"]
            )
            exact.append(((row["group_id"], row["period_end"], row["line"]), times(row["share"], own)))
            rows.append(
                (
                    *(row[c] for c in ("group_id", "period_end", "line", "entity_id", "relation", "share")),
                    line_amount(own),
                    line_amount(exact[-1][1]),
                    row["measure"],
                    "sector_filings",
                    row["source_file"],
                    row["source_row"],
                    "amount × required_ratio" if row["measure"] == "risk_weighted_assets" else "amount",
                    _article(row),
                )
            )
    return pl.DataFrame(rows, schema=CONTRIBUTION_SCHEMA, orient="row"), exact, faults


def _article(row: dict[str, object]) -> str:
    if row["jurisdiction"] != "CN":
        return "Rule 19 A17(4)"
    if row["kind"] == "holding":
        return "Rule 19 A17(1)"
    return "Rule 19 A17(3)" if row["kind"] in REGULATED else "Rule 19 A17(5)"


def _measure_fault(row: dict[str, object]) -> Finding | None:
    place = {
        "table": "sector_filings",
        "file": row["source_file"],
        "row": row["source_row"],
        "group_id": row["group_id"],
        "entity_id": row["entity_id"],
        "period_end": row["period_end"],
    }
    if row["amount"] is None:
        return error(
            "amount-missing",
            column="amount",
            expected=f"the company's {row['measure']} in 万元",
            article="Rule 19 A17",
            **place,
        )
    if row["measure"] == "risk_weighted_assets" and row["required_ratio"] is None:
        return error(
            "required-ratio-missing",
            column="required_ratio",
            expected="the minimum capital adequacy ratio required of the bank, as a fraction",
            article="Rule 19 A17(3)",
            **place,
        )
    wanted = _MEASURE_OF_KIND.get(str(row["kind"]))
    if (
        wanted is not None
        and row["jurisdiction"] == "CN"
        and row["measure"] not in (wanted, SET_BY_SUPERVISOR)
    ):
        return error(
            "measure-of-another-sector",
            column="measure",
            value=str(row["measure"]),
            expected=wanted,
            article="Rule 19 A17(3)",
            **place,
        )
    return None


def _missing(members: pl.DataFrame, solo: pl.DataFrame, sector: pl.DataFrame) -> list[Finding]:
    """Regulated members without a requirement for the period: computed without them, and said."""
    keys = ["entity_id", "period_end"]
    regulated = members.filter(
        pl.col("kind").is_in(REGULATED) | (pl.col("kind").is_null() & (pl.col("relation") != "parent"))
    )
    insurers = regulated.filter(pl.col("kind").is_in(INSURERS) | pl.col("kind").is_null())
    silent = pl.concat(
        [
            insurers.join(solo, on=keys, how="anti").join(sector, on=keys, how="anti"),
            regulated.filter(pl.col("kind").is_in(REGULATED) & ~pl.col("kind").is_in(INSURERS)).join(
                sector, on=keys, how="anti"
            ),
        ]
    )
    findings = [
        warning(
            "member-not-filed",
            table="solo_filings" if kind in INSURERS or kind is None else "sector_filings",
            group_id=g,
            entity_id=e,
            period_end=p,
            expected="a filing for the period",
            article="Rule 19 A16",
        )
        for g, p, e, kind in silent.select("group_id", "period_end", "entity_id", "kind").iter_rows()
    ]
    blank = insurers.join(
        solo.filter(pl.col("minimum_capital").is_null()).select(*keys, "source_file", "source_row"),
        on=keys,
        how="inner",
    )
    findings += [
        warning(
            "minimum-capital-absent",
            table="solo_filings",
            file=f,
            row=r,
            column="minimum_capital",
            group_id=g,
            entity_id=e,
            period_end=p,
            expected="the insurer's total minimum capital",
            article="Rule 19 A16",
        )
        for g, p, e, f, r in blank.select(
            "group_id", "period_end", "entity_id", "source_file", "source_row"
        ).iter_rows()
    ]
    low = insurers.join(
        solo.filter(pl.col("minimum_capital") <= 0).select(
            *keys, "minimum_capital", "source_file", "source_row"
        ),
        on=keys,
        how="inner",
    )
    findings += [
        warning(
            "minimum-capital-not-positive",
            table="solo_filings",
            file=f,
            row=r,
            column="minimum_capital",
            value=f"{v:f}",
            group_id=g,
            entity_id=e,
            period_end=p,
            expected="more than zero",
            article="Rule 19 A16",
        )
        for g, p, e, v, f, r in low.select(
            "group_id", "period_end", "entity_id", "minimum_capital", "source_file", "source_row"
        ).iter_rows()
    ]
    return findings


def _overseas(insurers: pl.DataFrame, filing_set: FilingSet, law_on: Callable[[date], Law]) -> list[Finding]:
    """Local rules serve only a small overseas insurer or one from an equivalent regime (A17(2))."""
    group_assets = filing_set.tables["group_financials"].select(
        "group_id", "period_end", group_total_assets="total_assets"
    )
    abroad = insurers.filter(pl.col("jurisdiction") != "CN").join(
        group_assets, on=["group_id", "period_end"], how="left"
    )
    findings = []
    for row in abroad.iter_rows(named=True):
        place = {
            "table": "solo_filings",
            "file": row["source_file"],
            "row": row["source_row"],
            "column": "rules",
            "group_id": row["group_id"],
            "entity_id": row["entity_id"],
            "period_end": row["period_end"],
            "article": "Rule 19 A17(2)",
        }
        if row["rules"] is None:
            findings.append(warning("overseas-rules-not-stated", expected="c_ross or local", **place))
        if row["rules"] != "local" or row["equivalent_regime"]:
            continue
        limit = law_on(row["period_end"]).number("overseas.local_rule_asset_share")
        assets = row["total_assets"] if row["total_assets"] is not None else row["admitted_assets"]
        if assets is None or row["group_total_assets"] is None:
            findings.append(
                error(
                    "overseas-size-unknown",
                    expected="its total_assets and the group's in group_financials",
                    value="local",
                    **place,
                )
            )
        elif assets > times(limit, row["group_total_assets"]):
            findings.append(
                error(
                    "overseas-local-rules",
                    value="local",
                    expected=f"c_ross: its total assets {assets:f} are above {limit} of the group's {row['group_total_assets']:f}",
                    **place,
                )
            )
    return findings
