"""Ratios by subject and period as matrices, and which of them were known when.

A period's forecast may use only what was known when its filings had come. A :class:`Vintages` keeps the first filing of each
subject and period, known from that period on, and every later version with the period from which it was known: an audited
year-end beside the unaudited one, a re-filing. :meth:`Vintages.known` is the panel as it was then; it holds no row of a
subject and no column of a period that came later, so nothing that happened afterwards can change a forecast, not even in
the last bit of a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from consolidation.results import columns as c
from monitoring.ratios import COMPREHENSIVE, CORE, MEASURES, computable
from monitoring.trend import quarter_number

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Versions(c.ResultSchema):
    """One row a subject, period, measure and version of its figure."""

    subject_id = c.text("the company or group")
    kind = c.text_or_none("what a company is")
    period_end = c.day("the period's last day")
    measure = c.text("core or comprehensive")
    ratio = dy.Float64(description="the solvency ratio as a fraction")
    assets = dy.Float64(description="total assets, 万元", nullable=True)
    known_from = c.day("the period with whose filings it was known")


LOWEST = 0.01
"""A ratio of less, nought and below included, counts as this: it has no logarithm, and no limit is near it."""

_VALUES = (CORE, COMPREHENSIVE, "assets")


@dataclass(frozen=True)
class Panel:
    """Subjects × periods; NaN where nothing was filed.

    rows: the subjects' numbers in the :class:`Vintages` that it was taken from. step: quarters between two columns.
    """

    subjects: tuple[str, ...]
    kinds: tuple[str, ...]
    periods: tuple[date, ...]
    values: dict[str, Matrix]
    rows: Rows
    step: int = 1

    def log_ratio(self, measure: str, columns: slice = slice(None)) -> Matrix:
        """Natural logarithms of a measure's ratios, none below that of :data:`LOWEST`."""
        return np.log(np.maximum(self.values[measure][:, columns], LOWEST))


@dataclass(frozen=True)
class _Amendment:
    """Later versions of cells, all known from the same column on."""

    known_from: int
    rows: Rows
    columns: Rows
    values: dict[str, Matrix]


@dataclass(frozen=True)
class Vintages:
    """All versions: the panel of what was known with the filings of its period, and the amendments in the order in which they became known."""

    first: Panel
    amendments: tuple[_Amendment, ...]

    @property
    def periods(self) -> tuple[date, ...]:
        """The ends of the quarters or half-years, without a gap."""
        return self.first.periods

    def known(self, column: int) -> Panel:
        """The panel as it was known when the filings of a period had come: its columns and rows up to then."""
        return self._panel(column + 1, column)

    def latest(self) -> Panel:
        """The panel with every later version, whenever it came."""
        return self._panel(len(self.periods), None)

    def _panel(self, columns: int, until: int | None) -> Panel:
        values = {name: matrix[:, :columns].copy() for name, matrix in self.first.values.items()}
        for amendment in self.amendments:
            if until is not None and amendment.known_from > until:
                break
            here = amendment.columns < columns
            for name, matrix in values.items():
                matrix[amendment.rows[here], amendment.columns[here]] = amendment.values[name][here]
        known = ~np.isnan(np.stack([values[m] for m in MEASURES])).all(axis=(0, 2))
        rows = np.flatnonzero(known)
        return Panel(
            tuple(self.first.subjects[r] for r in rows),
            tuple(self.first.kinds[r] for r in rows),
            self.periods[:columns],
            {name: matrix[rows] for name, matrix in values.items()},
            rows,
            self.first.step,
        )


def versions(figures: pl.DataFrame, dated: pl.DataFrame | None = None) -> dy.DataFrame[Versions]:
    """Figures as rows of :class:`Versions`.

    :param figures: of one source (:class:`~monitoring.ratios.CapitalFigures`); those without a ratio are left out.
    :param dated: entity_id, period_end and ``known_from`` of each; None: known from their own period on.
    """
    known = computable(figures).select(
        "subject_id",
        "kind",
        "period_end",
        "measure",
        pl.col("ratio").cast(pl.Float64),
        pl.col("assets").cast(pl.Float64),
        known_from="period_end",
    )
    if dated is not None:
        moved = dated.filter(pl.col("known_from") != pl.col("period_end")).select(
            "period_end", moved="known_from", subject_id="entity_id"
        )
        if moved.height:
            known = known.join(moved, on=["subject_id", "period_end"], how="left").with_columns(
                known_from=pl.coalesce("moved", "known_from")
            )
    return Versions.typed(known.select(Versions.column_names()))


def vintages(found: dy.DataFrame[Versions], step: int = 1) -> Vintages | None:
    """Matrices of all versions, in whichever order they come; None where there is none.

    :param step: 1 for quarters, 2 for half-years; periods that are no end of one are left out.
    """
    quarters = found.with_columns(quarter_number(pl.col("period_end"))).filter(
        (pl.col("quarter") % step == 0) & (pl.col("period_end") == pl.col("period_end").dt.month_end())
    )
    if quarters.is_empty():
        return None
    wide = _one_row_a_version(quarters)
    origin = int(wide["quarter"].min())  # type: ignore[arg-type]
    last = int(wide["quarter"].max())  # type: ignore[arg-type]
    known = quarter_number(pl.col("known_from"))
    wide = wide.with_columns(
        row=pl.col("subject_id").rle_id(),
        column=(pl.col("quarter") - origin) // step,
        known=((known - origin + step - 1) // step).clip(0),
        version=pl.int_range(pl.len()).over("subject_id", "period_end"),
    )
    heads = wide.group_by("row", maintain_order=True).agg(
        pl.col("subject_id").first(), pl.col("kind").drop_nulls().first()
    )
    columns = (last - origin) // step + 1
    at_first = (pl.col("version") == 0) & (pl.col("known") <= pl.col("column"))
    first = wide.filter(at_first)
    values = {}
    for name in _VALUES:
        matrix = np.full((heads.height, columns), np.nan)
        matrix[first["row"].to_numpy(), first["column"].to_numpy()] = _floats(first[name])
        values[name] = matrix
    panel = Panel(
        tuple(heads["subject_id"]),
        tuple(kind or "" for kind in heads["kind"]),
        tuple(_quarter_end(origin + step * n) for n in range(columns)),
        values,
        np.arange(heads.height),
        step,
    )
    later = wide.filter(~at_first).sort("known", "version", maintain_order=True)
    amendments = [
        _Amendment(
            int(part["known"][0]),
            part["row"].to_numpy().astype(np.int64),
            part["column"].to_numpy().astype(np.int64),
            {name: _floats(part[name]) for name in _VALUES},
        )
        for part in later.partition_by("known", "version", maintain_order=True)
    ]
    return Vintages(panel, tuple(amendments))


def _one_row_a_version(quarters: pl.DataFrame) -> pl.DataFrame:
    """subject_id, period_end, known_from, quarter, kind, assets and a column a measure, sorted by the first three.

    Of two alike the highest counts, so that the order of the rows cannot matter.
    """
    of_measure = [pl.col("ratio").filter(pl.col("measure") == m).max().alias(m) for m in MEASURES]
    return (
        quarters.group_by("subject_id", "period_end", "known_from")
        .agg(pl.col("kind").min(), pl.col("quarter").first(), pl.col("assets").min(), *of_measure)
        .sort("subject_id", "period_end", "known_from")
    )


def _floats(column: pl.Series) -> Matrix:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _quarter_end(quarter: int) -> date:
    """The last day of a quarter counted as :func:`~monitoring.trend.quarter_number` counts."""
    year, number = (quarter - 1) // 4, (quarter - 1) % 4 + 1
    return date(year, 3 * number, {1: 31, 2: 30, 3: 30, 4: 31}[number])
