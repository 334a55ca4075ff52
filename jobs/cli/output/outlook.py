"""What ``rule19 outlook`` and ``rule19 backtest`` found: printed, written to files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dataframely as dy

from consolidation.words import label, say
from jobs.cli.output.tables import lines, print_figures
from jobs.pipeline.files.table_files import plain, tables
from jobs.usage import UsageError
from monitoring.outlook.ranking import who_is_next
from monitoring.outlook.result import Outlook
from monitoring.outlook.schema import BackTests, Outlooks, OwnForecasts
from monitoring.outlook.sentences import comparisons, estimated

_MOST_SHOWN = 20


@dataclass(frozen=True)
class OutlookOutput:
    """The forecasts from the latest filings, or from one period, and the insurers' own."""

    forecasts: dy.DataFrame[Outlooks]
    own_forecasts: dy.DataFrame[OwnForecasts]

    def write(self, folder: Path) -> None:
        """``outlook.csv`` and ``own_forecasts.csv`` in the folder."""
        tables([("outlook", self.forecasts), ("own_forecasts", self.own_forecasts)], folder)

    def to_json(self) -> dict[str, Any]:
        """The forecasts as plain data."""
        return {"outlook": plain(self.forecasts), "own_forecasts": plain(self.own_forecasts)}


@dataclass(frozen=True)
class BackTestOutput:
    """The score, the forecasts that were scored, and the insurers' own."""

    scores: dy.DataFrame[BackTests]
    forecasts: dy.DataFrame[Outlooks]
    own_forecasts: dy.DataFrame[OwnForecasts]

    def write(self, folder: Path) -> None:
        """``backtest.csv``, ``outlook.csv`` and ``own_forecasts.csv`` in the folder."""
        named = {"backtest": self.scores, "outlook": self.forecasts, "own_forecasts": self.own_forecasts}
        tables(named.items(), folder)

    def to_json(self) -> dict[str, Any]:
        """The score as plain data."""
        return {"backtest": plain(self.scores)}


def outlook_of(outlook: Outlook, period: date | None) -> OutlookOutput:
    """The forecasts from the latest filings, or from one period.

    :raises UsageError: where nobody filed, or not for the period.
    """
    _check(outlook, period)
    forecasts = outlook.latest() if period is None else outlook.made_from(period)
    return OutlookOutput(forecasts, outlook.own_forecasts())


def backtest_of(outlook: Outlook, since: date | None, until: date | None) -> BackTestOutput:
    """The score of the forecasts made from the periods asked for.

    :raises UsageError: where nobody filed, or no forecast made from these periods can be scored.
    """
    _check(outlook, None)
    scores = outlook.back_test(since, until)
    if scores.is_empty() and (since or until):
        raise _nothing_to_score(outlook, since, until)
    return BackTestOutput(scores, outlook.scored_forecasts(since, until), outlook.own_forecasts())


def _nothing_to_score(outlook: Outlook, since: date | None, until: date | None) -> UsageError:
    assert outlook.vintages is not None
    asked = " ".join(f"{name} {day}" for name, day in (("--from", since), ("--to", until)) if day)
    there = ", ".join(map(str, outlook.vintages.periods))
    return UsageError.says("usage.nothing-to-score", asked=asked, there=there)


def _check(outlook: Outlook, period: date | None) -> None:
    if outlook.vintages is None:
        raise UsageError.says("usage.nothing-to-forecast")
    periods = outlook.vintages.periods
    if period is not None and period not in periods:
        there = ", ".join(map(str, periods))
        raise UsageError.says("usage.no-quarter", period=period, there=there)


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
    if found.scores.is_empty():
        console.print(say("backtest.none", language))
        return
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
