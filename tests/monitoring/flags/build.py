"""Frames of small statements, and the flags that are raised on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.results.schemas import Members, Recomputations, StatementLines
from consolidation.rulebook import Rulebook
from monitoring.flags.evaluate import FlagReport, raise_flags
from monitoring.flags.inputs import FlagInputs
from tests.build import solo

BOOK = Rulebook.load()


def lines(group: str, day: date, actual: Any, required: Any = 100, core: Any = None) -> pl.DataFrame:
    """The lines of a group's statement that flags look at."""
    amounts = {
        "actual_capital": actual,
        "core_tier1_capital": actual if core is None else core,
        "core_tier2_capital": 0,
        "supplementary_tier1_capital": 0,
        "supplementary_tier2_capital": 0,
        "minimum_capital": required,
    }
    rows = [
        (group, day, name, None if amount is None else Decimal(str(amount)), "万元", "computed", "")
        for name, amount in amounts.items()
    ]
    return pl.DataFrame(rows, schema=StatementLines.polars_schema(), orient="row")


def members(*rows: tuple[str, date, str] | tuple[str, date, str, str]) -> pl.DataFrame:
    """group, period, company, kind (life if it is left out)."""
    filled = [
        {
            "group_id": row[0],
            "period_end": row[1],
            "entity_id": row[2],
            "relation": "subsidiary",
            "share": Decimal(1),
            "kind": row[3] if len(row) > 3 else "life",
        }
        for row in rows
    ]
    return pl.DataFrame(
        [{c: r.get(c) for c in Members.column_names()} for r in filled], schema=Members.polars_schema()
    )


def recomputed(*rows: tuple[str, date, str, float, float | None, bool | None]) -> pl.DataFrame:
    """company, period, item, filed, recomputed, within tolerance."""
    filled = [
        (
            e,
            p,
            "quarterly",
            item,
            filed,
            again,
            None if again is None else again - filed,
            within,
            "Rule 2 A15",
        )
        for e, p, item, filed, again, within in rows
    ]
    return pl.DataFrame(filled, schema=Recomputations.polars_schema(), orient="row")


def flags_of(
    *filings: dict[str, Any], as_of: date | None = None, book: Rulebook = BOOK, **tables: Any
) -> FlagReport:
    """The flags of these filings and whatever else is there to look at."""
    return raise_flags(FlagInputs(solo_filings=solo(*filings), **tables), book, as_of)


def codes(raised: FlagReport, *, subject: str | None = None, day: date | None = None) -> set[tuple[str, str]]:
    """(code, item) of the raised flags, of one subject and period where these are given."""
    found = raised.raised()
    if subject is not None:
        found = found.filter(pl.col("subject_id") == subject)
    if day is not None:
        found = found.filter(pl.col("period_end") == day)
    return set(found.select("code", "item").iter_rows())


def only(raised: FlagReport, code: str, item: str, day: date | None = None) -> dict[str, Any]:
    """The one flag of this code and item (and period)."""
    found = raised.flags.filter((pl.col("code") == code) & (pl.col("item") == item))
    if day is not None:
        found = found.filter(pl.col("period_end") == day)
    assert found.height == 1, found
    return found.row(0, named=True)
