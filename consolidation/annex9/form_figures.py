"""The figures on one filled-in sheet of the insurer's form: from cells to amounts in 万元 and ratios as fractions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from consolidation.annex9 import text
from consolidation.annex9.form import FilledSheet, Item, form
from consolidation.findings import Finding, error, warning
from consolidation.money import ratio
from consolidation.workbook.cells import CellKind, WorkbookCell

LARGEST = Decimal(10) ** 24
"""No amount in 万元 comes near; beyond it a table's column ends."""

_HUNDRED = Decimal(100)
_SCALED_FORMAT = re.compile(r"[0#?],+(?![0#?,])|!\.")


@dataclass(frozen=True, slots=True)
class FormFigure:
    """One figure: its value (None where the cell is blank), where it stands, and how many 万元 the sheet's unit is.

    ``scale_declared`` says of a ratio that a percent sign or format made its scale certain; a cell that is not
    ``readable`` has no value because of its error, not for want of a figure.
    """

    value: Decimal | None
    row: int
    reference: str
    unit: Decimal
    scale_declared: bool = True
    readable: bool = True


class _Unreadable(ValueError):
    """The cell holds no figure: the finding's code."""


def figures(filled: FilledSheet, unit: Decimal, findings: list[Finding], file: str) -> dict[str, FormFigure]:
    """The figures of a sheet by column of ``solo_filings``; a cell that cannot be read becomes an error.

    :param unit: how many 万元 the sheet's unit is.
    :param findings: where faults go.
    """
    read: dict[str, FormFigure] = {}
    for item in form().items[filled.code]:
        seen: list[FormFigure] = []
        for label, cell in filled.found.get(item.column, ()):
            try:
                seen.append(_form_figure(item, label, cell, unit))
            except _Unreadable as reason:
                place = cell or label
                findings.append(
                    error(
                        str(reason),
                        file=file,
                        table=filled.name,
                        row=place.row,
                        column=item.name,
                        value=place.text,
                        expected="153.2%" if item.is_ratio else "1234.56",
                        detail={"cell": place.reference},
                    )
                )
                seen.append(FormFigure(None, place.row, place.reference, unit, readable=False))
        stated = [figure for figure in seen if figure.value is not None] or seen
        if len({figure.value for figure in stated}) > 1:
            places = ", ".join(f"{figure.reference}: {figure.value:f}" for figure in stated)
            findings.append(
                error(
                    "annex9-item-twice",
                    file=file,
                    table=filled.name,
                    row=stated[1].row,
                    column=item.name,
                    value=places,
                    expected="1",
                )
            )
        if stated:
            read[item.column] = stated[0]
    return read


def _form_figure(item: Item, label: WorkbookCell, cell: WorkbookCell | None, unit: Decimal) -> FormFigure:
    if cell is None:
        return FormFigure(None, label.row, label.reference, unit)
    if cell.kind is CellKind.UNCALCULATED:
        raise _Unreadable("annex9-uncalculated")
    if cell.kind is CellKind.ERROR:
        raise _Unreadable("annex9-error-cell")
    read = _ratio(label, cell) if item.is_ratio else _amount(cell, unit)
    if read is None or (read[0] is not None and abs(read[0]) >= LARGEST):
        raise _Unreadable("annex9-not-a-ratio" if item.is_ratio else "annex9-not-an-amount")
    return FormFigure(read[0], cell.row, cell.reference, unit, read[1])


def _amount(cell: WorkbookCell, unit: Decimal) -> tuple[Decimal | None, bool] | None:
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        if _SCALED_FORMAT.search(_shown(cell)):
            raise _Unreadable("annex9-scaled-display")
        return None if "%" in _shown(cell) else (cell.number * unit, True)
    if cell.kind is not CellKind.TEXT:
        return None
    read = text.amount(cell.text, form().no_amount, form().units)
    if read is None:
        return None
    number, own_unit = read
    return (None if number is None else number * (form().units[own_unit] if own_unit else unit)), True


def _ratio(label: WorkbookCell, cell: WorkbookCell) -> tuple[Decimal | None, bool] | None:
    in_percent = text.declares_percent(label.text)
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        if "%" in _shown(cell):
            return cell.number, True
        return (cell.number / _HUNDRED, True) if in_percent else (cell.number, False)
    if cell.kind is not CellKind.TEXT:
        return None
    read = text.percentage(cell.text, form().no_amount)
    if read is None or read[0] is None or read[1] or not in_percent:
        return read
    return read[0] / _HUNDRED, True


def _shown(cell: WorkbookCell) -> str:
    """The part of the cell's number format that shows positive numbers, without quoted text."""
    return re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", cell.number_format).split(";")[0]


_RATIOS = {
    "core_solvency_ratio": ("core_tier1_capital", "core_tier2_capital"),
    "comprehensive_solvency_ratio": ("actual_capital",),
}


def one_scale(
    read: Mapping[str, FormFigure], filled: FilledSheet, findings: list[Finding], file: str
) -> dict[str, FormFigure]:
    """Ratios given as bare numbers, at the scale that the sheet's own amounts show.

    153.2 beside amounts that make 1.53 is a percentage, and said to be read as one. Where the amounts cannot tell
    (audited ratios beside unaudited amounts differ, but not a hundredfold) the number stays a fraction.

    :returns: the ratios that change.
    """
    changed: dict[str, FormFigure] = {}
    for column, parts in _RATIOS.items():
        figure, minimum = read.get(column), read.get("minimum_capital")
        if not figure or not figure.value or figure.scale_declared or not minimum or not minimum.value:
            continue
        capital = sum(
            (part.value for name in parts if (part := read.get(name)) and part.value is not None), Decimal(0)
        )
        from_amounts = ratio(capital, minimum.value)
        if from_amounts and _nearer_as_percentage(figure.value, from_amounts):
            changed[column] = replace(figure, value=figure.value / _HUNDRED, scale_declared=True)
            name = next(item.name for item in form().items[filled.code] if item.column == column)
            findings.append(
                warning(
                    "annex9-ratio-as-percentage",
                    file=file,
                    table=filled.name,
                    row=figure.row,
                    column=name,
                    value=f"{figure.value:f}",
                    expected=f"{from_amounts:.4f}",
                    detail={"cell": figure.reference},
                )
            )
    return changed


def _nearer_as_percentage(written: Decimal, from_amounts: Decimal) -> bool:
    """Whether the number is nearer to a hundredfold of what the amounts give than to it, on a scale of ratios."""
    quotient = written / from_amounts
    return quotient > _HUNDRED.sqrt()
