"""What the readings move, for reading: ratios in points, verdicts, and which answer a published statement follows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl
from rich.text import Text

from consolidation.alternatives import RATIOS, ratio_moves
from consolidation.cell_text.spreadsheet_text import for_csv
from consolidation.money import times
from consolidation.results.schemas import ReadingEffects, ReadingFits
from consolidation.rulebook.readings import readings
from consolidation.words import label, say
from jobs.cli.output.tables import page, print_figures
from jobs.pipeline.files.disk_faults import added_files
from jobs.pipeline.files.outputs import decimals_as_text


def as_data(moved: dy.DataFrame[ReadingEffects], nearest: dy.DataFrame[ReadingFits]) -> dict[str, Any]:
    """The moves of the ratios and the comparison with published statements, as plain data."""
    return {
        "moves": decimals_as_text(ratio_moves(moved)).to_dicts(),
        "published": decimals_as_text(nearest).to_dicts(),
        "lines": decimals_as_text(moved).to_dicts(),
    }


def write_readings(
    moved: dy.DataFrame[ReadingEffects], nearest: dy.DataFrame[ReadingFits], folder: Path
) -> None:
    """``readings.csv``: every moved line; ``readings_published.csv``: the nearest answer for every published amount.

    :raises OSError: where there is no room or no right to write.
    """
    with added_files(folder) as draft:
        for_csv(moved).write_csv(draft / "readings.csv")
        for_csv(nearest).write_csv(draft / "readings_published.csv")


def print_readings(
    moved: dy.DataFrame[ReadingEffects], nearest: dy.DataFrame[ReadingFits], *, by_period: bool, language: str
) -> None:
    """One row a period and alternative, or one an alternative with its largest moves.

    Then what moves nothing, and which answer the published statements follow.
    """
    console = page()
    moves = ratio_moves(moved)
    (_print_periods if by_period else _print_summary)(moves, language)
    console.print(say("readings.answers", language))
    for one in readings():
        if moves.filter(reading=one.id).height:
            console.print(Text.assemble("  ", (one.id, "bold"), " ", one.question.in_language(language)))
            console.print(f"    {say('readings.chosen', language)}: {one.choice.in_language(language)}")
            for each in one.alternatives:
                console.print(f"    {each.id}: {each.words.in_language(language)}")
    still = [one.id for one in readings() if one.alternatives and moves.filter(reading=one.id).is_empty()]
    if still:
        console.print(f"{say('readings.no-effect', language)}: {', '.join(still)}")
    fixed = [one.id for one in readings() if not one.alternatives]
    if fixed:
        console.print(f"{say('readings.not-switchable', language)}: {', '.join(fixed)}")
    if nearest.height:
        _print_published(nearest, language)


def _print_periods(moves: pl.DataFrame, language: str) -> None:
    names = (
        "listing.period",
        "readings.reading",
        "readings.alternative",
        "listing.core",
        "listing.comprehensive",
        "readings.verdict",
    )
    rows = (
        (
            row["period_end"],
            row["reading"],
            row["alternative"],
            *("–" if row["lacking"] else points(row[name]) for name in RATIOS),
            _verdict(row, language),
        )
        for row in moves.iter_rows(named=True)
    )
    print_figures([say(name, language) for name in names], rows, texts=3)


def _print_summary(moves: pl.DataFrame, language: str) -> None:
    names = (
        "reading",
        "alternative",
        "statements",
        "largest-core",
        "largest-comprehensive",
        "not-comparable",
        "verdicts",
    )
    rows = []
    for (name, alternative), of_both in moves.group_by("reading", "alternative", maintain_order=True):
        changed = of_both.filter("changes_verdict").select("group_id", "period_end").iter_rows()
        rows.append(
            (
                name,
                alternative,
                of_both.height,
                *(_largest(of_both, ratio) for ratio in RATIOS),
                of_both.filter(pl.col("lacking") != "").height,
                "; ".join(f"{group} {day}" for group, day in changed) or "–",
            )
        )
    print_figures([say(f"readings.{name}", language) for name in names], rows)


def _largest(rows: pl.DataFrame, ratio: str) -> str:
    known = rows.filter(pl.col(ratio).is_not_null() & (pl.col("lacking") == ""))
    if known.is_empty():
        return "–"
    row = known.row(known[ratio].abs().arg_max() or 0, named=True)
    return f"{points(row[ratio])} ({row['group_id']} {row['period_end']})" if row[ratio] else "–"


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


def _print_published(nearest: pl.DataFrame, language: str) -> None:
    names = (
        "listing.group",
        "listing.period",
        "readings.line",
        "readings.reading",
        "readings.nearest",
        "listing.published",
        "readings.chosen-difference",
        "readings.its-difference",
    )
    rows = (
        (
            row["group_id"],
            row["period_end"],
            label(f"line.{row['line']}", language),
            row["reading"],
            (row["nearest"] or say("readings.chosen", language)) + (" ✓" if row["reproduces"] else ""),
            *(f"{row[name]:z,.2f}" for name in ("published", "chosen_difference", "difference")),
        )
        for row in _worth_saying(nearest)
    )
    print_figures([say(name, language) for name in names], rows, texts=5)


def _worth_saying(nearest: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Where an answer reproduces what was published, or another one comes nearer than the one chosen."""
    return nearest.filter("reproduces" if nearest["reproduces"].any() else pl.col("nearest") != "").iter_rows(
        named=True
    )
