"""Texts in CSV files that no spreadsheet takes for a formula, and the same texts read back.

A spreadsheet computes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line end (or the full-width signs); one
that begins with an apostrophe is text. A number is no formula and stays as it is. Nothing is lost: a text that begins with
apostrophes before such a sign gets one more, and the reader of filing sets takes exactly one away.
"""

from __future__ import annotations

import re

import polars as pl

_STARTS = r"'* *[=+\-@\t\r\n＝＋－＠]"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?%?"
ESCAPED = rf"^'({_STARTS})"
"""A text with the apostrophe before it; the group is what stood there first."""

_FORMULA = re.compile(_STARTS)
_PLAIN_NUMBER = re.compile(_NUMBER)


def as_text(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if _FORMULA.match(value) and not _PLAIN_NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def as_written(value: str) -> str:
    """The text for which :func:`as_text` gives ``value``."""
    return value[1:] if re.match(ESCAPED, value) else value


def for_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame to be written as CSV: texts by :func:`as_text`, decimals with their places, never an exponent or a float."""
    cell = pl.selectors.string()
    is_formula = cell.str.contains(f"^{_STARTS}") & ~cell.str.contains(f"^{_NUMBER}$")
    texts = pl.when(is_formula).then(pl.lit("'") + cell).otherwise(cell).name.keep()
    return frame.with_columns(texts).with_columns(pl.selectors.decimal().cast(pl.String))


def unescaped(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns of text as they were before :func:`for_csv`."""
    return frame.with_columns(pl.col(columns).str.replace(ESCAPED, "$1"))
