"""The figures of S01, S02 and S05 put together: where they agree the finer one counts, where they do not both are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from consolidation.annex9.checks.near_items import propose_items
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import Item, form
from consolidation.annex9.form_figures import FormFigure
from consolidation.annex9.log import ImportLog
from consolidation.filing_set.absences import Absence
from consolidation.findings import error, info, warning

_LEAST_FACTOR = 100
"""Two figures ten times apart are rather a slip of the pen."""


def together(
    sheets: Mapping[str, FilledSheet], read: Mapping[str, Mapping[str, FormFigure]], log: ImportLog
) -> dict[str, FormFigure]:
    """S01's figures, or those of another sheet that show more places or that S01 leaves out.

    :param read: by sheet, the figures by column of ``solo_filings``.
    """
    chosen: dict[str, FormFigure] = {}
    for item in form().items["S01"]:
        first = read["S01"].get(item.column)
        if first is not None and not first.readable:
            continue
        others = [
            (sheets[code].name, figure)
            for code in read
            if code != "S01" and (figure := read[code].get(item.column)) and figure.value is not None
        ]
        if first is not None and first.value is not None:
            first = _finest(item, first, others, log)
        elif others:
            first = _from_other_sheet(item, *others[0], sheets["S01"].name, log)
        if _is_missing(item, first):
            missing = error if item.when_missing == "error" else warning
            name = sheets["S01"].name
            log.report(
                missing(
                    "annex9-item-missing", file=log.file, table=name, column=item.name, expected=item.name
                )
            )
        if first is not None:
            chosen[item.column] = first
    lacking = [item.name for item in form().items["S01"] if item.column not in chosen]
    propose_items(sheets["S01"], lacking, form().keys["S01"], log)
    return chosen


def in_two_units(first: FormFigure, other: FormFigure) -> bool:
    """Whether two figures are one in two units: as many times each other as one unit is another."""
    if not first.value or not other.value:
        return False
    units = form().units.values()
    factors = {a / b for a in units for b in units if max(a, b) >= _LEAST_FACTOR * min(a, b)}
    return any(
        replace(first, value=first.value * n, step=first.step * n).agrees(other)
        and abs(first.value * n) > first.step * n
        for n in factors
    )


def _is_missing(item: Item, figure: FormFigure | None) -> bool:
    """Whether the form may not be without the figure; a nil is no capital, and no requirement."""
    if item.when_missing == "error":
        return figure is None or figure.value is None or figure.absence is Absence.NIL
    return bool(item.when_missing) and figure is None


def _finest(
    item: Item, first: FormFigure, others: list[tuple[str, FormFigure]], log: ImportLog
) -> FormFigure:
    finest = first
    for sheet, other in others:
        if first.agrees(other):
            if other.step and other.step < finest.step:
                finest = other
            continue
        assert first.value is not None and other.value is not None
        nil_here = (first.absence is Absence.NIL) != (other.absence is Absence.NIL)
        differ, code = (error, "annex9-nil-and-figure") if nil_here else (warning, "annex9-sheets-differ")
        if in_two_units(first, other):
            differ, code = error, "annex9-units-differ"
        log.report(
            differ(
                code,
                file=log.file,
                table=sheet,
                row=other.row,
                column=item.name,
                value=f"{other.value:f}",
                expected=f"{first.value:f}",
            )
        )
    return finest


def _from_other_sheet(
    item: Item, sheet: str, other: FormFigure, first_sheet: str, log: ImportLog
) -> FormFigure:
    log.report(
        info(
            "annex9-from-other-sheet",
            file=log.file,
            table=sheet,
            row=other.row,
            column=item.name,
            value=f"{other.value:f}",
            expected=first_sheet,
        )
    )
    return other
