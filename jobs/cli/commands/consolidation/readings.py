"""What hangs on the readings of the law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options


def register(app: typer.Typer) -> None:
    """Add the readings command to the application."""
    app.command("readings", rich_help_panel="Statements")(show_readings)


def show_readings(
    set_: options.Set,
    group: Annotated[str | None, typer.Option(help="Only this group_id, period by period.")] = None,
    period: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Only this period's end.")] = None,
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Every quarter.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write readings.csv and readings_published.csv there."),
    ] = None,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    encoding: options.Encoding = "utf-8",
    what_if: options.WhatIf = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Compute every group under every other answer to what the law leaves open (docs/readings.md).

    Prints which readings move a ratio and by how much, which change whether the ratios of A12 are reached, and, where the
    group published its statement, which answer comes nearest to it. The readings are rulebook/readings.yaml.
    """
    from consolidation.alternatives import effects, fit
    from consolidation.consolidate import consolidate
    from consolidation.positions import EngineFault
    from consolidation.rulebook.readings import readings
    from consolidation.structure.scope import Scope, UnknownGroup
    from jobs.cli.output.readings import as_data, print_readings, write_readings
    from jobs.pipeline.progress import progress
    from jobs.pipeline.reading import check_period
    from jobs.usage import UsageError

    scope = Scope(group, options.day("--period", period), quarterly)
    rulebook = options.rulebook(what_if)
    filing_set = options.filing_set(set_, encoding)
    check_period(filing_set, scope.period_end)
    bars = progress(quiet)
    alternatives = sum(len(each.alternatives) for each in readings())
    try:
        chosen = consolidate(filing_set, rulebook, scope, workers=workers, scheduler=scheduler, progress=bars)
        with bars.steps("readings", alternatives) as done:
            moved = effects(
                filing_set,
                rulebook,
                chosen,
                readings(),
                workers=workers,
                scheduler=scheduler,
                done=done,
            )
    except (UnknownGroup, EngineFault) as problem:
        raise UsageError.of(problem) from None
    nearest = fit(moved, chosen.reconciliation, rulebook)
    if out is not None:
        try:
            write_readings(moved, nearest, out)
        except OSError as problem:
            raise UsageError.at(f"--out {out}", problem) from None
    if json:
        options.print_json(as_data(moved, nearest))
    elif not quiet:
        print_readings(moved, nearest, by_period=group is not None, language=language)
    options.report_stopped(chosen.blocked, language)
    raise typer.Exit(1 if chosen.blocked else 0)
