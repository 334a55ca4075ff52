"""What the commands about figures in doubt print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl

from consolidation.results.schemas import FiguresInDoubt
from consolidation.words import label, say
from jobs.cli.output.tables import lines, print_texts
from monitoring.doubt.sentences import contradiction, figure_in_words, figure_name
from monitoring.formatting import sentence


def print_doubts(doubts: dy.DataFrame[FiguresInDoubt], language: str) -> None:
    """One sentence a figure in doubt, with whose, of when and where it stands."""
    console = lines()
    for row in doubts.iter_rows(named=True):
        console.print(f"{_of(row, language)}{sentence(_told(row, language), language)}{_place(row)}")
    console.print(say("doubts.count", language, count=doubts.height))


def print_confirmation(doubts: dy.DataFrame[FiguresInDoubt], language: str) -> None:
    """What has just been confirmed."""
    for row in doubts.iter_rows(named=True):
        lines().print(
            say(
                "doubts.confirmed",
                language,
                of=_of(row, language),
                item=figure_name(row["column"], language),
                filed=figure_in_words(row["column"], row["filed"], language),
            )
        )


def print_confirmed(log: pl.DataFrame, language: str) -> None:
    """The confirmations: whose figure, who, when and why."""
    headings = [
        say(f"doubts.heading_{name}", language) for name in ("of", "figure", "filed", "who", "at", "note")
    ]
    print_texts(
        headings,
        [
            (
                _of(row, language).rstrip(": ："),
                figure_name(row["column"], language),
                figure_in_words(row["column"], row["filed"], language),
                row["who"],
                row["at"].isoformat(timespec="seconds"),
                row["note"],
            )
            for row in log.iter_rows(named=True)
        ],
    )


def _told(row: Mapping[str, Any], language: str) -> str:
    filed, fitting = (figure_in_words(row["column"], row[name], language) for name in ("filed", "fitting"))
    return contradiction(
        figure_name(row["column"], language), filed, fitting, row["slip"], row["agreeing"], language
    )


def _of(row: Mapping[str, Any], language: str) -> str:
    basis = label(f"flag_basis.{row['basis']}", language)
    return say("doubts.of", language, subject=row["subject_id"], period=row["period_end"], basis=basis)


def _place(row: Mapping[str, Any]) -> str:
    return f" [{row['source_file']} {row['source_row']}]" if row["source_file"] else ""
