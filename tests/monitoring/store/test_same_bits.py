"""The same bits from CSV, Parquet and Excel, in any row order, from SQLite and PostgreSQL."""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.consolidate import consolidate
from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from consolidation.structure.scope import Scope
from monitoring.store import queries as reading
from monitoring.store.recording import explanations
from monitoring.store.store import RunRecord, record_run

BOOK = Rulebook.load()
AMOUNT = st.decimals(min_value=0, max_value=10**8, places=6)
STAKE = st.decimals(min_value=0, max_value=1, places=4)
SCORE = st.decimals(min_value=0, max_value=100, places=4)
NAMES = ("甲人寿", "Beta, Ltd.", "丙=财险", 'Delta "D"')
COLUMNS = (
    "entity_id",
    "kind",
    "period_end",
    "basis",
    "actual_capital",
    "core_tier1_capital",
    "core_tier2_capital",
    "supplementary_tier1_capital",
    "supplementary_tier2_capital",
    "minimum_capital",
)


@st.composite
def sets(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """A small mixed group: insurers and a joint venture, assessed, with one capital link."""
    filings = []
    for name in NAMES:
        tiers = [draw(AMOUNT) for _ in range(4)]
        values = (name, "life", "2023-12-31", "annual", sum(tiers), *tiers, draw(AMOUNT))
        filings.append({c: str(v) for c, v in zip(COLUMNS, values, strict=True)})
    stake = draw(STAKE)
    relations = ("subsidiary", "subsidiary", "subsidiary", "joint_venture")
    return {
        "groups": [{"group_id": "G", "name": "集团", "type": "mixed"}],
        "group_members": [
            {"group_id": "G", "entity_id": n, "relation": r} for n, r in zip(NAMES, relations, strict=True)
        ],
        "ownership": [
            {
                "owner_id": o,
                "entity_id": NAMES[3],
                "valid_from": "2020-01-01",
                "stake": str(s),
                "relation": "joint_venture",
            }
            for o, s in ((NAMES[0], stake), ("outsider", 1 - stake))
        ],
        "solo_filings": filings,
        "capital_links": [
            {
                "investor_id": NAMES[0],
                "issuer_id": NAMES[1],
                "instrument": "equity",
                "period_end": "2023-12-31",
                "counted_by_investor": str(draw(AMOUNT)),
            }
        ],
        "assessments": [{"group_id": "G", "period_end": "2023-12-31", "sarmra_score": str(draw(SCORE))}],
    }


def write(tables: dict[str, list[dict[str, str]]], folder: Path, form: str, seed: int) -> None:
    frames = {}
    for name, rows in tables.items():
        shuffled = rows[:]
        random.Random(seed).shuffle(shuffled)
        frames[name] = pl.DataFrame(shuffled)
    if form == "xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(folder / "set.xlsx") as book:
            for name, frame in frames.items():
                sheet = book.add_worksheet(name)
                for i, row in enumerate([frame.columns, *frame.rows()]):
                    for j, value in enumerate(row):
                        sheet.write_string(i, j, value)
    for name, frame in frames.items():
        if form == "csv":
            frame.write_csv(folder / f"{name}.csv")
        elif form == "parquet":
            frame.with_columns(
                pl.col(c).cast(pl.Decimal(38, 6))
                for c in frame.columns
                if c.endswith("_capital") or c == "counted_by_investor"
            ).write_parquet(folder / f"{name}.parquet")


def lines_of(tables: dict[str, list[dict[str, str]]], form: str, seed: int) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        write(tables, Path(folder), form, seed)
        return consolidate(read_filing_set(folder), BOOK, Scope()).lines()


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sets(), st.integers(0, 10**6))
def test_lines_do_not_depend_on_format_or_row_order(
    tables: dict[str, list[dict[str, str]]], seed: int
) -> None:
    first = lines_of(tables, "csv", 0)
    assert first.height == 27
    for form in ("csv", "parquet", "xlsx"):
        assert lines_of(tables, form, seed).equals(first), form


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(sets())
def test_the_store_gives_back_every_line_to_the_last_digit(
    store, tables: dict[str, list[dict[str, str]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(tables, Path(folder), "csv", 1)
        filing_set = read_filing_set(folder)
        result = consolidate(filing_set, BOOK, Scope())
    names = explanations(result).with_columns(group_type=pl.lit("mixed"), name=pl.lit("集团"))
    record = RunRecord(
        who="test",
        source="test",
        data_hash=filing_set.data_hash,
        rulebook_hash=BOOK.hash,
        engine_version="0",
        started_at=datetime.now(UTC),
        tables=filing_set.tables,
        statements=names,
        lines=result.lines(),
    )
    run = record_run(store, record)
    for statement in result.statements:
        read = reading.explanation(store, statement.group_id, statement.period_end, run=run)
        assert read is not None and Statement.from_json(read) == statement
    back = reading.lines(store, run=run)
    assert (
        back.select("line", "amount")
        .sort("line")
        .equals(result.lines().select("line", "amount").sort("line"))
    )
    assert back.schema["amount"] == pl.Decimal(38, 6)


@pytest.fixture(params=[Decimal("0.1"), Decimal("1e-6")])
def tiny(request: pytest.FixtureRequest) -> Decimal:
    return request.param


def test_an_excel_float_becomes_the_decimal_it_shows(tmp_path: Path, tiny: Decimal) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "set.xlsx") as book:
        sheet = book.add_worksheet("solo_filings")
        for j, column in enumerate(COLUMNS):
            sheet.write(0, j, column)
        sheet.write_row(1, 0, ["A", "life", "2023-12-31", "annual", 100000.1, float(tiny), 0, 0, 0, 0.3])
        members = book.add_worksheet("group_members")
        members.write_row(0, 0, ["group_id", "entity_id"])
        members.write_row(1, 0, ["G", "A"])
    filed = read_filing_set(str(tmp_path)).tables["solo_filings"].row(0, named=True)
    assert (filed["actual_capital"], filed["core_tier1_capital"], filed["minimum_capital"]) == (
        Decimal("100000.1"),
        tiny,
        Decimal("0.3"),
    )
    assert filed["period_end"] == date(2023, 12, 31)
