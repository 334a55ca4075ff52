"""The cause of every group flag on a ratio, and what changed since the group's statement before: frames for lists and files.

:mod:`monitoring.flags.attribution.gap_attribution` does the work for one group and day; here the flags say which, with which limit, and whether it is
the published statement that they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast

import dataframely as dy
import polars as pl

from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.results import columns as c
from consolidation.rulebook import Rulebook
from monitoring.flags.attribution.gap_attribution import (
    ChangeEffects,
    ChangeParts,
    Gap,
    GapInputs,
    GapParts,
    change_between,
    gap_of,
)
from monitoring.flags.kinds.thresholds import THRESHOLDS
from monitoring.flags.schema import Flags
from monitoring.ratios import CORE, GROUP, MEASURES, PUBLISHED, core_capital

Schema = TypeVar("Schema", bound=dy.Schema)


class CauseKeys(c.ResultSchema):
    """Which flag of a group something is the cause of."""

    group_id = c.text("the group")
    period_end = c.day("the period's last day")
    code = c.text("the kind of flag")
    measure = c.text("core or comprehensive")


class _Before(c.ResultSchema):
    before = c.day("the day of the statement before")


class FlagGapParts(CauseKeys, GapParts):
    """The parts of the gap of every group flag on a ratio."""


class FlagChangeEffects(CauseKeys, _Before, ChangeEffects):
    """The effects of the change since the statement before, of every group flag on a ratio."""


class FlagChangeParts(CauseKeys, ChangeParts):
    """The parts of that change."""


@dataclass(frozen=True)
class Causes:
    """Of every group flag on a ratio: the parts of its gap, the effects of the change since the statement before, their parts."""

    parts: dy.DataFrame[FlagGapParts]
    effects: dy.DataFrame[FlagChangeEffects]
    changes: dy.DataFrame[FlagChangeParts]


def causes_of(
    flags: dy.DataFrame[Flags], gap_inputs: GapInputs, group_filings: pl.DataFrame, rulebook: Rulebook
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
        _together(parts, FlagGapParts),
        _together(effects, FlagChangeEffects),
        _together(changes, FlagChangeParts),
    )


def _keyed(frame: pl.DataFrame, key: tuple[Any, ...]) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(value).cast(kind).alias(name)
        for (name, kind), value in zip(CauseKeys.polars_schema().items(), key, strict=True)
    )


def _together(frames: list[pl.DataFrame], schema: type[Schema]) -> dy.DataFrame[Schema]:
    together = pl.concat([schema.create_empty(), *(f.select(schema.column_names()) for f in frames)])
    return cast("dy.DataFrame[Schema]", together)


def _gaps(
    flags: dy.DataFrame[Flags], gap_inputs: GapInputs, group_filings: pl.DataFrame, rulebook: Rulebook
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
