"""What the store remembers: list runs, compare two of them line by line."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli.commands import options


def register(app: typer.Typer) -> None:
    """Add the run commands to the application."""
    app.command(rich_help_panel="Runs")(runs)
    app.command(rich_help_panel="Runs")(compare)


def runs(store: options.StoreUrl = None, json: options.Json = False, language: options.Language = "") -> None:
    """List the runs in the store: when, who, from which data, with what result."""
    from jobs.cli.output.runs import print_runs
    from monitoring.store.runs import list_runs

    frame = list_runs(options.store(store))
    if json:
        options.print_json(frame.to_dicts())
    else:
        print_runs(frame, language)


def compare(
    one: Annotated[str, typer.Argument(metavar="RUN")],
    other: Annotated[str, typer.Argument(metavar="RUN")],
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Compare two runs line by line: which statement lines, filings and findings differ."""
    from jobs.cli.output.runs import print_comparison
    from jobs.usage import UsageError
    from monitoring.store.runs import UnknownRun, compare_runs

    try:
        comparison = compare_runs(options.store(store), one, other)
    except UnknownRun as problem:
        raise UsageError.of(problem) from None
    if json:
        options.print_json(comparison.to_json())
    else:
        print_comparison(comparison, language)
