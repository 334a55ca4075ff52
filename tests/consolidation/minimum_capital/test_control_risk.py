"""Rule 19 A127: the control risk factor, on both sides of its corners, and the cap of A126."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.minimum_capital.control_risk import (
    control_risk_factor,
    effective_score,
    old_results_of_insurers,
)
from consolidation.rulebook import Rulebook
from tests.build import filing, read_set

LAW = Rulebook.load().on(date(2023, 12, 31))
D = Decimal


@pytest.mark.parametrize(
    ("score", "factor"),
    [
        ("0", "0.75"),
        ("50", "0.25"),
        ("69.99", "0.0501"),
        ("70", "0.05"),
        ("70.01", "0.04995"),
        ("82.34", "-0.0117"),
        ("83.01", "-0.01505"),
        ("89.99", "-0.04995"),
        ("90", "-0.05"),
        ("90.01", "-0.0501"),
        ("95", "-0.10"),
        ("100", "-0.15"),
    ],
)
def test_the_factor_at_a_score(score: str, factor: str) -> None:
    assert control_risk_factor(D(score), LAW) == D(factor)


@pytest.mark.parametrize("score", ["-0.01", "100.01"])
def test_a_score_outside_the_scale_is_refused(score: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        control_risk_factor(D(score), LAW)


def test_the_cap_holds_a_good_score_at_70_and_leaves_a_bad_one() -> None:
    assert effective_score(D(88), True, LAW) == 70
    assert effective_score(D(60), True, LAW) == 60
    assert effective_score(D(88), False, LAW) == 88


@pytest.mark.parametrize(
    ("assessed", "old"), [("2023-12-31", []), ("2020-12-31", []), ("2020-09-30", ["2020-09-30"])]
)
def test_a_result_is_old_after_its_interval(assessed: str, old: list[str], tmp_path: Path) -> None:
    tables = {
        "solo_filings": [filing("L", date(2023, 12, 31), kind="life")],
        "assessments": [{"entity_id": "L", "period_end": assessed, "sarmra_score": "80"}],
    }
    found = old_results_of_insurers(read_set(tmp_path, tables), Rulebook.load())
    assert [(f.value, f.expected) for f in found] == [(day, "a result of the last 36 months") for day in old]
