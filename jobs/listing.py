"""What commands print for reading: findings, a run's result with its published counterpart, runs, comparisons."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consolidation.explanation import Step
from consolidation.findings import Finding, Severity, in_order, to_frame
from consolidation.money import less, times
from consolidation.statement import Statement
from consolidation.words import label

if TYPE_CHECKING:
    from jobs.pipeline import RunResult
    from monitoring.runs import Comparison

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_MOST_SHOWN = 40


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False)


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return to_frame(findings).to_dicts()


def print_findings(findings: Iterable[Finding], language: str, most: int = 1000) -> None:
    """One line a finding, errors first: severity, the sentence (which says where), and its code."""
    console = _console()
    ordered = in_order(findings)
    for f in ordered[:most]:
        console.print(
            f"[{_COLOURS[f.severity]}]{f.severity.value}[/] {escape(f.message(language))} [dim]({f.code})[/]"
        )
    if len(ordered) > most:
        console.print(f"… and {len(ordered) - most} more")


def _number(value: Any, unit: str = "万元") -> str:
    if value is None:
        return "–"
    return f"{value * 100:.2f}%" if unit == "ratio" else f"{value:,.2f}"


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < 2 else "right", no_wrap=True)
    return table


def print_run(finished: RunResult, out: Path, language: str) -> None:
    """The run's main figures, one row a group and period, with the published requirement beside the computed one."""
    console = Console(width=140, highlight=False)
    result = finished.result
    published = {
        (g, p): (c, d)
        for g, p, line, c, d in result.reconciliation.select(
            "group_id", "period_end", "line", "published", "difference"
        ).iter_rows()
        if line == "quantifiable_risk_minimum_capital"
    }
    table = _table(
        "group",
        "period",
        "quantifiable",
        "published",
        "difference",
        "%",
        "control risk",
        "Q × published − published",
        "core",
        "comprehensive",
    )
    for s in result.statements:
        quantifiable = s.amount("quantifiable_risk_minimum_capital")
        theirs, difference = published.get((s.group_id, s.period_end), (None, None))
        share = f"{float(difference / theirs):+.3%}" if theirs and difference is not None else "–"
        table.add_row(
            escape(s.group_id),
            s.period_end.isoformat(),
            _number(quantifiable),
            _number(theirs),
            _number(difference),
            share,
            _number(s.amount("control_risk_minimum_capital")),
            _number(_control_gap(result.reconciliation, s)),
            _number(s.amount("core_solvency_ratio"), "ratio"),
            _number(s.amount("comprehensive_solvency_ratio"), "ratio"),
        )
    console.print(table)
    serious = [f for f in result.findings if f.severity is Severity.ERROR]
    print_findings(serious, language, _MOST_SHOWN)
    console.print(
        f"{len(result.statements)} statements, {finished.workbooks} workbooks, {len(result.findings)} findings ({len(serious)} errors), re-computation of {finished.recomputation.select('entity_id', 'period_end', 'basis').n_unique()} filings → {escape(str(out))}"
    )
    print_recomputation(recomputation_counts(finished.recomputation))
    print_size_coefficients(size_coefficients(finished.recomputation))
    if finished.run_id:
        console.print(f"run {finished.run_id}")


def _control_gap(reconciliation: pl.DataFrame, statement: Statement) -> Decimal | None:
    """The factor on the *published* requirement against the published control risk: the members' gaps play no part in it."""
    own = reconciliation.filter(
        (pl.col("group_id") == statement.group_id) & (pl.col("period_end") == statement.period_end)
    )
    published = dict(own.select("line", "published").iter_rows())
    factor = next(
        i.amount for i in statement.lines["control_risk_minimum_capital"].inputs if isinstance(i, Step)
    )
    if factor is None or not {"quantifiable_risk_minimum_capital", "control_risk_minimum_capital"} <= set(
        published
    ):
        return None
    return less(
        times(factor, published["quantifiable_risk_minimum_capital"]),
        published["control_risk_minimum_capital"],
    )


def run_json(finished: RunResult) -> dict[str, Any]:
    """The run's record and every line, for programs."""
    lines = finished.result.lines().with_columns(pl.selectors.decimal().cast(pl.String)).to_dicts()
    return {
        **finished.record,
        "run_id": finished.run_id,
        "lines": lines,
        "findings_list": findings_json(finished.result.findings),
    }


def recomputation_counts(again: pl.DataFrame) -> list[dict[str, Any]]:
    """By item: how many could be re-computed, how many of them within tolerance."""
    return (
        again.filter(pl.col("within_tolerance").is_not_null())
        .group_by("item", maintain_order=True)
        .agg(compared=pl.len(), within_tolerance=pl.col("within_tolerance").sum())
        .with_columns(share=(pl.col("within_tolerance") / pl.col("compared")).round(4))
        .to_dicts()
    )


def print_recomputation(counts: list[dict[str, Any]]) -> None:
    table = _table("re-computed item", "", "compared", "within tolerance", "share")
    for row in counts:
        table.add_row(
            row["item"], "", str(row["compared"]), str(row["within_tolerance"]), f"{row['share']:.2%}"
        )
    Console(width=140, highlight=False).print(table)


def size_coefficients(again: pl.DataFrame) -> list[dict[str, Any]]:
    """How many filings of each period have which size coefficient (金规〔2023〕5号 一)."""
    known = again.filter((pl.col("item") == "size_coefficient") & pl.col("recomputed").is_not_null())
    counted = known.group_by("period_end", pl.col("recomputed").round(4).alias("coefficient")).agg(
        filings=pl.len()
    )
    return counted.sort("period_end", "coefficient").to_dicts()


def print_size_coefficients(counts: list[dict[str, Any]]) -> None:
    """One line a period: each coefficient with the number of filings it applies to."""
    periods: dict[str, list[str]] = {}
    for row in counts:
        periods.setdefault(str(row["period_end"]), []).append(f"{row['coefficient']:.2f} × {row['filings']}")
    table = _table("period", "size coefficient × filings")
    for period, parts in periods.items():
        table.add_row(period, ", ".join(parts))
    Console(width=140, highlight=False).print(table)


def print_frame(frame: pl.DataFrame) -> None:
    """Any small frame as a table."""
    table = _table(*frame.columns)
    for row in frame.iter_rows():
        table.add_row(*("" if v is None else escape(str(v)) for v in row))
    Console(width=160, highlight=False).print(table)


def print_runs(frame: pl.DataFrame) -> None:
    """The runs of the store, one row each; the hashes are in ``rule19 runs --json``."""
    print_frame(
        frame.select(
            run="run_id",
            recorded=pl.col("recorded_at").dt.strftime("%Y-%m-%d %H:%M:%S"),
            who="who",
            source="source",
            status="status",
            counts=pl.when("is_standing").then(pl.lit("yes")).otherwise(pl.lit("no")),
            statements="statements",
            errors="errors",
            warnings="warnings",
            version="engine_version",
        )
    )


def print_comparison(comparison: Comparison, language: str) -> None:
    """What differs between two runs: lines first, then filings, files and findings."""
    console = Console(width=140, highlight=False)
    for title, frame in comparison.parts():
        console.print(f"[bold]{title}[/]: {frame.height}")
        if "line" in frame.columns:
            frame = frame.with_columns(
                pl.col("line").map_elements(lambda n: label(f"line.{n}", language), return_dtype=pl.String)
            )
        if frame.height:
            print_frame(frame.head(_MOST_SHOWN))
