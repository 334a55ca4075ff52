"""Faults of one table's rows, gathered as masks and told as findings.

A check says "these rows, this column, this fault"; what the finding then shows – file, row, the cell's text, the group,
entity and period touched – is the same for all of them. A fault that fills a whole column is told row by row for the
first of each filer and counted for the rest, so that a million bad cells stay a readable list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from consolidation.findings import Finding, Severity
from consolidation.raw_tables import NOBODY, shown
from consolidation.tables import Table

Filer = tuple[str, str, date | None]

MOST_TOLD = 20
"""Rows told one by one for one fault, column and filer."""


@dataclass
class Faults:
    """What is wrong with the rows of ``table``: ``text`` as filed, ``typed`` as read, row by row the same."""

    table: Table
    text: pl.DataFrame
    typed: pl.DataFrame
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
        expected: str = "",
        values: list[str] | None = None,
        details: list[dict[str, str]] | None = None,
    ) -> None:
        """Tell a fault of ``rows`` (counted from 0); ``values`` in their order where the cell's own text is not it."""
        if not rows:
            return
        told: Counter[Filer] = Counter()
        first_untold: dict[Filer, Finding] = {}
        for position, (file, row, cell, *filer) in enumerate(self._where(rows, column)):
            group, entity, period = filer
            finding = Finding(
                code,
                severity,
                table=self.table.name,
                file=file,
                row=row,
                column=column,
                value=shown((cell or "") if values is None else values[position]),
                expected=expected,
                group_id=group,
                entity_id=entity,
                period_end=period,
                detail={} if details is None else details[position],
            )
            told[group, entity, period] += 1
            if told[group, entity, period] <= MOST_TOLD:
                self.findings.append(finding)
            else:
                first_untold.setdefault((group, entity, period), finding)
        for filer_untold, finding in first_untold.items():
            rest = str(told[filer_untold] - MOST_TOLD)
            self.findings.append(replace(finding, code="more-of-the-same", value=rest, detail={"code": code}))

    def touched(self) -> pl.DataFrame:
        """Group, entity and period of every row, :data:`NOBODY` where it names neither group nor entity."""
        none = pl.lit(None, pl.String)
        group = pl.col(self.table.group) if self.table.group else none
        entity = pl.coalesce(self.table.entities) if self.table.entities else none
        period = pl.col(self.table.period) if self.table.period else pl.lit(None, pl.Date)
        return self.typed.select(
            group.fill_null("").alias("group_id"),
            pl.when(group.is_null() & entity.is_null())
            .then(pl.lit(NOBODY))
            .otherwise(entity.fill_null(""))
            .alias("entity_id"),
            period.alias("period_end"),
        )

    def _where(self, rows: list[int], column: str) -> list[tuple[Any, ...]]:
        cell = pl.col(column) if column in self.text.columns else pl.lit("")
        place = self.text.select("source_file", "source_row", cell.alias("value"))
        return pl.concat([place[rows], self.touched()[rows]], how="horizontal").rows()
