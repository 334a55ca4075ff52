"""A what-if and a stress scenario of the same steps give the same statement: there is one way to change the world."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import Scenario
from consolidation.scenario.stress import stress
from monitoring.what_if.outcome import what_if
from monitoring.what_if.scenario import MemberChange, Purchase, WhatIfScenario
from tests.build import read_set
from tests.monitoring.what_if.bases import basis
from tests.monitoring.what_if.test_changes import HOLDING, MIXED

BOOK = Rulebook.load()
WITH_BANK = HOLDING | {
    "sector_filings": "entity_id,period_end,measure,amount,required_ratio,actual_capital\n"
    "B,2023-12-31,risk_weighted_assets,1000000,0.08,120000\n"
}
BORNE_WHOLE = yaml.load(
    (Path(__file__).parents[2] / "scenarios" / "A19-joint-venture-bears-all.yaml").read_text("utf-8"),
    yaml.CBaseLoader,
)["tables"]
_NEW = Purchase("New", "trust", Decimal(200000), Decimal(90000), Decimal(250000), Decimal("0.6"))


@pytest.mark.parametrize(
    ("tables", "asked", "shock", "actual", "required"),
    [
        # 1,000,000 − 120,000 + 80,000 (A18: a subsidiary counts whole); the bank takes its 80,000 of 630,000 along.
        (WITH_BANK, {"sold": {"B": Decimal(80000)}},
         {"type": "member_sold", "companies": ["B"], "price": 80000}, "960000", "550000"),
        (MIXED, {"sold": {"B": Decimal(150000)}},
         {"type": "member_sold", "companies": ["B"], "price": 150000}, "960000", "430000"),
        (MIXED, {"members": {"J": MemberChange(Decimal(150000), Decimal(0))}},
         {"type": "member_restated", "companies": ["J"], "actual_capital": 150000, "minimum_capital": 0},
         "1175000", "600000"),
        (BORNE_WHOLE, {"members": {"J": MemberChange(Decimal(300000), Decimal(250000))}},
         {"type": "member_restated", "companies": ["J"], "actual_capital": 300000, "minimum_capital": 250000},
         "650000", "350000"),
        (HOLDING, {"bought": (_NEW,)},
         {"type": "member_bought", "company": "New", "kind": "trust", "actual_capital": 200000,
          "minimum_capital": 90000, "price": 250000, "share": "0.6"}, "870000", "604000"),
        (HOLDING, {"injection": Decimal(1100000), "tier": "supplementary_tier1_capital"},
         {"type": "capital_injection", "amount": 1100000, "tier": "supplementary_tier1_capital"},
         "2000000", "550000"),
    ],
)  # fmt: skip
def test_what_is_asked_on_the_page_and_in_a_file_is_the_same(
    tmp_path: Path,
    tables: dict[str, str],
    asked: dict[str, Any],
    shock: dict[str, Any],
    actual: str,
    required: str,
) -> None:
    asked_on_page = what_if(basis(tmp_path / "page", tables), WhatIfScenario(**asked), BOOK).after
    statement_day = asked_on_page.period_end
    scenario = Scenario.model_validate({"name": "s", "stages": [{"shocks": [shock]}]})
    test = stress(read_set(tmp_path / "file", tables), BOOK, [scenario], report_date=statement_day)
    (statement,) = (s for key, s in test.statements.items() if key[2] == "s")

    amounts = {name: line.amount for name, line in statement.lines.items()}
    assert amounts == {name: line.amount for name, line in asked_on_page.lines.items()}
    assert (amounts["actual_capital"], amounts["minimum_capital"]) == (Decimal(actual), Decimal(required))
