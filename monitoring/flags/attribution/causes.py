"""The cause of every group flag on a ratio, and what changed since the group's statement before: frames for lists and files.

:mod:`monitoring.flags.attribution.gap_attribution` does the work for one group and day; here the flags say which, with which limit, and whether it is
the published statement that they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.rulebook import Rulebook
from monitoring.flags.attribution.gap_attribution import (
    CAUSE_SCHEMA,
    CHANGE_SCHEMA,
    Gap,
    GapInputs,
    change_between,
    gap_of,
)
from monitoring.flags.kinds.thresholds import THRESHOLDS
from monitoring.ratios import CORE, GROUP, MEASURES, PUBLISHED, core_capital

_KEYS: dict[str, Any] = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "code": pl.String,
    "measure": pl.String,
}
EFFECT_COLUMNS: dict[str, Any] = {
    "before": pl.Date,
    "effect": pl.String,
    "amount": pl.Decimal(38, 6),
    "points": pl.Decimal(38, 6),
}


@dataclass(frozen=True)
class Causes:
    """For every group flag (group_id, period_end, code, measure): ``parts`` of the gap (``gap.CAUSE_SCHEMA``), ``effects`` of
    the change since the statement before (before, effect, amount, points) and their parts (``gap.CHANGE_SCHEMA``).
    """

    parts: pl.DataFrame
    effects: pl.DataFrame
    changes: pl.DataFrame


def causes_of(
    flags: pl.DataFrame, gap_inputs: GapInputs, group_filings: pl.DataFrame, rulebook: Rulebook
) -> Causes:
    """The causes of the group flags among ``flags`` that are about a ratio below a limit."""
    parts, effects, changes = [], [], []
    for key, gap, before in _gaps(flags, gap_inputs, group_filings, rulebook):
        parts.append(_keyed(gap.frame(), key))
        if before is not None:
            day, earlier = before
            change = change_between(gap, earlier)
            effects.append(_keyed(change.effects.with_columns(before=pl.lit(day)), key))
            changes.append(_keyed(change.parts, key))
    return Causes(
        _together(parts, CAUSE_SCHEMA), _together(effects, EFFECT_COLUMNS), _together(changes, CHANGE_SCHEMA)
    )


def _keyed(frame: pl.DataFrame, key: tuple[Any, ...]) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(value).cast(kind).alias(name) for (name, kind), value in zip(_KEYS.items(), key, strict=True)
    )


def _together(frames: list[pl.DataFrame], columns: dict[str, Any]) -> pl.DataFrame:
    schema = {**_KEYS, **columns}
    return pl.concat([pl.DataFrame(schema=schema), *(f.select(schema.keys()) for f in frames)])


def _gaps(
    flags: pl.DataFrame, gap_inputs: GapInputs, group_filings: pl.DataFrame, rulebook: Rulebook
) -> Iterator[tuple[tuple[str, date, str, str], Gap, tuple[date, Gap] | None]]:
    """Key, gap, and day and gap of the statement before, of every group flag on a ratio."""
    about = flags.filter(
        (pl.col("subject_kind") == GROUP)
        & pl.col("code").is_in(list(THRESHOLDS))
        & pl.col("item").is_in(MEASURES)
        & pl.col("covered_by").is_null()
    )
    statements = gap_inputs.lines.select("group_id", "period_end").unique()
    for row in about.iter_rows(named=True):
        group, day, measure = row["subject_id"], row["period_end"], row["item"]
        by_published = (row["figure_basis"] or "").startswith(PUBLISHED)
        figures = _published(group_filings, group, measure) if by_published else {}
        gap = gap_of(
            gap_inputs, group, day, measure, _limit(rulebook, row["code"], measure, day), figures.get(day)
        )
        if gap is None:
            continue
        earlier = statements.filter((pl.col("group_id") == group) & (pl.col("period_end") < day))[
            "period_end"
        ].max()
        before = None
        if isinstance(earlier, date) and (not by_published or earlier in figures):
            limit = _limit(rulebook, row["code"], measure, earlier)
            found = gap_of(gap_inputs, group, earlier, measure, limit, figures.get(earlier))
            before = None if found is None else (earlier, found)
        yield (group, day, row["code"], measure), gap, before


def _limit(rulebook: Rulebook, code: str, measure: str, day: date) -> Decimal:
    return rulebook.on(day).number(THRESHOLDS[code][measure])


def _published(group_filings: pl.DataFrame, group: str, measure: str) -> dict[date, tuple[Decimal, Decimal]]:
    """Period → minimum_capital and capital of the group's published statement, where it gives both."""
    best = prefer_audited(group_filings.filter(pl.col("group_id") == group), "group_id", "period_end")
    capital = core_capital() if measure == CORE else pl.col("actual_capital")
    return {
        day: (minimum_capital, capital)
        for day, minimum_capital, capital in best.select(
            "period_end", "minimum_capital", capital.alias("capital")
        ).iter_rows()
        if minimum_capital is not None and capital is not None
    }
