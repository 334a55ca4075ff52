"""The opening balances of an insurer's form beside what was filed as the closing balances of that day.

They are equal; or those of a year-end that was audited since it was filed; or restated. A form in a later quarter may open with
the quarter before or with the year: its heading says which, and where it does not, either may fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from consolidation.annex9.checks.sheets_together import together
from consolidation.annex9.filled_sheet import FilledSheet
from consolidation.annex9.form import form
from consolidation.annex9.form_figures import FormFigure, figures, one_scale, opening
from consolidation.annex9.log import ImportLog
from consolidation.annex9.units import SheetUnit
from consolidation.cell_text import typed_dates
from consolidation.cell_text.typed_numbers import closed_up, plain
from consolidation.filing_set.entities.known_entities import StoredFiling
from consolidation.findings import error, info, warning

ANNUAL, QUARTERLY = "annual", "quarterly"
_STORED_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class OpeningBalances:
    """The figures of the opening column, and the days that they may be of, the likelier first."""

    figures: Mapping[str, FormFigure]
    days: tuple[date, ...]
    sheet: str
    heading: str

    def compare(self, stored: Sequence[StoredFiling], log: ImportLog) -> None:
        """Say how they stand to the filings of the same company: equal, audited since, or restated."""
        there = [filing for day in self.days for filing in stored if filing.period_end == day]
        differing = {(filing.period_end, filing.basis): self._differing(filing) for filing in there}
        if not there:
            return
        if fitting := [filing for filing in there if not differing[filing.period_end, filing.basis]]:
            self._say_equal(fitting[0], log)
            return
        # An audited filing of the day is what was last said of it; else the first that was filed.
        last = next((filing for filing in there if filing.basis == ANNUAL), there[0])
        column, figure, filed = differing[last.period_end, last.basis][0]
        is_year_end = (last.period_end.month, last.period_end.day) == (12, 31)
        audited = is_year_end and last.basis == QUARTERLY
        log.report(
            warning(
                "annex9-opening-audited-since" if audited else "annex9-opening-restated",
                file=log.file,
                table=self.sheet,
                row=figure.row,
                column=_name(column),
                value=f"{figure.value:f}",
                expected=f"{filed:f}",
                period_end=last.period_end,
                detail={"cell": figure.reference},
            )
        )

    def as_row(self, basis: str, log: ImportLog) -> dict[str, object]:
        """The opening balances as a row of ``solo_filings``: the audited year-end, where the caller says that it is."""
        day = next((day for day in self.days if (day.month, day.day) == (12, 31)), None)
        capital = self.figures.get("actual_capital")
        if basis != ANNUAL or day is None or capital is None or capital.value is None:
            log.report(
                error(
                    "annex9-opening-not-a-year-end",
                    file=log.file,
                    table=self.sheet,
                    value=self.heading,
                    expected=ANNUAL,
                )
            )
            return {}
        log.report(
            info(
                "annex9-opening-taken",
                file=log.file,
                table=self.sheet,
                row=capital.row,
                value=f"{capital.value:f}",
                period_end=day,
                detail={"cell": capital.reference},
            )
        )
        figures_of_day = {
            item.column: figure.value if (figure := self.figures.get(item.column)) else None
            for item in form().items["S01"]
        }
        return {"period_end": day, "basis": ANNUAL} | figures_of_day

    def _differing(self, filing: StoredFiling) -> list[tuple[str, FormFigure, Decimal]]:
        return [
            (column, figure, filed)
            for column, figure in self.figures.items()
            if figure.value is not None
            and (filed := filing.figures.get(column)) is not None
            and abs(figure.value - filed) > figure.step / 2 + _STORED_PLACES
        ]

    def _say_equal(self, filing: StoredFiling, log: ImportLog) -> None:
        log.report(
            info(
                "annex9-opening-equal",
                file=log.file,
                table=self.sheet,
                value=self.heading,
                expected=filing.basis,
                period_end=filing.period_end,
            )
        )


def opening_balances(
    sheets: Mapping[str, FilledSheet], units: Mapping[str, SheetUnit], period: date, file: str
) -> OpeningBalances | None:
    """The opening balances of S01, with what S02 and S05 show finer; None where no column of them is certain.

    Faults in the opening column are not told: nothing is filed from it unless a caller asks.
    """
    first = sheets["S01"]
    if not first.openings:
        return None
    quiet = ImportLog(file)
    read = {code: figures(sheets[code], unit, quiet, opening) for code, unit in units.items()}
    chosen = together(sheets, read, quiet)
    chosen |= one_scale(chosen, first, quiet.findings, file)
    heading = plain(first.openings[0].text)
    return OpeningBalances(chosen, _days(heading, period), first.name, heading)


def _days(heading: str, period: date) -> tuple[date, ...]:
    year_end = date(period.year - 1, 12, 31)
    quarter_end = period.replace(month=(period.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
    closed = closed_up(heading)
    if dated := typed_dates.day(heading):
        return (dated,)
    if any(word in closed for word in form().opening_of_year):
        return (year_end,)
    if any(word in closed for word in form().opening_of_quarter):
        return (quarter_end,)
    return tuple(dict.fromkeys((quarter_end, year_end)))


def _name(column: str) -> str:
    return next(item.name for item in form().items["S01"] if item.column == column)
