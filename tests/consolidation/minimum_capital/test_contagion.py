"""Contagion: what is material, which months count, what K is, and what is said where something is missing."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consolidation.findings import Severity
from consolidation.money import line_amount
from consolidation.provenance import Cell, Status
from consolidation.rulebook.periods import last_year_end, months_before
from tests.build import DAY, charge, measured, one_group, rows, write_set
from tests.oracle.plain_reading import Tables

LIMIT = Decimal(20_000)
"""20% of the net assets of 100,000."""


def with_guarantees(*lines: str, **more: list[dict[str, str]]) -> Tables:
    return one_group(guarantees=rows("guarantees", *lines), **more)


def with_transactions(*lines: str) -> Tables:
    return one_group(internal_transactions=rows("internal_transactions", *lines))


def test_guarantees_above_a_fifth_of_net_assets_are_charged_a_tenth(tmp_path: Path) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,15000", "G,2,2023-12-31,S,P,10000.5")
    assert charge(tables, tmp_path, "contagion").amount == (Decimal("25000.5") - LIMIT) / 10


@pytest.mark.parametrize(
    ("balance", "counts"),
    [
        ("900", True),  # 1% of last year-end's 90,000
        ("899.999999", False),
    ],
)
def test_material_is_from_one_per_cent_of_last_year_ends_net_assets(
    tmp_path: Path, balance: str, counts: bool
) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,20000", f"G,2,2023-12-31,P,S,{balance}")
    assert charge(tables, tmp_path, "contagion").amount == (Decimal(balance) / 10 if counts else 0)


@pytest.mark.parametrize(("balance", "counts"), [("500", False), ("500.00001", True)])
def test_material_is_above_five_million_yuan_however_small_the_group(
    tmp_path: Path, balance: str, counts: bool
) -> None:
    figures = rows("group_financials", "G,2023-12-31,90000,1000,1", "G,2022-12-31,90000,1000,1")
    tables = with_guarantees(f"G,1,2023-12-31,P,S,{balance}", group_financials=figures)
    assert charge(tables, tmp_path, "contagion").amount == (
        (Decimal(balance) - 200) / 10 if counts else Decimal(0)
    )


@pytest.mark.parametrize(
    "line", ["G,1,2023-12-31,P,X,90000", "G,1,2023-12-31,S,S,90000", "H,1,2023-12-31,P,S,90000"]
)
def test_guarantees_to_outsiders_to_oneself_and_of_other_groups_do_not_count(
    tmp_path: Path, line: str
) -> None:
    assert charge(with_guarantees(line), tmp_path, "contagion").amount == 0


def test_a_joint_venture_is_a_member_like_any_other(tmp_path: Path) -> None:
    assert charge(with_guarantees("G,1,2023-12-31,P,J,30000"), tmp_path, "contagion").amount == 1000


@pytest.mark.parametrize(
    ("traded_on", "counts"),
    [("2022-12-31", False), ("2023-01-01", True), ("2023-12-31", True), ("2024-01-01", False)],
)
def test_transactions_count_from_the_day_after_the_same_date_a_year_earlier(
    tmp_path: Path, traded_on: str, counts: bool
) -> None:
    tables = with_transactions(f"G,1,P,S,{traded_on},loan,30000")
    assert charge(tables, tmp_path, "contagion").amount == (1000 if counts else 0)


def test_small_transactions_do_not_become_material_by_being_many(tmp_path: Path) -> None:
    tables = with_transactions(*(f"G,{n},P,S,2023-05-01,loan,899" for n in range(100)))
    assert charge(tables, tmp_path, "contagion").amount == 0


def test_guarantees_and_transactions_each_have_a_limit_of_their_own(tmp_path: Path) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,15000")
    tables |= with_transactions("G,1,P,S,2023-05-01,loan,15000")
    assert (
        charge({**with_guarantees("G,1,2023-12-31,P,S,15000"), **tables}, tmp_path, "contagion").amount == 0
    )


@pytest.mark.parametrize(
    ("group_type", "bank", "rate"),
    [
        ("insurance_holding", False, "0.1"),
        ("insurance_holding", True, "0.11"),
        ("non_insurance_holding", False, "0.11"),
        ("non_insurance_holding", True, "0.12"),
        ("mixed", False, "0.12"),
        ("mixed", True, "0.125"),  # k1 + k2 = 0.3, held to 0.25
    ],
)
def test_the_factor_depends_on_the_type_of_group_and_on_a_bank(
    tmp_path: Path, group_type: str, bank: bool, rate: str
) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,30000")
    tables["groups"] = rows("groups", f"G,Group,{group_type},")
    if bank:
        tables["entities"] += rows("entities", "B,Bank,bank")
        tables["group_members"] += rows("group_members", "G,B,joint_venture")
    assert charge(tables, tmp_path, "contagion").amount == 10_000 * Decimal(rate)


@pytest.mark.parametrize(
    ("said", "bank", "rate"),
    [
        ("", False, "0.12"),
        ("false", False, "0.12"),
        ("true", False, "0.125"),
        ("true", True, "0.125"),
        ("false", True, "0.125"),  # the bank is there, whatever the column says
    ],
)
def test_a_bank_in_the_same_hands_is_the_filers_to_say_and_the_cell_explains_it(
    tmp_path: Path, said: str, bank: bool, rate: str
) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,30000")
    tables["groups"] = rows("groups", f"G,Group,mixed,,{said}")
    if bank:
        tables["entities"] += rows("entities", "B,Bank,bank")
        tables["group_members"] += rows("group_members", "G,B,subsidiary")
    contagion = charge(tables, tmp_path, "contagion")
    assert contagion.amount == 10_000 * Decimal(rate)
    cells = [(c.table, c.row, c.value) for c in cells_under(contagion, "controls_bank")]
    assert cells == ([("groups", 2, said)] if said else [])


def cells_under(part: Any, column: str) -> list[Cell]:
    """The cells of a column that an explanation comes down to."""
    if isinstance(part, Cell):
        return [part] if part.column == column else []
    return [cell for below in getattr(part, "inputs", ()) for cell in cells_under(below, column)]


def test_what_is_material_is_listed_by_size_and_then_by_its_number(tmp_path: Path) -> None:
    tables = with_guarantees(
        "G,2,2023-12-31,P,S,15000", "G,3,2023-12-31,P,S,20000", "G,1,2023-12-31,S,P,15000"
    )
    shown = cells_under(charge(tables, tmp_path, "contagion"), "balance")
    assert [cell.key["guarantee_id"] for cell in shown] == ["3", "1", "2"]


@pytest.mark.parametrize(("number", "further"), [(200, []), (202, [("further", 2001, "2")])])
def test_two_hundred_material_ones_are_listed_and_the_rest_in_one_sum(
    tmp_path: Path, number: int, further: list[tuple[str, int, str]]
) -> None:
    tables = with_guarantees(*(f"G,{n},2023-12-31,P,S,{1000 + n}" for n in range(number)))
    (guarantees,) = charge(tables, tmp_path, "contagion").inputs
    *listed, materiality = guarantees.inputs[0].inputs[0].inputs
    assert [cell.value for cell in listed[:200]] == [
        str(1000 + n) for n in range(number - 1, number - 201, -1)
    ]
    assert [(step.name, step.amount, step.note) for step in listed[200:]] == further
    assert (materiality.name, materiality.amount) == ("materiality", 900)


def test_without_both_tables_there_is_no_data_and_nothing_to_say(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, one_group()))
    assert run.charges["G", DAY].contagion.status is Status.NO_DATA
    assert run.charges["G", DAY].contagion.amount == 0
    assert run.findings == []


def test_with_one_table_it_is_computed_and_the_other_named(tmp_path: Path) -> None:
    run = measured(write_set(tmp_path, with_guarantees("G,1,2023-12-31,P,S,30000")))
    contagion = run.charges["G", DAY].contagion
    assert (contagion.status, contagion.amount) == (Status.COMPUTED, 1000)
    assert [(f.code, f.table) for f in run.findings] == [
        ("contagion-table-not-given", "internal_transactions")
    ]


@pytest.mark.parametrize(
    ("figures", "code", "severity"),
    [
        ([], "group-figure-missing", Severity.WARNING),
        (["G,2023-12-31,1,100000,1"], "group-figure-missing", Severity.WARNING),
        (["G,2022-12-31,1,100000,1"], "group-figure-missing", Severity.WARNING),
    ],
)
def test_net_assets_that_are_not_given_leave_no_data_and_are_told_of_the_period(
    tmp_path: Path, figures: list[str], code: str, severity: Severity
) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,30000", group_financials=rows("group_financials", *figures))
    run = measured(write_set(tmp_path, tables))
    assert run.charges["G", DAY].contagion.status is Status.NO_DATA
    (finding,) = (f for f in run.findings if f.code.startswith("group-figure"))
    assert (finding.code, finding.severity, finding.group_id, finding.period_end) == (
        code,
        severity,
        "G",
        DAY,
    )


@pytest.mark.parametrize(
    ("now", "last_year", "amount", "told"),
    [
        ("-5", "100000", 3000, ["group-figure-not-positive"]),
        ("0", "100000", 3000, ["group-figure-not-positive"]),
        ("0.000005", "100000", "2999.9999999", []),
        (
            "100000",
            "0",
            1060,
            ["last-year-figure-not-positive"],
        ),  # 600 is above 500 万元, and that is all it takes
        ("100000", "-100000", 1060, ["last-year-figure-not-positive"]),
        ("-5", "-5", 3060, ["group-figure-not-positive", "last-year-figure-not-positive"]),
    ],
)
def test_net_assets_at_or_below_zero_make_a_limit_of_zero_and_everything_material(
    tmp_path: Path, now: str, last_year: str, amount: Any, told: list[str]
) -> None:
    figures = rows("group_financials", f"G,2023-12-31,1,{now},1", f"G,2022-12-31,1,{last_year},1")
    given = ("G,1,2023-12-31,P,S,30000", "G,2,2023-12-31,P,S,600", "G,3,2023-12-31,P,S,500")
    run = measured(write_set(tmp_path, with_guarantees(*given, group_financials=figures)))
    contagion = run.charges["G", DAY].contagion
    assert (contagion.status, contagion.amount) == (Status.COMPUTED, line_amount(Decimal(amount)))
    said = [(f.code, f.severity, f.period_end) for f in run.findings if "not-positive" in f.code]
    assert said == [(code, Severity.WARNING, DAY) for code in told]


def test_transactions_that_count_for_nothing_leave_guarantees_as_they_are(tmp_path: Path) -> None:
    tables = with_guarantees("G,1,2023-12-31,P,S,20000", "G,2,2023-12-31,P,S,899")
    tables |= {
        "internal_transactions": with_transactions("G,1,P,S,2023-05-01,loan,1")["internal_transactions"]
    }
    assert charge(tables, tmp_path / "given", "contagion").amount == 0
    without = {name: table for name, table in tables.items() if name != "group_financials"}
    assert charge(without, tmp_path / "without", "contagion").status is Status.NO_DATA


def test_the_explanation_shows_the_limit_of_zero_and_the_reading(tmp_path: Path) -> None:
    figures = rows("group_financials", "G,2023-12-31,1,-5,1", "G,2022-12-31,1,-5,1")
    tables = with_guarantees("G,1,2023-12-31,P,S,30000", group_financials=figures)
    shown = json.dumps([i.to_json() for i in charge(tables, tmp_path, "contagion").inputs])
    assert "max(share \\u00d7 net assets, 0)" in shown
    assert "specific_risk.figure_not_positive" in shown


def test_without_anything_to_test_last_year_ends_net_assets_are_not_needed(tmp_path: Path) -> None:
    figures = rows("group_financials", "G,2023-12-31,1,100000,1")
    tables = with_guarantees("G,1,2023-12-31,P,S,500", group_financials=figures)
    assert charge(tables, tmp_path, "contagion").status is Status.COMPUTED


def test_a_group_without_net_assets_and_without_internal_dealings_is_charged_nothing(tmp_path: Path) -> None:
    figures = rows("group_financials", "G,2023-12-31,1,-100000,1")
    run = measured(write_set(tmp_path, with_guarantees("G,1,2023-12-31,P,X,90000", group_financials=figures)))
    contagion = run.charges["G", DAY].contagion
    assert (contagion.status, contagion.amount) == (Status.COMPUTED, 0)
    assert [f.code for f in run.findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2023, 12, 31), 12, date(2022, 12, 31)),
        (date(2024, 6, 30), 12, date(2023, 6, 30)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2025, 2, 28), 12, date(2024, 2, 29)),
        (date(2023, 6, 30), 6, date(2022, 12, 31)),
        (date(2023, 12, 31), 6, date(2023, 6, 30)),
        (date(2024, 3, 15), 1, date(2024, 2, 15)),
        (date(2024, 3, 30), 1, date(2024, 2, 29)),
        (date(2024, 1, 31), 1, date(2023, 12, 31)),
    ],
)
def test_months_are_counted_back_to_the_same_date_or_the_months_last_day(
    day: date, months: int, before: date
) -> None:
    assert months_before(day, months) == before


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2023, 6, 30), date(2023, 3, 31)])
def test_last_year_end_is_the_31_december_before(day: date) -> None:
    assert last_year_end(day) == date(2022, 12, 31)
