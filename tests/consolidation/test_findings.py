"""Findings made from the rows of a frame, and their sentences, made when they are shown."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.findings import Severity, error, from_rows, sentence, to_frame, warning
from consolidation.words import money

DAY = date(2024, 12, 31)


def test_a_row_tells_whom_it_touches_and_where_it_stands() -> None:
    rows = pl.DataFrame(
        {
            "entity_id": ["A", "B"],
            "period_end": [DAY, DAY],
            "amount": [Decimal("1.5"), None],
            "source_file": ["f.csv", "f.csv"],
            "source_row": [2, 3],
        },
        schema_overrides={"amount": pl.Decimal(38, 6)},
    )
    found = from_rows(
        Severity.WARNING,
        pl.when(pl.col("amount").is_null()).then(pl.lit("none")).otherwise(pl.lit("some")),
        rows,
        table="t",
        value=pl.col("amount"),
        detail={"who": pl.col("entity_id"), "why": "so"},
    )
    same = {"table": "t", "file": "f.csv", "period_end": DAY}
    assert found == [
        warning("some", row=2, value="1.500000", entity_id="A", detail={"who": "A", "why": "so"}, **same),
        warning("none", row=3, value="", entity_id="B", detail={"who": "B", "why": "so"}, **same),
    ]


def test_what_is_said_goes_before_what_the_row_tells() -> None:
    rows = pl.DataFrame({"group_id": ["G"], "entity_id": ["A"]})
    assert from_rows(Severity.WARNING, "c", rows, entity_id="") == [warning("c", group_id="G")]


def test_no_rows_make_no_findings() -> None:
    assert from_rows(Severity.INFO, "c", pl.DataFrame({"group_id": []}), table="t") == []


def test_a_sentence_is_made_of_what_is_kept_in_the_readers_language_with_the_readers_names() -> None:
    found = warning(
        "capital-debt-between-members",
        value="54000.000000",
        group_id="不周集团",
        entity_id="不周财险",
        period_end=date(2022, 12, 31),
        detail={"issuer": "不周人寿", "counted": "60000"},
    )
    (kept,) = to_frame([found]).iter_rows(named=True)
    assert kept["message"] is kept["message_zh"] is None, "no sentence is kept"
    names = {
        "不周集团": "Buzhou's insurers",
        "不周财险": "Buzhou Property",
        "不周人寿": "Buzhou Life",
        "54000.000000": "no",
    }
    told = sentence(kept, "en", names)
    assert told.startswith(
        "group Buzhou's insurers, 2022-12-31: Buzhou Property holds capital debt of Buzhou Life"
    )
    assert "CNY 600.00 million of it, of which CNY 540.00 million is taken out" in told
    assert "计入其实际资本 60,000.00 万元" in sentence(kept, "zh")


def test_a_sentence_that_an_earlier_version_kept_is_all_that_is_known() -> None:
    (row,) = to_frame([error("cross-holding", value="A → B → A")]).iter_rows(named=True)
    assert sentence({**row, "message": "as it was said", "message_zh": "当时所说"}, "en") == "as it was said"


def test_only_what_cannot_be_a_figure_or_a_code_is_called_by_a_name_inside_a_value() -> None:
    found = error("cross-holding", value="甲 → 100 → 甲", group_id="100")
    assert found.message("en", {"甲": "Jia", "100": "Hundred"}).startswith(
        "cross-holding in group Hundred on ?: Jia → 100 → Jia"
    )


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("12345.600000", "12,345.60 万元", "CNY 123.456 million"),
        ("-0.000001", "-0.000001 万元", "-CNY 0.00000001 million"),
        ("1,000", "1,000.00 万元", "CNY 10.00 million"),
        ("?", "?", "?"),
    ],
)
def test_an_amount_is_said_in_the_unit_of_the_reader_and_loses_no_digit(value: str, zh: str, en: str) -> None:
    assert (money(value, "zh"), money(value, "en")) == (zh, en)
