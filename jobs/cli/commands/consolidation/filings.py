"""Filings in: check a set, read insurers' workbooks into it, re-compute every solo filing, make the demo industry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options
from jobs.usage import UsageError


def register(app: typer.Typer) -> None:
    """Add the filing commands to the application."""
    app.command(rich_help_panel="Filings")(validate)
    app.command("import", rich_help_panel="Filings")(import_workbooks)
    app.command(rich_help_panel="Filings")(recompute)
    app.command("demo-data", rich_help_panel="Filings")(demo_data)


def validate(
    set_: options.Set,
    encoding: options.Encoding = "utf-8",
    json: options.Json = False,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Check a filing set; the last line is VALID, INVALID or NOT RUN, with counts.

    Every fault is listed with table, row, column, value and what was expected. Exit status 0 when valid, 1 when invalid,
    2 when the set cannot be consolidated: not one table, or not all of its positions, could be read.
    """
    from consolidation.filing_checks import checked_set
    from consolidation.filing_set import UnusableSet, ValidationStatus, read_filing_set, verdict
    from consolidation.positions import check_positions
    from consolidation.reconciliation.consistency import with_findings
    from consolidation.scenario.members.contradictions import contradictions_of_set
    from jobs.cli.output.runs import findings_json, print_findings
    from jobs.pipeline.scan_inputs import names_of_set

    try:
        rulebook = options.rulebook(None)
        checked = checked_set(check_positions(read_filing_set(set_, encoding=encoding)), rulebook)
        filing_set = with_findings(checked, contradictions_of_set(checked, rulebook))
    except UnusableSet as problem:
        print(f"NOT RUN: {problem.message(language)}")
        raise typer.Exit(2) from None
    result = verdict(filing_set)
    if json:
        options.print_json(
            {
                "verdict": result.word,
                "errors": result.errors,
                "warnings": result.warnings,
                "findings": findings_json(filing_set.findings),
            }
        )
    else:
        if not quiet:
            names = names_of_set(filing_set.tables, language)
            print_findings(filing_set.findings, language, names=names)
        print(result.line())
    raise typer.Exit(
        {ValidationStatus.VALID: 0, ValidationStatus.INVALID: 1, ValidationStatus.NOT_RUN: 2}[result.word]
    )


def import_workbooks(
    workbooks: Annotated[
        list[Path], typer.Argument(metavar="WORKBOOK…", help="Annex 9, 10 or 11 workbooks (.xlsx).")
    ],
    into: Annotated[
        Path,
        typer.Option(
            "--into",
            metavar="SET",
            help="Folder of the filing set; its solo_filings.csv (stress_results.csv for a stress test) is extended.",
        ),
    ],
    entity: Annotated[
        str | None, typer.Option(help="The insurer's id, where the workbook does not say it.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="life, property or reinsurance, where the set does not know it.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DD", help="The period's end, where the workbook does not say it."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="万元, 亿元 or 元, where the sheets do not say it.")
    ] = None,
    opening: Annotated[
        str | None,
        typer.Option(
            metavar="BASIS",
            help="annual: file the opening column too, as the audited filing of its year-end.",
        ),
    ] = None,
    language: options.Language = "",
) -> None:
    """Read insurers' own Excel workbooks into a filing set without retyping: Annex 9, Annex 11, a group's Annex 10.

    A stress test (Annex 11-1 or 11-2, or sheet ST01 of Annex 9) goes to stress_results.csv.

    Cells are found by the name of the item, so blank rows, merged cells and amounts written as text do no harm.
    What a workbook does not say (whose it is, the period, the unit) is asked for by name, never guessed.
    """
    from consolidation.annex9 import ToldIdentity
    from jobs.cli.output.runs import print_findings
    from jobs.pipeline.importing import import_workbook

    day = options.day("--period", period)
    if opening not in (None, "annual"):
        raise UsageError.says("usage.opening", opening=opening)
    refused = 0
    for workbook in workbooks:
        if not workbook.is_file():
            is_what = "folder" if workbook.is_dir() else "absent"
            raise UsageError.says(f"usage.workbook-{is_what}", file=workbook)
        for form in import_workbook(workbook, into, ToldIdentity(entity, kind, day, unit, opening)):
            print_findings(form.findings, language)
            tables = ", ".join(f"{table}.csv" for table in form.tables)
            if form.refused:
                refused += 1
                print(f"{workbook}: not imported ({tables})" if tables else f"{workbook}: not imported")
            else:
                print(f"{workbook}: imported into {into / tables}")
    raise typer.Exit(1 if refused else 0)


def recompute(
    set_: options.Set,
    out: options.Out,
    encoding: options.Encoding = "utf-8",
    what_if: options.WhatIf = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Re-compute every solo filing from its own parts (Rule 2) into DIR/recomputation.csv: a check, not a replacement.

    Filings in error are named and left out; the exit status is 1 then.
    """
    from consolidation.cell_text.spreadsheet_text import for_csv
    from consolidation.consolidate import recompute_set
    from consolidation.findings import Severity
    from jobs.cli.output.runs import (
        print_recomputation,
        print_size_coefficients,
        recomputation_counts,
        size_coefficients,
    )
    from jobs.pipeline.files.disk_faults import added_files

    filing_set = options.filing_set(set_, encoding)
    again = recompute_set(filing_set, options.rulebook(what_if))
    try:
        with added_files(out) as draft:
            for_csv(again).write_csv(draft / "recomputation.csv", float_precision=6)
    except OSError as problem:
        raise UsageError.at(f"--out {out}", problem) from None
    counts = recomputation_counts(again)
    if json:
        options.print_json(counts)
    elif not quiet:
        print_recomputation(counts, language)
        print_size_coefficients(size_coefficients(again), language)
    left_out = [
        f
        for f in filing_set.findings
        if f.severity is Severity.ERROR and f.table in ("solo_filings", "assessments")
    ]
    options.report_errors(left_out, set_, language)
    raise typer.Exit(1 if left_out else 0)


def demo_data(
    out: options.Out,
    seed: Annotated[int, typer.Option(help="Another seed gives another industry.")] = 19,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """Write the demo industry: fictional groups and insurers with planted faults (docs/demo.md says which)."""
    from jobs.demo import write_demo

    industry = write_demo(out, seed)
    if not quiet:
        for fault in industry.planted:
            print(f"{fault.id}: {fault.what_zh if language == 'zh' else fault.what}")
        print(f"written to {out}")
