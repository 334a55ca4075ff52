"""Sheet S05, row 3: the parts of the add-on capital (Rule 2 A5(三)), held against their total."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from consolidation.annex9 import text
from consolidation.annex9.checks.capital_sheet import hold
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import Item, form
from consolidation.annex9.form_figures import FormFigure, figure_of
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit
from consolidation.findings import warning

_TOTAL = "add_on_capital"


@cache
def add_on_items() -> Mapping[str, Item]:
    """The parts by their key; ``column`` is the form's line."""
    with (Path(__file__).parent / "add_on_items.csv").open(encoding="utf-8", newline="") as file:
        return {
            text.item_key(row["item"]): Item(row["item"], row["line"], "") for row in csv.DictReader(file)
        }


def check_add_on(
    filled: FilledSheet, unit: SheetUnit, totals: Mapping[str, FormFigure], log: ImportLog
) -> dict[str, FormFigure]:
    """Read the parts and hold their sum against the total; one that does not fit, or is not there, is a warning.

    :param totals: the figures of the same sheet.
    :returns: the figures by the form's line, in 万元.
    """
    read = {
        item.column: figure_of(item, found.label, found.closing, filled.name, unit, log)
        for found in filled.labels
        if (item := add_on_items().get(text.item_key(found.label.text)))
    }
    total = totals.get(_TOTAL)
    name = next(item.name for item in form().items["S05"] if item.column == _TOTAL)
    hold(filled.name, name, total, list(read.values()), log)
    if total is not None and total.value is not None:
        return read
    for figure in read.values():
        if figure.value:
            log.report(
                warning(
                    "annex9-add-on-without-total",
                    file=log.file,
                    table=filled.name,
                    row=figure.row,
                    column=name,
                    value=f"{figure.value:f}",
                    expected=name,
                    detail={"cell": figure.reference},
                )
            )
    return read
