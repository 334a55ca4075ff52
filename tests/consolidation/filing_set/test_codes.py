"""Coded cells in the regulation's words are read as the codes they name, and it is said; anything else is refused as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidation.filing_set.readers.words.codes import words_of
from consolidation.filing_set.schemas.columns import CellType, rules_of
from consolidation.filing_set.schemas.tables import EXPOSURES, TABLES
from tests.build import read_set

SET = {
    "groups": "group_id,name,type\nG,集团,保险控股型集团\n",
    "entities": "entity_id,name,kind,equivalent_regime\nP,甲,控股公司,否\nS,乙,财产险公司,是\n",
    "group_members": "group_id,entity_id,relation\nG,P,母公司\nG,S,子公司\n",
    "solo_filings": "entity_id,kind,period_end,basis,actual_capital,minimum_capital\n"
    "S,财 险,2023-06-30,季度,1000,500\nS,财产险公司,2023-12-31,年报,1000,500\n",
    "group_filing_lines": "group_id,period_end,basis,line,amount\nG,2023-12-31,经审计,保险类成员公司的最低资本,500\n",
}


def test_words_are_read_as_codes_and_said(tmp_path: Path) -> None:
    filing_set = read_set(tmp_path, SET)
    tables = filing_set.tables
    assert tables["solo_filings"].select("kind", "basis").rows() == [
        ("property", "quarterly"),
        ("property", "annual"),
    ]
    assert tables["groups"]["type"].to_list() == ["insurance_holding"]
    assert tables["group_members"]["relation"].to_list() == ["parent", "subsidiary"]
    assert tables["entities"].select("kind", "equivalent_regime").rows() == [
        ("holding", False),
        ("property", True),
    ]
    assert tables["group_filing_lines"].select("basis", "line").rows() == [
        ("annual", "insurance_members_minimum_capital")
    ]
    said = {(f.column, f.value, f.expected) for f in filing_set.findings if f.code == "code-read"}
    assert ("basis", "季度", "quarterly") in said and ("relation", "子公司", "subsidiary") in said
    assert not [f for f in filing_set.findings if f.severity == "error"]


@pytest.mark.parametrize("word", ["财险业", "季", "Quarterly报"])
def test_what_only_resembles_a_word_is_refused(tmp_path: Path, word: str) -> None:
    rows = f"entity_id,kind,period_end,basis,actual_capital,minimum_capital\nS,life,2023-06-30,{word},1,1\n"
    findings = read_set(tmp_path, SET | {"solo_filings": rows}).findings
    assert [f.value for f in findings if f.severity == "error" and f.column == "basis"] == [word]


def test_every_word_names_a_code_of_a_column_that_is_there() -> None:
    import yaml

    from consolidation.filing_set.readers.words import codes

    listed = yaml.safe_load(codes._WORDS.read_text("utf-8"))["all"]
    for column, words in listed.items():
        choices = {
            choice
            for table in TABLES.values()
            if column in table.columns and table.name != EXPOSURES
            for choice in rules_of(table.columns[column]).choices
        }
        assert set(words) <= choices, column
    coded = [
        (table, name)
        for table in TABLES.values()
        for name, column in table.columns.items()
        if rules_of(column).cell_type is CellType.CHOICE and table.name != EXPOSURES
    ]
    assert sum(bool(words_of(table, name)) for table, name in coded) >= 15
