"""Minimum capital of members that are no insurers, each by its own supervisor's rule (Rule 19 A17(1), (3)–(5)).

Banks: risk-weighted assets × the required ratio; trusts: risk capital; securities and futures companies: risk capital
reserves; whatever the supervisor set; nothing for an unregulated company. They are few, so they are taken row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from consolidation.findings import Finding, error, located
from consolidation.minimum_capital.member_lines import Key, article_of_share, line_of_member
from consolidation.money import RATE, line_amount, times
from consolidation.results.schemas import Contributions
from consolidation.structure.membership import INSURERS, REGULATED, Group

_MEASURE_OF_KIND = {
    "bank": "risk_weighted_assets",
    "trust": "risk_capital",
    "securities": "risk_capital_reserve",
    "futures": "risk_capital_reserve",
}
RISK_WEIGHTED_ASSETS = _MEASURE_OF_KIND["bank"]
SET_BY_SUPERVISOR = "set_minimum_capital"
_DESCRIPTION = (
    "group_id",
    "period_end",
    "entity_id",
    "relation",
    "share",
    "bears_shortfall",
    "kind",
    "jurisdiction",
)


def sector_contributions(
    filed: pl.DataFrame, parents: pl.DataFrame, sector: pl.DataFrame
) -> tuple[pl.DataFrame, list[tuple[Key, Decimal]], list[Finding]]:
    """Members other than insurers: few, so row by row, each with its own sector's rule (A17(3)–(5)).

    :param filed: the members with their solo filings (``minimum_capital.with_solo_filings``).
    :param parents: of :func:`outside_parents`.
    :returns: their contributions, each one's exact amount with the line it belongs to, and faults.
    """
    rows: list[tuple[object, ...]] = []
    exact: list[tuple[Key, Decimal]] = []
    faults: list[Finding] = []
    # A holding company that also files a requirement as an insurer counts as filed there.
    uninsured = filed.filter(
        ~pl.col("kind").is_in(INSURERS).fill_null(False) & pl.col("minimum_capital").is_null()
    )
    others = uninsured.select(_DESCRIPTION).join(_filed(sector), on=["entity_id", "period_end"])
    described = pl.concat([others, parents.select(others.columns)]).with_columns(
        line=line_of_member(), share_article=article_of_share()
    )
    for row in described.iter_rows(named=True):
        fault = _measure_fault(row)
        if fault is not None:
            faults.append(fault)
            continue
        weighted = row["measure"] == RISK_WEIGHTED_ASSETS
        own = times(row["amount"], row["required_ratio"]) if weighted else row["amount"]
        counted = times(row["share"], own)
        exact.append(((row["group_id"], row["period_end"], row["line"]), counted))
        rows.append(
            (
                *(row[c] for c in ("group_id", "period_end", "line", "entity_id", "relation", "share")),
                line_amount(own),
                line_amount(counted),
                row["measure"],
                "sector_filings",
                row["source_file"],
                row["source_row"],
                "amount × required_ratio" if weighted else "amount",
                _article(row),
                None,
            )
        )
    return Contributions.of_rows(rows), exact, faults


def _article(row: dict[str, object]) -> str:
    """Who files a measure of capital with a supervisor is regulated, at home or abroad; of others the supervisor may ask."""
    if row["kind"] in REGULATED or row["measure"] != SET_BY_SUPERVISOR:
        paragraph = 3 if row["jurisdiction"] in (None, "CN") else 4
    else:
        paragraph = 1 if row["kind"] == "holding" else 5
    return f"Rule 19 A17({paragraph}){row['share_article']}"


def _measure_fault(row: Mapping[str, object]) -> Finding | None:
    place = {"table": "sector_filings", **located(row)}
    if row["amount"] is None:
        return error(
            "amount-missing",
            column="amount",
            expected=f"the company's {row['measure']} in 万元",
            article="Rule 19 A17",
            **place,
        )
    if row["measure"] == RISK_WEIGHTED_ASSETS and row["required_ratio"] is None:
        return error(
            "required-ratio-missing",
            column="required_ratio",
            expected="the minimum capital adequacy ratio required of the bank, as a fraction",
            article="Rule 19 A17(3)",
            **place,
        )
    wanted = _MEASURE_OF_KIND.get(str(row["kind"]))
    at_home = row["jurisdiction"] == "CN"
    if wanted is not None and at_home and row["measure"] not in (wanted, SET_BY_SUPERVISOR):
        return error(
            "measure-of-another-sector",
            column="measure",
            value=str(row["measure"]),
            expected=wanted,
            article="Rule 19 A17(3)",
            **place,
        )
    return None


def outside_parents(members: pl.DataFrame, groups: Mapping[str, Group], sector: pl.DataFrame) -> pl.DataFrame:
    """Parents that are no members, as of non-insurance holding groups: the supervisor may set them a requirement (A17(1))."""
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
        bears_shortfall=pl.lit(False),
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
