"""What the stress test makes of the demo: who breaks, whose base does, who gave nothing, and the own scenarios."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from consolidation.scenario.reading import group_scenario, read_scenarios
from consolidation.scenario.stress import StressTest, stress
from jobs.demo import DemoIndustry

BOOK = Rulebook.load()
LAST = date(2025, 12, 31)


@pytest.fixture(scope="module")
def tested(demo: DemoIndustry) -> StressTest:
    """The macro scenario and those of one's own."""
    own = read_scenarios(demo.filings.parent / "own_scenarios.yaml")
    macro = group_scenario("macro", BOOK.on(LAST))
    return stress(read_filing_set(str(demo.filings)), BOOK, [macro, *own], report_date=LAST)


def surplus(lines: pl.DataFrame, subject: str, scenario: str) -> list[tuple[float, float]]:
    found = lines.filter(
        pl.coalesce("group_id", "entity_id") == subject,
        scenario=scenario,
        line="comprehensive_solvency_surplus",
        actions="before",
    )
    return [(float(base), float(stressed)) for base, stressed in found.select("base", "stressed").iter_rows()]


def test_the_planted_cases_of_the_stress_test_are_found(tested: StressTest) -> None:
    for subject in ("扶桑集团", "扶桑人寿"):
        ((base, stressed),) = surplus(tested.lines, subject, "macro")
        assert stressed < 0 < base
    at_base = tested.base.filter(
        entity_id="瀛洲人寿", line="comprehensive_solvency_surplus", horizon_end=date(2026, 12, 31)
    )
    assert [value < 0 for value in at_base["stressed"]] == [True]
    partial = tested.lines.filter(scenario="macro", status="partial")
    assert {"云梦系", "云梦养老"} <= {*partial["group_id"], *partial["entity_id"]}
    steps = tested.attribution.filter(scenario="macro", entity_id="不周财险")["shock"].unique().to_list()
    assert sorted(steps) == ["credit_loss", "equity_fall", "yield_rise"]


def test_the_own_scenarios_hit_the_positions_and_act(tested: StressTest) -> None:
    for scenario in ("property_slump", "bank_default"):
        lines = tested.lines.filter(scenario=scenario, line="actual_capital", actions="before")
        groups = lines.filter(pl.col("group_id").is_not_null())
        assert groups["group_id"].n_unique() == 8 and (groups["change"] < 0).all()
    helped = tested.lines.filter(
        scenario="property_slump", group_id="扶桑集团", stage=2, line="actual_capital"
    )
    before, after = (helped.filter(actions=when)["stressed"].item() for when in ("before", "after"))
    assert after > before
