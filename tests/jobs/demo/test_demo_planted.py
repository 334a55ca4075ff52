"""Every planted fault is where the list says, read from the files with nothing of the engine."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from jobs.demo import DemoIndustry, PlantedFault
from jobs.demo.planted import PLANTED, swapped
from tests.jobs.demo.conftest import Rows, amount, read

DOCUMENT = Path(__file__).parents[3] / "docs" / "demo.md"


@dataclass
class Look:
    """The files, and the row or rows that one planted fault points at."""

    demo: DemoIndustry
    fault: PlantedFault

    def table(self, name: str) -> Rows:
        return read(self.demo.filings / f"{name}.csv")

    @property
    def day(self) -> str:
        return self.fault.period_end.isoformat()

    def solos(self) -> Rows:
        return [
            r
            for r in self.table("solo_filings")
            if (r["entity_id"], r["period_end"]) == (self.fault.entity_id, self.day)
        ]

    def solo(self) -> dict[str, str]:
        (row,) = self.solos()
        return row

    def of_group(self, name: str) -> Rows:
        return [
            r
            for r in self.table(name)
            if (r["group_id"], r.get("period_end", self.day)) == (self.fault.group_id, self.day)
        ]

    def published(self, column: str) -> Decimal:
        (row,) = self.of_group("group_filings")
        return amount(row, column)

    def financials(self, column: str, day: str = "") -> Decimal:
        return next(
            amount(r, column)
            for r in self.table("group_financials")
            if (r["group_id"], r["period_end"]) == (self.fault.group_id, day or self.day)
        )

    def positions(self, *conditions: pl.Expr) -> pl.DataFrame:
        part = pl.read_parquet(self.demo.filings / "exposures" / f"part-{self.day}.parquet")
        prefix = self.fault.group_id[:2]
        return part.filter(pl.col("entity_id").str.starts_with(prefix), *conditions)

    def share(self, *conditions: pl.Expr) -> Decimal:
        """What the group holds under the conditions, over its total assets."""
        return self.positions(*conditions)["carrying_amount"].sum() / self.financials("total_assets")


def tiers_on_sheet(look: Look) -> dict[str, Decimal]:
    """The holding group's tiers before the limits, added up from the lines given in group_capital."""
    sheet = {int(r["line"]): amount(r, "amount") for r in look.of_group("group_capital")}
    assert not {23, 33, 37} & sheet.keys()
    ranges = {
        "core1": [2, *range(4, 12), *range(13, 18)],
        "core2": range(20, 26),
        "supplementary1": range(27, 33),
        "supplementary2": (35, 36),
    }
    return {tier: sum((sheet[n] for n in lines if n in sheet), Decimal(0)) for tier, lines in ranges.items()}


def fall_in_one_quarter(look: Look) -> Decimal:
    before = next(
        r
        for r in look.table("solo_filings")
        if (r["entity_id"], r["period_end"]) == (look.fault.entity_id, "2024-09-30")
    )
    return amount(before, "comprehensive_solvency_ratio") - amount(
        look.solo(), "comprehensive_solvency_ratio"
    )


def silent_from(look: Look) -> bool:
    periods = [r["period_end"] for r in look.table("solo_filings") if r["entity_id"] == look.fault.entity_id]
    return max(periods) < look.day and len(periods) in (6, 8)


def both_ways(look: Look) -> bool:
    held = {(r["owner_id"], r["entity_id"]) for r in look.table("ownership") if r["valid_from"] <= look.day}
    return {("云梦人寿", "云梦财险"), ("云梦财险", "云梦人寿")} <= held


def nobody_holds_it(look: Look) -> bool:
    rows = [
        (r["valid_from"], r["valid_to"])
        for r in look.table("ownership")
        if r["entity_id"] == look.fault.entity_id
    ]
    return rows == [("2012-01-01", "2024-09-30"), ("2025-02-01", "")]


def key_check_after_the_limit(look: Look) -> bool:
    tiers = tiers_on_sheet(look)
    core2 = min(tiers["core2"], tiers["core1"] * 3 / 7)
    held = tiers["core1"] + core2 + tiers["supplementary1"] + tiers["supplementary2"]
    return (
        1
        < held / look.published("minimum_capital")
        < Decimal("1.2")
        < look.published("comprehensive_solvency_ratio")
    )


def guarantees_share(look: Look) -> Decimal:
    balances = [amount(r, "balance") for r in look.of_group("guarantees")]
    assert min(balances) > look.financials("net_assets", "2023-12-31") / 100
    return sum(balances) / look.financials("net_assets")


def transactions_share(look: Look) -> Decimal:
    least = look.financials("net_assets", "2024-12-31") / 100
    year = [
        amount(r, "amount")
        for r in look.of_group("internal_transactions")
        if "2024-12-31" < r["traded_on"] <= "2025-12-31"
    ]
    return sum(a for a in year if a >= least) / look.financials("net_assets")


def default_is_replaced(look: Look) -> bool:
    failed = look.positions(pl.col("in_default"))
    assert set(failed["counterparty_id"]) == {"有熊装备"}
    assert set(failed["guarantor_id"]) == {"有虞重工"}
    own, guaranteed = look.share(pl.col("counterparty_id") == "有虞重工"), look.share(pl.col("in_default"))
    return max(own, guaranteed) < Decimal("0.03") < own + guaranteed


def customer_share(look: Look) -> Decimal:
    rows = [
        r
        for r in look.table("customer_income")
        if (r["customer_id"], r["period_end"]) == ("大椿建设集团", look.day)
    ]
    assert {r["entity_id"] for r in rows} == {"瑶池人寿", "琅玕健康"}
    return sum(amount(r, "amount") for r in rows) / look.financials("income")


def borrower_is_unknown(look: Look) -> bool:
    known = {r["counterparty_id"] for r in look.table("counterparties")}
    held = set(pl.read_parquet(look.demo.filings / "exposures" / "*.parquet")["counterparty_id"].drop_nulls())
    return held - known == {"无名之丘置业"} and "无名之丘置业" in set(look.positions()["counterparty_id"])


def digits_are_swapped(look: Look) -> bool:
    row = look.solo()
    parts = ("quantifiable_risk_minimum_capital", "control_risk_minimum_capital", "add_on_capital")
    right = sum(amount(row, part) for part in parts)
    return amount(row, "minimum_capital") != right and sorted(row["minimum_capital"]) == sorted(f"{right:f}")


def ratio_is_not_that_of_its_amounts(look: Look) -> bool:
    row = look.solo()
    return abs(
        amount(row, "actual_capital") / amount(row, "minimum_capital")
        - amount(row, "comprehensive_solvency_ratio")
    ) > Decimal("0.05")


def core2_share(look: Look) -> Decimal:
    row = look.solo()
    return amount(row, "core_tier2_capital") / (
        amount(row, "core_tier1_capital") + amount(row, "core_tier2_capital")
    )


def refiled_worse(look: Look) -> bool:
    (again,) = [
        r
        for r in read(look.demo.refiled / "solo_filings.csv")
        if (r["entity_id"], r["period_end"]) == (look.fault.entity_id, look.day)
    ]
    return amount(again, "comprehensive_solvency_ratio") < amount(
        look.solo(), "comprehensive_solvency_ratio"
    ) - Decimal("0.1")


def sound_by_ratio(look: Look) -> bool:
    return (
        amount(look.solo(), "comprehensive_solvency_ratio") > 2
        and amount(look.solo(), "core_solvency_ratio") > 2
    )


def group_fine_member_not(look: Look) -> bool:
    return (
        amount(look.solo(), "comprehensive_solvency_ratio") < 1
        and look.published("comprehensive_solvency_ratio") > 2
    )


def two_minimum_capitals(look: Look) -> bool:
    first, second = look.solos()
    return first["basis"] == second["basis"] and first["minimum_capital"] != second["minimum_capital"]


def audited_and_unaudited(look: Look) -> bool:
    filed = {r["basis"]: r["actual_capital"] for r in look.solos()}
    return filed.keys() == {"quarterly", "annual"} and filed["quarterly"] != filed["annual"]


def measure_too_long(look: Look) -> bool:
    return [
        r["valid_to"] for r in look.table("transitional_measures") if r["entity_id"] == look.fault.entity_id
    ] == [look.day] and look.day > "2025-12-31"


def measure_better(look: Look) -> bool:
    """The share of policy surplus that may count rises with the year."""
    own = [r for r in look.table("transitional_measures") if r["entity_id"] == look.fault.entity_id]
    before, after = sorted(own, key=lambda r: r["valid_from"])
    assert before["parameter"] == after["parameter"] == "capital_limits.policy_surplus_to_core"
    return before["valid_to"] == "2024-12-31" and amount(after, "value") > amount(before, "value")


def joint_stock_bank_share(look: Look) -> Decimal:
    classes = {r["counterparty_id"]: r["class"] for r in look.table("counterparties")}
    assert classes["金乌银行"] == "joint_stock_bank"
    return look.share(pl.col("counterparty_id") == "金乌银行", pl.col("entity_id") != "青丘阿瓦隆")


def stressed(look: Look, scenario: str, horizon: str = "2026-12-31") -> Decimal:
    """The comprehensive ratio that the company's own test gives."""
    (row,) = [
        r
        for r in look.table("stress_results")
        if (r["entity_id"], r["scenario"], r["horizon_end"]) == (look.fault.entity_id, scenario, horizon)
    ]
    return amount(row, "actual_capital") / amount(row, "minimum_capital")


def gives_nothing(look: Look) -> bool:
    rows = look.table("stress_results") + look.table("stress_drivers")
    return bool(look.solos()) and look.fault.entity_id not in {r["entity_id"] for r in rows}


CHECKS: dict[str, Callable[[Look], bool]] = {
    "re-filing": refiled_worse,
    "duplicate": two_minimum_capitals,
    "missing-filing": lambda look: (
        not look.solos()
        and any(
            r["entity_id"] == "瑶池财险" and r["period_end"] == "2025-09-30"
            for r in look.table("solo_filings")
        )
    ),
    "silent-life": silent_from,
    "silent-property": silent_from,
    "cross-holding": both_ways,
    "group-breach": lambda look: (
        look.published("comprehensive_solvency_ratio") < 1
        and look.published("core_solvency_ratio") > Decimal("0.5")
    ),
    "group-key-check": key_check_after_the_limit,
    "group-watch": lambda look: (
        Decimal("1.2") < look.published("comprehensive_solvency_ratio") < Decimal("1.5")
    ),
    "member-breach": group_fine_member_not,
    "rating-breach": lambda look: sound_by_ratio(look) and look.solo()["integrated_risk_rating"] == "C",
    "falling": lambda look: Decimal("0.4") < fall_in_one_quarter(look) < Decimal("0.6"),
    "does-not-add-up": digits_are_swapped,
    "mixed-audit": ratio_is_not_that_of_its_amounts,
    "stale-ownership": nobody_holds_it,
    "tier-limit": lambda look: (
        tiers_on_sheet(look)["core2"] > tiers_on_sheet(look)["core1"] * 3 / 7
        and look.published("core_tier2_capital") == tiers_on_sheet(look)["core2"]
    ),
    "solo-tier-limit": lambda look: abs(core2_share(look) - Decimal("0.38")) < Decimal("0.0001"),
    "guarantees": lambda look: Decimal("0.30") < guarantees_share(look) < Decimal("0.31"),
    "internal-transactions": lambda look: transactions_share(look) > Decimal("0.25"),
    "joint-stock-bank": lambda look: Decimal("0.05") < joint_stock_bank_share(look) < Decimal("0.065"),
    "counterparty": lambda look: (
        Decimal("0.039") < look.share(pl.col("counterparty_id") == "涂山基建") < Decimal("0.04")
    ),
    "guarantor": default_is_replaced,
    "sector": lambda look: (
        look.share(
            pl.col("sector_scheme") == "SWS", pl.col("sector") == "房地产", ~pl.col("separate_account")
        )
        > Decimal("0.10")
    ),
    "customer": lambda look: Decimal("0.34") < customer_share(look) < Decimal("0.35"),
    "unknown-counterparty": borrower_is_unknown,
    "new-company": lambda look: amount(look.solo(), "comprehensive_solvency_ratio") > 200,
    "no-requirement": lambda look: (
        look.solo()["minimum_capital"] == "0.00" and not look.solo()["comprehensive_solvency_ratio"]
    ),
    "filed-twice": audited_and_unaudited,
    "rating-contradicted": lambda look: (
        [r["integrated_risk_rating"] for r in look.of_group("ratings")] == ["BBB"]
        and any(
            amount(r, "comprehensive_solvency_ratio") < 1
            for r in look.table("solo_filings")
            if (r["entity_id"], r["period_end"]) == ("归墟信保", look.day)
        )
    ),
    "transition-too-long": measure_too_long,
    "transition-better": measure_better,
    "stress-not-given": gives_nothing,
    "stress-base-breach": lambda look: stressed(look, "base") < 1 < stressed(look, "base", "2025-12-31"),
    "stress-breach": lambda look: stressed(look, "mandatory_2") < 1 < stressed(look, "base"),
}


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.id)
def test_the_planted_fault_is_where_the_list_says(demo, fault):
    assert CHECKS[fault.id](Look(demo, fault))


def test_the_list_is_complete_and_documented():
    assert [fault.id for fault in PLANTED] == list(CHECKS)
    rows = [line.split(" | ") for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == list(CHECKS)
    for row, fault in zip(rows, PLANTED, strict=True):
        assert row[1] == fault.what
        assert row[2] == " ".join(
            filter(None, (fault.group_id, fault.entity_id, fault.period_end.isoformat()))
        )
        assert row[3].rstrip(" |") == fault.shown_by


def test_only_one_fault_blocks_and_only_one_group_and_period():
    assert [(f.id, f.group_id, f.period_end.isoformat()) for f in PLANTED if f.blocks] == [
        ("duplicate", "蓬莱集团", "2023-06-30")
    ]


def test_swapped_digits_are_the_same_digits():
    assert swapped(Decimal("203456.78")) == Decimal("204356.78")
    assert swapped(Decimal("111111.12")) == Decimal("111111.21")
