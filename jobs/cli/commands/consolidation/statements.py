"""Statements out: consolidate a set, explain a line."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.cli.commands import options

if TYPE_CHECKING:
    from monitoring.store.store import RunRecord, Store


def register(app: typer.Typer) -> None:
    """Add the statement commands to the application."""
    app.command(rich_help_panel="Statements")(consolidate)
    app.command(rich_help_panel="Statements")(explain)


def consolidate(
    set_: options.Set,
    out: options.Out,
    group: Annotated[
        str | None,
        typer.Option(help="Only this group_id; errors that certainly do not concern it then do not count."),
    ] = None,
    period: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Only this period's end.")] = None,
    quarterly: Annotated[
        bool,
        typer.Option(
            "--quarterly", help="Every quarter; groups file half-yearly, so 06-30 and 12-31 otherwise."
        ),
    ] = False,
    workers: options.Workers = None,
    scheduler: options.Scheduler = None,
    no_cache: options.NoCache = False,
    encoding: options.Encoding = "utf-8",
    what_if: options.WhatIf = None,
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Aggregate a filing set into the groups' Rule No. 19 statements.

    Writes statements, findings, reconciliation with the published statements, the waterfall from the sum of solos to the
    group's ratio, and an Annex 10 workbook for each group and period into DIR, and remembers the run in the store.
    An error in one group's data stops that group and period and no other.
    """
    from consolidation.filing_set import UnusableSet
    from consolidation.positions import EngineFault
    from consolidation.structure.scope import Scope, UnknownGroup
    from jobs.cli.output.runs import print_run, run_json
    from jobs.pipeline import run
    from jobs.pipeline.progress import progress
    from jobs.pipeline.reading import usable_set
    from jobs.usage import UsageError
    from monitoring.store.database import home
    from monitoring.store.store import OutcomeUnknown, StoreError

    started_at, bars = datetime.now(UTC), progress(quiet)
    scope = Scope(group, options.day("--period", period), quarterly)
    rulebook = options.rulebook(what_if)
    cache = None if no_cache else home() / "cache" / "positions"
    record = None if store == "none" else partial(_kept, options.store(store))
    arguments: dict[str, Any] = {
        "set": set_,
        "group": group,
        "period": period,
        "quarterly": quarterly,
        "workers": workers,
        "scheduler": scheduler,
        "what_if": str(what_if) if what_if else None,
        "changes": what_if.read_text("utf-8") if what_if else None,
        "encoding": encoding,
    }
    try:
        with bars.step("read"):
            filing_set = usable_set(set_, encoding, cache)
        finished = run(
            filing_set,
            out,
            scope=scope,
            rulebook=rulebook,
            started_at=started_at,
            arguments=arguments,
            record=record,
            progress=bars,
            workers=workers,
            scheduler=scheduler,
            cache=cache,
        )
    except (UnusableSet, UnknownGroup) as problem:
        raise UsageError.of(problem) from None
    except OutcomeUnknown as problem:
        raise UsageError.of(problem) from None
    except (EngineFault, StoreError) as problem:
        raise UsageError.nothing_changed(problem) from None
    except OSError as problem:
        raise UsageError.nothing_changed(UsageError.at(f"--out {out}", problem)) from None
    if json:
        options.print_json(run_json(finished))
    elif not quiet:
        print_run(finished, out, language)
    options.report_stopped(finished.result.blocked, language)
    if not finished.result.blocked:
        options.report_errors_of_no_group(finished.errors, language)
    raise typer.Exit(1 if finished.has_errors() else 0)


def _kept(store: Store, record: RunRecord) -> int:
    """Record the run with an entry in the audit log, in one transaction."""
    from monitoring.access import audit
    from monitoring.flags.store import keep_run

    with store.writing() as connection:
        number = keep_run(store.inside(connection), record)
        audit.record(
            connection, record.who, "run.record", str(number), console=True, data_hash=record.data_hash
        )
    return number


def explain(
    out: options.Out,
    group: Annotated[str, typer.Argument(metavar="GROUP")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="The period's end, YYYY-MM-DD.")],
    line: Annotated[
        str, typer.Argument(metavar="LINE", help="A line of the statement, for example minimum_capital.")
    ],
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Print why a line is what it is: formula, article and inputs, down to table, row, column and file.

    DIR is the output folder of a `consolidate` run. With --json the tree comes with the engine version and the rulebook
    entries in force.
    """
    from jobs.cli.output.explain import explanation, print_tree

    day = options.day("PERIOD", period)
    assert day is not None
    explained = explanation(out, group, day, line)
    if json:
        options.print_json(explained.to_json())
    else:
        print_tree(explained, language)
