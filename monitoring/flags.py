"""Flags: what needs somebody's attention, worked out from filings and statements by the table of breaches.

:func:`raise_flags` is a pure function from frames to rows: it knows no database and no clock (the day on which it looks is
a parameter). What happens to a flag afterwards, who saw it and how it ended, is in ``monitoring.flag_life``; where it is
kept, in ``monitoring.flag_store``. ``docs/flags.md`` gives every test in words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from consolidation.consolidate import LINE_SCHEMA
from consolidation.findings import Finding, warning
from consolidation.membership import MEMBER_SCHEMA
from consolidation.money import RATE
from consolidation.rulebook import Rulebook
from consolidation.solo import RECOMPUTATION_SCHEMA
from consolidation.tables import TABLES
from monitoring import flag_rows as rows
from monitoring.figures import ENTITY, GROUP, published_figures, solo_figures, statement_figures
from monitoring.flag_absence import horizon, not_filed_flags
from monitoring.flag_falling import falling_flags
from monitoring.flag_measures import with_measures
from monitoring.flag_members import member_flags
from monitoring.flag_tests import (
    group_tiers,
    rating_flags,
    ratio_flags,
    sector_flags,
    solo_tiers,
    tested_figures,
    tier_flags,
)

if TYPE_CHECKING:
    from consolidation.consolidate import Consolidation
    from consolidation.intake import FilingSet

__all__ = ["Raised", "Watched", "raise_flags", "watched_set"]


def _table(name: str) -> pl.DataFrame:
    return TABLES[name].empty()


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What is looked at. Tables as in the filing set, results as a consolidation gives them; what there is not, is empty."""

    solo_filings: pl.DataFrame = field(default_factory=lambda: _table("solo_filings"))
    sector_filings: pl.DataFrame = field(default_factory=lambda: _table("sector_filings"))
    group_filings: pl.DataFrame = field(default_factory=lambda: _table("group_filings"))
    entities: pl.DataFrame = field(default_factory=lambda: _table("entities"))
    ratings: pl.DataFrame = field(default_factory=lambda: _table("ratings"))
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LINE_SCHEMA))
    members: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEMBER_SCHEMA))
    recomputation: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RECOMPUTATION_SCHEMA))


@dataclass(frozen=True)
class Raised:
    """``flags``: a frame of :data:`~monitoring.flag_rows.FLAG_SCHEMA`, the gravest first, all periods, also rows that are only
    held (``met`` false). ``findings``: figures that could not be tested. ``as_of``: the day of the due-date test."""

    flags: pl.DataFrame
    findings: tuple[Finding, ...]
    as_of: date | None

    def raised(self) -> pl.DataFrame:
        """The flags whose test is met."""
        return self.flags.filter("met")

    def now(self) -> pl.DataFrame:
        """The flags that are up at each subject's latest figure, held ones included."""
        return self.flags.filter("latest")


def watched_set(filing_set: FilingSet, result: Consolidation, recomputation: pl.DataFrame) -> Watched:
    """What there is to look at in a filing set and its consolidation."""
    tables = ("solo_filings", "sector_filings", "group_filings", "entities", "ratings")
    return Watched(
        **{name: filing_set.tables[name] for name in tables},
        lines=result.lines(),
        members=result.members,
        recomputation=recomputation,
    )


def raise_flags(watched: Watched, rulebook: Rulebook, as_of: date | None = None) -> Raised:
    """Every flag of the table of breaches over companies and groups, for every period.

    :param as_of: the day on which due dates count as passed; None: the day after the last period that anybody filed for
        fell due.
    """
    figures = pl.concat(
        [
            solo_figures(watched.solo_filings),
            statement_figures(watched.lines),
            published_figures(watched.group_filings),
        ]
    )
    own = [
        ratio_flags(tested_figures(figures), rulebook),
        rating_flags(_ratings(watched), rulebook),
        sector_flags(watched.sector_filings),
    ]
    if as_of is None and watched.solo_filings.height:
        as_of = horizon(watched.solo_filings, rulebook)
    found = [
        *own,
        member_flags(pl.concat(own), watched.members),
        tier_flags(pl.concat([solo_tiers(watched.solo_filings), group_tiers(watched.lines)]), rulebook),
        _sums(watched.recomputation),
        falling_flags(figures, rulebook),
    ]
    if as_of is not None:
        found.append(
            not_filed_flags(
                watched.solo_filings,
                watched.group_filings,
                watched.entities,
                watched.members,
                rulebook,
                as_of,
            )
        )
    flags = with_measures(pl.concat(found), rulebook)
    return Raised(flags, _not_computable(figures), as_of)


def _ratings(watched: Watched) -> pl.DataFrame:
    """subject_kind, subject_id, period_end, rating: from ``ratings``, else as the insurer's own filing gives it."""
    groups = watched.ratings.filter(pl.col("group_id").is_not_null())
    given = pl.concat(
        [
            _rating(groups, GROUP, "group_id"),
            _rating(watched.ratings.filter(pl.col("entity_id").is_not_null()), ENTITY, "entity_id"),
        ]
    )
    filed = watched.solo_filings.sort("entity_id", "period_end", "basis", maintain_order=True)
    own = _rating(filed, ENTITY, "entity_id").join(
        given, on=["subject_kind", "subject_id", "period_end"], how="anti"
    )
    return pl.concat([given, own]).unique(
        ["subject_kind", "subject_id", "period_end"], keep="first", maintain_order=True
    )


def _rating(frame: pl.DataFrame, kind: str, id: str) -> pl.DataFrame:
    if "integrated_risk_rating" not in frame.columns:
        frame = frame.with_columns(integrated_risk_rating=pl.lit(None, pl.String))
    return frame.filter(pl.col("integrated_risk_rating").is_not_null()).select(
        subject_kind=pl.lit(kind),
        subject_id=id,
        period_end="period_end",
        rating="integrated_risk_rating",
    )


def _sums(recomputation: pl.DataFrame) -> pl.DataFrame:
    """A filing that does not add up: an item outside its tolerance; figure is the filed amount, limit the recomputed one."""
    checked = (
        recomputation.filter(pl.col("within_tolerance").is_not_null())
        .sort("entity_id", "item", "period_end", pl.col("basis") == "annual")
        .unique(["entity_id", "item", "period_end"], keep="last", maintain_order=True)
    )
    wrong = ~pl.col("within_tolerance")
    up = rows.spells(checked, ("entity_id", "item"), wrong, ~wrong)
    is_ratio = pl.col("item").str.ends_with("ratio") | (pl.col("item") == "size_coefficient")
    difference = pl.col("filed") - pl.col("recomputed")
    return rows.complete(
        up,
        subject_kind=ENTITY,
        subject_id=pl.col("entity_id"),
        code=rows.DOES_NOT_ADD_UP,
        unit=pl.when(is_ratio).then(pl.lit(rows.RATIO)).otherwise(pl.lit(rows.WAN_YUAN)),
        figure=_decimal("filed"),
        limit=_decimal("recomputed"),
        distance_wan_yuan=pl.when(~is_ratio).then(difference),
        distance_points=pl.when(is_ratio).then((difference * 100).round(6)),
        filing_basis=pl.col("basis"),
        source=pl.col("article"),
    )


def _decimal(column: str) -> pl.Expr:
    """A float of the re-computation as a decimal: six places, as filed amounts have."""
    return pl.col(column).round(6).cast(RATE)


def _not_computable(figures: pl.DataFrame) -> tuple[Finding, ...]:
    """Figures without a ratio: minimum capital not positive, or an amount and the ratio both blank."""
    without = figures.filter(pl.col("figure_basis").is_null()).select(
        "subject_kind", "subject_id", "source", "period_end", "measure", "required"
    )
    return tuple(
        warning(
            "ratio-not-computable",
            table=source,
            period_end=period_end,
            column="minimum_capital" if required is not None and required <= 0 else measure,
            value="" if required is None else f"{required:f}",
            expected="a positive minimum capital and the capital, or the filed ratio",
            article="Regulation 2021 A6",
            **{"group_id" if kind == GROUP else "entity_id": subject},
        )
        for kind, subject, source, period_end, measure, required in without.iter_rows()
    )
