"""What a report says where there is no statement: that there is none, and which errors stopped it."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consolidation.findings import sentence
from monitoring.reports.content import Block, ReportColumn, ReportRow, ReportTable
from monitoring.reports.sources import ReportData
from monitoring.reports.wording import Wording

_MOST = 20


def no_statement(data: ReportData, words: Wording) -> Iterator[Block]:
    """One sentence that there is no statement, and why."""
    errors = data.findings.filter(pl.col("severity") == "error")
    key = "stopped" if errors.height else "no-statement"
    yield words.warning(key, group=words.name(data.group_id), day=data.period_end, count=errors.height)


def errors(data: ReportData, words: Wording) -> Iterator[Block]:
    """The errors that stopped the statement, where there are any."""
    found = data.findings.filter(pl.col("severity") == "error")
    if found.height:
        rows = [
            ReportRow((sentence(one, words.language, words.names),))
            for one in found.head(_MOST).iter_rows(named=True)
        ]
        if found.height > _MOST:
            rows.append(ReportRow((words.say("others", count=found.height - _MOST),)))
        yield ReportTable(
            "errors", words.say("table.errors"), (ReportColumn(words.say("column.found")),), tuple(rows)
        )
