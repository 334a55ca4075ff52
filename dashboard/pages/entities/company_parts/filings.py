"""What a company filed: its solvency reports over time, the filings by its sector's rule, and their re-computation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from dashboard.components import formatting
from dashboard.components.chart.trend import RatioHistory
from dashboard.components.links import link
from dashboard.components.markup import Child, Column, Html, Row, TableCell, join, show, table
from dashboard.components.sections import section
from dashboard.components.states import COMPREHENSIVE, CORE, SolvencyState
from dashboard.components.view import View
from dashboard.pages.entities.company_parts.tiles import figure
from dashboard.pages.entities.heat_map import ratio_history
from dashboard.pages.entities.items import item_name
from dashboard.queries.company.companies import CompanyRecord
from dashboard.queries.doubts import doubts
from monitoring.doubt.figures import measures_in_doubt
from monitoring.ratios import ENTITY


def filings(view: View, record: CompanyRecord, chosen: date) -> None:
    section(view.say("company.filings"), view.say("group.in-unit", unit=view.unit_name))
    past = {which: ratio_history(view, record.entity_id, which) for which in (COMPREHENSIVE, CORE)}
    columns = [
        Column(view.say("period"), css="nowrap"),
        Column(view.say("company.basis"), css="nowrap"),
        Column(view.say("ratio.comprehensive"), figures=True),
        Column("Δ", figures=True, hint=view.say("groups.change")),
        Column(view.say("ratio.core"), figures=True),
        Column("Δ", figures=True, hint=view.say("groups.change")),
        Column(view.line("actual_capital"), figures=True),
        Column(view.line("minimum_capital"), figures=True),
        Column(view.say("rating")),
        Column(view.say("source")),
    ]
    own = measures_in_doubt(doubts(view.session)).filter(subject_kind=ENTITY, subject_id=record.entity_id)
    doubted = set(own.select("period_end", "filing_basis", "measure").rows())
    rows = [_filing(view, record, r, chosen, past, doubted) for r in record.filings.iter_rows(named=True)]
    show(table(columns, rows, css="tight"))


def _filing(
    view: View,
    record: CompanyRecord,
    row: Mapping[str, Any],
    chosen: date,
    past: Mapping[str, RatioHistory],
    doubted: Collection[tuple[date, str, str]],
) -> Row:
    cells: list[Child | TableCell] = [
        link("entities", view.day(row["period_end"]), company=record.entity_id, period=row["period_end"]),
        view.label(f"basis.{row['basis']}"),
        *(cell for which in (COMPREHENSIVE, CORE) for cell in _ratio(view, row, which, past[which], doubted)),
        view.amount_cell(row["actual_capital"]),
        view.amount_cell(row["minimum_capital"]),
        row["integrated_risk_rating"] or formatting.NONE,
        TableCell(view.filed_at(row), "quiet small nowrap"),
    ]
    return Row(cells, "chosen" if row["period_end"] == chosen else None)


def _ratio(
    view: View,
    row: Mapping[str, Any],
    which: str,
    past: RatioHistory,
    doubted: Collection[tuple[date, str, str]],
) -> tuple[TableCell, Child]:
    """The ratio with its state, and what it moved by since the filing before."""
    value, state = figure(row, which)
    if (row["period_end"], row["basis"], which) in doubted:
        state = SolvencyState.DOUBT
    shown = join([view.symbol(state), " ", formatting.ratio(value)])
    return TableCell(shown, hint=formatting.exact(value, "")), past.change(row["period_end"])


def sector_filings(view: View, record: CompanyRecord) -> None:
    section(view.say("company.sector-filings"), view.say("group.in-unit", unit=view.unit_name))
    columns = [
        Column(view.say("period"), css="nowrap"),
        Column(view.say("company.measure")),
        Column(view.say("amount"), figures=True),
        Column(view.line("actual_capital"), figures=True),
        Column(view.say("adequacy"), figures=True),
        Column(view.say("company.required"), figures=True),
        Column(view.say("source")),
    ]
    show(
        table(
            columns,
            [
                [
                    view.day(r["period_end"]),
                    view.label(f"measure.{r['measure']}"),
                    view.amount_cell(r["amount"]),
                    view.amount_cell(r["actual_capital"]),
                    view.ratio_cell(r["adequacy_ratio"]),
                    view.ratio_cell(r["adequacy_requirement"]),
                    TableCell(view.filed_at(r), "place small"),
                ]
                for r in record.sector_filings.iter_rows(named=True)
            ],
        )
    )


def recomputation(view: View, record: CompanyRecord, day: date) -> None:
    again = record.recomputation.filter(pl.col("period_end") == day)
    if again.is_empty():
        return
    failed = again.filter(~pl.col("within_tolerance").fill_null(True)).height
    verdict = (
        view.say("company.recomputed-off", count=failed) if failed else view.say("company.recomputed-fine")
    )
    section(view.say("company.recomputation", day=view.day(day)), verdict)
    columns = [
        Column(view.say("statement.item")),
        Column(view.say("company.basis"), css="nowrap"),
        Column(view.say("company.filed"), figures=True),
        Column(view.say("company.recomputed"), figures=True),
        Column(view.say("difference"), figures=True),
        Column(""),
        Column(view.say("article")),
    ]
    show(table(columns, [_recomputed(view, r) for r in again.iter_rows(named=True)]))


def _recomputed(view: View, row: Mapping[str, Any]) -> list[Child | TableCell]:
    is_fraction = row["item"].endswith(("_ratio", "_coefficient"))

    def figure(value: float | None) -> str:
        if value is None:
            return formatting.NONE
        exact = Decimal(repr(value))
        return formatting.ratio(exact) if is_fraction else view.amount(exact)

    return [
        item_name(view, row["item"]),
        view.label(f"basis.{row['basis']}"),
        figure(row["filed"]),
        figure(row["recomputed"]),
        figure(row["difference"]),
        _verdict(view, row["within_tolerance"]),
        TableCell(view.article(row["article"]), "quiet small"),
    ]


def _verdict(view: View, within: bool | None) -> Html:
    """Whether a re-computed item agrees with the filing; some cannot be compared."""
    if within is None:
        return view.mark(SolvencyState.UNKNOWN, view.say("company.not-compared"))
    state = SolvencyState.FINE if within else SolvencyState.BREACH
    return view.mark(state, view.say("company.agrees" if within else "company.differs"))
