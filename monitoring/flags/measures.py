"""What the law does about a flag, and how grave it is (Regulation 2021 A26–A27, A31; Rule 19 A151)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.rulebook import Rulebook
from monitoring.flags import schema as rows
from monitoring.flags.kind import FlagKind
from monitoring.flags.registry import KINDS, kind_name
from monitoring.flags.schema import Flags
from monitoring.measures import joined


def with_measures(found: pl.DataFrame, rulebook: Rulebook) -> dy.DataFrame[Flags]:
    """The rows of :class:`~monitoring.flags.schema.FlagRows` as flags: with severity and measures, the gravest first."""
    if found.is_empty():
        return rows.Flags.without_rows()
    periods = found["period_end"].unique().sort().to_list()
    named = found.with_columns(kind=kind_name())
    present = set(named["kind"].unique())
    # Kind by kind: to sort all at once takes three times the memory.
    parts = [
        named.filter(pl.col("kind") == kind.name)
        .with_columns(severity=pl.lit(severity, pl.Int64), remedy=_remedy(kind))
        .join(_measures(kind, rulebook, periods), on=["period_end", "remedy"], how="left")
        .select(rows.Flags.column_names())
        .sort("subject_kind", "subject_id", "item", "party", "period_end")
        for severity, kind in enumerate(KINDS, 1)
        if kind.name in present
    ]
    return Flags.typed(pl.concat(parts, rechunk=False))


def _remedy(kind: FlagKind) -> pl.Expr:
    """Which of the kind's remedies applies, by its place; null where none does."""
    return pl.coalesce(
        pl.lit(None, pl.Int32),
        *(pl.when(r.applies()).then(pl.lit(n, pl.Int32)) for n, r in enumerate(kind.remedies)),
    )


def _measures(kind: FlagKind, rulebook: Rulebook, periods: Iterable[date]) -> pl.DataFrame:
    found = [
        (day, n, _items(rulebook, day, remedy.required), _items(rulebook, day, remedy.allowed))
        for day in periods
        for n, remedy in enumerate(kind.remedies)
    ]
    schema = {
        "period_end": pl.Date,
        "remedy": pl.Int32,
        "measures_required": pl.String,
        "measures_allowed": pl.String,
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def _items(rulebook: Rulebook, day: date, ids: Iterable[str]) -> str:
    return joined(str(m["item"]) for id in ids for m in rows.in_force(rulebook, day, id, ()))
