"""The figures on one filled-in sheet of the insurer's form: from cells to amounts in 万元 and ratios as fractions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from consolidation.annex9 import text
from consolidation.annex9.filled_sheet import FilledSheet, LabelledCell
from consolidation.annex9.form import Item, form
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit
from consolidation.cell_text.typed_numbers import MAGNITUDES, in_units_of_yuan, plain, typed_number
from consolidation.filing_set.absences import Absence, absence
from consolidation.filing_set.scales import LEAST_PERCENTAGE
from consolidation.findings import Finding, error, info, warning
from consolidation.money import ratio
from consolidation.workbook.cells import CellKind, WorkbookCell

LARGEST = Decimal(10) ** 24
"""No amount in 万元 comes near; beyond it a table's column ends."""

_REDUCTIONS = ("diversification_effect", "loss_absorption_effect")
_HUNDRED = Decimal(100)
_SCALED_FORMAT = re.compile(r"[0#?],+(?![0#?,])|!\.")
_FORMAT_DECIMALS = re.compile(r"\.([0#?]+)")
_QUOTED_TEXT = re.compile(r'"([^"]*)"')
_SYMBOL = re.compile(r"\[\$([^\]-]+)(?:-[0-9A-Fa-f]+)?\]")
_YUAN_SYMBOLS = ("¥", "￥", "CNY", "RMB", "CN¥", "元")
_OTHER_SYMBOLS = ("$", "€", "£", "HK", "US", "港", "美")
_WITHIN_ROUNDING = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class FormFigure:
    """One figure: its value (None where there is none, and why), where it stands, and what its last place is worth.

    ``step`` is one unit of the last place that the cell shows, in 万元 or as a fraction. ``scale_declared`` says of a ratio
    that a percent sign or format made its scale certain; a cell that is not ``readable`` has no value because of its
    error, not for want of a figure.
    """

    value: Decimal | None
    row: int
    reference: str
    step: Decimal = Decimal(0)
    scale_declared: bool = True
    readable: bool = True
    absence: Absence | None = None
    sheet: str = ""

    @property
    def place(self) -> str:
        """Sheet and cell as a person names them: ``S01-偿付能力状况表!C7``."""
        return f"{self.sheet}!{self.reference}"

    def agrees(self, other: FormFigure) -> bool:
        """Whether both may be one figure, each rounded to the places that its cell shows."""
        if self.value is None or other.value is None:
            return self.value is other.value
        return abs(self.value - other.value) <= (self.step + other.step) * _WITHIN_ROUNDING


class _Unreadable(ValueError):
    """The cell holds no figure: the finding's code; empty where the reason is told already."""


def closing(found: LabelledCell) -> WorkbookCell | None:
    """The cell of the closing balance."""
    return found.closing


def opening(found: LabelledCell) -> WorkbookCell | None:
    """The cell of the opening balance."""
    return found.opening


def figures(
    filled: FilledSheet,
    unit: SheetUnit,
    log: ImportLog,
    of: Callable[[LabelledCell], WorkbookCell | None] = closing,
) -> dict[str, FormFigure]:
    """The figures of a sheet by column of ``solo_filings``; a cell that cannot be read becomes an error.

    :param log: where faults go.
    :param of: which balance to read.
    """
    read: dict[str, FormFigure] = {}
    for item in form().items[filled.code]:
        found = filled.found.get(item.column, ())
        seen = [figure_of(item, one.label, of(one), filled.name, unit, log) for one in found]
        if item.column in _REDUCTIONS:
            seen = [_as_reduction(item, figure, log) for figure in seen]
        stated = [figure for figure in seen if figure.value is not None] or seen
        if len({figure.value for figure in stated}) > 1:
            places = ", ".join(f"{figure.reference}: {figure.value:f}" for figure in stated)
            log.report(
                error(
                    "annex9-item-twice",
                    file=log.file,
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


def _as_reduction(item: Item, figure: FormFigure, log: ImportLog) -> FormFigure:
    """A reduction is filed as positive; some filers write it with the minus of the sum that it stands in."""
    if figure.value is None or figure.value >= 0:
        return figure
    log.report(
        info(
            "annex9-reduction-as-positive",
            file=log.file,
            table=figure.sheet,
            row=figure.row,
            column=item.name,
            value=f"{figure.value:f}",
            expected=f"{-figure.value:f}",
            detail={"cell": figure.reference},
        )
    )
    return replace(figure, value=-figure.value)


def figure_of(
    item: Item, label: WorkbookCell, cell: WorkbookCell | None, sheet: str, unit: SheetUnit, log: ImportLog
) -> FormFigure:
    """The figure of one cell; what keeps it from being read is reported."""
    try:
        return replace(_form_figure(item, label, cell, sheet, unit, log), sheet=sheet)
    except _Unreadable as reason:
        place = cell or label
        if not str(reason):
            return FormFigure(None, place.row, place.reference, readable=False)
        log.report(
            error(
                str(reason),
                file=log.file,
                table=sheet,
                row=place.row,
                column=item.name,
                value=place.text,
                expected="153.2%" if item.is_ratio else "1234.56",
                detail={"cell": place.reference},
            )
        )
        return FormFigure(None, place.row, place.reference, readable=False)


def _form_figure(
    item: Item, label: WorkbookCell, cell: WorkbookCell | None, sheet: str, unit: SheetUnit, log: ImportLog
) -> FormFigure:
    if cell is None:
        return FormFigure(None, label.row, label.reference, absence=Absence.NOT_GIVEN)
    if cell.kind is CellKind.UNCALCULATED:
        raise _Unreadable("annex9-uncalculated")
    if cell.kind is CellKind.ERROR:
        raise _Unreadable("annex9-error-cell")
    if cell.kind is CellKind.TEXT and (said := absence(cell.text)):
        nil = Decimal(0) if said is Absence.NIL and not item.is_ratio else None
        return FormFigure(nil, cell.row, cell.reference, absence=said)
    read = _ratio(label, cell) if item.is_ratio else _amount(cell, label, sheet, unit, log)
    if read is None or abs(read[0]) >= LARGEST:
        raise _Unreadable("annex9-not-a-ratio" if item.is_ratio else "annex9-not-an-amount")
    value, step, scale_declared = read
    return FormFigure(value, cell.row, cell.reference, step, scale_declared)


def _amount(
    cell: WorkbookCell, label: WorkbookCell, sheet: str, unit: SheetUnit, log: ImportLog
) -> tuple[Decimal, Decimal, bool] | None:
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        if _SCALED_FORMAT.search(_shown(cell)):
            raise _Unreadable("annex9-scaled-display")
        if "%" in _shown(cell):
            return None
        factor = _shown_unit(cell, _row_unit(label, sheet, unit, log))
        return cell.number * factor, _step(cell, cell.number) * factor, True
    if cell.kind is not CellKind.TEXT:
        return None
    typed = typed_number(cell.text, form().units)
    if typed is None or typed.in_percent:
        return None
    factor = form().units.get(typed.unit) or _row_unit(label, sheet, unit, log)
    if typed.unit in MAGNITUDES:
        in_yuan = in_units_of_yuan(typed.unit, factor)
        if in_yuan is None:
            raise _Unreadable("annex9-two-meanings")
        factor = in_yuan
    return typed.value * factor, Decimal(1).scaleb(-typed.decimals) * factor, True


def _shown_unit(cell: WorkbookCell, of_row: Decimal) -> Decimal:
    """The unit of a number, which its format may write behind it: 0.00"亿". In 万元.

    :raises _Unreadable: if the format says another unit than the row, a magnitude of two meanings or another currency.
    """
    first = cell.number_format.split(";")[0]
    symbol = _SYMBOL.search(first)
    if symbol and symbol.group(1).strip() not in _YUAN_SYMBOLS:
        raise _Unreadable("annex9-currency-format")
    if "$" in first.replace("[$", ""):
        raise _Unreadable("annex9-currency-format")
    written = plain("".join(_QUOTED_TEXT.findall(first))).removeprefix("人民币")
    if written in MAGNITUDES:
        factor = in_units_of_yuan(written, of_row)
        if factor is None:
            raise _Unreadable("annex9-two-meanings")
        return factor
    if any(sign in written for sign in _OTHER_SYMBOLS):
        raise _Unreadable("annex9-currency-format")
    if written in form().units and form().units[written] != of_row:
        raise _Unreadable("annex9-unit-in-format")
    return of_row


def _row_unit(label: WorkbookCell, sheet: str, unit: SheetUnit, log: ImportLog) -> Decimal:
    factor = unit.of_row(label, sheet, log)
    if factor is None:
        raise _Unreadable("")
    return factor


def _step(cell: WorkbookCell, number: Decimal) -> Decimal:
    """What the last place is worth: of the number stored, or of its format where that shows more."""
    exponent = number.normalize().as_tuple().exponent
    stored = -exponent if isinstance(exponent, int) else 0
    shown = _FORMAT_DECIMALS.search(_shown(cell))
    return Decimal(1).scaleb(-max(0, stored, len(shown.group(1)) if shown else 0))


def _ratio(label: WorkbookCell, cell: WorkbookCell) -> tuple[Decimal, Decimal, bool] | None:
    in_percent = text.declares_percent(label.text)
    if cell.kind is CellKind.NUMBER and cell.number is not None:
        step = _step(cell, cell.number)
        if "%" in _shown(cell):
            return cell.number, step, True
        return (cell.number / _HUNDRED, step / _HUNDRED, True) if in_percent else (cell.number, step, False)
    typed = typed_number(cell.text, {}) if cell.kind is CellKind.TEXT else None
    if typed is None or typed.unit:
        return None
    step = Decimal(1).scaleb(-typed.decimals)
    if typed.in_percent or in_percent:
        return typed.value / _HUNDRED, step / _HUNDRED, True
    return typed.value, step, False


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
    """Ratios at the scale that the sheet's own amounts show.

    153.2 beside amounts that make 1.53 is a percentage, also in a cell that shows it as 15320%, and 1.53 in a row headed % is a
    fraction: each is said to be read so. Where the amounts cannot tell (audited ratios beside unaudited amounts differ, but not a
    hundredfold) the number stays as it is.

    :returns: the ratios that change.
    """
    changed: dict[str, FormFigure] = {}
    for column, parts in _RATIOS.items():
        figure, minimum = read.get(column), read.get("minimum_capital")
        if not figure or not figure.value or not minimum or not minimum.value:
            continue
        capital = sum(
            (part.value for name in parts if (part := read.get(name)) and part.value is not None), Decimal(0)
        )
        from_amounts = ratio(capital, minimum.value)
        scale = _other_scale(figure, from_amounts) if from_amounts else None
        if scale is not None:
            read_as = figure.value * scale
            changed[column] = replace(figure, value=read_as, step=figure.step * scale, scale_declared=True)
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
                    detail={"cell": figure.reference, "read": f"{read_as.normalize():f}"},
                )
            )
    return changed


def _other_scale(figure: FormFigure, from_amounts: Decimal) -> Decimal | None:
    """What a ratio is multiplied by, where it is nearer to a hundredfold of what the amounts give, or a hundredth of it.

    Of a ratio whose scale was declared only one that is within a half of it: there something else may be wrong. So may an amount
    where the number is no percentage, or would be none.
    """
    assert figure.value is not None
    quotient = figure.value / from_amounts
    is_percentage = abs(figure.value) >= LEAST_PERCENTAGE
    if not figure.scale_declared:
        return 1 / _HUNDRED if quotient > _HUNDRED.sqrt() and is_percentage else None
    if _HUNDRED / 2 < quotient < _HUNDRED * 2:
        return 1 / _HUNDRED if is_percentage else None
    is_fraction = abs(figure.value) * _HUNDRED < LEAST_PERCENTAGE
    return _HUNDRED if 1 / (_HUNDRED * 2) < quotient < 2 / _HUNDRED and is_fraction else None
