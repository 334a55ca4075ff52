"""Faults of one table's rows, gathered as masks and told as findings.

A check says "these rows, this column, this fault"; what the finding then shows – file, row, the cell's text, the group,
entity and period touched – is the same for all of them. A fault that fills a whole column is told row by row for the
first of each filer and counted for the rest, so that a million bad cells stay a readable list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from consolidation.filing_set.readers.raw_tables import NO_SUBJECT, excerpt
from consolidation.filing_set.schemas.tables import Table
from consolidation.findings import MOST_FILERS, MOST_REPORTED, Finding, Severity

Filer = tuple[str, str, date | None]
_OTHERS: Filer = ("", "", None)


@dataclass
class Faults:
    """What is wrong with the rows of ``table``: ``text`` as filed, ``typed`` as read, row by row the same.

    ``absent`` are the columns (file, column) that a file has not: told once, not cell by cell. ``bad_rows`` are not to be
    trusted; of ``emptied`` rows only a harmless cell is lost.
    """

    table: Table
    text: pl.DataFrame
    typed: pl.DataFrame
    absent: frozenset[tuple[str, str]] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    bad_rows: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)

    def add(
        self,
        code: str,
        rows: list[int],
        column: str = "",
        *,
        severity: Severity = Severity.ERROR,
        expected: str | Sequence[str] = "",
        values: Sequence[str] | None = None,
        details: Sequence[dict[str, str]] | None = None,
        unknown: str = "",
    ) -> None:
        """Tell a fault of ``rows`` (counted from 0).

        :param expected: what should stand there, for all rows or for each.
        :param values: what stands there, for each row, where the cell's own text does not say it.
        :param unknown: a column whose ids nobody knows: where a row names another company, that is the one touched.
        """
        if not rows:
            return
        if not self.table.stops and severity is Severity.ERROR:
            severity = Severity.WARNING
        reported: Counter[Filer] = Counter()
        first_unreported: dict[Filer, Finding] = {}
        for position, (file, row, cell, group, entity, period) in enumerate(
            self._where(rows, column, unknown)
        ):
            filer = (group, entity, period)
            if filer not in reported and len(reported) >= MOST_FILERS:
                filer = _OTHERS
            reported[filer] += 1
            is_told = reported[filer] <= MOST_REPORTED and filer != _OTHERS
            if not is_told and filer in first_unreported:
                continue
            finding = Finding(
                code,
                severity,
                table=self.table.name,
                file=file,
                row=row,
                column=column,
                value=excerpt((cell or "") if values is None else values[position]),
                expected=expected if isinstance(expected, str) else expected[position],
                group_id=group,
                entity_id=entity,
                period_end=period,
                detail={} if details is None else details[position],
            )
            if is_told:
                self.findings.append(finding)
            else:
                first_unreported[filer] = finding
        for filer, finding in first_unreported.items():
            group, entity, period = filer
            told = 0 if filer == _OTHERS else MOST_REPORTED
            self.findings.append(
                replace(
                    finding,
                    code="more-of-the-same",
                    value=str(reported[filer] - told),
                    group_id=group,
                    entity_id=entity,
                    period_end=period,
                    detail={"code": code},
                )
            )

    def sound(self) -> pl.DataFrame:
        """The typed rows that are to be trusted, so far."""
        return self.typed.filter(~pl.int_range(pl.len()).is_in(list(self.bad_rows)))

    def without(self, column: str) -> set[int]:
        """The rows of files that have no such column."""
        files = [file for file, name in self.absent if name == column]
        return set(self.text["source_file"].is_in(files).arg_true().to_list()) if files else set()

    def _where(self, rows: list[int], column: str, unknown: str) -> list[tuple[Any, ...]]:
        """File, row and text of each cell, and the group, entity and period that its row touches."""
        cell = pl.col(column) if column in self.text.columns else pl.lit("")
        place = self.text[rows].select("source_file", "source_row", cell.alias("value"))
        none = pl.lit(None, pl.String)
        group = pl.col(self.table.group) if self.table.group else none
        parties = sorted(self.table.entities, key=lambda name: name == unknown)
        entity = pl.coalesce(parties) if parties else none
        nobody = group.is_null() & entity.is_null()
        touched = self.typed[rows].select(
            group.fill_null("").alias("group_id"),
            pl.when(nobody).then(pl.lit(NO_SUBJECT)).otherwise(entity.fill_null("")).alias("touched"),
            (pl.col(self.table.period) if self.table.period else pl.lit(None, pl.Date)).alias("day"),
        )
        return pl.concat([place, touched], how="horizontal").rows()
