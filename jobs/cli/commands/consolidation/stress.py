"""The group stress test."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stress", rich_help_panel="Statements")(stress)


def stress(
    set_: options.Set,
    out: options.Out,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A scenario of the rulebook (insurance_risk, macro, interest_rate, equity_fall, quarter_1, quarter_2) or a "
            "YAML file of your own; may be given several times. Without it: every one of the rulebook for which a member "
            "gave a result or drivers.",
        ),
    ] = None,
    group: Annotated[str | None, typer.Option(help="Only this group_id.")] = None,
    report_date: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            help="The date that the test starts from; otherwise every one for which a member gave something.",
        ),
    ] = None,
    second_round: Annotated[
        bool,
        typer.Option(
            "--second-round",
            help="Members in breach have their internal guarantees called, and who holds their capital loses.",
        ),
    ] = False,
    actions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAML of management actions: figures are then given before and after them.",
        ),
    ] = None,
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
    """What becomes of the groups' solvency under stress (Rule 19 A143, report due by 31 May; Rule 10).

    A scenario turns the filing set into another, and the same formulas consolidate that one. A member's own result
    (table stress_results) counts first; where there is none, what its drivers give (stress_drivers, else its positions); else
    it is unchanged, named in findings.csv, and the group's figures are marked partial.

    Writes stress.csv (every line, base and stressed), stress_attribution.csv (what each shock adds at each member, to the last
    digit), stress_reverse.csv (how far each driver may move), a workbook a group with the columns of form 2.3, and
    findings.csv. The store keeps it as a stress test, from which flags follow; nothing of it is ever kept as a filing.

    A scenario of your own, say fall.yaml, is a few lines (docs/stress.md):

      steel_fails: {stages: [{shocks: [{type: default, counterparty: C1, loss: 0.6}]}]}
    """
    from consolidation.filing_set import UnusableSet
    from consolidation.positions import EngineFault
    from consolidation.scenario.reading import UnusableScenario, read_actions
    from consolidation.structure.scope import UnknownGroup
    from jobs.cli.output.stress import as_data, print_stress
    from jobs.pipeline.progress import progress
    from jobs.pipeline.reading import check_period, usable_set
    from jobs.pipeline.stress_run import run_stress
    from jobs.usage import UsageError
    from monitoring.flags.store import keep_stress
    from monitoring.store.database import home
    from monitoring.store.store import StoreError

    started_at, bars = datetime.now(UTC), progress(quiet)
    rulebook = options.rulebook(what_if)
    day = options.day("--report-date", report_date)
    cache = None if no_cache else home() / "cache" / "positions"
    record = None if store == "none" else partial(keep_stress, options.store(store))
    arguments = {
        "set": set_,
        "scenario": scenario,
        "group": group,
        "report_date": report_date,
        "second_round": second_round,
        "actions": str(actions) if actions else None,
        "what_if": str(what_if) if what_if else None,
    }
    try:
        listed = read_actions(actions) if actions else ()
        with bars.step("read"):
            filing_set = usable_set(set_, encoding, cache)
        check_period(filing_set, day, "--report-date")
        finished = run_stress(
            filing_set,
            out,
            rulebook,
            scenario or [],
            group_id=group,
            report_date=day,
            actions=listed,
            with_second_round=second_round,
            progress=bars,
            started_at=started_at,
            arguments=arguments,
            record=record,
            workers=workers,
            scheduler=scheduler,
            cache=cache,
        )
    except UnusableScenario as problem:
        raise UsageError(problem.message(language or "en")) from None
    except (UnusableSet, UnknownGroup) as problem:
        raise UsageError.of(problem) from None
    except (EngineFault, StoreError) as problem:
        raise UsageError.nothing_changed(problem) from None
    except OSError as problem:
        raise UsageError.nothing_changed(UsageError.at(f"--out {out}", problem)) from None
    if json:
        options.print_json(as_data(finished.result))
    elif not quiet:
        print_stress(finished, out, language)
    options.report_stopped(finished.result.blocked, language)
    raise typer.Exit(1 if finished.has_errors() else 0)
