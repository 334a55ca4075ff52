"""Cells of coded columns in the regulation's own words, read as the codes that they name, and said so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from consolidation.filing_set.readers.words.headings import plain
from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, Table
from consolidation.statement_lines import LINES
from consolidation.words import label

_WORDS = Path(__file__).parent / "codes.yaml"


def as_codes(table: Table, text: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, str, str, list[int]]]]:
    """The cells with words in place of codes replaced by these codes.

    Positions are read by their codes alone.

    :returns: the frame; then column, word, code and rows (counted from 0) of each word that was read so.
    """
    read: list[tuple[str, str, str, list[int]]] = []
    if table.name == EXPOSURES:
        return text, read
    for name in table.columns:
        if name not in text.columns or not (words := words_of(table, name)):
            continue
        cells = text[name]
        known = {
            cell: code
            for cell in cells.unique().to_list()
            if cell is not None and (code := words.get(plain(cell))) and code != cell
        }
        for word, code in sorted(known.items()):
            read.append((name, word, code, (cells == word).fill_null(False).arg_true().to_list()))
        if known:
            text = text.with_columns(pl.col(name).replace(known))
    return text, read


@cache
def words_of(table: Table, column: str) -> Mapping[str, str]:
    """The words for the codes of a column: word → code; empty where the column is no coded one."""
    rules = rules_of(table.columns[column])
    if rules.cell_type is CellType.YES_NO:
        return MappingProxyType(dict(_pairs(_words()["yes_no"])))
    if rules.cell_type is not CellType.CHOICE:
        return MappingProxyType({})
    found = {
        word: code
        for of in (_words()["all"], _words().get(table.name, {}))
        for word, code in _pairs(of.get(column, {}))
        if code in rules.choices
    }
    found = {plain(code): code for code in rules.choices} | found
    if set(rules.choices) == set(LINES):
        found |= {plain(label(f"line.{line}", "zh")): line for line in LINES}
    return MappingProxyType(found)


def _pairs(words: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    for code, aliases in words.items():
        yield from ((plain(alias), code) for alias in aliases)


@cache
def _words() -> dict[str, Any]:
    import yaml

    words: dict[str, Any] = yaml.load(_WORDS.read_text("utf-8"), yaml.CSafeLoader)
    return words
