"""The record: verify it, prove a statement, copy the store and restore it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.commands import options
from jobs.usage import UsageError

PANEL = "Record"


def register(app: typer.Typer) -> None:
    """Add the commands of the record to the application."""
    for command in (verify, proof, backup, restore):
        app.command(rich_help_panel=PANEL)(command)


def verify(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A proof bundle or the output folder of a run; without it the store."
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="The hash of a link as a digest mail gave it, or its first digits."
        ),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Compute again every run whose filing set still lies where it was."),
    ] = False,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Hold the store against its chain of hashes, a proof bundle against its files, or a folder against its manifest.

    Names the first link that does not fit, and all others. Exit status 0: everything fits; 1: something does not.
    """
    from jobs.cli.output import record as output

    chosen = options.language(language)
    if file is not None:
        fits = output.folder(file, chosen) if file.is_dir() else _proof(file, json, chosen)
        raise typer.Exit(0 if fits else 1)
    if head is not None and len(head) < output.SHORTEST_HEAD:
        raise UsageError.says("usage.short-head", head=head, digits=output.SHORTEST_HEAD)
    opened = _existing(store)
    found = output.verified(opened, head, recompute=recompute)
    if json:
        options.print_json(output.as_json(found))
    else:
        output.print_verification(found, chosen)
    raise typer.Exit(1 if found.misfits or found.different else 0)


def proof(
    group: Annotated[str | None, typer.Argument(metavar="GROUP")] = None,
    period: Annotated[str | None, typer.Argument(metavar="PERIOD", help="YYYY-MM-DD")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The bundle to write.")] = None,
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE", help="Check a bundle instead, as verify does.")
    ] = None,
    run: Annotated[
        int | None,
        typer.Option(min=1, max=options.LARGEST_NUMBER, help="The run (default: the one that counts)."),
    ] = None,
    set_: Annotated[
        str | None,
        typer.Option(
            "--set", metavar="SET", help="Where the filing set lies, if it was moved since the run."
        ),
    ] = None,
    store: options.StoreUrl = None,
    json: options.Json = False,
    language: options.Language = "",
) -> None:
    """Write all that is needed to compute a statement again, and the part of the record that holds it.

    The bundle has every file of the run's filing set, those of other groups too: give it to who may see them.
    """
    from consolidation.words import say
    from monitoring.access.system_account import logged
    from monitoring.record.proof import NoProof, write_proof

    chosen = options.language(language)
    if check is not None:
        raise typer.Exit(0 if _proof(check, json, chosen) else 1)
    if not group or not period or out is None:
        raise UsageError.says("usage.proof-of-what")
    day, opened = options.day("PERIOD", period), _existing(store)
    assert day is not None
    try:
        with logged(opened, "export.proof", f"{group} {day}", file=out.name):
            number = write_proof(opened, group, day, out, run=run, place=set_)
    except NoProof as problem:
        raise UsageError.of(problem) from None
    except OSError as problem:
        raise UsageError.at(f"--out {out}", problem) from None
    print(say("record.proof_written", chosen, group=group, period=day, run=number, file=out))


def backup(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Folder of the copies (default: backups in RULE19_HOME)."),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many copies to keep.")] = 7,
    store: options.StoreUrl = None,
    language: options.Language = "",
) -> None:
    """Copy the store, while others use it, into a new file that is held against the chain; remove the oldest copies.

    Exit status 1 where the store does not fit its chain: the copy is kept, and so are all older ones.
    """
    from jobs.cli.output.record import print_copy
    from monitoring.access.system_account import logged
    from monitoring.record.backup import back_up
    from monitoring.store.database import home

    opened, folder = _existing(store), to or home() / "backups"
    try:
        with logged(opened, "record.backup", folder):
            copied = back_up(opened, folder, keep=keep)
    except OSError as problem:
        raise UsageError.at(f"--to {folder}", problem) from None
    print_copy(copied, options.language(language))
    raise typer.Exit(1 if copied.verification.misfits else 0)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that backup made.")],
    store: options.StoreUrl = None,
    language: options.Language = "",
) -> None:
    """Make the store anew from a copy, in either database, and hold it against its chain.

    Nothing may be there yet: no file, or an empty database. Exit status 1 where it does not fit its chain.
    """
    from jobs.cli.output.record import print_verification, verified_as
    from monitoring.access.system_account import logged
    from monitoring.record.backup import CannotRestore
    from monitoring.record.backup import restore as make

    try:
        opened, verification = make(file, store)
    except CannotRestore as problem:
        raise UsageError.of(problem) from None
    except OSError as problem:
        raise UsageError.at(str(file), problem) from None
    with logged(opened, "record.restore", file.name):
        print_verification(verified_as(opened, verification), options.language(language))
    raise typer.Exit(1 if verification.misfits else 0)


def _existing(url: str | None):  # type: ignore[no-untyped-def]
    from jobs.scheduler.health import existing_store
    from monitoring.store.store import StoreError

    try:
        return existing_store(url)
    except StoreError as problem:
        raise UsageError.of(problem) from None


def _proof(file: Path, json: bool, language: str) -> bool:
    from jobs.cli.output.record import print_proof, proof_json
    from monitoring.record.bundle_file import UnusableBundle
    from monitoring.record.proof import check_proof

    try:
        found = check_proof(file)
    except UnusableBundle as problem:
        raise UsageError.of(problem) from None
    except OSError as problem:
        raise UsageError.at(str(file), problem) from None
    if json:
        options.print_json(proof_json(found))
    else:
        print_proof(found, language)
    return found.is_same
