"""What a run leaves in its output folder: statements, findings, reconciliation, workbooks, and why.

:mod:`jobs.pipeline.files.run_folder` puts the files in their place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import dataframely as dy
import polars as pl

from consolidation.cell_text.spreadsheet_text import for_csv
from consolidation.consolidate import Consolidation
from consolidation.findings import listing
from consolidation.rulebook import Rulebook
from jobs.pipeline.files.run_folder import FILES, RUN_FILE, manifest
from monitoring.store.recording import explanations

Schema = TypeVar("Schema", bound=dy.Schema)


def decimals_as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """For CSV: decimals with their places, never an exponent or a float."""
    return frame.with_columns(pl.selectors.decimal().cast(pl.String))


def write_tables(result: Consolidation, folder: Path) -> None:
    """The frames of a run as CSV and, where programs read them again, as Parquet.

    Concentration, holders and positions are what ``explain`` goes down to: who was measured against which limit, who holds it.
    """
    specific = result.group_specific_risk
    lines = result.lines()
    lines.write_parquet(folder / "statements.parquet")
    for_csv(lines).write_csv(folder / "statements.csv")
    for_csv(result.reconciliation).write_csv(folder / "reconciliation.csv")
    for_csv(listing(result.findings)).write_csv(folder / "findings.csv")
    for_csv(result.waterfall).write_csv(folder / "waterfall.csv")
    for_csv(result.eliminations).write_csv(folder / "eliminations.csv")
    result.contributions.write_parquet(folder / "contributions.parquet")
    explanations(result).write_parquet(folder / "explanations.parquet")
    specific.concentration.write_parquet(folder / "concentration.parquet")
    for_csv(specific.concentration).write_csv(folder / "concentration.csv")
    specific.holders.write_parquet(folder / "holders.parquet")
    specific.positions.write_parquet(folder / "positions.parquet")


def write_workbooks(result: Consolidation, folder: Path, rulebook: Rulebook, done: Callable[[], None]) -> int:
    """One Annex 10 workbook a statement, with the 31 December before as opening balance; ``done`` after each.

    :returns: how many were written.
    """
    from consolidation.annex10 import Limits, workbook_name, write_workbook

    by_key = {(s.group_id, s.period_end): s for s in result.statements}
    groups = {group_id for group_id, _ in by_key}
    folded = Counter(group_id.casefold() for group_id in groups)
    alike = [group_id for group_id in groups if folded[group_id.casefold()] > 1]
    parts = _by_key(result.contributions)
    eliminations = _by_key(result.eliminations)
    for key, statement in by_key.items():
        write_workbook(
            folder / workbook_name(*key, alike),
            statement,
            by_key.get((statement.group_id, statement.opening_period)),
            limits=Limits.in_force(rulebook.on(statement.period_end)),
            contributions=parts.get(key),
            eliminations=eliminations.get(key),
            findings=[f for f in result.findings if f.group_id == key[0] and f.period_end == key[1]],
        )
        done()
    return len(by_key)


def _by_key(frame: dy.DataFrame[Schema]) -> Mapping[Any, dy.DataFrame[Schema]]:
    return cast("Any", frame.partition_by("group_id", "period_end", as_dict=True))


def write_run(folder: Path, record: Mapping[str, Any]) -> None:
    """``run.json``: what the run was made from and with, and the manifest of the files beside it."""
    whole = {**record, FILES: manifest(folder)}
    (folder / RUN_FILE).write_text(
        json.dumps(whole, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8"
    )
