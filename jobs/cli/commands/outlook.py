"""What comes next: forecasts of the ratios with their probabilities, and how good such forecasts have been."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options

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
    store: options.StoreUrl = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Who is next: where each ratio goes, and how probable it is to fall below a limit within two filings. Estimates.

    Each company is forecast from its latest filing: the ratio expected, an 80% range, and the probability of being below
    150%, 120% and 100% (core ratio: 75%, 60%, 50%). DIR/outlook.csv has them all; docs/outlook.md says how they are made.
    """
    from jobs.cli.output.outlook import outlook_of_set, outlook_of_store, print_outlook

    day = options.day("--period", period)
    found = (
        outlook_of_set(options.filing_set(set_, encoding), day)
        if set_
        else outlook_of_store(options.store(store), day)
    )
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
    from jobs.cli.output.outlook import backtest_of_set, backtest_of_store, print_backtest

    first, last = options.day("--from", since), options.day("--to", until)
    found = (
        backtest_of_set(options.filing_set(set_, encoding), first, last)
        if set_
        else backtest_of_store(options.store(store), first, last)
    )
    if out is not None:
        found.write(out)
    if json:
        options.print_json(found.to_json())
    elif not quiet:
        print_backtest(found, language)
