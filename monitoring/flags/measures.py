"""What the law does about a flag, and how grave it is (Regulation 2021 A26–A27, A31; Rule 19 A151)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.flags import schema as rows
from monitoring.ratios import COMPREHENSIVE, CORE, GROUP

SEPARATOR = "; "
_REMEDIES = {
    "company_ratio": (("measures.required",), ("measures.allowed",)),
    "group_ratio": (("measures.required", "measures.group"), ("measures.allowed",)),
    "rating": (("measures.rating",), ()),
    "group_specific": ((), ("measures.group_specific",)),
}
"""Kind of breach → rulebook entries of the measures that must follow, and of those that may."""


def with_measures(found: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The rows as flags: with severity and measures, the gravest first.

    A breach by ratio brings the measures of A26, for a group also those of A151; a breach by rating those of A27. A
    member's breach brings them against the member if it is an insurer; against a bank or trust its own supervisor acts.
    A concentration above its limit allows those of A152.
    """
    periods = found["period_end"].unique().sort().to_list()
    severities, measures = _severities(rulebook, periods), _measures(rulebook, periods)
    codes = severities.sort("period_end", "severity", descending=[True, False])["code"].unique(
        maintain_order=True
    )
    graded = found.with_columns(graded=rows.gravity_code())
    # Code by code: to sort all at once takes three times the memory.
    parts = [
        graded.filter(pl.col("graded") == code)
        .with_columns(remedy=_remedy())
        .join(measures, on=["period_end", "remedy"], how="left")
        .join(severities.filter(code=code).drop("code"), on="period_end", how="left")
        .select(rows.FLAG_SCHEMA.keys())
        .sort("subject_kind", "subject_id", "item", "party", "period_end")
        for code in codes
    ]
    return pl.concat([pl.DataFrame(schema=rows.FLAG_SCHEMA), *parts], rechunk=False)


def measures_of(flag: str | None) -> list[str]:
    """The items of a flag's measures column."""
    return flag.split(SEPARATOR) if flag else []


def _remedy() -> pl.Expr:
    """Which measures follow; null where none do."""
    breach = pl.col("code").is_in([rows.BREACH, rows.MEMBER_BREACH])
    by_ratio = pl.col("item").is_in([CORE, COMPREHENSIVE])
    of_group = (pl.col("subject_kind") == GROUP) & (pl.col("code") == rows.BREACH)
    return (
        pl.when(breach & by_ratio & of_group)
        .then(pl.lit("group_ratio"))
        .when(breach & by_ratio)
        .then(pl.lit("company_ratio"))
        .when(breach & (pl.col("item") == rows.RATING))
        .then(pl.lit("rating"))
        .when(rows.gravity_code() == rows.CONCENTRATION)
        .then(pl.lit("group_specific"))
    )


def _measures(rulebook: Rulebook, periods: Iterable[date]) -> pl.DataFrame:
    found = [
        (day, remedy, *(_items(rulebook, day, ids) for ids in both))
        for day in periods
        for remedy, both in _REMEDIES.items()
    ]
    schema = {
        "period_end": pl.Date,
        "remedy": pl.String,
        "measures_required": pl.String,
        "measures_allowed": pl.String,
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def _items(rulebook: Rulebook, day: date, ids: Iterable[str]) -> str:
    return SEPARATOR.join(str(m["item"]) for id in ids for m in rows.in_force(rulebook, day, id, ()))


def _severities(rulebook: Rulebook, periods: Iterable[date]) -> pl.DataFrame:
    found = [
        (day, str(code), rank)
        for day in periods
        for rank, code in enumerate(rows.in_force(rulebook, day, "flags.severity", ()), 1)
    ]
    schema = {"period_end": pl.Date, "code": pl.String, "severity": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row")
