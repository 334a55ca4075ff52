"""What ``rule19 outlook`` and ``rule19 backtest`` found: printed, written to files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from consolidation.filing_set.companies import Companies
from consolidation.rulebook import Rulebook
from consolidation.words import label, say
from jobs.cli.output.files import plain, tables
from jobs.cli.output.tables import lines, print_figures
from jobs.usage import UsageError
from monitoring.outlook.filings import company_vintages, going_on
from monitoring.outlook.forecasting.panel import Vintages
from monitoring.outlook.outlook import company_forecasts, latest_of, outlook_table
from monitoring.outlook.ranking import who_is_next
from monitoring.outlook.scoring import back_test
from monitoring.outlook.sentences import comparisons, estimated

if TYPE_CHECKING:
    from consolidation.filing_set import FilingSet
    from monitoring.store.store import Store

_MOST_SHOWN = 20


@dataclass(frozen=True)
class OutlookOutput:
    """The forecasts from the latest filings, or from one period."""

    forecasts: pl.DataFrame

    def write(self, folder: Path) -> None:
        """``outlook.csv`` in the folder."""
        tables([("outlook", self.forecasts)], folder)

    def to_json(self) -> dict[str, Any]:
        """The forecasts as plain data."""
        return {"outlook": plain(self.forecasts)}


@dataclass(frozen=True)
class BackTestOutput:
    """The score, and the forecasts that were scored."""

    scores: pl.DataFrame
    forecasts: pl.DataFrame

    def write(self, folder: Path) -> None:
        """``backtest.csv`` and ``outlook.csv`` in the folder."""
        tables([("backtest", self.scores), ("outlook", self.forecasts)], folder)

    def to_json(self) -> dict[str, Any]:
        """The score as plain data."""
        return {"backtest": plain(self.scores)}


def outlook_of_set(filing_set: FilingSet, period: date | None) -> OutlookOutput:
    """The forecasts of a filing set.

    :raises UsageError: where nobody filed, or not for the period.
    """
    return _outlook(
        company_vintages(going_on(filing_set.tables["solo_filings"], filing_set.companies)), period
    )


def outlook_of_store(store: Store, period: date | None) -> OutlookOutput:
    """The forecasts of what is current in a store.

    :raises UsageError: where nobody filed, or not for the period.
    """
    return _outlook(_store_vintages(store), period)


def _store_vintages(store: Store) -> Vintages | None:
    from monitoring.store import queries

    companies = Companies(queries.filed(store, "entities"))
    return company_vintages(going_on(queries.solo_filings(store), companies))


def _outlook(found: Vintages | None, period: date | None) -> OutlookOutput:
    checked = _checked(found, period)
    forecasts = company_forecasts(checked, Rulebook.load())
    if period is None:
        return OutlookOutput(latest_of(forecasts))
    return OutlookOutput(outlook_table(f for f in forecasts if f.made_from == period))


def backtest_of_set(filing_set: FilingSet, since: date | None, until: date | None) -> BackTestOutput:
    """The score of forecasts of a filing set.

    :raises UsageError: where nobody filed.
    """
    return _backtest(
        company_vintages(going_on(filing_set.tables["solo_filings"], filing_set.companies)), since, until
    )


def backtest_of_store(store: Store, since: date | None, until: date | None) -> BackTestOutput:
    """The score of forecasts of what is in a store, each from what the store knew then.

    :raises UsageError: where nobody filed.
    """
    return _backtest(_store_vintages(store), since, until)


def _backtest(found: Vintages | None, since: date | None, until: date | None) -> BackTestOutput:
    checked = _checked(found, None)
    forecasts = company_forecasts(checked, Rulebook.load())
    asked = [
        f for f in forecasts if not (since and f.made_from < since) and not (until and f.made_from > until)
    ]
    return BackTestOutput(back_test(asked, checked.first), outlook_table(asked))


def _checked(found: Vintages | None, period: date | None) -> Vintages:
    if found is None:
        raise UsageError("there is nothing to forecast: no insurer has filed a solvency ratio")
    if period is not None and period not in found.periods:
        there = ", ".join(map(str, found.periods))
        raise UsageError(f"--period {period}: no quarter's end with filings; there are {there}")
    return found


def print_outlook(found: OutlookOutput, language: str) -> None:
    """Who is next: the most probable falls below a limit that is not passed yet, the ranked list in one table."""
    console = lines()
    if found.forecasts.is_empty():
        console.print(say("outlook.none", language))
        return
    console.print(say("outlook.head", language, period=found.forecasts["made_from"].max()))
    ranked = who_is_next(found.forecasts).head(_MOST_SHOWN)
    headings = [
        label(f"outlook.{name}", language)
        for name in ("who", "measure", "limit", "ratio", "low", "high", "next", "within_two")
    ]
    rows = [
        (
            row["subject_id"],
            label(f"flag_item.{row['measure']}", language),
            f"{row['limit']}%",
            *(estimated(row[name]) for name in ("ratio", "low", "high", "next", "within_two")),
        )
        for row in ranked.iter_rows(named=True)
    ]
    print_figures(headings, rows)


def print_backtest(found: BackTestOutput, language: str) -> None:
    """The table, and in words where a baseline is as good."""
    console = lines()
    headings = [label(f"backtest.{name}", language) for name in found.scores.columns]
    print_figures(
        headings,
        (
            [_cell(name, row[name]) for name in found.scores.columns]
            for row in found.scores.iter_rows(named=True)
        ),
        3,
    )
    for sentence in comparisons(found.scores, language):
        console.print(sentence)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("measure", "model"):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
