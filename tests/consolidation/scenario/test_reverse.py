"""The reverse test: how far a driver may move until a limit is reached, to the last step, and where there is no answer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from consolidation.money import QUANTUM
from consolidation.scenario.reverse import REACHED, _size
from tests.build import rows
from tests.consolidation.scenario.stressed import amounts, driven, stressed
from tests.consolidation.scenario.worked import DAY

STEPS = 10**6
CURVES: dict[str, Callable[[Decimal], Decimal]] = {
    "straight": lambda left: left,
    "steep": lambda left: left**3,
    "flat": lambda left: left / 10**9,
    "broken": lambda left: left if left >= 0 else left * 1000 - 1,
}


@pytest.mark.parametrize("curve", CURVES)
def test_the_largest_size_that_holds_is_found_to_the_last_step(curve: str) -> None:
    for last in (0, 1, 2, 3, 5, 17, 333_333, 500_000, 654_321, STEPS - 3, STEPS - 2, STEPS - 1):
        for above in (Decimal(0), Decimal("0.5")):  # on the step, or between it and the next

            def surplus(
                size: Decimal, _ratio: str, _limit: Decimal, furthest: Decimal = last + above
            ) -> Decimal:
                return CURVES[curve](furthest - size / QUANTUM)

            moved = SimpleNamespace(surplus=surplus)
            assert _size(moved, "core", Decimal(1), Decimal(1)) == (last * QUANTUM, REACHED), (last, above)


@pytest.mark.parametrize(
    ("actual", "assets", "size", "status"),
    [
        ("6000", "4000", Decimal(0), "reached"),
        ("6000.000001", "1000000", Decimal(0), "reached"),
        ("5999.999999", "4000", None, "below already"),
        ("6000.5", "4000", Decimal("-0.000125"), "reached"),
        ("10000", "4000", None, "not reached at −100%"),  # on the limit at the far end, to the last digit
        ("9999.999999", "4000", Decimal("-0.999999"), "reached"),
    ],
)
def test_a_limit_is_reached_or_not_to_the_last_place(
    tmp_path: Path, actual: str, assets: str, size: Decimal | None, status: str
) -> None:
    tables = driven(equity_assets=assets)
    tables["group_filings"][0] |= {"actual_capital": actual, "core_tier1_capital": actual}
    (found,) = stressed(tmp_path, tables).reverse.filter(ratio="comprehensive").iter_rows(named=True)
    assert (found["size"], found["status"]) == (size, status)


def test_without_a_requirement_there_is_no_ratio_to_reach(tmp_path: Path) -> None:
    tables = driven(equity_assets="4000")
    for name in ("solo_filings", "stress_results"):
        tables[name] = [{**row, "minimum_capital": "0"} for row in tables[name]]
    del tables["sector_filings"]
    test = stressed(tmp_path, tables)
    assert set(test.reverse["status"]) == {"not computable"}
    assert set(test.reverse["due"]) <= {None, False}


def test_how_far_a_driver_may_move(tmp_path: Path) -> None:
    test = stressed(
        tmp_path,
        driven(equity_assets="8000", credit_risk_assets="3000", combined_ratio="0.9", earned_premium="12345"),
    )

    columns = ("driver", "ratio", "size", "reached_ratio", "status", "due")
    assert test.reverse.select(columns).rows() == [
        ("equity_assets", "comprehensive", Decimal("-0.5"), 1, "reached", False),
        ("equity_assets", "core", Decimal("-0.875"), Decimal("0.5"), "reached", False),
        ("credit_risk_assets", "comprehensive", None, None, "not reached at −100%", False),
        ("credit_risk_assets", "core", None, None, "not reached at −100%", False),
        ("combined_ratio", "comprehensive", Decimal("0.360019"), Decimal("1.000001"), "reached", False),
        ("combined_ratio", "core", Decimal("0.630034"), Decimal("0.500001"), "reached", False),
    ]


def test_a_reverse_answer_put_in_gives_the_ratio_and_a_step_further_misses_it(tmp_path: Path) -> None:
    tables = driven(equity_assets="7777.777777")
    tables["guarantees"] = rows("guarantees", f"G,1,{DAY},P,L,2000")
    tables["group_financials"] = rows(
        "group_financials", f"G,{DAY},20000,9000,1", "G,2022-12-31,20000,9000,1"
    )
    (answer,) = stressed(tmp_path, tables).reverse.filter(ratio="comprehensive").iter_rows(named=True)
    sizes = (-answer["size"], -answer["size"] + Decimal("0.000001"))
    at, further = (
        amounts(
            stressed(
                tmp_path,
                tables,
                {"name": "s", "stages": [{"shocks": [{"type": "equity_fall", "fall": size}]}]},
            ),
            "s",
        )
        for size in sizes
    )

    assert at["comprehensive_solvency_ratio"] == answer["reached_ratio"]
    assert at["comprehensive_solvency_surplus"] >= 0 > further["comprehensive_solvency_surplus"]


@pytest.mark.parametrize(
    ("actual", "due"), [("9000", True), ("8999.999", True), ("9000.01", False), ("5999", False)]
)
def test_a_reverse_test_is_due_where_the_base_is_between_its_bounds(
    tmp_path: Path, actual: str, due: bool
) -> None:
    tables = driven(equity_assets="1")
    tables["group_filings"][0] |= {"actual_capital": actual, "core_tier1_capital": actual}
    test = stressed(tmp_path, tables)

    assert test.reverse["due"].unique().to_list() == [due]
