"""The reports that fall due."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options
from jobs.usage import UsageError

_SUPERVISORS = "zh"
"""The language of who gets the report, whatever the terminal's is."""


class ReportKind(StrEnum):
    """The kinds of ``monitoring.reports.catalogue.Kind``, here so that ``--help`` answers at once."""

    ANNUAL = "annual"
    SEMIANNUAL = "semiannual"
    SUMMARY = "summary"
    STRESS = "stress"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("report", rich_help_panel="Deadlines and alerts")(report)
    app.command("board", rich_help_panel="Deadlines and alerts")(board)


def report(
    group: Annotated[
        str | None, typer.Argument(metavar="GROUP", help="The group's id; left out with --all.")
    ] = None,
    period: Annotated[
        str | None, typer.Argument(metavar="PERIOD", help="The period's last day, YYYY-MM-DD.")
    ] = None,
    kind: Annotated[ReportKind, typer.Option(help="Which report.")] = ReportKind.ANNUAL,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="A file ending in .docx, .html or .pdf (LibreOffice makes it), or with --all a folder; "
            "without it what the report lacks is listed and nothing is written.",
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="The report of every group, as Word files.")] = False,
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    language: Annotated[
        str, typer.Option("--language", help="zh or en: the language of the report, Chinese if left out.")
    ] = "",
) -> None:
    """Make a report that falls due from the store (Rule 19 A133, A140, A143, A145): its parts filled, and what a person must add.

      rule19 report 青丘集团 2025-12-31 --kind annual --out report.docx

      rule19 report --all 2025-12-31 --kind annual --out DIR

    What people wrote and checked on the page Reports is in it. The supervisor reads it in Chinese: it is English only where
    --language en asks for it. Exit status 1: a group has no statement for the period, and its report says so.
    """
    from consolidation.rulebook import Rulebook
    from jobs.cli.output.reports import make_all, make_one, print_made, print_parts
    from jobs.pipeline.progress import progress
    from monitoring.reports.assembly import WrongPeriod
    from monitoring.reports.catalogue import Kind
    from monitoring.reports.documents.office import NoOffice
    from monitoring.reports.sources import GroupNotStored

    if all_ and period is None:
        group, period = None, group
    day = options.day("PERIOD", period)
    if day is None or (group is None) is not all_:
        raise UsageError.says("usage.report-of-what")
    opened, chosen, wanted = options.store(store), options.language(language), Kind(kind)
    of_document = chosen if language else _SUPERVISORS
    try:
        if group is None:
            if out is None:
                raise UsageError.says("usage.all-needs-out")
            made = make_all(opened, Rulebook.load(), wanted, day, of_document, out, progress(quiet))
        else:
            made = [make_one(opened, Rulebook.load(), wanted, group, day, of_document, out)]
    except GroupNotStored:
        raise UsageError.says("usage.no-group-owes", group_id=group) from None
    except WrongPeriod as problem:
        raise UsageError.says("usage.report-period", day=day, kind=kind, ends=problem) from None
    except NoOffice as problem:
        raise UsageError.says("usage.no-office", out=out, reason=problem) from None
    except OSError as problem:
        raise UsageError.says("usage.nothing-written", out=out, reason=problem.strerror or problem) from None
    if not quiet:
        if out is None:
            print_parts(made[0].report, chosen)
        else:
            print_made(made, chosen)
    raise typer.Exit(1 if any(not one.has_statement for one in made) else 0)


def board(
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="A file ending in .html, .docx or .pdf (LibreOffice makes it)."),
    ],
    group: Annotated[
        list[str] | None, typer.Option(help="Only this group_id; may be given several times.")
    ] = None,
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Write the weekly page for the board: one A4 a group with ratios, why they changed, the gravest flags, what is due soon."""
    from consolidation.words import say
    from jobs.cli.output.reports import write_board
    from monitoring.reports.documents.office import NoOffice

    chosen = options.language(language)
    try:
        pages = write_board(options.store(store), group or [], chosen, out)
    except NoOffice as problem:
        raise UsageError.says("usage.no-office", out=out, reason=problem) from None
    except OSError as problem:
        raise UsageError.says("usage.nothing-written", out=out, reason=problem.strerror or problem) from None
    if not quiet:
        typer.echo(say("reports_listing.board", chosen, file=out, count=pages))
