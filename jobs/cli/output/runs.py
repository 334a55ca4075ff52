"""What commands print for reading: findings, a run's result with its published counterpart, runs, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.text import Text

from consolidation.findings import Finding, Severity, in_order, listing
from consolidation.money import less, times
from consolidation.provenance import Step
from consolidation.statement import Statement
from consolidation.words import label, say
from jobs.cli.output.tables import lines, page, print_figures

if TYPE_CHECKING:
    from jobs.pipeline import RunResult
    from monitoring.store.runs import Comparison

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_MOST_SHOWN = 40


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Give findings as rows of ``findings.csv``."""
    return listing(findings).to_dicts()


def print_findings(
    findings: Iterable[Finding], language: str, most: int = 1000, names: Mapping[str, str] | None = None
) -> None:
    """One line a finding, errors first: severity, the sentence (which says where), and its code.

    :param names: id → name in the language, which stands beside the id that the set has.
    """
    beside = {
        id: say("listing.name-and-id", language, name=name, id=id)
        for id, name in (names or {}).items()
        if name != id
    }
    console = lines()
    ordered = in_order(findings)
    for f in ordered[:most]:
        severity = (f.severity.value, _COLOURS[f.severity])
        console.print(Text.assemble(severity, f" {f.message(language, beside)} ", (f"({f.code})", "dim")))
    if len(ordered) > most:
        console.print(say("listing.more", language, count=len(ordered) - most))


def _number(value: Any, unit: str = "万元") -> str:
    if value is None:
        return "–"
    return f"{value * 100:z.2f}%" if unit == "ratio" else f"{value:z,.2f}"


def print_run(finished: RunResult, out: Path, language: str) -> None:
    """The run's main figures, one row a group and period, with the published requirement beside the computed one."""
    console = page()
    result = finished.result
    published = {
        (g, p): (c, d)
        for g, p, line, c, d in result.reconciliation.select(
            "group_id", "period_end", "line", "published", "difference"
        ).iter_rows()
        if line == "quantifiable_risk_minimum_capital"
    }
    headings = ("group", "period", "quantifiable", "published", "difference")
    further = ("control-risk", "control-gap", "core", "comprehensive")
    rows = []
    for s in result.statements:
        quantifiable = s.amount("quantifiable_risk_minimum_capital")
        theirs, difference = published.get((s.group_id, s.period_end), (None, None))
        share = f"{float(difference / theirs):+z.3%}" if theirs and difference is not None else "–"
        rows.append(
            (
                s.group_id,
                s.period_end,
                _number(quantifiable),
                _number(theirs),
                _number(difference),
                share,
                _number(s.amount("control_risk_minimum_capital")),
                _number(_control_gap(result.reconciliation, s)),
                _number(s.amount("core_solvency_ratio"), "ratio"),
                _number(s.amount("comprehensive_solvency_ratio"), "ratio"),
            )
        )
    print_figures([*_headings(headings, language), "%", *_headings(further, language)], rows)
    if not (result.statements or result.blocked or finished.errors):
        console.print(say("listing.no-statements", language))
    print_findings(finished.errors, language, _MOST_SHOWN)
    if finished.errors_elsewhere:
        console.print(say("listing.errors-elsewhere", language, count=finished.errors_elsewhere))
    done = say(
        "listing.done",
        language,
        statements=len(result.statements),
        workbooks=finished.workbooks,
        findings=len(result.findings),
        errors=len(finished.errors),
        filings=result.recomputation.select("entity_id", "period_end", "basis").n_unique(),
        out=out,
    )
    console.print(done)
    print_recomputation(recomputation_counts(result.recomputation), language)
    print_size_coefficients(size_coefficients(result.recomputation), language)
    if finished.run_id:
        console.print(say("listing.number-of-run", language, run=finished.run_id))


def _headings(names: Iterable[str], language: str) -> list[str]:
    return [say(f"listing.{name}", language) for name in names]


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


def print_recomputation(counts: list[dict[str, Any]], language: str) -> None:
    """One row an item of the solo filings: how often it could be re-computed, how often with what was filed."""
    item, *numbers = _headings(("item", "compared", "within", "share"), language)
    rows = (
        (
            label(f"flag_item.{row['item']}", language),
            "",
            row["compared"],
            row["within_tolerance"],
            f"{row['share']:.2%}",
        )
        for row in counts
    )
    print_figures((item, "", *numbers), rows)


def size_coefficients(again: pl.DataFrame) -> list[dict[str, Any]]:
    """How many filings of each period have which size coefficient (金规〔2023〕5号 一)."""
    known = again.filter((pl.col("item") == "size_coefficient") & pl.col("recomputed").is_not_null())
    counted = known.group_by("period_end", pl.col("recomputed").round(4).alias("coefficient")).agg(
        filings=pl.len()
    )
    return counted.sort("period_end", "coefficient").to_dicts()


def print_size_coefficients(counts: list[dict[str, Any]], language: str) -> None:
    """One line a period: each coefficient with the number of filings it applies to."""
    periods: dict[str, list[str]] = {}
    for row in counts:
        periods.setdefault(str(row["period_end"]), []).append(f"{row['coefficient']:.2f} × {row['filings']}")
    rows = ((period, ", ".join(parts)) for period, parts in periods.items())
    print_figures(_headings(("period", "size-coefficient"), language), rows)


def print_frame(frame: pl.DataFrame) -> None:
    """Any small frame as a table."""
    print_figures(frame.columns, frame.iter_rows())


def print_runs(frame: pl.DataFrame, language: str) -> None:
    """The runs of the store, one row each; the hashes are in ``rule19 runs --json``."""
    counts, does_not = _headings(("counts.yes", "counts.no"), language)
    statuses = {name: say(f"listing.status.{name}", language) for name in frame["status"].unique()}
    shown = frame.select(
        run="run_id",
        recorded=pl.col("recorded_at").dt.strftime("%Y-%m-%d %H:%M:%S"),
        who="who",
        source="source",
        status=pl.col("status").replace(statuses),
        counts=pl.when("is_standing").then(pl.lit(counts)).otherwise(pl.lit(does_not)),
        statements="statements",
        errors="errors",
        warnings="warnings",
        version="engine_version",
    )
    print_frame(shown.rename(lambda name: say(f"listing.{name}", language)))


def print_flag_history(history: pl.DataFrame, language: str) -> None:
    """What happened to a flag, one row an event, with the figures of that moment."""
    when, what, state, who, note = _headings(("recorded", "event", "status", "who", "note"), language)
    events = {name: label(f"flag_event.{name}", language) for name in history["what"].unique()}
    states = {name: label(f"flag_state.{name}", language) for name in history["state"].unique()}
    figures = {
        c: label(f"column.{c}", language) for c in ("period_end", "figure", "limit", "distance_points")
    }
    print_frame(
        history.select(
            pl.col("at").dt.strftime("%Y-%m-%d %H:%M:%S").alias(when),
            pl.col("what").replace(events).alias(what),
            pl.col("state").replace(states).alias(state),
            pl.col("who").alias(who),
            pl.col("note").alias(note),
            *(pl.col(column).alias(heading) for column, heading in figures.items()),
        )
    )


def print_comparison(comparison: Comparison, language: str) -> None:
    """What differs between two runs: lines first, then filings, files and findings."""
    for title, frame in comparison.parts():
        page().print(Text.assemble((say(f"listing.{title}", language), "bold"), f": {frame.height}"))
        if "line" in frame.columns:
            frame = frame.with_columns(
                pl.col("line").map_elements(lambda n: label(f"line.{n}", language), return_dtype=pl.String)
            )
        if frame.height:
            print_frame(frame.head(_MOST_SHOWN))
