"""What a correct engine shows on the published filings of 2022 and 2023 (the folder's own README says it)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import Consolidation, consolidate, recompute_set
from consolidation.filing_set import read_filing_set
from consolidation.findings import Severity
from consolidation.money import ZERO, line_amount, times
from consolidation.provenance import Cell, Step
from consolidation.rulebook import Rulebook
from consolidation.statement import Statement
from consolidation.structure.scope import Scope


@pytest.fixture(scope="module")
def result(filings: Path) -> Consolidation:
    return consolidate(read_filing_set(str(filings)), Rulebook.load(), Scope())


@pytest.fixture(scope="module")
def again(filings: Path) -> pl.DataFrame:
    return recompute_set(read_filing_set(str(filings)), Rulebook.load())


def differences(result: Consolidation, group: str) -> list[Decimal]:
    rows = result.reconciliation.filter(
        (pl.col("group_id") == group) & (pl.col("line") == "quantifiable_risk_minimum_capital")
    )
    return [abs(d) / p for d, p in rows.select("difference", "published").iter_rows()]


def test_all_forty_statements_are_there_and_no_error_is_found(result: Consolidation) -> None:
    assert len(result.statements) == 40
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []
    assert result.blocked == ()


def test_sunshine_group_is_the_sum_of_its_solos_to_the_wan_yuan(result: Consolidation) -> None:
    found = {
        s.period_end.isoformat(): s.amount("quantifiable_risk_minimum_capital")
        for s in result.statements
        if s.group_id == "阳光集团"
    }
    assert found == {
        "2022-06-30": Decimal("4631574.02"),
        "2022-12-31": Decimal("4808140.19"),
        "2023-06-30": Decimal("5127330.03"),
        "2023-12-31": Decimal("4875840.77"),
    }
    published = result.reconciliation.filter(
        (pl.col("group_id") == "阳光集团") & (pl.col("line") == "quantifiable_risk_minimum_capital")
    )
    assert all(abs(d) <= 1 for d in published["difference"])


@pytest.mark.parametrize(
    ("group", "limit"), [("太保集团", "0.002"), ("泰康集团", "0.014"), ("人保集团", "0.029")]
)
def test_groups_that_are_nearly_complete_come_close(result: Consolidation, group: str, limit: str) -> None:
    gaps = differences(result, group)
    assert len(gaps) == 4
    assert max(gaps) <= Decimal(limit)


@pytest.mark.parametrize("group", ["平安集团", "太平集团", "中再集团"])
def test_groups_with_a_bank_or_overseas_members_fall_short(result: Consolidation, group: str) -> None:
    assert min(differences(result, group)) > Decimal("0.05")


def test_control_risk_on_the_published_requirement_is_the_published_figure(
    result: Consolidation, filings: Path
) -> None:
    published = {
        (r["group_id"], r["period_end"]): r
        for r in read_filing_set(str(filings)).tables["group_filings"].iter_rows(named=True)
    }
    scored = 0
    for s in result.statements:
        factor = control_factor(s)
        filed = published[s.group_id, s.period_end]
        theirs = filed["control_risk_minimum_capital"]
        if (s.group_id, s.period_end) == ONLY_CARRIED_ON:
            continue
        if factor.inputs and hasattr(factor.inputs[0], "table"):
            scored += 1
            assert abs(factor.amount * filed["quantifiable_risk_minimum_capital"] - theirs) <= 2, (
                s.group_id,
                s.period_end,
            )
        else:
            assert s.amount("control_risk_minimum_capital") == 0
    assert scored == 13


ONLY_CARRIED_ON = ("中华集团", date(2022, 12, 31))
"""Assessed for June 2022 and June 2023: at the year-end between them the result of June 2022 counts."""


def control_factor(statement: Statement) -> Step:
    inputs = statement.lines["control_risk_minimum_capital"].inputs
    return next(i for i in inputs if isinstance(i, Step) and i.name == "control_risk_factor")


def test_the_latest_assessment_counts_until_the_next_one(result: Consolidation, filings: Path) -> None:
    """0.4 − 0.005 × 77.480391 = 0.012598045 of the published 1,335,312 is 16,822.32. Published are 16,890 (1,352,202 −
    1,335,312), which would be a score of 77.4703: the supervisor renews the basis M of the insurers' scores every year
    (Notice 2021-52 一(十一)), and with it the group's score moves a little between two assessments.
    """
    (statement,) = (s for s in result.statements if (s.group_id, s.period_end) == ONLY_CARRIED_ON)
    factor = control_factor(statement)
    (row,) = (
        r
        for r in read_filing_set(str(filings)).tables["group_filings"].iter_rows(named=True)
        if (r["group_id"], r["period_end"]) == ONLY_CARRIED_ON
    )
    assert isinstance(factor.inputs[0], Cell)
    assert factor.inputs[0].key["period_end"] == "2022-06-30"
    ours = times(factor.amount or ZERO, row["quantifiable_risk_minimum_capital"])
    theirs = row["minimum_capital"] - row["quantifiable_risk_minimum_capital"]
    assert (line_amount(ours), theirs) == (Decimal("16822.320665"), 16890)
    assert not [f for f in result.findings if f.code == "assessment-old"]


def test_the_diversification_effect_is_reproduced_in_over_99_percent(again: pl.DataFrame) -> None:
    compared = again.filter(
        (pl.col("item") == "diversification_effect") & pl.col("within_tolerance").is_not_null()
    )
    assert compared.height > 1300
    assert compared["within_tolerance"].mean() > 0.99


def test_the_size_coefficient_is_one_until_2023_q2_and_banded_from_q3(again: pl.DataFrame) -> None:
    coefficients = again.filter((pl.col("item") == "size_coefficient") & pl.col("recomputed").is_not_null())
    before = coefficients.filter(pl.col("period_end") < pl.date(2023, 7, 1))
    since = coefficients.filter(pl.col("period_end") > pl.date(2023, 7, 1))
    assert before["recomputed"].unique().to_list() == [1.0]
    assert since["recomputed"].round(2).unique().sort().to_list() == [0.9, 0.95, 1.0]


def test_a_company_that_stopped_filing_is_named(result: Consolidation) -> None:
    silent = [
        (f.group_id, f.entity_id, str(f.period_end)) for f in result.findings if f.code == "member-not-filed"
    ]
    assert silent == [("人保集团", "人保养老", "2022-06-30"), ("人保集团", "人保养老", "2022-12-31")]


def test_every_statement_has_every_line_once_and_decimals_only(result: Consolidation) -> None:
    lines = result.lines()
    assert lines.height == 40 * 27
    assert lines.schema["amount"] == pl.Decimal(38, 6)
    assert lines.select("group_id", "period_end", "line").is_unique().all()


def test_the_reading_that_gives_the_published_insurers_line_is_named_to_the_wan_yuan(
    result: Consolidation,
) -> None:
    by_reading = {
        reading: {
            (g, p.isoformat())
            for g, p in result.reconciliation.filter(pl.col("reading") == reading)
            .select("group_id", "period_end")
            .iter_rows()
        }
        for reading in ("whole", "quantifiable")
    }
    assert by_reading == {
        "whole": {
            *(("阳光集团", day) for day in ("2022-06-30", "2022-12-31", "2023-06-30", "2023-12-31")),
            ("华泰集团", "2022-06-30"),
            ("华泰集团", "2023-06-30"),
            ("安联控股", "2023-06-30"),
        },
        "quantifiable": {
            ("中华集团", "2022-06-30"),
            ("中华集团", "2023-06-30"),
            ("中华集团", "2023-12-31"),
            ("泰康集团", "2022-06-30"),
        },
    }


@pytest.mark.parametrize(
    ("group", "day"), [("中华集团", "2022-06-30"), ("中华集团", "2023-12-31"), ("泰康集团", "2022-06-30")]
)
def test_under_the_reading_that_is_named_the_line_is_the_published_one(
    filings: Path, group: str, day: str
) -> None:
    rulebook = Rulebook.load().overlay({"minimum_capital.member_requirement": "quantifiable"})
    scope = Scope(group, date.fromisoformat(day))
    lines = consolidate(read_filing_set(str(filings)), rulebook, scope).reconciliation.filter(
        pl.col("line") == "insurance_members_minimum_capital"
    )
    assert [abs(d) <= 1 for d in lines["difference"]] == [True]


def test_every_published_line_is_reconciled(result: Consolidation, filings: Path) -> None:
    tables = read_filing_set(str(filings)).tables
    of_rows = result.reconciliation.filter(pl.col("table") == "group_filing_lines")
    assert of_rows.height == tables["group_filing_lines"].height == 118
    assert result.reconciliation.filter(pl.col("difference").is_null()).is_empty()
