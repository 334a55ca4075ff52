"""What goes into the store comes out again to the last digit, the same from both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consolidation.money import AMOUNT
from consolidation.results.schemas import Contributions
from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import RunRecord, Store, record_run
from tests.monitoring.store.records import H1, LINE, SOLO, STATEMENT, a_run, contributions, solo_filings

everything = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
amounts = (
    st.none()
    | st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: Decimal(n).scaleb(-6))
    | st.integers(-(10**15), 10**15).map(Decimal)
)
rates = st.none() | st.integers(-(10**20), 10**20).map(lambda n: Decimal(n).scaleb(-12))
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
ids = texts.filter(bool)
days = st.dates(date(1990, 1, 1), date(2199, 12, 31))
counter = iter(range(10**9))


def fresh_hash() -> str:
    return f"data {next(counter)}"


@everything
@given(
    rows=st.lists(
        st.tuples(
            ids,
            days,
            texts.filter(bool),
            st.none() | texts,
            amounts,
            amounts,
            rates,
            st.none() | texts,
            st.integers(2, 2**62),
        ),
        max_size=8,
        unique_by=lambda r: r[:3],
    )
)
def test_filings_read_back_as_they_were_recorded(store: Store, rows: list[tuple]) -> None:
    frame = pl.DataFrame(rows, schema=SOLO, orient="row")
    run = record_run(store, a_run(fresh_hash(), filings=frame))
    read = reading.solo_filings(store, run=run)
    assert (
        read.select(*SOLO)
        .sort("entity_id", "period_end", "basis")
        .equals(frame.sort("entity_id", "period_end", "basis"))
    )
    assert read.select(*SOLO).schema == pl.Schema(SOLO)


@everything
@given(
    rows=st.lists(st.tuples(ids, days, ids, amounts, st.none() | texts, texts, st.none() | texts), max_size=8)
)
def test_lines_read_back_as_they_were_recorded(store: Store, rows: list[tuple]) -> None:
    frame = pl.DataFrame(rows, schema=LINE, orient="row")
    run = record_run(store, a_run(fresh_hash(), lines=frame))
    assert (
        reading.lines(store, run=run)
        .select(*LINE)
        .equals(frame.sort("group_id", "period_end", maintain_order=True))
    )


def test_all_columns_of_a_contribution_are_kept_under_their_names(store: Store) -> None:
    row = {
        "group_id": "集团", "period_end": H1, "line": "minimum_capital", "entity_id": "甲", "relation": "joint_venture", "share": Decimal("0.333333333333"),
        "own_amount": Decimal("-1.000001"), "amount": Decimal("-0.333334"), "basis": "annual", "table": "solo_filings", "file": "a.csv", "row": 7,
        "column": "minimum_capital", "article": "Rule 19 A18", "filed_as": "nil",
    }  # fmt: skip
    run = record_run(store, a_run("a", contributions=contributions(row)))
    read = reading.contributions(store, run=run)
    assert read.drop("run_id", "recorded_at").to_dicts() == [row]
    assert read.select(*Contributions.column_names()).schema == Contributions.polars_schema()


def test_sums_in_sql_are_exact_whatever_the_order(store: Store) -> None:
    capital = [Decimal("0.1"), Decimal("123456789012.000001"), Decimal("-0.2"), Decimal("0.3")] * 50
    filings = solo_filings(*((f"公司{n}", H1, str(c)) for n, c in enumerate(capital)))
    record_run(store, a_run("a", filings=filings))
    column = Base.metadata.tables["solo_filing"].c.actual_capital
    with store.reading() as connection:
        values = connection.execute(select(column)).scalars().all()
        assert sorted(values) == sorted(capital)
        scaled = connection.exec_driver_sql("SELECT sum(actual_capital) FROM solo_filing").scalar_one()
    total = Decimal(scaled).scaleb(-6) if store.engine.dialect.name == "sqlite" else scaled
    assert total == sum(capital)


def test_an_amount_beyond_64_bits_compares_and_reads_back_through_sqlalchemy(store: Store) -> None:
    huge = Decimal("98765432109876543210987654321098.765432")
    record_run(
        store,
        a_run(
            "a",
            filings=solo_filings(("甲", H1, str(huge)), ("乙", H1, 5)).with_columns(
                comprehensive_solvency_ratio=None
            ),
        ),
    )
    table = Base.metadata.tables["solo_filing"]
    with store.reading() as connection:
        assert (
            connection.execute(select(table.c.actual_capital).where(table.c.entity_id == "甲")).scalar_one()
            == huge
        )
        assert connection.execute(
            select(table.c.entity_id).where(table.c.actual_capital == huge)
        ).scalars().all() == ["甲"]
        assert connection.execute(
            select(table.c.entity_id).where(table.c.actual_capital < 6)
        ).scalars().all() == ["乙"]


def test_a_figure_with_more_places_than_its_column_is_refused_not_rounded(store: Store) -> None:
    lines = pl.DataFrame(
        [("集团", H1, "actual_capital", Decimal("1.0000001"), "万元", "computed", "")],
        schema={**LINE, "amount": pl.Decimal(38, 7)},
        orient="row",
    )
    with pytest.raises(ValueError, match=r"statement_line\.amount: more than 6 places"):
        record_run(store, a_run("a", lines=lines))
    table = Base.metadata.tables["solo_filing"]
    with (
        store.reading() as connection,
        pytest.raises(Exception, match="does not fit 38 digits with 6 places"),
    ):
        connection.execute(select(table.c.entity_id).where(table.c.actual_capital == Decimal("0.0000001")))


def test_a_float_check_keeps_its_bits_and_has_no_infinity(store: Store) -> None:
    schema = {
        "entity_id": pl.String,
        "period_end": pl.Date,
        "basis": pl.String,
        "item": pl.String,
        "filed": pl.Float64,
        "recomputed": pl.Float64,
        "difference": pl.Float64,
        "within_tolerance": pl.Boolean,
        "article": pl.String,
    }
    row = ("甲", H1, "annual", "actual_capital", 0.1 + 0.2, 1e-320, 1 / 3, True, "Rule 1 A2")
    odd = ("甲", H1, "annual", "minimum_capital", float("nan"), float("inf"), None, None, "")
    run = record_run(store, a_run("a", recomputation=pl.DataFrame([row, odd], schema=schema, orient="row")))
    assert reading.recomputation(store, run=run).select(*schema).rows() == [
        row,
        (*odd[:4], None, None, None, None, ""),
    ]


def test_the_character_nul_which_postgresql_cannot_keep_becomes_a_replacement_mark_in_both(
    store: Store,
) -> None:
    run = record_run(store, a_run("a", filings=solo_filings(("甲\x00乙", H1, 1))))
    assert reading.solo_filings(store, run=run)["entity_id"].to_list() == ["甲\ufffd乙"]


def test_text_that_looks_like_commands_is_only_text(store: Store) -> None:
    nasty = ["\\N", "\\.", "a\tb\nc\r\nd", '"; DROP TABLE run; --', "'", "%s ? :x", "=1+1", "None", ""]
    frame = pl.DataFrame([(text, H1, "mixed", text, text) for text in nasty], schema=STATEMENT, orient="row")
    run = record_run(store, a_run("a", statements=frame))
    assert sorted(reading.statements(store, run=run)["name"]) == sorted(nasty)


def test_columns_that_the_store_does_not_know_are_left_out_and_missing_ones_are_empty(store: Store) -> None:
    filings = solo_filings(("甲", H1, 1)).drop("kind").with_columns(remark=pl.lit("?"))
    read = reading.solo_filings(store, run=record_run(store, a_run("a", filings=filings)))
    assert "remark" not in read.columns
    assert read["kind"].to_list() == [None]
    assert read["total_assets"].dtype == AMOUNT


def test_frames_that_a_run_does_not_have_read_as_empty_frames_with_all_columns(store: Store) -> None:
    record = RunRecord(
        who="a",
        source="b",
        data_hash="c",
        rulebook_hash="d",
        engine_version="e",
        started_at=a_run("x").started_at,
    )
    record_run(store, record)
    for read in (
        reading.solo_filings,
        reading.lines,
        reading.ratings,
        reading.findings,
        reading.concentration,
        reading.groups,
        reading.entities,
    ):
        frame = read(store)
        assert frame.height == 0
        assert "recorded_at" in frame.columns
    assert (
        reading.contributions(store).select(*Contributions.column_names()).schema
        == Contributions.polars_schema()
    )
