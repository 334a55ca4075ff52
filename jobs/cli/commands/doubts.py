"""Figures in doubt: what their own filing contradicts, and the word of a person that one is right as it was filed."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.cli.commands import options


def register(app: typer.Typer) -> None:
    """Add the commands about figures in doubt to the application."""
    app.command(rich_help_panel="Watching")(doubts)
    app.command(rich_help_panel="Watching")(confirm)


def doubts(
    set_: Annotated[
        str | None,
        typer.Argument(
            metavar="[SET]", callback=options.named, help="A filing set; without it the store is looked at."
        ),
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Of the store: what has been confirmed, by whom and when.")
    ] = False,
    encoding: options.Encoding = "utf-8",
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Figures that their own filing contradicts, with the value that would fit and the slip that would explain it.

    They are kept out of the falling flag, the industry's means, the outlook and the reports of events until a person
    confirms them (`rule19 confirm`) or the filing is made anew.
    """
    from jobs.cli.output.doubts import print_confirmed, print_doubts
    from jobs.pipeline.files.table_files import plain
    from jobs.usage import UsageError
    from monitoring.doubt.register import confirmation_log, doubts_of_store

    if set_ is not None:
        from consolidation.reconciliation.consistency import consistency_of

        if confirmed:
            raise UsageError.says("usage.confirmed-needs-store")
        found = consistency_of(options.filing_set(set_, encoding), options.rulebook(None)).doubts
    else:
        opened = options.store(store)
        if confirmed:
            log = confirmation_log(opened)
            options.print_json(plain(log)) if json else print_confirmed(log, language)
            return
        found = doubts_of_store(opened)
    options.print_json(plain(found)) if json else print_doubts(found, language)


def confirm(
    subject: Annotated[str, typer.Argument(metavar="ID", help="The company or group whose filing it is.")],
    period: Annotated[str, typer.Argument(metavar="YYYY-MM-DD", help="The period's end.")],
    note: Annotated[str, typer.Option(help="How it is known that the figure is right; needed.")] = "",
    column: Annotated[
        str | None, typer.Option(help="Which figure, where several are in doubt: actual_capital, …")
    ] = None,
    basis: Annotated[str | None, typer.Option(help="quarterly or annual, where both filings are.")] = None,
    who: Annotated[str | None, typer.Option(help="Who confirms (default: the user of this machine).")] = None,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Confirm a figure in doubt of the store as it was filed: it counts again, and its flag is raised anew if it is in breach.

    Who and when stand in the audit log and in the record; another value of the figure, filed later, is looked at anew.
    """
    from jobs.cli.output.doubts import print_confirmation
    from jobs.pipeline.files.table_files import plain
    from jobs.usage import UsageError
    from monitoring.access.system_account import logged, system_account
    from monitoring.doubt.register import NotInDoubt
    from monitoring.flags.store import confirm_figure
    from monitoring.store.store import StoreError

    day = options.day("PERIOD", period)
    assert day is not None
    if not note.strip():
        raise UsageError.says("usage.note-to-confirm")
    opened = options.store(store)
    try:
        with logged(
            opened, "figure.confirm", f"{subject} {day}", given={"who": who} if who else {}, note=note.strip()
        ):
            done = confirm_figure(opened, subject, day, column, basis, who or system_account(), note.strip())
    except (NotInDoubt, StoreError) as problem:
        raise UsageError.of(problem) from None
    options.print_json(plain(done)) if json else print_confirmation(done, language)
