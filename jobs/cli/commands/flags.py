"""What to watch: flags, what happens to them, and the industry scan."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.cli.commands import options

if TYPE_CHECKING:
    from consolidation.filing_set import FilingSet
    from consolidation.progress import Progress
    from consolidation.rulebook import Rulebook
    from jobs.pipeline.scan_inputs import ScanInputs


Source = Annotated[
    str | None,
    typer.Argument(
        metavar="[SET]", callback=options.named, help="A filing set; without it the store is looked at."
    ),
]
Period = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Only this period's end.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help="The day on which due dates count as passed (default: once the last period anybody filed for was due).",
    ),
]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write an Excel workbook.")]


def register(app: typer.Typer) -> None:
    """Add the flag and scan commands to the application."""
    app.command(rich_help_panel="Watching")(flags)
    app.command(rich_help_panel="Watching")(flag)
    app.command(rich_help_panel="Watching")(scan)


def flags(
    set_: Source = None,
    period: Period = None,
    every_period: Annotated[
        bool, typer.Option("--every-period", help="All periods, not only each subject's latest figures.")
    ] = False,
    kind: Annotated[
        str | None, typer.Option(help="Only companies of this kind (life, bank, …), or group.")
    ] = None,
    code: Annotated[str | None, typer.Option(help="Only flags of this code: breach, key_check, …")] = None,
    as_of: AsOf = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the flags as CSV.")] = None,
    xlsx: Xlsx = None,
    json: options.Json = False,
    what_if: options.WhatIf = None,
    encoding: options.Encoding = "utf-8",
    workers: options.Workers = None,
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """What needs attention: breaches, key checks, missing filings and the rest, with figure, limit, distance and source.

    From a filing set every flag is worked out anew, with the causes of the groups' flags (Rule 19 A151). From the store
    come the flags as they stand there, with their number and state. Files hold the same rows; the screen shows the gravest.
    """
    from jobs.cli.output.flags import FlagSelection, flags_of_set, flags_of_store, print_flags
    from jobs.usage import UsageError

    rulebook = options.rulebook(what_if)
    selection = FlagSelection(options.day("--period", period), every_period, kind, code)
    selection.check()
    if set_ is None:
        if every_period or as_of or what_if:
            raise UsageError.says("usage.flags-need-set")
        found, has_errors = flags_of_store(options.store(store), selection), False
    else:
        day = options.day("--as-of", as_of)
        from jobs.pipeline.outlook import with_outlook
        from jobs.pipeline.progress import progress
        from jobs.pipeline.stress_run import with_stress

        filing_set = options.filing_set(set_, encoding)
        scan_inputs = with_outlook(
            _observed(filing_set, set_, rulebook, workers, quiet, language), filing_set, rulebook
        )
        scan_inputs = with_stress(scan_inputs, filing_set, rulebook, progress(quiet), workers)
        found, has_errors = flags_of_set(scan_inputs, rulebook, selection, day), bool(scan_inputs.errors)
    found.write(csv, xlsx, language)
    if json:
        options.print_json(found.to_json(language))
    elif not quiet:
        print_flags(found, language)
    options.report_stopped(found.blocked, language)
    raise typer.Exit(1 if found.blocked or has_errors else 0)


def flag(
    number: Annotated[
        int,
        typer.Argument(
            metavar="FLAG", max=options.LARGEST_NUMBER, help="The flag's number, as `rule19 flags` lists it."
        ),
    ],
    answer: Annotated[
        str | None,
        typer.Argument(metavar="[ANSWER]", help="acknowledge, explain or close; without it the history."),
    ] = None,
    note: Annotated[str, typer.Option(help="Why; needed to explain and to close.")] = "",
    who: Annotated[str | None, typer.Option(help="Who answers (default: the user of this machine).")] = None,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Answer a flag of the store – acknowledge, explain, close – or show all that ever happened to it."""
    from jobs.cli.output.runs import print_flag_history
    from jobs.pipeline.files.table_files import plain
    from jobs.usage import UsageError
    from monitoring.access.system_account import logged, system_account
    from monitoring.flags import store as flag_store
    from monitoring.flags.answers import answering
    from monitoring.store.store import StoreError

    opened = options.store(store)
    answers = {
        "acknowledge": answering.acknowledge,
        "explain": answering.explain,
        "close": answering.close,
    }
    if answer is not None and answer not in answers:
        raise UsageError.says("usage.no-answer", answer=answer)
    if answer in ("explain", "close") and not note.strip():
        raise UsageError.says("usage.note-to-answer", answer=answer)
    try:
        if answer is not None:
            with logged(opened, f"flag.{answer}", number, given={"who": who} if who else {}, note=note):
                answers[answer](opened, number, who or system_account(), note)
        history = flag_store.flag_history(opened, number)
    except (flag_store.UnknownFlag, answering.FlagChangeDenied, StoreError) as problem:
        raise UsageError.of(problem) from None
    if json:
        options.print_json(plain(history))
    else:
        print_flag_history(history, language)


def scan(
    set_: Source = None,
    period: Period = None,
    kind: Annotated[str | None, typer.Option(help="Only life, property or reinsurance.")] = None,
    company: Annotated[
        str | None, typer.Option(metavar="ID", help="One insurer among its peers: ranks, moves and falls.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of entity_id and class (listed, bank-owned, foreign …) to compare as segments of their own.",
        ),
    ] = None,
    default: Annotated[
        str | None, typer.Option("--default", metavar="PARTY", help="What if this counterparty defaulted.")
    ] = None,
    loss: Annotated[str, typer.Option("--loss", metavar="SHARE", help="Loss given default, 0 to 1.")] = "1",
    as_of: AsOf = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="DIR", help="Write every table as CSV into this folder.")
    ] = None,
    xlsx: Xlsx = None,
    json: options.Json = False,
    encoding: options.Encoding = "utf-8",
    workers: options.Workers = None,
    store: options.StoreUrl = None,
    quiet: options.Quiet = False,
    language: options.Language = "",
) -> None:
    """The industry: distributions, ranks, ladder, migration, trend, falls, the disclosure gap; what the groups hold in common.

    Says the period in plain words (the last one unless --period is given) and writes all tables where asked. With --default
    a counterparty's default is followed through companies, guarantees and groups.
    """
    from jobs.cli.output.tables import lines
    from jobs.pipeline.scan import ScanOptions, scan_of

    rulebook = options.rulebook(None)
    asked = ScanOptions(
        options.day("--period", period),
        kind,
        classes,
        default,
        _share("--loss", loss),
        options.day("--as-of", as_of),
        company,
    )
    scan_inputs = (
        _observed(options.filing_set(set_, encoding), set_, rulebook, workers, quiet, language)
        if set_
        else _observed_store(store)
    )
    found = scan_of(scan_inputs, rulebook, asked)
    found.write(csv, xlsx, language)
    if json:
        options.print_json(found.to_json(language))
    elif not quiet:
        lines().print(found.summary(language))
    raise typer.Exit(1 if scan_inputs.errors else 0)


def _share(option: str, text: str) -> Decimal:
    from jobs.usage import UsageError

    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal("NaN")
    if share.is_nan() or not 0 <= share <= 1:
        raise UsageError.says("usage.no-share", option=option, text=text)
    return share


def _observed(
    filing_set: FilingSet, set_: str, rulebook: Rulebook, workers: int | None, quiet: bool, language: str
) -> ScanInputs:
    from consolidation.positions.readers.tasks import EngineFault
    from jobs.pipeline.progress import progress
    from jobs.pipeline.scan_inputs import scan_inputs_of_set
    from jobs.usage import UsageError

    shown: Progress = progress(quiet)
    try:
        scan_inputs = scan_inputs_of_set(filing_set, rulebook, shown, workers)
    except EngineFault as problem:
        raise UsageError.of(problem) from None
    options.report_errors(scan_inputs.errors, set_, language)
    return scan_inputs


def _observed_store(store: str | None) -> Any:
    from jobs.pipeline.scan_inputs import scan_inputs_of_store
    from jobs.usage import UsageError
    from monitoring.store.store import StoreError

    try:
        return scan_inputs_of_store(options.store(store))
    except StoreError as problem:
        raise UsageError.of(problem) from None
