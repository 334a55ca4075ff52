"""A stress test for reading: one row a group and scenario, its ratios beside the base, and what was not given."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from consolidation.findings import Severity
from consolidation.scenario.stress import StressTest
from consolidation.words import label, say
from jobs.cli.output.tables import page, print_figures
from jobs.pipeline.files.outputs import decimals_as_text
from jobs.pipeline.stress_run import FinishedStressTest
from monitoring.formatting import percent

_SHOWN = ("core_solvency_ratio", "comprehensive_solvency_ratio", "comprehensive_solvency_surplus")


def as_data(result: StressTest) -> dict[str, Any]:
    """All results as plain data."""
    frames = {
        "lines": result.lines,
        "attribution": result.attribution,
        "reverse": result.reverse,
        "clearing": result.clearing,
    }
    return {name: decimals_as_text(frame).to_dicts() for name, frame in frames.items()}


def print_stress(finished: FinishedStressTest, out: Path, language: str) -> None:
    """Print the groups' ratios under every scenario, then where the rest stands."""
    result, language = finished.result, language or "en"
    keys = ["group_id", "report_date", "scenario", "stage", "horizon_end", "actions"]
    groups = result.lines.filter(pl.col("group_id").is_not_null() & pl.col("line").is_in(_SHOWN))
    rows = []
    for key, lines in groups.group_by(keys, maintain_order=True):
        by_line = {row["line"]: row for row in lines.iter_rows(named=True)}
        core, whole, surplus = (by_line[name] for name in _SHOWN)
        group, day, scenario, stage, horizon, when = map(str, key)
        rows.append(
            (
                *(group, day, _scenario(result, scenario, language), stage, horizon),
                say(f"stress.actions.{when}", language),
                _ratio(core["base"]),
                _ratio(core["stressed"]),
                _ratio(whole["base"]),
                _ratio(whole["stressed"]),
                "" if surplus["stressed"] is None else f"{surplus['stressed']:,.2f}",
                say(f"status.{whole['status']}", language),
            )
        )
    headings = say("stress.headings", language).split("|")
    print_figures(headings, rows, texts=len(keys))
    warnings = [f for f in result.findings if f.code.startswith("stress-") and f.severity is Severity.WARNING]
    console = page()
    for finding in warnings[:20]:
        console.print(finding.message(language))
    if len(warnings) > 20:
        console.print(say("listing.more", language, count=len(warnings) - 20))
    console.print(say("stress.written", language, out=out, workbooks=finished.workbooks))


def _scenario(result: StressTest, scenario: str, language: str) -> str:
    """By the rulebook's words, else by what its file says of it, else by its name there."""
    key = f"stress.scenario.{scenario}"
    if (known := label(key, language)) != key:
        return known
    described = result.descriptions.filter(scenario=scenario).get_column(language).to_list()
    return next((words for words in described if words), scenario)


def _ratio(value: Decimal | None) -> str:
    return "" if value is None else percent(value)
