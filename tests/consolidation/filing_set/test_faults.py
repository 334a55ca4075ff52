"""Every fault that a table can have is found with table, row, column, value and what is expected; others stay whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from consolidation.filing_set import FilingSet
from consolidation.filing_set.readers.raw_tables import NO_SUBJECT
from consolidation.findings import Severity
from tests.build import read, write_set
from tests.consolidation.filing_set.small_sets import SOUND, faults

JUNE = date(2023, 6, 30)
KINDS = (
    "holding | life | property | reinsurance | asset_manager | bank | securities | futures | trust | other"
)


@dataclass(frozen=True)
class Case:
    """Replace ``old`` by ``new`` in a table of the sound set; ``found`` is code, row, column, value, expected, touched."""

    name: str
    table: str
    old: str
    new: str
    found: tuple[str, int, str, str, str, tuple[str, str, date | None]]
    severity: Severity = Severity.ERROR
    kept: bool = False


G1 = ("G1", "", JUNE)
G1_ANY_DAY = ("G1", "", None)
L = ("", "L", JUNE)
SOLO = "600,500,0,100,0,300,290"

CASES = [
    # a cell that is not what its column holds
    Case("text for an amount", "solo_filings", SOLO, "600,500,0,100,0,many,290",
         ("not-a-number", 2, "minimum_capital", "many", "1234.56", L)),
    Case("a percentage", "solo_filings", "1.6667,2\n", "166.67%,2\n",
         ("number-as-typed", 2, "core_solvency_ratio", "166.67%", "1.6667", L), Severity.WARNING, kept=True),
    Case("a ratio in percent beside its amounts", "solo_filings", "1.6667,2\n", "1.6667,200\n",
         ("ratio-read-as-percent", 2, "comprehensive_solvency_ratio", "200", "2", L), Severity.WARNING, kept=True),
    Case("a total for a company", "customer_income", "L,2023-06-30,K1,-2.5", "行业合计,2023-06-30,K1,-2.5",
         ("row-of-total", 3, "entity_id", "行业合计", "", ("", "行业合计", JUNE)), Severity.WARNING),
    Case("a circled number before the amount", "guarantees", "P,L,600", "P,L,①600",
         ("full-width-digits", 2, "balance", "①600", "1234.56", G1)),
    Case("a year that is none", "solo_filings", "L,life,2023-06-30", "L,life,2230-06-30",
         ("not-a-date", 2, "period_end", "2230-06-30", "2023-12-31", ("", "L", None))),
    Case("a full-width percentage", "sector_filings", "0.105", "10.5％",
         ("number-as-typed", 2, "required_ratio", "10.5％", "0.105", ("", "B", JUNE)), Severity.WARNING, kept=True),
    Case("thousands marks", "guarantees", "P,L,600", 'P,L,"1,600"',
         ("number-as-typed", 2, "balance", "1,600", "1600", G1), Severity.WARNING, kept=True),
    Case("full-width digits", "guarantees", "P,L,600", "P,L,６００",
         ("number-as-typed", 2, "balance", "６００", "600", G1), Severity.WARNING, kept=True),
    Case("a unit in the cell", "guarantees", "P,L,600", "P,L,600万元",
         ("number-as-typed", 2, "balance", "600万元", "600", G1), Severity.WARNING, kept=True),
    Case("a negative in parentheses", "customer_income", "K1,-2.5", "K1,(2.5)",
         ("number-as-typed", 3, "amount", "(2.5)", "-2.5", L), Severity.WARNING, kept=True),
    Case("digits of two scripts", "guarantees", "P,L,600", "P,L,６0０",
         ("full-width-digits", 2, "balance", "６0０", "1234.56", G1)),
    Case("a percentage of an amount", "guarantees", "P,L,600", "P,L,60%",
         ("percent-sign", 2, "balance", "60%", "1234.56", G1)),
    Case("a magnitude that may say the unit again", "guarantees", "P,L,600", "P,L,600万",
         ("unit-in-cell", 2, "balance", "600万", "1234.56", G1)),
    Case("thousands marks where no thousands are", "guarantees", "P,L,600", 'P,L,"16,00"',
         ("not-a-number", 2, "balance", "16,00", "1234.56", G1)),
    Case("a dash for what no company is without", "solo_filings", SOLO, "—,500,0,100,0,300,290",
         ("figure-needed", 2, "actual_capital", "—", "1234.56", L)),
    Case("N/A for nothing", "group_financials", "1000,700", "1000,N/A",
         ("placeholder", 2, "income", "N/A", "1234.56", G1)),
    Case("a spreadsheet's error", "solo_filings", "1.6667,2\n", "#DIV/0!,2\n",
         ("spreadsheet-error", 2, "core_solvency_ratio", "#DIV/0!", "1234.56", L), kept=True),
    Case("a spreadsheet's error for an id", "guarantees", "P,L,600", "#N/A,L,600",
         ("spreadsheet-error", 2, "guarantor_id", "#N/A", "guarantor_id", G1)),
    Case("not a number at all", "group_capital", "2,1000", "2,NaN",
         ("not-finite", 2, "amount", "NaN", "1234.56", G1)),
    Case("infinity", "solo_filings", SOLO, "-Infinity,500,0,100,0,300,290",
         ("not-finite", 2, "actual_capital", "-Infinity", "1234.56", L)),
    Case("a number beyond all money", "group_capital", "2,1000", "2,1e33",
         ("number-too-large", 2, "amount", "1e33", "1234.56", G1)),
    Case("a date with slashes", "internal_transactions", "2023-03-14", "2023/3/14",
         ("date-as-typed", 2, "traded_on", "2023/3/14", "2023-03-14", G1_ANY_DAY), Severity.WARNING, kept=True),
    Case("a spreadsheet's number for a date", "internal_transactions", "2023-03-14", "44999",
         ("date-as-typed", 2, "traded_on", "44999", "2023-03-14", G1_ANY_DAY), Severity.WARNING, kept=True),
    Case("a date that is two days", "internal_transactions", "2023-03-14", "3/4/2023",
         ("not-a-date", 2, "traded_on", "3/4/2023", "2023-12-31", ("G1", "", None))),
    Case("a day that no month has", "group_capital", "2023-06-30", "2023-06-31",
         ("not-a-date", 2, "period_end", "2023-06-31", "2023-12-31", ("G1", "", None))),
    Case("neither true nor false", "assessments", "sarmra_score\nG1,2022-12-31,82.5",
         "sarmra_score,capped\nG1,2022-12-31,82.5,也许",
         ("not-true-or-false", 2, "capped", "也许", "true / false", ("G1", "", date(2022, 12, 31)))),
    Case("a word outside its list", "solo_filings", "L,life,2023-06-30", "L,Lifelike,2023-06-30",
         ("word-unknown", 2, "kind", "Lifelike", KINDS, L)),
    Case("an unknown rating", "ratings", "BB", "E",
         ("word-unknown", 2, "integrated_risk_rating", "E", "AAA | AA | A | BBB | BB | B | C | D", L)),
    Case("an unknown relation", "group_members", "L,subsidiary", "L,associate",
         ("word-unknown", 3, "relation", "associate", "parent | subsidiary | joint_venture", ("G1", "L", None))),
    Case("an empty key", "solo_filings", "L,life,2023-06-30", ",life,2023-06-30",
         ("cell-empty", 2, "entity_id", "", "entity_id", ("", NO_SUBJECT, JUNE))),
    Case("an empty amount that must be there", "guarantees", "P,L,600", "P,L,",
         ("cell-empty", 2, "balance", "", "1234.56", G1)),
    # a value that cannot be
    Case("a negative balance", "guarantees", "P,L,600", "P,L,-600",
         ("negative", 2, "balance", "-600", "≥ 0", G1)),
    Case("a negative that no line needs", "solo_filings", "150,90,50", "-150,90,50",
         ("negative", 2, "market_risk_minimum_capital", "-150", "≥ 0", L), kept=True),
    Case("a stake above one", "ownership", "0.5,joint", "1.5,joint",
         ("out-of-range", 4, "stake", "1.5", "0…1", ("", "P", None))),
    Case("a negative stake", "ownership", "0.5,joint", "-0.5,joint",
         ("out-of-range", 4, "stake", "-0.5", "0…1", ("", "P", None))),
    Case("a score above 100", "assessments", "82.5", "100.5",
         ("out-of-range", 2, "sarmra_score", "100.5", "0…100", ("G1", "", date(2022, 12, 31)))),
    Case("a stake that ends before it begins", "ownership", "0.6,subsidiary,2022-12-31", "0.6,subsidiary,2019-12-31",
         ("before-valid-from", 2, "valid_to", "2019-12-31", "≥ valid_from", ("", "P", None))),
    Case("a row about nobody", "assessments", "G1,2022", ",2022",
         ("group-or-entity", 2, "entity_id", "", "group_id / entity_id", ("", NO_SUBJECT, date(2022, 12, 31)))),
    # what the engine computes with all the same
    Case("a period that ends no quarter", "group_capital", "2023-06-30", "2023-06-29",
         ("not-a-quarter-end", 2, "period_end", "2023-06-29", "03-31 / 06-30 / 09-30 / 12-31",
          ("G1", "", date(2023, 6, 29))), Severity.WARNING, kept=True),
    Case("more places than a fen has", "guarantees", "P,L,600", "P,L,600.0000005",
         ("rounded", 2, "balance", "600.0000005", "6", G1), Severity.WARNING, kept=True),
    Case("an id with a space around it", "guarantees", "P,L,600", "P,\u3000L,600",
         ("id-trimmed", 2, "beneficiary_id", "“·L”", "beneficiary_id", G1), Severity.WARNING, kept=True),
    Case("an empty name", "entities", "B,银行,bank", "B,,bank",
         ("cell-empty", 4, "name", "", "name", ("", "B", None)), Severity.WARNING, kept=True),
    # ids that other tables do not know
    Case("a member that is no entity", "group_members", "G1,L", "G1,X",
         ("entity-unknown", 3, "entity_id", "X", "entities.entity_id", ("G1", "X", None))),
    Case("a parent that is no entity", "groups", "insurance_holding,P", "insurance_holding,X",
         ("entity-unknown", 2, "parent_id", "X", "entities.entity_id", ("G1", "", None))),
    Case("an insurer that is no entity", "ratings", "L,2023", "X,2023",
         ("entity-unknown", 2, "entity_id", "X", "entities.entity_id", ("", "X", JUNE))),
    Case("an id in full width", "sector_filings", "B,2023", "Ｂ,2023",
         ("entity-unknown-alike", 2, "entity_id", "Ｂ", "B", ("", "Ｂ", JUNE))),
    Case("an outsider in a guarantee", "guarantees", "P,L,600", "P,X,600",
         ("party-unknown", 2, "beneficiary_id", "X", "entities.entity_id", G1), Severity.WARNING, kept=True),
    Case("a group that is not listed", "group_capital", "G1,2023", "G9,2023",
         ("group-unknown", 2, "group_id", "G9", "groups.group_id", ("G9", "", JUNE)), Severity.WARNING, kept=True),
    Case("a kind that entities contradicts", "entities", "L,寿险,life", "L,寿险,property",
         ("kind-differs", 2, "kind", "life", "property", L), Severity.WARNING, kept=True),
    # rows that do not go together
    Case("a key given twice", "guarantees", "P,L,600\n", "P,L,600\nG1,g1,2023-06-30,L,P,5\n",
         ("key-duplicate", 3, "group_id, guarantee_id, period_end", "G1 / g1 / 2023-06-30", "1", G1)),
    Case("an assessment given twice", "assessments", "82.5\n", "82.5\nG1,2022-12-31,82.5\n",
         ("key-duplicate", 3, "group_id, entity_id, period_end", "G1 /  / 2022-12-31", "1",
          ("G1", "", date(2022, 12, 31)))),
    Case("stakes that leave a gap", "ownership", "2022-12-31", "2022-11-30",
         ("span-gap", 3, "valid_from", "2023-01-01", "2022-12-01", ("", "L", None)), Severity.WARNING, kept=True),
    Case("stakes that overlap", "ownership", "0.6,subsidiary,2022-12-31", "0.2,subsidiary,2023-01-01",
         ("span-overlap", 3, "valid_from", "2023-01-01", "> 2023-01-01", ("", "L", None)), kept=True),
    Case("an open stake with a successor", "ownership", "0.6,subsidiary,2022-12-31", "0.2,subsidiary,",
         ("span-overlap", 3, "valid_from", "2023-01-01", "valid_to", ("", "L", None)), kept=True),
    Case("memberships that overlap", "group_members", "relation\nG1,P,parent\nG1,L,subsidiary\n",
         "relation,valid_from,valid_to\nG1,P,parent,,\nG1,L,subsidiary,,2022-12-31\nG1,L,,2022-12-31,\n",
         ("span-overlap", 4, "valid_from", "2022-12-31", "> 2022-12-31", ("G1", "L", None)), kept=True),
    Case("a membership without an end and its successor", "group_members", "relation\nG1,P,parent\nG1,L,subsidiary\n",
         "relation,valid_from,valid_to\nG1,P,parent,,\nG1,L,subsidiary,,\nG1,L,,2022-12-31,\n",
         ("span-overlap", 4, "valid_from", "2022-12-31", "valid_to", ("G1", "L", None)), kept=True),
    Case("a member that left and came back", "group_members", "relation\nG1,P,parent\nG1,L,subsidiary\n",
         "relation,valid_from,valid_to\nG1,P,parent,,\nG1,L,subsidiary,,2021-12-31\nG1,L,,2022-12-31,\n",
         ("span-gap", 4, "valid_from", "2022-12-31", "2022-01-01", ("G1", "L", None)), Severity.WARNING, kept=True),
    Case("a membership that ends before it begins", "group_members", "relation\nG1,P,parent\nG1,L,subsidiary\n",
         "relation,valid_from,valid_to\nG1,P,parent,,\nG1,L,subsidiary,2022-12-31,2021-12-31\n",
         ("before-valid-from", 3, "valid_to", "2021-12-31", "≥ valid_from", ("G1", "L", None))),
    Case("a membership given twice", "group_members", "G1,L,subsidiary\n", "G1,L,subsidiary\nG1,L,\n",
         ("key-duplicate", 4, "group_id, entity_id, valid_from", "G1 / L / ", "1", ("G1", "L", None))),
    Case("measures that overlap", "transitional_measures", "批复1号\n", "批复1号\nL,capital_limits.policy_surplus_to_core,2024-12-31,0.4,2025-06-30,批复2号\n",
         ("span-overlap", 3, "valid_from", "2024-12-31", "> 2024-12-31", ("", "L", None)), kept=True),
    Case("stakes in one company above one", "ownership", "P,B,2020-01-01,0.5,joint_venture,\n",
         "P,B,2020-01-01,0.5,joint_venture,\nL,B,2021-05-01,0.6,joint_venture,\n",
         ("stakes-above-one", 5, "stake", "1.1", "≤ 1", ("", "B", None)), kept=True),
    # what no statement depends on stops nothing
    Case("shareholders who hold more than all", "shareholders", "0.3,normal", "0.4,normal",
         ("shareholders-above-one", 3, "stake", "1.1", "≤ 1", G1), Severity.WARNING, kept=True),
    Case("more shares pledged than held", "shareholders", "pledged,100", "pledged,701",
         ("above-shares", 2, "encumbered_shares", "701", "≤ shares", G1), Severity.WARNING),
    Case("a penalty without a day", "penalties", "2023-03-02", "",
         ("cell-empty", 2, "decided_on", "", "2023-12-31", ("G1", "L", None)), Severity.WARNING),
    Case("accounts before their period has ended", "member_accounts", "2023-08-20", "2023-06-30",
         ("before-period-end", 2, "received_on", "2023-06-30", "> period_end", ("G1", "P", JUNE)), Severity.WARNING),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> FilingSet:
    return read(write_set(tmp_path_factory.mktemp("sound"), SOUND))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def spoilt(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Case, FilingSet]:
    """A case and the sound set with its fault, as it is read."""
    case: Case = request.param
    assert SOUND[case.table].count(case.old) >= 1
    tables = {**SOUND, case.table: SOUND[case.table].replace(case.old, case.new, 1)}
    return case, read(write_set(tmp_path_factory.mktemp("spoilt"), tables))


def test_a_fault_is_found_where_it_is_and_said_what_is_expected(
    spoilt: tuple[Case, FilingSet], sound: FilingSet
) -> None:
    case, faulty = spoilt
    (finding,) = faults(faulty)

    code, row, column, value, expected, touched = case.found
    assert (finding.code, finding.severity) == (code, case.severity)
    of_table = "solo_filings" if code == "kind-differs" else case.table
    assert (finding.table, finding.file) == (of_table, f"{of_table}.csv")
    assert (finding.row, finding.column, finding.value, finding.expected) == (row, column, value, expected)
    assert (finding.group_id, finding.entity_id, finding.period_end) == touched
    assert row in faulty.tables[of_table]["source_row"] or not case.kept
    assert row not in faulty.tables[of_table]["source_row"] or case.kept
    others = [name for name in SOUND if name not in (case.table, "exposures")]
    assert all(faulty.tables[name].equals(sound.tables[name]) for name in others)


def test_the_sound_set_has_no_fault(tmp_path: Path) -> None:
    filing_set = read(write_set(tmp_path, SOUND))

    assert filing_set.findings == ()
    assert filing_set.given == set(SOUND)
    assert {name: len(frame) for name, frame in filing_set.tables.items() if len(frame) > 1} == {
        "group_members": 2,
        "entities": 3,
        "ownership": 3,
        "solo_filings": 2,
        "customer_income": 2,
        "stress_results": 2,
        "stress_sign_offs": 2,
        "shareholders": 2,
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_fault_is_said_in_full_in_both_languages(spoilt: tuple[Case, FilingSet], language: str) -> None:
    (finding,) = faults(spoilt[1])

    message = finding.message(language)
    assert "?" not in message.replace("？", "?") and "{" not in message
    assert finding.file in message and str(finding.row) in message and finding.value in message


def test_amounts_that_real_filings_have_are_no_faults(tmp_path: Path) -> None:
    odd = SOUND["solo_filings"].replace(
        "L,life,2023-06-30,quarterly,1000,400,600,500,0,100,0,300,290,100,,150,90,50,,10,200,300,1.6667,2",
        "L,life,2023-06-30,quarterly,1000,1400,-400,-500,0,100,0,-0.5,,100,,150,90,50,,-10,-499.5,-399.5,268.46,-11.6",
    )
    blank = odd.replace(",300,290,100,,150,90,50,,10,300,400,2,2.3333", ",,,,,,,,,,,,,")

    assert faults(read(write_set(tmp_path / "odd", {"solo_filings": odd}))) == []
    assert faults(read(write_set(tmp_path / "blank", {"solo_filings": blank}))) == []


def test_both_rows_of_a_key_given_twice_are_set_aside_and_the_first_is_named(tmp_path: Path) -> None:
    text = SOUND["guarantees"] + "G1,g1,2023-06-30,L,P,5\nG1,g2,2023-06-30,L,P,5\n"

    filing_set = read(write_set(tmp_path, {"guarantees": text}))

    assert filing_set.tables["guarantees"]["guarantee_id"].to_list() == ["g2"]
    assert filing_set.set_aside["guarantees"]["source_row"].to_list() == [2, 3]
    assert faults(filing_set)[0].detail == {"first_file": "guarantees.csv", "first_row": "2"}


def test_an_unreadable_cell_that_no_line_needs_is_emptied_and_the_rest_of_its_row_kept(
    tmp_path: Path,
) -> None:
    text = SOUND["solo_filings"].replace("1.6667,2\n", "#DIV/0!,2\n")

    filing_set = read(write_set(tmp_path, {"solo_filings": text}))

    ratios = (
        filing_set.tables["solo_filings"].select("core_solvency_ratio", "comprehensive_solvency_ratio").rows()
    )
    assert [tuple(None if r is None else str(r.normalize()) for r in row) for row in ratios] == [
        (None, "2"),
        ("2", "2.3333"),
    ]
    assert filing_set.set_aside["solo_filings"]["core_solvency_ratio"].to_list() == ["#DIV/0!"]


@pytest.mark.parametrize("written", ["x", "-5"])
def test_an_add_on_that_is_none_is_emptied_and_its_row_kept(tmp_path: Path, written: str) -> None:
    first, *rows = SOUND["solo_filings"].splitlines()
    spoilt = f"{first},add_on_capital\n{rows[0]},{written}\n{rows[1]},\n"
    given = read(write_set(tmp_path, {**SOUND, "solo_filings": spoilt}))
    assert [(f.severity, f.row, f.column) for f in faults(given)] == [(Severity.ERROR, 2, "add_on_capital")]
    filed = given.tables["solo_filings"].sort("period_end")
    assert filed["add_on_capital"].to_list() == [None, None]
    assert filed["minimum_capital"].to_list() == [300, 300]


def test_a_negative_that_no_line_needs_is_emptied_and_no_other_cell(tmp_path: Path) -> None:
    text = SOUND["solo_filings"].replace("150,90,50", "-150,90,50", 1)

    frame = read(write_set(tmp_path, {"solo_filings": text})).tables["solo_filings"]

    assert frame["market_risk_minimum_capital"].is_null().to_list() == [True, False]
    assert frame["credit_risk_minimum_capital"].is_null().to_list() == [False, False]


def test_a_column_of_faults_is_told_twenty_times_a_filer_and_then_counted(tmp_path: Path) -> None:
    rows = [f"L,2023-06-30,K{n},x" for n in range(1, 51)] + ["M,2023-06-30,K1,x"]
    text = "entity_id,period_end,customer_id,amount\n" + "\n".join(rows) + "\n"

    found = faults(read(write_set(tmp_path, {"customer_income": text})))

    assert [f.row for f in found if f.code == "not-a-number" and f.entity_id == "L"] == list(range(2, 22))
    assert [f.row for f in found if f.code == "not-a-number" and f.entity_id == "M"] == [52]
    (rest,) = [f for f in found if f.code == "more-of-the-same"]
    assert (rest.row, rest.value, rest.entity_id, rest.severity) == (22, "30", "L", Severity.ERROR)


def test_one_warning_a_column_says_how_many_cells_were_rounded(tmp_path: Path) -> None:
    text = "entity_id,period_end,customer_id,amount\nL,2023-06-30,K1,1\nL,2023-06-30,K2,0.1234565\nL,2023-06-30,K3,2.00000051\n"

    filing_set = read(write_set(tmp_path, {"customer_income": text}))

    (finding,) = faults(filing_set)
    assert (finding.row, finding.value, finding.detail) == (3, "0.1234565", {"count": "2", "places": "6"})
    assert [str(v) for v in filing_set.tables["customer_income"]["amount"]] == [
        "1.000000",
        "0.123456",
        "2.000001",
    ]


def test_a_fault_in_a_stress_table_sets_the_row_aside_and_stops_nothing(tmp_path: Path) -> None:
    spoiled = (
        SOUND["stress_results"].replace("600,500,300", "NaN,500,300") + "L,2023-12-31,own,2024-12-31,,,\n" * 2
    )
    filing_set = read(write_set(tmp_path, {**SOUND, "stress_results": spoiled}))

    found = {(f.code, f.row, f.severity) for f in faults(filing_set)}
    assert found == {("not-finite", 3, Severity.WARNING), ("key-duplicate", 5, Severity.WARNING)}
    kept = filing_set.tables["stress_results"].select("scenario", "actual_capital", "core_capital").rows()
    assert kept == [("base", 720, 620), ("mandatory_2", None, 500)]
