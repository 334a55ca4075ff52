"""Control risk: what weak risk management costs in capital (Rule 19 A35, A126, A127).

``MC_control = Q(S) × MC_q`` with the group's assessment score S of the period; before the first assessment the factor
is the rulebook's (Notice 2021-52 一(十三)). Q is continuous, falls with S and is negative for a good score: it takes
capital off. The score itself is given as the supervisor assessed it (A122: how, and with which weights, is its business).
"""

from __future__ import annotations

from decimal import Decimal

from consolidation.money import add, times
from consolidation.rulebook import RulesInForce


def effective_score(score: Decimal, capped: bool, law: RulesInForce) -> Decimal:
    """The score that counts: at most the cap where a condition of A126 is met."""
    return min(score, law.number("control_risk.capped_score")) if capped else score


def control_risk_factor(score: Decimal, law: RulesInForce) -> Decimal:
    """Q(S) of A127, a fraction of quantifiable minimum capital, for a score S on the rulebook's scale.

    :raises ValueError: for a score outside the scale (intake reports it before it can get here).
    """
    lowest, highest = law.number("control_risk.score_minimum"), law.number("control_risk.score_maximum")
    if not lowest <= score <= highest:
        raise ValueError(f"an assessment score lies between {lowest:f} and {highest:f}, not {score:f}")
    for segment in law.value("control_risk.segments"):
        if score <= segment["up_to"]:
            return add([times(segment["slope"], score), segment["intercept"]])
    raise ValueError(f"no segment of the control risk factor holds {score}")
