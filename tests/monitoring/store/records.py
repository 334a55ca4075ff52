"""Small runs to put into a store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.results.schemas import Contributions, Findings
from monitoring.store.store import RunRecord

H1, H2 = date(2023, 6, 30), date(2023, 12, 31)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (datetime(2024, 1, day, 9, tzinfo=UTC) for day in (1, 2, 3, 4))

SOLO = {
    "entity_id": pl.String,
    "period_end": pl.Date,
    "basis": pl.String,
    "kind": pl.String,
    "actual_capital": AMOUNT,
    "minimum_capital": AMOUNT,
    "comprehensive_solvency_ratio": RATE,
    "source_file": pl.String,
    "source_row": pl.Int64,
}
STATEMENT = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "group_type": pl.String,
    "name": pl.String,
    "explanation": pl.String,
}
LINE = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "line": pl.String,
    "amount": AMOUNT,
    "unit": pl.String,
    "status": pl.String,
    "article": pl.String,
}
MEMBER = {
    "group_id": pl.String,
    "period_end": pl.Date,
    "entity_id": pl.String,
    "relation": pl.String,
    "share": RATE,
    "kind": pl.String,
}


def solo_filings(*rows: tuple[str, date, int | str]) -> pl.DataFrame:
    """Filings of (company, date, actual capital), each with a requirement of 100."""
    return pl.DataFrame(
        [
            (e, p, "quarterly", "life", Decimal(c), Decimal(100), Decimal(c) / 100, "solo_filings.csv", n + 2)
            for n, (e, p, c) in enumerate(rows)
        ],
        schema=SOLO,
        orient="row",
    )


def a_run(
    data_hash: str,
    *,
    filings: pl.DataFrame | None = None,
    capital: dict[tuple[str, date], int | str] | None = None,
    **more: Any,
) -> RunRecord:
    """A run whose statements have one line, ``actual_capital``, by group and date."""
    capital = capital or {}
    given: dict[str, Any] = {
        "who": "王芳",
        "source": "filings",
        "data_hash": data_hash,
        "rulebook_hash": "rulebook",
        "engine_version": "0.1.0",
        "started_at": MONDAY,
        "tables": {} if filings is None else {"solo_filings": filings},
        "statements": pl.DataFrame(
            [(g, p, "insurance_holding", g, '{"actual_capital": {}}') for g, p in capital],
            schema=STATEMENT,
            orient="row",
        ),
        "lines": pl.DataFrame(
            [
                (g, p, "actual_capital", Decimal(a), "万元", "computed", "Rule 19 A127")
                for (g, p), a in capital.items()
            ],
            schema=LINE,
            orient="row",
        ),
        "members": pl.DataFrame(
            [(g, p, "甲公司", "subsidiary", Decimal(1), "life") for g, p in capital],
            schema=MEMBER,
            orient="row",
        ),
    }
    return RunRecord(**{**given, **more})


def finding(code: str, severity: str = "warning", **more: Any) -> dict[str, Any]:
    """A row of ``results.schemas.Findings``."""
    empty = {name: "" if kind == pl.String else None for name, kind in Findings.polars_schema().items()}
    return {**empty, "code": code, "severity": severity, **more}


def findings(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=Findings.polars_schema())


def contributions(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [{name: row.get(name) for name in Contributions.column_names()} for row in rows],
        schema=Contributions.polars_schema(),
    )
