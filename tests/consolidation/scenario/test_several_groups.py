"""Stress tests of more than one group: horizons of their own, a company in two of them, and whose positions a shock hits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import DividendCut, Scenario
from consolidation.scenario.members.member import MemberEffect
from consolidation.scenario.reverse import is_due
from consolidation.scenario.stress import stress
from consolidation.scenario.stressed_set import Moves, stressed_set
from tests.build import read_set
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()
REPORT_DAY, YEAR_ON, LATER = date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31)


def with_a_mixed_group(*members: str) -> Tables:
    """The worked example and a group of a life insurer M, or of whom else."""
    tables = worked_example()
    tables["groups"].append({"group_id": "K", "name": "混合", "type": "mixed", "parent_id": ""})
    tables["entities"].append({"entity_id": "M", "name": "M", "kind": "life"})
    tables["group_members"] = [
        {"group_id": "K", "entity_id": e, "relation": "subsidiary"} for e in members or ("M",)
    ]
    tables["solo_filings"].append(filing("M", "life", "3000", "1000"))
    return tables


def test_what_moves_in_the_tables_is_of_the_groups_at_that_horizon(tmp_path: Path) -> None:
    tables = with_a_mixed_group()
    tables["stress_results"] += [
        result("M", name, actual, "1000", horizon_end="2025-12-31")
        for name, actual in (("base", "3000"), ("mandatory_2", "2900"))
    ]
    moves = stress(read_set(tmp_path, tables), BOOK).moves
    by_horizon = {key[-2]: (set(m.capital), set(m.losses), set(m.effects)) for key, m in moves.items()}
    assert by_horizon == {
        YEAR_ON: ({"G"}, {"G"}, {"P", "L", "J"}),
        LATER: ({"K"}, {"K"}, {"M"}),
    }


def test_a_company_in_two_groups_is_told_once(tmp_path: Path) -> None:
    lines = stress(read_set(tmp_path, with_a_mixed_group("M", "L")), BOOK).lines
    of_company = lines.filter(entity_id="L", scenario="macro", line="actual_capital", actions="before")
    assert of_company["stressed"].to_list() == [4500]


def test_a_shock_of_positions_names_whom_it_hits(tmp_path: Path) -> None:
    shocks: list[dict[str, Any]] = [
        {"type": "default", "counterparty": "甲", "loss": "0.4"},
        {"type": "default", "id": "of one", "counterparty": "甲", "loss": "0.5", "companies": ["L"]},
        {"type": "default", "id": "of a kind", "counterparty": "甲", "loss": 1, "kinds": ["property"]},
        {"type": "default", "id": "of nobody", "counterparty": "甲", "loss": 1, "kinds": ["trust"]},
        {"type": "default", "id": "of a group", "counterparty": "甲", "loss": 1, "groups": ["G"]},
    ]
    scenario = Scenario.model_validate({"name": "s", "stages": [{"shocks": shocks}]})
    test = stress(read_set(tmp_path, worked_example()), BOOK, [scenario], report_date=REPORT_DAY)
    (moves,) = test.moves.values()
    assert [(s.factor, s.holders) for s in moves.shocks] == [
        (Decimal("0.6"), ()),
        (Decimal("0.5"), ("L",)),
        (Decimal(0), ("J",)),
        (Decimal(0), ("",)),
        (Decimal(0), ("J", "L", "P")),
    ]


def test_actions_move_positions_after_them_alone(tmp_path: Path) -> None:
    shock, action = {"type": "default", "counterparty": "甲", "loss": "0.4"}, {
        "type": "position_reduced", "share": "0.5", "asset_classes": ["loan"],
    }  # fmt: skip
    stages = [{"shocks": [shock]}, {"actions": [action]}, {}]
    scenario = Scenario.model_validate({"name": "s", "stages": stages})
    beside = DividendCut(type="dividend_cut", companies=("L",), amount=Decimal(5))
    filed = read_set(tmp_path, worked_example())
    test = stress(filed, BOOK, [scenario], actions=[beside], report_date=REPORT_DAY)
    factors = {(key[-3], key[-1]): [s.factor for s in m.shocks] for key, m in test.moves.items()}
    fall, sold = Decimal("0.6"), Decimal("0.5")
    assert factors == {
        (1, "before"): [fall], (1, "after"): [fall], (2, "before"): [fall], (2, "after"): [fall, sold],
        (3, "before"): [fall], (3, "after"): [fall, sold],
    }  # fmt: skip
    done = test.changes.filter(actions="after")
    assert done.select("stage", "shock", "entity_id", "actual_capital").rows() == [
        (3, "dividend_cut", "L", 5)
    ]


def test_drivers_alone_that_touch_nobody_are_told(tmp_path: Path) -> None:
    def told(*shocks: dict[str, Any]) -> list[str]:
        scenario = Scenario.model_validate({"name": "s", "stages": [{"shocks": shocks}, {}]})
        drivers = [{"entity_id": "L", "period_end": DAY, "equity_assets": "5"}]
        filed = read_set(tmp_path, worked_example(stress_drivers=drivers))
        found = stress(filed, BOOK, [scenario], report_date=REPORT_DAY).findings
        return [f.value for f in found if f.code == "stress-nobody"]

    fall: dict[str, Any] = {"type": "equity_fall", "fall": "0.5"}
    assert told({**fall, "kinds": ["trust"]}) == ["s"]
    assert told(fall) == told({**fall, "kinds": ["life"]}) == []
    assert told({"type": "capital_loss", "companies": ["X"], "amount": 1}) == []
    assert told({**fall, "kinds": ["trust"]}, {"type": "capital_loss", "companies": ["L"], "amount": 1}) == []


SHEET = {"1": "900", "2": "700", "18": "40", "22": "30", "26": "50", "35": "7"}


@pytest.mark.parametrize(
    ("lines", "moved"),
    [
        ("1 2 18 22 26 35", {"2": "690", "18": "35", "26": "57", "35": "8"}),
        ("1", {"1": "890", "22": "-5", "32": "7", "35": "1"}),
        ("2 22", {"2": "690", "22": "25", "32": "7", "35": "1"}),
        ("", {}),
    ],
)
def test_a_capital_sheet_takes_each_tier_on_its_part_or_its_total(
    lines: str, moved: dict[str, str], tmp_path: Path
) -> None:
    """Core tier 1 on the net assets where they are given; the others on the total where it is given."""
    rows = [
        {"group_id": group, "period_end": day, "line": line, "amount": SHEET[line]}
        for line in lines.split()
        for group, day in (("G", DAY), ("G", "2022-12-31"), ("K", DAY))
    ]
    filed = read_set(tmp_path, worked_example(group_capital=rows))
    tiers = dict(
        zip(("core_tier1_capital", "core_tier2_capital", "supplementary_tier1_capital", "supplementary_tier2_capital"),
            map(Decimal, (-10, -5, 7, 1)), strict=True)
    )  # fmt: skip
    after = stressed_set(filed, "s", REPORT_DAY, Moves({}, {"G": tiers}, {}, {}, ()), ())
    before = {(r["group_id"], r["period_end"], r["line"]): r["amount"] for r in filed.tables["group_capital"].to_dicts()}  # fmt: skip
    now = {(r["group_id"], r["period_end"], r["line"]): r["amount"] for r in after.tables["group_capital"].to_dicts()}  # fmt: skip
    changed = {key: amount for key, amount in now.items() if before.get(key) != amount}
    assert changed == {("G", REPORT_DAY, line): Decimal(amount) for line, amount in moved.items()}
    assert now.keys() >= before.keys()


def test_a_stressed_set_has_the_filings_of_the_day_after_all_that_happened(tmp_path: Path) -> None:
    tables = worked_example()
    tables["solo_filings"] += [filing("L", "life", "1", "1", day="2022-12-31")]
    tables["sector_filings"][0]["actual_capital"] = "80"
    filed = read_set(tmp_path, tables)
    effects = {
        "L": [
            MemberEffect("a", "L", {"core_tier1_capital": Decimal(-10), "core_tier2_capital": Decimal(3)}, Decimal(5), Decimal(6)),
            MemberEffect("b", "L", {"core_tier1_capital": Decimal(1)}, Decimal(1), Decimal(2)),
        ],
        "P": [MemberEffect("a", "P", {"core_tier1_capital": Decimal(-4)})],
    }  # fmt: skip
    after = stressed_set(filed, "s", REPORT_DAY, Moves(effects, {}, {}, {}, ()), ())
    columns = ("entity_id", "period_end", "actual_capital", "core_tier1_capital", "minimum_capital")
    assert sorted(after.tables["solo_filings"].select(columns).rows()) == [
        ("J", REPORT_DAY, 2000, 2000, 1000),
        ("L", date(2022, 12, 31), 1, 1, 1),
        ("L", REPORT_DAY, 5994, 5991, 4008),
    ]
    assert after.tables["sector_filings"]["actual_capital"].to_list() == [76]
    assert after.source.endswith(" (s)")
    assert after.tables["solo_filings"].filter(pl.col("core_tier2_capital").is_not_null()).is_empty()


@pytest.mark.parametrize(
    ("actual", "required", "due"), [("1", "0", None), ("1", "-1", None), ("9000", "6000", True), ("1", "1", True)]
)  # fmt: skip
def test_a_reverse_test_without_a_requirement_is_neither_due_nor_not(
    actual: str, required: str, due: bool | None
) -> None:
    amounts = {"actual_capital": Decimal(actual), "minimum_capital": Decimal(required)}
    base: Any = SimpleNamespace(statement=SimpleNamespace(amount=amounts.get))
    assert is_due(base, BOOK.on(REPORT_DAY)) is due


def test_two_steps_of_one_name_are_refused() -> None:
    fall = {"type": "equity_fall", "fall": "0.1"}
    for stages in ([{"shocks": [fall, fall]}], [{"shocks": [fall]}, {"shocks": [fall]}]):
        with pytest.raises(ValueError, match="equity_fall"):
            Scenario.model_validate({"name": "s", "stages": stages})
    Scenario.model_validate({"name": "s", "stages": [{"shocks": [fall, {**fall, "id": "another"}]}]})
