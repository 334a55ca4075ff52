"""The solvency statements as the official form has them, and what contagion and concentration were measured on (A133(六))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

import polars as pl

from consolidation import provenance
from consolidation.annex10.cells import Balance, capital_balance, solvency_balance
from consolidation.annex10.layout import (
    HOLDING,
    HOLDING_CAPITAL,
    NON_HOLDING_AND_MIXED,
    Fills,
    LayoutRow,
    layout,
)
from consolidation.minimum_capital.contagion import CONTAGION_SOURCES, ContagionSource
from consolidation.statement import Statement
from consolidation.words import say, table
from monitoring.reports.content import Block, Cell, ReportColumn, ReportHeading, ReportRow, ReportTable
from monitoring.reports.figures import NONE, ratio
from monitoring.reports.parts.missing import errors, no_statement
from monitoring.reports.sources import ReportData, StatementData
from monitoring.reports.wording import Wording

_CONTAGION = ("guarantee", "transaction")
_CONCENTRATION = ("counterparty", "sector", "customer")
_LARGEST = 10


def statements(data: ReportData, words: Wording) -> Iterator[Block]:
    """The official sheets, contagion, and concentration with the largest positions."""
    yield from statements_in_brief(data, words)
    if data.closing is not None:
        yield from _contagion(data, data.closing, words)
        yield from _concentration(data, data.closing, words)


def statements_in_brief(data: ReportData, words: Wording) -> Iterator[Block]:
    """The official sheets with closing and opening balances."""
    if data.closing is None:
        yield from no_statement(data, words)
        yield from errors(data, words)
        return
    yield words.note("amounts-in")
    if data.opening is None:
        yield words.note("no-opening", day=data.opening_day)
    holding = data.closing.statement.group_type == "insurance_holding"
    sheet = HOLDING if holding else NON_HOLDING_AND_MIXED
    title = say(f"annex10.title.solvency.{data.closing.statement.group_type}", words.language)
    yield _sheet(data, words, "solvency", title, layout(sheet), solvency_balance)
    if holding:
        title = say("annex10.title.capital", words.language)
        if not data.closing.statement.capital_lines:
            yield words.note("no-capital-lines")
        yield _sheet(data, words, "capital", title, layout(HOLDING_CAPITAL), capital_balance)


def _sheet(
    data: ReportData, words: Wording, id: str, title: str, rows: tuple[LayoutRow, ...], balance: object
) -> ReportTable:
    assert data.closing is not None and callable(balance)
    closing: Balance = balance(data.closing.statement, rows)
    opening: Balance | None = balance(data.opening.statement, rows) if data.opening else None
    shown = []
    for row in rows:
        cells: tuple[Cell, ...] = (
            str(row.line),
            _item(row, words),
            _cell(row, id, closing, data.closing.statement, data, words),
            _cell(row, id, opening, data.opening.statement, data, words)
            if opening and data.opening
            else NONE,
        )
        shown.append(ReportRow(cells, row.fills is not Fills.INPUT))
    headings = [
        words.say(f"column.{key}") for key in ("number", "item", "closing_balance", "opening_balance")
    ]
    columns = (
        ReportColumn(headings[0], width=0.45),
        ReportColumn(headings[1], width=3.2),
        ReportColumn(headings[2], is_figures=True, width=1.6),
        ReportColumn(headings[3], is_figures=True, width=1.6),
    )
    return ReportTable(id, title, columns, tuple(shown))


def _item(row: LayoutRow, words: Wording) -> str:
    if words.language == "zh":
        return row.item
    keys = (
        (f"line.{row.names[0]}", f"annex10.item.{row.names[0]}")
        if row.names
        else (f"annex10.capital.{row.line}",)
    )
    return next((words.label(key) for key in keys if key in table()), row.item)


def _cell(
    row: LayoutRow, sheet: str, balance: Balance, statement: Statement, data: ReportData, words: Wording
) -> Cell:
    value: Decimal | None = balance.amounts[row.line]
    name = "+".join(row.names) or f"{sheet}({row.line})"
    source = f"statement/{statement.period_end}/{name}"
    if row.fills is Fills.RATIO:
        measure = "core" if "core" in row.names[0] else "comprehensive"
        return ratio(source, value, data.limit(measure))
    return words.amount(source, value)


def _contagion(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    yield ReportHeading(words.say("heading.contagion"))
    charge = closing.statement.amount("contagion_risk_minimum_capital")
    measured = data.concentration.filter(pl.col("test").is_in(_CONTAGION))
    if measured.is_empty():
        yield words.sentence("no-internal")
        return
    source = f"statement/{data.period_end}/contagion_risk_minimum_capital"
    yield words.sentence("contagion", charge=words.amount(source, charge))
    rows = tuple(
        ReportRow(
            (
                words.say(f"test.{row['test']}"),
                words.amount(f"contagion/{row['test']}/exposure", row["exposure"]),
                words.amount(f"contagion/{row['test']}/limit", row["limit"]),
                words.amount(f"contagion/{row['test']}/charge", row["charge"]),
            )
        )
        for row in measured.iter_rows(named=True)
    )
    names = ("internal", "balance", "threshold", "charge")
    yield ReportTable(
        "contagion", words.say("table.contagion"), words.columns(*names, figures=names[1:]), rows
    )
    yield from _transactions(closing, words)


def _concentration(data: ReportData, closing: StatementData, words: Wording) -> Iterator[Block]:
    yield ReportHeading(words.say("heading.concentration"))
    measured = data.concentration.filter(pl.col("test").is_in(_CONCENTRATION))
    if measured.is_empty():
        yield words.sentence("no-positions")
        return
    line = "concentration_risk_minimum_capital"
    charge = closing.statement.amount(line)
    above = measured.filter(pl.col("charge") > 0)
    yield words.sentence(
        "concentration" if above.height else "concentration-none",
        charge=words.amount(f"statement/{data.period_end}/{line}", charge),
        who=words.listed(
            words.party(t, p, n) for t, p, n in above.select("test", "party", "party_name").iter_rows()
        ),
    )
    for test in _CONCENTRATION:
        largest = measured.filter(test=test).sort("exposure", descending=True).head(_LARGEST)
        if largest.height:
            yield _largest(largest, test, words)
            yield from _positions(data, test, words)


def _positions(data: ReportData, test: str, words: Wording) -> Iterator[Block]:
    """The largest single positions against the parties of a test: holder, party, class of asset, amount, and where it stands."""
    largest = data.largest_positions.filter(test=test)
    if largest.is_empty():
        return
    named = dict(data.concentration.filter(test=test).select("party", "party_name").iter_rows())
    rows = tuple(
        ReportRow(
            (
                words.name(row["entity_id"]),
                words.party(test, row["party"], named.get(row["party"])),
                words.say(f"asset-class.{row['asset_class']}"),
                words.amount(f"positions/{test}/{row['file']}/{row['row']}", row["amount"]),
                words.say("place", file=row["file"], row=row["row"]),
            )
        )
        for row in largest.iter_rows(named=True)
    )
    columns = words.columns("holder", test, "asset_class", "balance", "stands_in", figures=["balance"])
    yield ReportTable(f"positions-{test}", words.say(f"table.positions-{test}"), columns, rows)


def _transactions(closing: StatementData, words: Wording) -> Iterator[Block]:
    """The largest material guarantees and transactions, which the explanation of the charge lists (A23, A24)."""
    cells = list(_cells(closing.statement.line("contagion_risk_minimum_capital").inputs))
    for source in CONTAGION_SOURCES:
        material = [cell for cell in cells if cell.table == source.table][:_LARGEST]
        if material:
            rows = tuple(_transaction(cell, source, words) for cell in material)
            columns = words.columns("from", "to", "contract", "balance", "stands_in", figures=["balance"])
            yield ReportTable(f"largest-{source.test}", words.say(f"table.{source.test}"), columns, rows)


def _transaction(cell: provenance.Cell, source: ContagionSource, words: Wording) -> ReportRow:
    one, other = (words.name(cell.key[party]) for party in source.parties)
    here = f"contagion/{source.test}/{cell.file}/{cell.row}"
    return ReportRow(
        (
            one,
            other,
            cell.key[source.id],
            words.amount(here, Decimal(cell.value)),
            words.say("place", file=cell.file, row=cell.row),
        )
    )


def _cells(inputs: Iterable[provenance.Input]) -> Iterator[provenance.Cell]:
    for one in inputs:
        if isinstance(one, provenance.Cell):
            yield one
        elif isinstance(one, provenance.Step):
            yield from _cells(one.inputs)


def _largest(largest: pl.DataFrame, test: str, words: Wording) -> ReportTable:
    rows = tuple(
        ReportRow(
            (
                words.party(test, row["party"], row["party_name"]),
                words.amount(f"concentration/{test}/{row['party']}/exposure", row["exposure"]),
                words.amount(f"concentration/{test}/{row['party']}/limit", row["limit"]),
                words.amount(f"concentration/{test}/{row['party']}/charge", row["charge"]),
            ),
            is_total=False,
        )
        for row in largest.iter_rows(named=True)
    )
    names = (test, "balance", "threshold", "charge")
    columns = words.columns(*names, figures=names[1:], wide=[test])
    return ReportTable(f"concentration-{test}", words.say(f"table.{test}"), columns, rows)
