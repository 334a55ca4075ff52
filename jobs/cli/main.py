"""The command line ``rule19``: one command a job, grouped as a person meets them.

Command modules import nothing heavy at their top, so that ``--help`` answers at once. What a user can cause ends in one
line on standard error and exit status 2, never in a traceback; a fault of this program ends in a line a language that names
the file of its report, and exit status 70.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import typer

from consolidation.words import LANGUAGES
from jobs.cli.commands import (
    alerts,
    dashboard,
    deadlines,
    doubts,
    flags,
    options,
    outlook,
    record,
    reports,
    runs,
    schedule,
)
from jobs.cli.commands.consolidation import engine, filings, readings, statements, stress
from jobs.usage import UsageError

FAULT_OF_THE_PROGRAM = 70
"""EX_SOFTWARE of sysexits.h."""

app = typer.Typer(
    name="rule19",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Group solvency of Chinese insurance groups under C-ROSS Phase II, Rule No. 19.

A [b]filing set[/b] is a folder (or .xlsx, or URL) of tables: docs/inputs.md. The usual way:

  [b]rule19 validate SET[/b]

    is it complete and sound?

  [b]rule19 consolidate SET --out DIR[/b]

    statements, findings, reconciliation, Annex 10 workbooks

  [b]rule19 explain --out DIR GROUP PERIOD LINE[/b]

    why is this number what it is?

Amounts are in 万元, ratios are fractions (1.5 = 150%), dates are YYYY-MM-DD.

Exit status: 0 done; 1 done with errors in some groups, which are named; 2 unusable arguments or set; 70 a fault of this program, whose report is named.""",
)

_DEBUG = "--debug"
_OWNER_ONLY = 0o077
"""What the program writes – store, results, caches – is for its owner to read."""

for module in (
    filings,
    statements,
    stress,
    readings,
    runs,
    flags,
    doubts,
    outlook,
    deadlines,
    reports,
    alerts,
    schedule,
    record,
    dashboard,
    engine,
):
    module.register(app)


@app.callback()
def _for_every_command(
    debug: Annotated[
        bool, typer.Option(_DEBUG, help="Show the traceback of a fault of this program, too.")
    ] = False,
) -> None:
    # main() itself looks for the option: a fault may come before any command is known
    pass


def _arguments(given: list[str]) -> list[str]:
    """The command line with ``--store`` alone read as the usual store, which needs no address, and ``--debug`` wherever it stands."""
    end = given.index("--") if "--" in given else len(given)
    given = [word for word in given[:end] if word != _DEBUG] + given[end:]
    return [
        "--store=" if word == "--store" and after.startswith("-") else word
        for word, after in pairwise([*given, "-"])
    ]


@cache
def _command() -> Callable[..., Any]:
    """All commands, made ready once a process."""
    return typer.main.get_command(app)


def main() -> None:
    """Entry point of the ``rule19`` command."""
    os.umask(_OWNER_ONLY)
    _write_what_the_terminal_can_show()
    try:
        _command()(_arguments(sys.argv[1:]), standalone_mode=True)
    except UsageError as problem:
        print(f"rule19: {problem.message(_language_asked())}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # a panic of Polars is no Exception
        from jobs.faults import is_for_people, report, sentence_of

        if is_for_people(fault):
            said = sentence_of(fault).message(_language_asked())
            print(f"rule19: {' '.join(said.split())}", file=sys.stderr)
            sys.exit(2)
        if _DEBUG in sys.argv:
            traceback.print_exception(fault)
        for line in report(fault):
            print(f"rule19: {line}", file=sys.stderr)
        sys.exit(FAULT_OF_THE_PROGRAM)


def _language_asked() -> str:
    """What the command line says after ``--language``, else the terminal's: the fault may come before it was understood."""
    given = [word.removeprefix("--language=") for word in sys.argv if word.startswith("--language=")]
    given += [after for word, after in pairwise(sys.argv) if word == "--language"]
    return next((word for word in given if word in LANGUAGES), options.default_language())


def _write_what_the_terminal_can_show() -> None:
    """A sign that the terminal's encoding does not have is written as its number; it must not end a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
