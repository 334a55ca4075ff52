"""What a run does with its scope and with errors: only what was asked for, and one group's fault stops no other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.consolidate import consolidate
from consolidation.findings import Severity
from consolidation.provenance import Rule
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope, UnknownGroup
from consolidation.words import table
from tests.build import codes, consolidated, read_set

TWO_GROUPS = {
    "group_members": "group_id,entity_id\nG,A\nH,B\n",
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        A,life,2023-03-31,quarterly,900,100
        A,life,2023-06-30,quarterly,900,100
        A,life,2023-12-31,quarterly,900,90
        A,life,2023-12-31,annual,900,95
        B,property,2023-06-30,quarterly,900,40
        """,
}


def made(result) -> list[tuple[str, str]]:
    return [(s.group_id, s.period_end.isoformat()) for s in result.statements]


def test_half_years_only_unless_every_quarter_is_asked_for(tmp_path: Path) -> None:
    assert made(consolidated(tmp_path / "a", TWO_GROUPS)) == [
        ("G", "2023-06-30"),
        ("G", "2023-12-31"),
        ("H", "2023-06-30"),
    ]
    every = consolidated(tmp_path / "b", TWO_GROUPS, Scope(quarterly=True))
    assert ("G", "2023-03-31") in made(every)


def test_a_half_year_ends_on_its_last_day(tmp_path: Path) -> None:
    early = TWO_GROUPS["solo_filings"].replace("B,property,2023-06-30", "B,property,2023-06-29")
    assert ("H", "2023-06-29") not in made(consolidated(tmp_path, TWO_GROUPS | {"solo_filings": early}))


def test_a_notice_that_wants_group_reports_of_other_quarters_changes_what_is_consolidated(
    tmp_path: Path,
) -> None:
    report = Rulebook.load().history("obligations.group-semiannual-report")[-1].value
    (rule,) = report["rules"]
    notice = {"from": date(2023, 1, 1), "value": {**report, "rules": [{**rule, "period_ends": ["03-31"]}]}}
    book = Rulebook.load().overlay({"obligations.group-semiannual-report": notice})
    assert made(consolidate(read_set(tmp_path, TWO_GROUPS), book)) == [
        ("G", "2023-03-31"),
        ("G", "2023-12-31"),
    ]


def test_one_group_or_one_period_may_be_asked_for(tmp_path: Path) -> None:
    assert made(consolidated(tmp_path / "a", TWO_GROUPS, Scope(group_id="H"))) == [("H", "2023-06-30")]
    assert made(consolidated(tmp_path / "b", TWO_GROUPS, Scope(period_end=date(2023, 3, 31)))) == [
        ("G", "2023-03-31")
    ]


def test_an_unknown_group_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownGroup, match="no group 'X' in the set; its groups are: G, H"):
        consolidated(tmp_path, TWO_GROUPS, Scope(group_id="X"))


def test_the_audited_filing_wins_over_the_quarterly_one(tmp_path: Path) -> None:
    result = consolidated(tmp_path, TWO_GROUPS, Scope(group_id="G", period_end=date(2023, 12, 31)))
    assert result.statements[0].amount("minimum_capital") == 95


def test_an_error_in_a_members_row_stops_its_group_and_period_only(tmp_path: Path) -> None:
    faulty = TWO_GROUPS | {
        "solo_filings": TWO_GROUPS["solo_filings"].replace(
            "A,life,2023-06-30,quarterly,900,100", "A,life,2023-06-30,quarterly,900,1oo"
        )
    }
    result = consolidated(tmp_path, faulty)
    assert made(result) == [("G", "2023-12-31"), ("H", "2023-06-30")]
    assert [f.row for f in result.findings if f.severity is Severity.ERROR] == [3]


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_a_requirement_that_is_not_positive_gives_no_ratio_and_a_finding(tmp_path: Path, amount: str) -> None:
    tables = {
        "group_members": "group_id,entity_id\nG,A\n",
        "solo_filings": f"entity_id,kind,period_end,basis,actual_capital,minimum_capital\nA,life,2023-06-30,quarterly,900,{amount}\n",
        "group_filings": "group_id,period_end,basis,actual_capital,core_tier1_capital\nG,2023-06-30,quarterly,900,900\n",
    }
    result = consolidated(tmp_path, tables)
    ratio = result.statements[0].lines["comprehensive_solvency_ratio"]
    assert (ratio.amount, ratio.status) == (None, "not computable")
    assert "group-minimum-capital-not-positive" in codes(result)


def test_a_period_before_the_rule_is_said_and_the_others_are_made(tmp_path: Path) -> None:
    tables = TWO_GROUPS | {"solo_filings": TWO_GROUPS["solo_filings"] + "A,life,2021-12-31,annual,900,80\n"}
    result = consolidated(tmp_path, tables)
    assert len(result.statements) == 3
    assert [(f.group_id, str(f.period_end)) for f in result.findings if f.code == "no-rule-in-force"] == [
        ("G", "2021-12-31")
    ]


def test_filings_from_before_the_rules_stand_but_nothing_is_held_against_them(tmp_path: Path) -> None:
    old = "A,life,2021-12-31,annual,900,80\nB,property,2021-12-31,annual,900,30\n"
    filing_set = read_set(tmp_path, TWO_GROUPS | {"solo_filings": TWO_GROUPS["solo_filings"] + old})
    done = consolidate(filing_set, Rulebook.load(), Scope())
    assert len(done.statements) == 3
    assert [(f.entity_id, f.row) for f in done.findings if f.code == "filing-before-rules"] == [
        ("A", 7),
        ("B", 8),
    ]
    assert done.recomputation["period_end"].min() == date(2023, 3, 31)


def test_a_transitional_measure_beyond_the_last_day_is_said_with_the_notice_that_set_it(
    tmp_path: Path,
) -> None:
    measures = "entity_id,parameter,valid_from,value,valid_to,approval\nA,k,2022-01-01,0.5,{},批复1号\n"
    tables = TWO_GROUPS | {"transitional_measures": measures.format("2025-12-31")}
    assert "transitional-measure-too-long" not in codes(consolidated(tmp_path / "a", tables))
    tables = TWO_GROUPS | {"transitional_measures": measures.format("2026-01-01")}
    findings = consolidated(tmp_path / "b", tables).findings
    assert [(f.expected, f.article) for f in findings if f.code == "transitional-measure-too-long"] == [
        ("2025-12-31", "Transition notice 2024-12")
    ]


def test_under_another_limit_the_surplus_still_has_its_formula_in_both_languages(tmp_path: Path) -> None:
    book = Rulebook.load().overlay({"solvency.core_minimum_ratio": Decimal("0.55")})
    statement = consolidate(read_set(tmp_path, TWO_GROUPS), book).statements[0]
    for name in ("core_solvency_surplus", "comprehensive_solvency_surplus"):
        line = statement.lines[name]
        assert f"formula.{line.formula}" in table()
        assert any(getattr(i, "id", "").startswith("solvency.") for i in line.inputs)


@pytest.mark.parametrize(("score", "rules"), [("88", 2), ("60", 1)])
def test_a_capped_score_names_the_cap_that_it_was_held_to(tmp_path: Path, score: str, rules: int) -> None:
    assessed = f"group_id,period_end,sarmra_score,capped\nH,2023-06-30,{score},true\n"
    result = consolidated(tmp_path, TWO_GROUPS | {"assessments": assessed}, Scope(group_id="H"))
    factor = result.statements[0].lines["control_risk_minimum_capital"].inputs[0]
    named = [i.id for i in factor.inputs if isinstance(i, Rule)]  # type: ignore[union-attr]
    assert named == ["control_risk.segments", "control_risk.capped_score"][:rules]
