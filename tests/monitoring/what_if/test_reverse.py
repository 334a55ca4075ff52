"""The question turned round: how much capital, or which score, makes the ratio just reach a target."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consolidation.rulebook import Rulebook
from monitoring.what_if.outcome import SCORE_STEP, Basis, capital_to_reach, score_to_reach, what_if
from monitoring.what_if.scenario import MemberChange, WhatIfScenario
from tests.monitoring.what_if.bases import basis
from tests.monitoring.what_if.test_changes import HOLDING

FEN = Decimal("0.000001")
EVERY_WAY = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Basis:
    return basis(tmp_path_factory.mktemp("holding"), HOLDING)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Basis:
    """The same with perpetual bonds above their limit."""
    sheet = "group_id,period_end,line,amount\nG,2023-12-31,2,700000\nG,2023-12-31,20,600000\n"
    return basis(tmp_path_factory.mktemp("limited"), {**HOLDING, "group_capital": sheet})


def needed(statement: Basis, scenario: WhatIfScenario, target: Decimal) -> Decimal | None:
    return capital_to_reach(statement, scenario, Rulebook.load(), "comprehensive", target)


def reaches(statement: Basis, scenario: WhatIfScenario, target: Decimal) -> bool:
    """Whether the comprehensive ratio is at least the target, on the amounts."""
    after = what_if(statement, scenario, Rulebook.load()).after
    held, required = after.amount("actual_capital"), after.amount("minimum_capital")
    assert held is not None and required is not None
    return held >= target * required


def test_the_capital_missing_is_what_lifts_it_to_the_line(holding: Basis) -> None:
    """At a score of 20 the requirement is 550,000 × 1.55 = 852,500; 150% of it is 1,278,750."""
    low = WhatIfScenario(score=Decimal(20))
    assert needed(holding, low, Decimal("1.5")) == Decimal(278750)
    assert needed(holding, low, Decimal("1.2")) == Decimal(23000)
    assert needed(holding, low, Decimal(1)) == Decimal(-147500)
    assert capital_to_reach(holding, low, Rulebook.load(), "core", Decimal("0.5")) == Decimal(-573750)


def test_capital_that_brings_back_what_a_limit_cuts_counts_more_than_once(limited: Basis) -> None:
    """Perpetual bonds of 600,000 beside 700,000 of core tier 1: 30% of core capital is 300,000, so 1,000,000 count.

    Each unit of core tier 1 brings back three sevenths of another: 224,000 lift 1,000,000 to 1,320,000.
    """
    assert limited.lines["actual_capital"] == Decimal(1_000_000)
    target = Decimal("2.4")
    for asked in (WhatIfScenario(), WhatIfScenario(injection=Decimal(70_000))):
        more = capital_to_reach(limited, asked, Rulebook.load(), "comprehensive", target)
        assert more == 224_000 - asked.injection
    put_in = what_if(limited, WhatIfScenario(injection=Decimal(224_000)), Rulebook.load())
    assert put_in.after.amount("comprehensive_solvency_ratio") == Decimal("2.4")
    assert [(e.kind, e.capital) for e in put_in.effects] == [
        ("injection", Decimal(224_000)), ("tier-limits", Decimal(96_000)),
    ]  # fmt: skip
    taken_out = what_if(limited, WhatIfScenario(injection=Decimal(-70_000)), Rulebook.load())
    assert taken_out.after.amount("actual_capital") == Decimal(900_000)


def test_the_score_needed_is_the_lowest_that_suffices(holding: Basis) -> None:
    """150% allows a requirement of 666,666.67, Q up to 0.2121…, which A127 gives from 53.79 on."""
    rules = Rulebook.load()
    assert score_to_reach(holding, WhatIfScenario(), rules, "comprehensive", Decimal("1.5")) == Decimal(
        "53.79"
    )
    assert score_to_reach(holding, WhatIfScenario(), rules, "comprehensive", Decimal(1)) == Decimal(0)
    assert score_to_reach(holding, WhatIfScenario(), rules, "comprehensive", Decimal(3)) is None


def test_a_capped_score_does_not_reach_what_only_a_higher_one_would(tmp_path: Path) -> None:
    capped = {**HOLDING, "assessments": HOLDING["assessments"].replace("80,", "80,true")}
    statement = basis(tmp_path, capped)
    rules = Rulebook.load()
    assert score_to_reach(statement, WhatIfScenario(), rules, "comprehensive", Decimal("1.75")) is None
    assert score_to_reach(statement, WhatIfScenario(), rules, "comprehensive", Decimal("1.7")) == Decimal(
        "68.05"
    )


def test_without_a_ratio_nothing_can_be_reached(tmp_path: Path) -> None:
    poor = basis(tmp_path, {k: v for k, v in HOLDING.items() if k != "group_capital"})
    assert needed(poor, WhatIfScenario(), Decimal(1)) is None
    assert score_to_reach(poor, WhatIfScenario(), Rulebook.load(), "core", Decimal(1)) is None


amounts = st.decimals(0, 900_000, places=6, allow_nan=False, allow_infinity=False)
targets = st.decimals("0.2", 4, places=4, allow_nan=False, allow_infinity=False)
scores = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)


@EVERY_WAY
@given(score=scores, requirement=amounts, target=targets)
def test_the_capital_put_back_reaches_the_target_and_one_fen_less_does_not(
    holding: Basis, limited: Basis, score: Decimal, requirement: Decimal, target: Decimal
) -> None:
    changed = {"score": score, "members": {"L": MemberChange(requirement=requirement)}}
    for statement in (holding, limited):
        more = needed(statement, WhatIfScenario(**changed), target)
        assert more is not None
        assert reaches(statement, WhatIfScenario(**changed, injection=more), target)
        assert not reaches(statement, WhatIfScenario(**changed, injection=more - FEN), target)


@EVERY_WAY
@given(requirement=amounts, target=targets)
def test_the_score_put_back_reaches_the_target_and_a_hundredth_less_does_not(
    holding: Basis, requirement: Decimal, target: Decimal
) -> None:
    changed = {"members": {"L": MemberChange(requirement=requirement)}}
    needed = score_to_reach(holding, WhatIfScenario(**changed), Rulebook.load(), "comprehensive", target)
    if needed is None:
        assert not reaches(holding, WhatIfScenario(**changed, score=Decimal(100)), target)
        return
    assert reaches(holding, WhatIfScenario(**changed, score=needed), target)
    assert needed == 0 or not reaches(holding, WhatIfScenario(**changed, score=needed - SCORE_STEP), target)
