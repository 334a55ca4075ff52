"""Arguments and options that several commands share, and what turns them into values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.usage import UsageError

if TYPE_CHECKING:
    from consolidation.filing_set import FilingSet
    from consolidation.findings import Finding
    from consolidation.rulebook import Rulebook
    from monitoring.store.store import Store


LARGEST_NUMBER = 2**63 - 1
"""The largest number that the store can give anything."""

_MOST_ERRORS = 20


def language(text: str) -> str:
    """``zh`` or ``en``; where neither is asked for, Chinese where the terminal is Chinese, else English."""
    if text not in ("", "zh", "en"):
        raise UsageError.says("usage.no-language", text=text)
    return text or default_language()


def default_language() -> str:
    """Chinese where the terminal is Chinese, else English."""
    return "zh" if (os.environ.get("LC_ALL") or os.environ.get("LANG", "")).startswith("zh") else "en"


def named(given: str | None) -> str | None:
    """The name of a set, or none. An empty one – most often a shell variable that is not set – would be the folder one stands in."""
    if given == "":
        raise UsageError.says("usage.empty-set")
    return given


def _folder(given: str | Path) -> Path:
    if not str(given):
        raise UsageError.says("usage.empty-out")
    return Path(given)


Set = Annotated[
    str,
    typer.Argument(
        metavar="SET", callback=named, help="The filing set: a folder, an .xlsx workbook or an fsspec URL."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        parser=_folder,
        help="Folder of the run's results; made if it is not there.",
    ),
]
Encoding = Annotated[str, typer.Option(help="Encoding of CSV files, for sets that are not UTF-8: gb18030.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress bars, no tables: errors and the exit status only.")
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Count every position anew, and remember nothing of it.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of for reading.")]
Language = Annotated[
    str,
    typer.Option("--language", callback=language, help="zh or en: the language of what is printed."),
]
WhatIf = Annotated[
    Path | None,
    typer.Option("--what-if", metavar="FILE", help="YAML of rulebook entries to change for this run only."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, help="Processes for large position tables (default: by size; small sets start none)."
    ),
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="tcp://…", help="Use this Dask cluster instead of local processes.")
]
LogFormat = Annotated[
    str,
    typer.Option(
        "--log-format",
        metavar="text|json",
        help="Of what is logged: for people, or a JSON object a line (default: RULE19_LOG_FORMAT, else text).",
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="Database of runs (default: RULE19_DATABASE_URL, else a SQLite file); 'none' keeps no record.",
    ),
]


def log_format(given: str) -> str:
    """``text`` or ``json``, as asked for or as the environment says."""
    from monitoring import logs

    found = given or os.environ.get(logs.VARIABLE, "").strip() or logs.TEXT
    if found not in logs.FORMATS:
        raise UsageError.says("usage.no-log-format", text=found, known=", ".join(logs.FORMATS))
    return found


def day(option: str, text: str | None) -> date | None:
    """A day from the command line; ``option`` is where it was given."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError.says("usage.no-date", option=option, text=text) from None


def rulebook(what_if: Path | None) -> Rulebook:
    """The rulebook, with the changes of a what-if file laid over it."""
    from consolidation.rulebook import Rulebook

    if what_if is None:
        return Rulebook.load()
    try:
        return Rulebook.load().overlay(what_if)
    except (OSError, ValueError, LookupError) as problem:
        reason = str(problem).removeprefix(f"{what_if.name}: ")
        raise UsageError(f"--what-if {what_if}: {reason}") from None


def filing_set(location: str, encoding: str) -> FilingSet:
    """Read the filing set at a location.

    :raises UsageError: if there is no usable set.
    """
    from consolidation.filing_set import UnusableSet
    from jobs.pipeline.reading import usable_set

    try:
        return usable_set(location, encoding)
    except UnusableSet as problem:
        raise UsageError.of(problem) from None


def store(url: str | None) -> Store:
    """Open the store, by URL or where the environment says.

    :raises UsageError: if it cannot be used.
    """
    from monitoring.store.store import StoreError, open_store

    try:
        return open_store(url)
    except StoreError as problem:
        raise UsageError.of(problem) from None


def report_stopped(blocked: Iterable[tuple[str, date]], language: str) -> None:
    """The groups and periods that an error stopped, on standard error."""
    from consolidation.words import say

    for group, day in blocked:
        typer.echo(say("listing.stopped", language, group=group, period=day), err=True)


def report_errors_of_no_group(errors: Sequence[Finding], language: str) -> None:
    """Whom errors concern that stopped no group's statement, on standard error: companies, else files."""
    from consolidation.words import say

    if errors:
        whom = dict.fromkeys(error.entity_id or error.file or error.table for error in errors)
        named = ", ".join(list(whom)[:_MOST_ERRORS]) + (", …" if len(whom) > _MOST_ERRORS else "")
        typer.echo(say("listing.errors-of-no-group", language, count=len(errors), whom=named), err=True)


def report_errors(errors: Sequence[Finding], location: str, language: str) -> None:
    """The first errors of a set on standard error, and the command that lists all of them."""
    from consolidation.words import say

    for error in errors[:_MOST_ERRORS]:
        typer.echo(error.message(language), err=True)
    if len(errors) > _MOST_ERRORS:
        more = say("listing.more", language, count=len(errors) - _MOST_ERRORS)
        typer.echo(f"{more}: rule19 validate {location}", err=True)


def print_json(value: Any) -> None:
    """Print a value as indented JSON, other types as text."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
