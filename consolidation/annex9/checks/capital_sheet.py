"""Sheet S02 in full: every item of the four tiers and each adjustment of net assets, held against the sheet's own totals."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import Item, form
from consolidation.annex9.form_figures import FormFigure, figure_of
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit
from consolidation.findings import warning

_NET_ASSETS, _ADJUSTMENT = "1.1", "1.2"
_TIERS = (
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
)


@dataclass(frozen=True, slots=True)
class CapitalSheetItem:
    """One row below a tier: the form's line, its name, the tier, and whether it is deducted."""

    line: str
    name: str
    tier: str
    is_deduction: bool


@cache
def capital_items() -> Mapping[tuple[str, str], CapitalSheetItem]:
    """The items of S02 by tier and key: a name such as 减：超限额应扣除的部分 stands below several tiers."""
    with (Path(__file__).parent / "capital_items.csv").open(encoding="utf-8", newline="") as file:
        listed = [
            CapitalSheetItem(row["line"], row["item"], row["tier"], row["sign"] == "-1")
            for row in csv.DictReader(file)
        ]
    return {(item.tier, text.item_key(item.name)): item for item in listed}


def check_capital_sheet(
    filled: FilledSheet, unit: SheetUnit, totals: Mapping[str, FormFigure], log: ImportLog
) -> dict[str, FormFigure]:
    """Read every item below the tiers and hold sums against totals; a sum that does not fit is a warning.

    :param totals: the tiers and the actual capital of the same sheet.
    :returns: the figures by the form's line, in 万元.
    """
    read: dict[str, FormFigure] = {}
    tiers_with_other_rows: set[str] = set()
    tier = ""
    for found in filled.labels:
        key = text.item_key(found.label.text)
        if not key:  # the number of a line, written as text
            continue
        if known := form().keys["S02"].get(key):
            tier = known.column
        elif item := capital_items().get((tier, key)):
            name = Item(item.name, item.line, "")
            read[item.line] = figure_of(name, found.label, found.closing, filled.name, unit, log)
        elif tier and found.closing is not None:
            tiers_with_other_rows.add(tier)
    _check(filled, read, totals, tiers_with_other_rows, log)
    return read


def _check(
    filled: FilledSheet,
    read: Mapping[str, FormFigure],
    totals: Mapping[str, FormFigure],
    tiers_with_other_rows: set[str],
    log: ImportLog,
) -> None:
    by_line = {item.line: item for item in capital_items().values()}
    net = [read[line] for line in (_NET_ASSETS, _ADJUSTMENT) if line in read]
    sums: list[tuple[str, FormFigure | None, list[FormFigure]]] = []
    if "core_tier1_capital" not in tiers_with_other_rows:
        adjustments = [read[line] for line in read if line.startswith(f"{_ADJUSTMENT}.")]
        sums.append((by_line[_ADJUSTMENT].name, read.get(_ADJUSTMENT), adjustments))
        sums.append(
            (_name("core_tier1_capital"), totals.get("core_tier1_capital"), net if len(net) == 2 else [])
        )
    for tier in _TIERS[1:]:
        parts = [
            _deducted(figure) if by_line[line].is_deduction else figure
            for line, figure in read.items()
            if by_line[line].tier == tier
        ]
        if tier not in tiers_with_other_rows:
            sums.append((_name(tier), totals.get(tier), parts))
    tiers = [totals[tier] for tier in _TIERS if tier in totals]
    sums.append((_name("actual_capital"), totals.get("actual_capital"), tiers))
    for name, total, parts in sums:
        hold(filled.name, name, total, parts, log)


def _name(column: str) -> str:
    return next(item.name for item in form().items["S02"] if item.column == column)


def _deducted(figure: FormFigure) -> FormFigure:
    """An excess is taken off, whether it was filed with a minus or without."""
    value = None if figure.value is None else -abs(figure.value)
    return FormFigure(value, figure.row, figure.reference, figure.step, readable=figure.readable)


def hold(
    sheet: str, name: str, total: FormFigure | None, parts: Sequence[FormFigure], log: ImportLog
) -> None:
    """Warn where parts do not add up to their total, as far as the cells show places; blank parts are none."""
    given = [part for part in parts if part.value is not None]
    if total is None or total.value is None or not given or not all(part.readable for part in parts):
        return
    made = sum((part.value for part in given if part.value is not None), Decimal(0))
    rounding = (total.step + sum((part.step for part in given), Decimal(0))) / 2
    if abs(made - total.value) > rounding:
        log.report(
            warning(
                "annex9-sum-differs",
                file=log.file,
                table=sheet,
                row=total.row,
                column=name,
                value=f"{total.value:f}",
                expected=f"{made:f}",
                detail={"cell": total.reference, "parts": ", ".join(part.reference for part in given)},
            )
        )
