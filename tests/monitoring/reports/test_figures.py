"""Every figure of every document is the statement's: documents are read back and held against the store."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from consolidation.annex10.layout import HOLDING, HOLDING_CAPITAL, layout
from consolidation.money import line_amount
from monitoring.reports.catalogue import Kind
from monitoring.reports.documents.word import docx
from monitoring.store import queries
from monitoring.store.store import Store
from tests.monitoring.reports.build import (
    DEMO,
    figures,
    page,
    report,
    shown,
    tables,
    word,
    word_cells,
    word_text,
)
from tests.monitoring.reports.conftest import LAST


@pytest.mark.parametrize(("group", "kind"), DEMO)
def test_documents_show_the_report_and_nothing_else(demo_store: Store, group: str, kind: Kind) -> None:
    """Word and HTML have the same tables, and each figure the text that the report gives it."""
    made = report(demo_store, group, kind)
    expected = [shown(table) for table in tables(made)]
    read = page(demo_store, group, kind)
    assert word_cells(demo_store, group, kind) == expected
    assert read.tables == expected
    assert read.figures == [(f.source, f.value, f.text) for f in figures(made)]
    text = word_text(word(demo_store, group, kind))
    assert len(read.figures) > 100
    assert [f for f in figures(made) if f.text not in text] == []


def amounts_of(store: Store, group: str, day: object) -> dict[str, Decimal]:
    lines = queries.lines(store, groups=[group], periods=[day])  # type: ignore[list-item]
    return dict(lines.filter(pl.col("amount").is_not_null()).select("line", "amount").iter_rows())


def number(text: str) -> Decimal:
    if text.endswith("%"):
        return Decimal(text.removesuffix("%")) / 100
    return Decimal(text.replace(",", ""))


@pytest.mark.parametrize(("group", "kind"), DEMO[:2])
def test_the_official_sheets_read_back_are_the_statement_s_lines(
    demo_store: Store, group: str, kind: Kind
) -> None:
    """Closing and opening balances of the Word file, line by line, to the cent or the hundredth of a percent."""
    made = report(demo_store, group, kind)
    of = {
        table.id: cells
        for table, cells in zip(tables(made), word_cells(demo_store, group, kind), strict=True)
    }
    compared = 0
    for sheet, rows in ((HOLDING, of["solvency"]), (HOLDING_CAPITAL, of["capital"])):
        by_number = {cells[0]: cells for cells in rows[1:]}
        assert list(by_number) == [str(row.line) for row in layout(sheet)]
        for column, day in ((2, LAST), (3, LAST.replace(year=2024))):
            amounts = amounts_of(demo_store, group, day)
            for row in layout(sheet):
                if len(row.names) == 1 and row.names[0] in amounts:
                    read, exact = number(by_number[str(row.line)][column]), amounts[row.names[0]]
                    assert abs(read - exact) <= (
                        Decimal("0.00005") if abs(exact) < 10 else Decimal("0.005")
                    ), row
                    compared += 1
    assert compared > 50


def test_the_bridge_read_back_adds_up_to_the_last_digit(demo_store: Store) -> None:
    """The exact values in the page: opening + effects = closing, and so do the members'."""
    value = {source: exact for source, exact, _ in page(demo_store, "瀛洲集团", Kind.ANNUAL).figures}
    for measure in ("core", "comprehensive"):
        here = f"bridge/{measure}"
        assert (
            value[f"{here}/closing"] == amounts_of(demo_store, "瀛洲集团", LAST)[f"{measure}_solvency_ratio"]
        )
        change = value[f"{here}/closing"] - value[f"{here}/opening"]
        effects = [
            v for s, v in value.items() if s.startswith(here) and s.endswith("/ratio") and s.count("/") == 3
        ]
        members = [
            v for s, v in value.items() if s.startswith(here) and s.endswith("/ratio") and s.count("/") == 4
        ]
        assert sum(effects) == sum(members) == change != 0
        assert len(effects) == 3
        assert len(members) == 6


def test_stress_figures_read_back_are_the_stress_test_s(demo_store: Store) -> None:
    from monitoring.store.stress import stress_lines

    value = {source: exact for source, exact, _ in page(demo_store, "青丘集团", Kind.STRESS).figures}
    kept = stress_lines(demo_store).filter(pl.col("group_id") == "青丘集团", pl.col("entity_id").is_null())
    macro = kept.filter(scenario="macro", line="comprehensive_solvency_ratio", actions="before").row(
        0, named=True
    )
    here = f"stress/macro/{macro['stage']}/{macro['horizon_end']}/comprehensive_solvency_ratio"
    assert value[f"{here}/stressed"] == macro["stressed"] < macro["base"] == value[f"{here}/base"]
    assert value[f"{here}/change"] == line_amount(macro["stressed"] - macro["base"])
    shocks = [v for s, v in value.items() if s.startswith("attribution/macro/") and not s.endswith("/count")]
    assert sum(shocks) == value[f"{here}/change"], "what the shocks add is the change, to the last digit"


def test_english_on_demand_has_the_same_figures(demo_store: Store) -> None:
    chinese, english = (report(demo_store, "瀛洲集团", Kind.ANNUAL, language=each) for each in ("zh", "en"))
    assert [(f.source, f.value) for f in figures(english)] == [(f.source, f.value) for f in figures(chinese)]
    written = word_text(docx(english))
    assert "Comprehensive solvency ratio" in written
    assert "Amounts in CNY million" in written and "10,000" not in written.replace("(10,000)", "")
    capital = next(f for f in figures(english) if f.source == f"statement/{LAST}/actual_capital")
    assert capital.text == f"{capital.value / 100:,.2f}"
    assert [p.state for p in english.parts] == [p.state for p in chinese.parts]
