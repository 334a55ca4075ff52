"""Ten small sets that were once read wrongly, and what is right (the folder's README says it): each stands for its kind."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import read_filing_set
from consolidation.findings import Finding, Severity
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import flag_inputs_of_set

H1, H2 = date(2023, 6, 30), date(2023, 12, 31)


def case(name: str) -> Path:
    """The folder of a case; the test is skipped where the cases are not on this machine."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "cases"
    folder = Path(os.environ.get("RULE19_CASES", shared)) / name
    if not folder.exists():
        pytest.skip(f"the small cases are not here ({folder.parent}); set RULE19_CASES to their folder")
    return folder


def computed(name: str) -> Consolidation:
    return consolidate(read_filing_set(str(case(name))), Rulebook.load(), Scope())


def amounts(done: Consolidation, group: str, day: date = H1) -> dict[str, Decimal | None]:
    """The lines of one statement."""
    (statement,) = [s for s in done.statements if (s.group_id, s.period_end) == (group, day)]
    return {name: line.amount for name, line in statement.lines.items()}


def findings(done: Consolidation, group: str = "") -> list[Finding]:
    """The warnings and errors about a group and its members, but for columns that a small table lacks."""
    return [
        f
        for f in done.findings
        if f.severity is not Severity.INFO and f.code != "column-not-given" and f.group_id in ("", group)
    ]


def flags(name: str, done: Consolidation) -> set[tuple[str, str, str]]:
    flag_inputs = flag_inputs_of_set(read_filing_set(str(case(name))), done)
    raised = raise_flags(flag_inputs, Rulebook.load()).raised()
    return set(raised.select("subject_id", "code", "item").iter_rows())


def test_t1_the_latest_assessment_counts_until_there_is_another() -> None:
    done = computed("law-t1")
    for day in (H1, H2):
        found = amounts(done, "G", day)
        assert found["control_risk_minimum_capital"] == 150
        assert found["comprehensive_solvency_ratio"] == Decimal("2.608696")


def test_t2a_negative_net_assets_leave_no_room_and_no_escape() -> None:
    done = computed("law-t2a")
    assert amounts(done, "G")["contagion_risk_minimum_capital"] == 300
    assert ("G", "breach", "core") in flags("law-t2a", done)
    assert ("G", "breach", "comprehensive") in flags("law-t2a", done)
    said = [f for f in findings(done, "G") if f.code == "group-figure-not-positive"]
    assert [(f.severity, f.column, Decimal(f.value)) for f in said] == [
        (Severity.WARNING, "net_assets", -1000)
    ]


def test_t3_a_product_is_exempt_in_its_own_managers_group_only(tmp_path: Path) -> None:
    done = computed("law-t3")
    own, other = amounts(done, "G"), amounts(done, "K")
    assert own["concentration_risk_minimum_capital"] == 0
    assert other["counterparty_concentration_minimum_capital"] == 120
    assert other["sector_concentration_minimum_capital"] == 50

    for table in case("law-t3").glob("*.csv"):
        (tmp_path / table.name).write_text(
            table.read_text("utf-8").replace("AM-PROD,AM,", "AM-PROD,,"), "utf-8"
        )
    unsaid = consolidate(read_filing_set(str(tmp_path)), Rulebook.load(), Scope())
    for group in ("G", "K"):
        assert amounts(unsaid, group)["concentration_risk_minimum_capital"] == 0
    said = [f for f in findings(unsaid, "K") if f.column == "manager_id"]
    assert said and {f.severity for f in said} == {Severity.WARNING}


def test_t4_what_a_futures_exchange_made_and_what_a_state_bank_issued() -> None:
    """The derivative is out of the counterparty test, the state bank's product and deposit out of both. What is left is the
    receivable from a policy bank, which is no product that it issued: (2,000 − 600) × 0.05, and 2,000 is the sector limit.
    """
    done = computed("law-t4")
    found = amounts(done, "G")
    assert found["counterparty_concentration_minimum_capital"] == 70
    assert found["sector_concentration_minimum_capital"] == 50
    parties = done.group_specific_risk.concentration.filter(pl.col("test") == "counterparty")
    assert parties["party"].to_list() == ["CDB"]


def test_t7b_a_stake_between_members_without_a_link_is_named_with_its_estimate() -> None:
    done = computed("law-t7b")
    assert amounts(done, "M")["actual_capital"] == 3500
    named = [f for f in findings(done, "M") if f.code == "stake-without-link"]
    assert [(f.entity_id, Decimal(f.value)) for f in named] == [("A", 500)]
    assert "member A holds member B" in named[0].message()


def test_t8_an_empty_relation_takes_the_registers() -> None:
    found = amounts(computed("law-t8"), "M")
    assert found["minimum_capital"] == 1250
    assert found["actual_capital"] == 3500


def test_t9_the_banks_capital_is_not_cut_through_the_insurers_line() -> None:
    done = computed("law-t9")
    (statement,) = done.statements
    assert statement.capital_lines.get(23, Decimal(0)) == 0
    assert statement.capital_lines[19] == 50
    found = amounts(done, "G")
    assert found["core_tier2_capital"] == 2050
    assert found["actual_capital"] == 5550


def test_t16_capital_debt_between_members_and_a_tier_below_zero_are_findings() -> None:
    done = computed("law-t16")
    assert amounts(done, "X")["supplementary_tier1_capital"] == -150
    said = findings(done, "X")
    debt = [f for f in said if f.code == "capital-debt-between-members"]
    assert [(f.entity_id, Decimal(f.value)) for f in debt] == [("A", 100), ("B", 50)]
    assert all("A85" in f.article for f in debt)
    below = [(f.column, Decimal(f.value)) for f in said if f.code == "capital-below-zero"]
    assert below == [("supplementary_tier1_capital", -150)]


def test_t19_a_guarantor_never_frees_anothers_debt() -> None:
    found = amounts(computed("law-t19"), "G")
    assert found["counterparty_concentration_minimum_capital"] == 165
    assert found["sector_concentration_minimum_capital"] == 125


def test_t27_add_on_capital_is_part_of_a_filing_that_adds_up() -> None:
    done = computed("law-t27")
    again = done.recomputation.filter(
        (pl.col("period_end") == H1) & (pl.col("item") == "minimum_capital")
    ).row(0, named=True)
    assert (again["filed"], again["recomputed"], again["within_tolerance"]) == (1050, 1050, True)
    raised = flags("law-t27", done)
    assert ("A", "does_not_add_up", "minimum_capital") not in raised
    changed = {item for _, code, item in raised if code == "audit_change"}
    assert changed == {"actual_capital", "minimum_capital", "core", "comprehensive"}
