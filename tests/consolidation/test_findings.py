"""Findings made from the rows of a frame."""

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.findings import Severity, from_rows, warning

DAY = date(2024, 12, 31)


def test_a_row_tells_whom_it_touches_and_where_it_stands() -> None:
    rows = pl.DataFrame(
        {
            "entity_id": ["A", "B"],
            "period_end": [DAY, DAY],
            "amount": [Decimal("1.5"), None],
            "source_file": ["f.csv", "f.csv"],
            "source_row": [2, 3],
        },
        schema_overrides={"amount": pl.Decimal(38, 6)},
    )
    found = from_rows(
        Severity.WARNING,
        pl.when(pl.col("amount").is_null()).then(pl.lit("none")).otherwise(pl.lit("some")),
        rows,
        table="t",
        value=pl.col("amount"),
        detail={"who": pl.col("entity_id"), "why": "so"},
    )
    same = {"table": "t", "file": "f.csv", "period_end": DAY}
    assert found == [
        warning("some", row=2, value="1.500000", entity_id="A", detail={"who": "A", "why": "so"}, **same),
        warning("none", row=3, value="", entity_id="B", detail={"who": "B", "why": "so"}, **same),
    ]


def test_what_is_said_goes_before_what_the_row_tells() -> None:
    rows = pl.DataFrame({"group_id": ["G"], "entity_id": ["A"]})
    assert from_rows(Severity.WARNING, "c", rows, entity_id="") == [warning("c", group_id="G")]


def test_no_rows_make_no_findings() -> None:
    assert from_rows(Severity.INFO, "c", pl.DataFrame({"group_id": []}), table="t") == []
