"""Data for measuring the engine: a filing set of any number of positions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options
from jobs.usage import UsageError


def register(app: typer.Typer) -> None:
    """Add the bench-data command to the application."""
    app.command("bench-data", rich_help_panel="Filings")(bench_data)


def bench_data(
    positions: Annotated[int, typer.Option(min=1, help="How many positions.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="An empty folder, or a new one.")],
    groups: Annotated[int, typer.Option(min=1, help="How many insurance groups.")] = 20,
    companies: Annotated[int, typer.Option(min=1, help="How many insurers in all groups together.")] = 200,
    counterparties: Annotated[
        int | None, typer.Option(min=100, help="How many counterparties; else one for a hundred positions.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 19,
    quiet: options.Quiet = False,
) -> None:
    """Write a filing set of fictional groups with any number of positions, for measuring speed.

    Counterparties are heavy-tailed as in life. 50 million positions take about half a gigabyte.
    """
    from jobs.demo.bench_data import PART_ROWS, Size, write_bench_set
    from jobs.pipeline.progress import progress

    if companies < 2 * groups:
        raise UsageError.says("usage.too-few-companies", companies=companies, groups=groups)
    try:
        with progress(quiet).steps("positions", -(-positions // PART_ROWS)) as step:
            write_bench_set(out, Size(positions, groups, companies, seed, counterparties), lambda _: step())
    except OSError as problem:
        raise UsageError.at(f"--out {out}", problem) from None
    if not quiet:
        print(f"{positions:,} positions of {companies} companies in {groups} groups: {out}")
