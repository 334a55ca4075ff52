"""Control risk: what weak risk management costs in capital (Rule 19 A35, A122, A126, A127).

``MC_control = Q(S) × MC_q`` with the group's assessment score S of the period; before the first assessment the factor
is the rulebook's (zero, Notice 2021-52 一(十三)). Q is continuous, falls with S and is negative above S = 80.
"""

from __future__ import annotations

from decimal import Decimal

from consolidation.money import EXACT, add, times
from consolidation.rulebook import Law


def effective_score(score: Decimal, capped: bool, law: Law) -> Decimal:
    """The score that counts: at most 70 under the conditions of A126."""
    return min(score, law.number("control_risk.capped_score")) if capped else score


def control_risk_factor(score: Decimal, law: Law) -> Decimal:
    """Q(S) of A127 for S in 0…100.

    :raises ValueError: for a score outside the scale (intake reports it before it can get here).
    """
    if not law.number("control_risk.score_minimum") <= score <= law.number("control_risk.score_maximum"):
        raise ValueError(f"an assessment score lies between 0 and 100, not {score}")
    for segment in law.value("control_risk.segments"):
        if score <= segment["up_to"]:
            return add([times(segment["slope"], score), segment["intercept"]])
    raise ValueError(f"no segment of the control risk factor holds {score}")


def group_score(group_level: Decimal, insurers: list[tuple[Decimal, Decimal]], law: Law) -> Decimal:
    """The group's score from its own level and its insurers' (score, weight) pairs (A122).

    :raises ValueError: if the weights do not add up to a positive number.
    """
    weights = add(weight for _, weight in insurers)
    if weights <= 0:
        raise ValueError("the insurers' weights must add up to more than zero")
    weighted = EXACT.divide(add(times(score, weight) for score, weight in insurers), weights)
    return add(
        [
            times(law.number("control_risk.group_weight"), group_level),
            times(law.number("control_risk.insurers_weight"), weighted),
        ]
    )
