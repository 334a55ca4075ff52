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


def reaches(statement: Basis, scenario: WhatIfScenario, target: Decimal) -> bool:
    """Whether the comprehensive ratio is at least the target, on the amounts."""
    after = what_if(statement, scenario, Rulebook.load()).after
    held, required = after.amount("actual_capital"), after.amount("minimum_capital")
    assert held is not None and required is not None
    return held >= target * required


def test_the_capital_missing_is_what_lifts_it_to_the_line(holding: Basis) -> None:
    """At a score of 20 the requirement is 550,000 × 1.55 = 852,500; 150% of it is 1,278,750."""
    low = what_if(holding, WhatIfScenario(score=Decimal(20)), Rulebook.load()).after
    assert capital_to_reach(low, "comprehensive", Decimal("1.5")) == Decimal(278750)
    assert capital_to_reach(low, "comprehensive", Decimal("1.2")) == Decimal(23000)
    assert capital_to_reach(low, "comprehensive", Decimal(1)) == Decimal(-147500)
    assert capital_to_reach(low, "core", Decimal("0.5")) == Decimal(-573750)


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
    statement = what_if(poor, WhatIfScenario(), Rulebook.load()).after
    assert capital_to_reach(statement, "comprehensive", Decimal(1)) is None
    assert score_to_reach(poor, WhatIfScenario(), Rulebook.load(), "core", Decimal(1)) is None


amounts = st.decimals(0, 900_000, places=6, allow_nan=False, allow_infinity=False)
targets = st.decimals("0.2", 4, places=4, allow_nan=False, allow_infinity=False)
scores = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)


@EVERY_WAY
@given(score=scores, requirement=amounts, target=targets)
def test_the_capital_put_back_reaches_the_target_and_one_fen_less_does_not(
    holding: Basis, score: Decimal, requirement: Decimal, target: Decimal
) -> None:
    changed = {"score": score, "members": {"L": MemberChange(requirement=requirement)}}
    low = what_if(holding, WhatIfScenario(**changed), Rulebook.load()).after
    needed = capital_to_reach(low, "comprehensive", target)
    assert needed is not None
    assert reaches(holding, WhatIfScenario(**changed, injection=needed), target)
    assert not reaches(holding, WhatIfScenario(**changed, injection=needed - FEN), target)


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
