"""Companies through time: one history through a change of name, an end at a merger, and what is asked where nothing is said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.consolidate import consolidate
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.filing_set.entities.companies import Companies
from consolidation.rulebook import Rulebook
from monitoring.flags.evaluate import FlagReport, raise_flags
from monitoring.flags.inputs import flag_inputs_of_set
from monitoring.industry.scan import scan_industry
from monitoring.outlook.result import Outlook, OutlookInputs
from tests.build import table, write_set

BOOK = Rulebook.load()
ENTITIES = "entity_id,name,kind,successor_id,valid_to,ended_by\n"
TOLD = (
    ENTITIES + "旧人寿,旧人寿,life,新人寿,2024-07-15,renamed\n新人寿,新人寿,life,,,\n阳光,阳光,life,,,\n"
    "天安,天安,property,申能,2024-07-20,licence_revoked\n申能,申能,property,,,\n"
)
UNTOLD = "\n".join(line.rsplit(",", 3)[0] for line in TOLD.splitlines()) + "\n"
QUARTERS = ("2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31")


def filings(entity: str, kind: str, capital: int, *days: str) -> str:
    return "".join(f"{entity},{kind},{day},quarterly,{capital},{capital},100\n" for day in days)


ALL = (
    filings("旧人寿", "life", 200, *QUARTERS[:2])
    + filings("新人寿", "life", 205, *QUARTERS[2:])
    + filings("天安", "property", 90, *QUARTERS[:2])
    + filings("申能", "property", 300, *QUARTERS[2:])
    + filings("阳光", "life", 200, *QUARTERS)
)


def read(tmp_path: Path, entities: str, solo: str = ALL, **more: str) -> FilingSet:
    head = "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\n"
    members = "group_id,entity_id\nG,旧人寿\nG,新人寿\nG,阳光\n"
    tables = {"entities": entities, "solo_filings": head + solo, "group_members": members, **more}
    return read_filing_set(str(write_set(tmp_path, tables)))


def flags(filing_set: FilingSet) -> FlagReport:
    return raise_flags(flag_inputs_of_set(filing_set, consolidate(filing_set, BOOK)), BOOK)


def told(filing_set: FilingSet, *codes: str) -> list[tuple[str, str, str]]:
    return [(f.code, f.severity.value, f.entity_id) for f in filing_set.findings if f.code in codes]


def test_through_a_change_of_name_and_after_an_end_there_is_no_flag(tmp_path: Path) -> None:
    untold, named = read(tmp_path / "1", UNTOLD), read(tmp_path / "2", TOLD)

    assert {(f["code"], f["subject_id"]) for f in flags(untold).now().iter_rows(named=True)} >= {
        ("not_filed", "旧人寿"),
        ("not_filed", "天安"),
        ("breach", "天安"),
    }
    assert flags(named).now().filter(pl.col("subject_kind") == "entity").is_empty()
    history = flags(named).raised().filter(pl.col("code") == "breach")["subject_id"].unique().to_list()
    assert history == ["天安"]


def test_a_statement_keeps_the_name_of_the_time(tmp_path: Path) -> None:
    result = consolidate(read(tmp_path, TOLD), BOOK)

    brought = result.contributions.sort("period_end", "entity_id").select("period_end", "entity_id").rows()
    assert brought == [
        (date(2024, 6, 30), "旧人寿"),
        (date(2024, 6, 30), "阳光"),
        (date(2024, 12, 31), "新人寿"),
        (date(2024, 12, 31), "阳光"),
    ]
    assert not [f for f in result.findings if f.code == "member-not-filed"]


def test_a_late_filing_under_the_old_name_finds_the_new_one(tmp_path: Path) -> None:
    late = ALL.replace("新人寿,life,2024-12-31", "旧人寿,life,2024-12-31")

    filing_set = read(tmp_path, TOLD, late)

    filed = filing_set.tables["solo_filings"]
    last = filed.filter(period_end=date(2024, 12, 31))["entity_id"].sort().to_list()
    assert last == ["新人寿", "申能", "阳光"]


def test_two_filings_of_one_company_under_two_names_stop_it(tmp_path: Path) -> None:
    filing_set = read(tmp_path, TOLD, ALL + filings("旧人寿", "life", 210, "2024-12-31"))

    found = [(f.row, f.value, f.entity_id) for f in filing_set.findings if f.code == "filed-under-two-names"]
    assert found == [(5, "新人寿", "新人寿"), (14, "旧人寿", "新人寿")]
    last = filing_set.tables["solo_filings"].filter(period_end=date(2024, 12, 31))
    assert "新人寿" not in last["entity_id"].to_list()


def test_scan_gap_and_outlook_see_one_company_and_none_after_its_end(tmp_path: Path) -> None:
    filing_set = read(tmp_path, TOLD)
    filed, entities = filing_set.tables["solo_filings"], filing_set.tables["entities"]

    found = scan_industry(filed, entities, filing_set.tables["industry_averages"], BOOK)

    assert found.silent.filter(pl.col("status") == "stopped").is_empty()
    assert found.silent["entity_id"].unique().to_list() == ["申能"]  # it published only later
    outlook = Outlook(OutlookInputs(solo_filings=filed, entities=entities), BOOK)
    history = outlook.forecasts.group_by("subject_id").agg(pl.col("made_from").n_unique())
    assert sorted(history.rows()) == [("天安", 2), ("新人寿", 4), ("申能", 2), ("阳光", 4)]
    assert set(outlook.latest()["subject_id"]) == {"新人寿", "申能", "阳光"}


def test_where_nothing_is_said_the_finding_says_what_to_add(tmp_path: Path) -> None:
    filing_set = read(tmp_path, UNTOLD)

    assert told(filing_set, "perhaps-continued") == [
        ("perhaps-continued", "info", "旧人寿"),
        ("perhaps-continued", "info", "天安"),
    ]
    said = next(f.message("en") for f in filing_set.findings if f.entity_id == "旧人寿")
    assert "新人寿, of about the same size, from 2024-09-30 on" in said
    assert "successor_id, valid_to, ended_by (renamed, merged, dissolved, licence_revoked)" in said
    assert told(read(tmp_path / "told", TOLD), "perhaps-continued") == []


def test_a_company_of_another_size_or_kind_is_not_asked_about(tmp_path: Path) -> None:
    solo = filings("甲", "life", 200, *QUARTERS[:2]) + filings("乙", "property", 200, *QUARTERS[2:])
    solo += filings("丙", "life", 200, *QUARTERS[2:]).replace(",100\n", ",130\n")

    filing_set = read(tmp_path, ENTITIES + "甲,甲,life,,,\n乙,乙,property,,,\n丙,丙,life,,,\n", solo)

    assert told(filing_set, "perhaps-continued") == []


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("旧人寿,旧人寿,life,新人寿,,renamed", "end-half-told", "valid_to"),
        ("旧人寿,旧人寿,life,新人寿,2024-07-15,", "end-half-told", "ended_by"),
        ("旧人寿,旧人寿,life,,2024-07-15,renamed", "end-half-told", "successor_id"),
        ("旧人寿,旧人寿,life,别家,2024-07-15,renamed", "successor-unlisted", "successor_id"),
        ("旧人寿,旧人寿,life,新人寿,2024-04-15,merged", "filed-after-end", "period_end"),
        ("旧人寿,旧人寿,life,旧人寿,2024-07-15,renamed", "successor-circle", "successor_id"),
        ("旧人寿,旧人寿,life,天安,2029-07-15,merged", "successor-ended-before", "successor_id"),
    ],
)
def test_an_end_told_by_half_is_asked_about(row: str, code: str, column: str, tmp_path: Path) -> None:
    entities = "\n".join(row if line.startswith("旧人寿") else line for line in TOLD.splitlines()) + "\n"

    found = [f for f in read(tmp_path, entities).findings if f.code == code]

    assert [(f.severity.value, f.column, f.entity_id) for f in found] == [("warning", column, "旧人寿")]
    assert found[0].message("zh")


def test_a_stake_under_either_name_is_one_stake(tmp_path: Path) -> None:
    ownership = (
        "owner_id,entity_id,valid_from,stake,relation\nP,旧人寿,2020-01-01,0.6,subsidiary\n"
        "P,新人寿,2020-01-01,0.6,subsidiary\nP,天安,2020-01-01,0.6,subsidiary\n"
    )
    groups = "group_id,name,type,parent_id\nH,H,insurance_holding,P\n"
    filing_set = read(tmp_path, TOLD + "P,P,holding,,,\n", ownership=ownership, groups=groups)

    members = consolidate(filing_set, BOOK).members.filter(pl.col("group_id") == "H")

    by_day = {day: part["entity_id"].to_list() for (day,), part in members.group_by("period_end")}
    assert by_day[date(2024, 6, 30)] == ["P", "天安", "旧人寿"]
    assert by_day[date(2024, 12, 31)] == ["P", "新人寿"]


LINKS = st.lists(
    st.tuples(
        st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF"), st.dates(date(2023, 1, 1), date(2025, 1, 1))
    ),
    max_size=6,
    unique_by=lambda link: link[0],
)


@given(LINKS, st.sampled_from("ABCDEF"), st.dates(date(2022, 1, 1), date(2026, 1, 1)))
def test_whatever_is_said_a_name_leads_to_one_company(
    links: list[tuple[str, str, date]], entity: str, day: date
) -> None:
    rows = [
        {"entity_id": old, "kind": "life", "successor_id": new, "valid_to": last, "ended_by": "renamed"}
        for old, new, last in links
    ]
    companies = Companies(table("entities", rows))

    assert companies.now(companies.now(entity)) == companies.now(entity)
    assert companies.on(entity, day) in companies.names(entity)
    assert all(companies.on(name, day) == companies.on(entity, day) for name in companies.names(entity))
    frame = pl.DataFrame({"entity_id": [entity], "day": [day], "amount": [Decimal(1)]})
    named = companies.under_names_of_the_day(frame, "day")
    assert named.rows() == [(companies.on(entity, day), day, Decimal(1))]
