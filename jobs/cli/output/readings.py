"""What the readings move, for reading: ratios in points, verdicts, and which answer a published statement follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consolidation.alternatives import RATIOS, ratio_moves
from consolidation.money import times
from consolidation.rulebook.readings import readings
from consolidation.words import label, say
from jobs.pipeline.outputs import decimals_as_text, output_folder

_WIDTH = 200


def as_data(moved: pl.DataFrame, nearest: pl.DataFrame) -> dict[str, Any]:
    """The moves of the ratios and the comparison with published statements, as plain data."""
    return {
        "moves": decimals_as_text(ratio_moves(moved)).to_dicts(),
        "published": decimals_as_text(nearest).to_dicts(),
        "lines": decimals_as_text(moved).to_dicts(),
    }


def write_readings(moved: pl.DataFrame, nearest: pl.DataFrame, folder: Path) -> None:
    """``readings.csv``: every moved line; ``readings_published.csv``: the nearest answer for every published amount.

    :raises OSError: where there is no room or no right to write.
    """
    with output_folder(folder) as draft:
        decimals_as_text(moved).write_csv(draft / "readings.csv")
        decimals_as_text(nearest).write_csv(draft / "readings_published.csv")


def print_readings(moved: pl.DataFrame, nearest: pl.DataFrame, *, by_period: bool, language: str) -> None:
    """One row a period and alternative, or one an alternative with its largest moves; then what moves nothing, and
    which answer the published statements follow.
    """
    console = Console(width=_WIDTH, highlight=False)
    moves = ratio_moves(moved)
    console.print(_periods(moves, language) if by_period else _summary(moves, language))
    console.print(say("readings.answers", language))
    for one in readings():
        if moves.filter(reading=one.id).height:
            console.print(f"  [bold]{one.id}[/] {escape(one.question.in_language(language))}")
            console.print(
                f"    {say('readings.chosen', language)}: {escape(one.choice.in_language(language))}"
            )
            for each in one.alternatives:
                console.print(f"    {each.id}: {escape(each.words.in_language(language))}")
    still = [one.id for one in readings() if one.alternatives and moves.filter(reading=one.id).is_empty()]
    if still:
        console.print(f"{say('readings.no-effect', language)}: {', '.join(still)}")
    fixed = [one.id for one in readings() if not one.alternatives]
    if fixed:
        console.print(f"{say('readings.not-switchable', language)}: {', '.join(fixed)}")
    if nearest.height:
        console.print(_published(nearest, language))


def _table(language: str, texts: Iterable[str], figures: Iterable[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in texts:
        table.add_column(say(name, language), no_wrap=True)
    for name in figures:
        table.add_column(say(name, language), justify="right", no_wrap=True)
    return table


def _periods(moves: pl.DataFrame, language: str) -> Table:
    table = _table(
        language,
        ("listing.period", "readings.reading", "readings.alternative"),
        ("listing.core", "listing.comprehensive", "readings.verdict"),
    )
    for row in moves.iter_rows(named=True):
        table.add_row(
            row["period_end"].isoformat(),
            row["reading"],
            row["alternative"],
            *("–" if row["lacking"] else points(row[name]) for name in RATIOS),
            _verdict(row, language),
        )
    return table


def _summary(moves: pl.DataFrame, language: str) -> Table:
    table = _table(
        language,
        ("readings.reading", "readings.alternative"),
        (
            "readings.statements",
            "readings.largest-core",
            "readings.largest-comprehensive",
            "readings.not-comparable",
            "readings.verdicts",
        ),
    )
    for (name, alternative), rows in moves.group_by("reading", "alternative", maintain_order=True):
        changed = rows.filter("changes_verdict").select("group_id", "period_end").iter_rows()
        table.add_row(
            str(name),
            str(alternative),
            str(rows.height),
            *(_largest(rows, ratio) for ratio in RATIOS),
            str(rows.filter(pl.col("lacking") != "").height),
            escape("; ".join(f"{group} {day}" for group, day in changed)) or "–",
        )
    return table


def _largest(rows: pl.DataFrame, ratio: str) -> str:
    known = rows.filter(pl.col(ratio).is_not_null() & (pl.col("lacking") == ""))
    if known.is_empty():
        return "–"
    row = known.row(known[ratio].abs().arg_max() or 0, named=True)
    return f"{points(row[ratio])} ({escape(row['group_id'])} {row['period_end']})" if row[ratio] else "–"


def points(difference: Decimal | None) -> str:
    """A difference of ratios in percentage points."""
    return "–" if difference is None else f"{times(difference, Decimal(100)):+z.2f}"


def _verdict(row: dict[str, Any], language: str) -> str:
    if row["lacking"]:
        return say("readings.lacking", language, what=row["lacking"])
    if not row["changes_verdict"]:
        return "–"
    return " → ".join(
        say(f"readings.solvent-{row[column]}".lower(), language)
        for column in ("solvent", "alternative_solvent")
    )


def _published(nearest: pl.DataFrame, language: str) -> Table:
    table = _table(
        language,
        ("listing.group", "listing.period", "readings.line", "readings.reading", "readings.nearest"),
        ("listing.published", "readings.chosen-difference", "readings.its-difference"),
    )
    for row in _worth_saying(nearest):
        table.add_row(
            escape(row["group_id"]),
            row["period_end"].isoformat(),
            escape(label(f"line.{row['line']}", language)),
            row["reading"],
            (row["nearest"] or say("readings.chosen", language)) + (" ✓" if row["reproduces"] else ""),
            *(f"{row[name]:z,.2f}" for name in ("published", "chosen_difference", "difference")),
        )
    return table


def _worth_saying(nearest: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Where an answer reproduces what was published, or another one comes nearer than the one chosen."""
    return nearest.filter("reproduces" if nearest["reproduces"].any() else pl.col("nearest") != "").iter_rows(
        named=True
    )
