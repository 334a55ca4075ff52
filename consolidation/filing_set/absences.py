"""What a filer writes where there is no figure: a dash for nil, 不适用 for no such thing, nothing where none is given.

The three are kept apart from the cell to the store. A nil is the amount zero, the two others are no amount, and a column
``filed_as`` of the row says which of its cells were which (:class:`~consolidation.filing_set.schemas.traced.OnAForm`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import polars as pl

from consolidation.cell_text.typed_numbers import closed_up
from consolidation.filing_set.schemas.traced import FILED_AS

FIGURE_NEEDED = ("actual_capital", "core_capital", "minimum_capital")
"""No company is without them: a dash there is no nil, and a word no answer."""


class Absence(Enum):
    """Why a cell has no figure: filed as nil (a dash), there is no such thing (不适用), or nothing was filed."""

    NIL = "nil"
    NOT_APPLICABLE = "not-applicable"
    NOT_GIVEN = "not-given"


WORDS: Mapping[Absence, tuple[str, ...]] = {
    Absence.NIL: ("-", "--", "---", "无", "零", "nil"),
    Absence.NOT_APPLICABLE: ("不适用", "N/A", "NA", "n/a", "/", "\\"),
    Absence.NOT_GIVEN: ("空", "未填", "未提供"),
}
"""What is written for each, the first as this program writes it; an empty cell is not given too."""


def absence(text: str) -> Absence | None:
    """What a text says instead of a figure; None where it is to be read as one."""
    closed = closed_up(text)
    if closed == "":
        return Absence.NOT_GIVEN
    return next((kind for kind, written in WORDS.items() if closed in written), None)


def filed_as(absences: Iterable[tuple[str, Absence | None]]) -> str | None:
    """The text that keeps with a row which of its cells say nil or no such thing; None where none does."""
    said = [f"{column}={kind.value}" for column, kind in absences if kind and kind is not Absence.NOT_GIVEN]
    return " ".join(said) or None


def absences_of(kept: str | None) -> dict[str, Absence]:
    """Column → absence, of what :func:`filed_as` made."""
    pairs = (said.split("=") for said in (kept or "").split())
    return {column: Absence(kind) for column, kind in pairs}


def said_of(column: str) -> pl.Expr:
    """What the row says of a column in ``filed_as``; null where it says nothing."""
    return pl.col(FILED_AS).str.extract(rf"(?:^| ){column}=(\S+)", 1)


def absence_in(row: Mapping[str, Any], column: str) -> Absence | None:
    """Why the cell of a row has no figure; None where it has one, or its table's cells never say."""
    if FILED_AS not in row:
        return None
    said = absences_of(row[FILED_AS]).get(column)
    return Absence.NOT_GIVEN if said is None and row[column] is None else said
