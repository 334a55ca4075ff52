"""What comes next: forecasts of the ratios with their probabilities, and how good such forecasts have been."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.commands import options

if TYPE_CHECKING:
    from monitoring.outlook.result import Outlook

Source = Annotated[
    str | None,
    typer.Argument(
        metavar="[SET]", callback=options.named, help="A filing set; without it the store is looked at."
    ),
]


def register(app: typer.Typer) -> None:
    """Add ``outlook`` and ``backtest`` to the command line."""
    app.command(rich_help_panel="Watching")(outlook)
    app.command(rich_help_panel="Watching")(backtest)


def outlook(
    set_: Source = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the tables as CSV into this folder.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="Made from this period, with what was known then."),
    ] = None,
    encoding: options.Encoding = "utf-8",
    workers: options.Workers = None,
    store: options.StoreUrl = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Who is next: where each ratio goes, and how probable it is to fall below a limit within two filings. Estimates.

    Each company and group is forecast from its latest filing: the ratio expected, an 80% range, and the probability of being
    below 150%, 120% and 100% (core ratio: 75%, 60%, 50%). DIR/outlook.csv has them all, DIR/own_forecasts.csv what insurers
    forecast themselves and how it came out; docs/outlook.md says how they are made. From the store they are kept there, to be
    scored when the filings come.
    """
    from jobs.cli.output.outlook import outlook_of, print_outlook

    day = options.day("--period", period)
    if set_ is not None:
        found = outlook_of(_outlook_of_set(set_, encoding, workers, quiet, with_groups=True), day)
    else:
        found = outlook_of(_outlook_of_store(store), day)
    if out is not None:
        found.write(out)
    if json:
        options.print_json(found.to_json())
    elif not quiet:
        print_outlook(found, language)


def backtest(
    set_: Source = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the tables as CSV into this folder.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM-DD", help="Only forecasts made from this period on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="YYYY-MM-DD", help="Only forecasts made from periods up to this."),
    ] = None,
    encoding: options.Encoding = "utf-8",
    store: options.StoreUrl = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """How good the forecasts have been: every period's, made with only what was known then, against what was filed.

    Beside them stand what a person could use instead: "same as now", the line through four quarters, sorting by today's
    ratio, and the insurers' own forecasts. DIR/backtest.csv has the table, DIR/outlook.csv every forecast that was scored.
    """
    from jobs.cli.output.outlook import backtest_of, print_backtest

    first, last = options.day("--from", since), options.day("--to", until)
    if set_ is not None:
        found = backtest_of(_outlook_of_set(set_, encoding, None, quiet, with_groups=False), first, last)
    else:
        found = backtest_of(_outlook_of_store(store), first, last)
    if out is not None:
        found.write(out)
    if json:
        options.print_json(found.to_json())
    elif not quiet:
        print_backtest(found, language)


def _outlook_of_set(
    set_: str, encoding: str, workers: int | None, quiet: bool, *, with_groups: bool
) -> Outlook:
    """The outlook of a filing set; with its groups it has to be consolidated first."""
    from consolidation.positions.readers.tasks import EngineFault
    from jobs.pipeline.outlook import companies_of_set, outlook_of_set
    from jobs.pipeline.progress import progress
    from jobs.usage import UsageError

    filing_set, rulebook = options.filing_set(set_, encoding), options.rulebook(None)
    if not with_groups:
        return companies_of_set(filing_set, rulebook)
    try:
        return outlook_of_set(filing_set, rulebook, progress(quiet), workers)
    except EngineFault as problem:
        raise UsageError.of(problem) from None


def _outlook_of_store(url: str | None) -> Outlook:
    """The outlook of the store, which keeps what is new in it."""
    from jobs.usage import UsageError
    from monitoring.outlook.register import keep_outlook
    from monitoring.store.store import StoreError

    try:
        return keep_outlook(options.store(url), options.rulebook(None)).outlook
    except StoreError as problem:
        raise UsageError.of(problem) from None
