"""Concentration risk: counterparties, sectors and customers above their limits (Rule 19 A25–A33).

The charge of a test is Σ (exposure − limit) × RF0 over everything above the limit. The limit of a counterparty depends
on its class, so does its RF0; sectors of the two classifications are never added together (A31); customers are measured
against consolidated income. How the three go together (A25) is the statement's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import itemgetter

from consolidation.minimum_capital.group_figures import GroupFigure, limit_of
from consolidation.minimum_capital.group_specific_risk import Charge, ChargeResult, LimitTest
from consolidation.money import ZERO, add, floor_amount, less, line_amount, times
from consolidation.provenance import Input, Rule, Status, Step
from consolidation.rulebook import Rulebook, RulesInForce

LARGEST_LISTED = 50
"""Parties below their limit that are listed, the largest of each test."""

MOST_SHOWN = 200
"""Parties above their limit that an explanation shows one by one."""

COUNTERPARTY, SECTOR, CUSTOMER = "counterparty", "sector", "customer"
OTHER = "other"

ARTICLES = {
    COUNTERPARTY: "Rule 19 A26–A28",
    SECTOR: "Rule 19 A29–A31",
    CUSTOMER: "Rule 19 A32–A33",
}


@dataclass(frozen=True, slots=True)
class ConcentrationLimit:
    """What one class of parties is tested against.

    ``amount``: the limit in 万元; ``factor``: RF0, the base factor on what is above it; ``sources``: where both come from.
    """

    amount: Decimal
    factor: Decimal
    sources: tuple[Input, ...] = ()
    formula: str = "share × figure"

    def charge(self, amount: Decimal) -> Decimal:
        """What an amount against one party costs: (amount − limit) × RF0 above the limit, 万元, not rounded."""
        return times(max(less(amount, self.amount), ZERO), self.factor)


@dataclass(frozen=True, slots=True)
class PartyExposures:
    """What a group has against the parties of one test.

    ``parties``: party, class, amount – every party once, 万元. ``context``: what was left out before.
    """

    test: str
    parties: Sequence[tuple[str, str | None, Decimal]]
    limits: Mapping[str, ConcentrationLimit]
    context: tuple[Input, ...] = ()


def counterparty_limits(total_assets: GroupFigure, law: RulesInForce) -> dict[str, ConcentrationLimit]:
    """Limits and factors by counterparty class; ``other`` stands for every class that has none of its own."""
    shares = law.value("concentration.counterparty_limit")
    factors = law.value("concentration.counterparty_base_factor")
    rules = (law.rule("concentration.counterparty_limit"), law.rule("concentration.counterparty_base_factor"))
    return {c: _limit_from(shares[c], total_assets, factors[c], rules, law) for c in shares}


def single_limit(test: str, figure: GroupFigure, law: RulesInForce) -> dict[str, ConcentrationLimit]:
    """The one limit and factor of sectors (of total assets) and of customers (of income)."""
    rules = (law.rule(f"concentration.{test}_limit"), law.rule(f"concentration.{test}_base_factor"))
    share, factor = (law.number(rule.id) for rule in rules)
    return {OTHER: _limit_from(share, figure, factor, rules, law)}


def _limit_from(
    share: Decimal, figure: GroupFigure, factor: Decimal, rules: tuple[Rule, Rule], law: RulesInForce
) -> ConcentrationLimit:
    limit = limit_of(share, rules[0], figure, "figure", law)
    return ConcentrationLimit(limit.amount, factor, (*limit.inputs, rules[1]), limit.formula)


def concentration(exposures: PartyExposures, sources: Callable[[str], tuple[Input, ...]]) -> ChargeResult:
    """The charge of one test for one group and period.

    :param sources: the cells that a party's class, or its amount, was read from.
    """
    highest = {name: floor_amount(limit.amount) for name, limit in exposures.limits.items()}
    lowest = min(highest.values())
    above: list[tuple[LimitTest, str]] = []
    below: list[LimitTest] = []
    by_name = sorted(exposures.parties, key=itemgetter(0))
    for party, of_class, amount in sorted(by_name, key=itemgetter(2), reverse=True):
        limit_class = of_class if of_class in highest else OTHER
        limit = exposures.limits[limit_class]
        limit_test = LimitTest(exposures.test, party, amount, limit.amount, limit.charge(amount))
        if amount > highest[limit_class]:
            above.append((limit_test, limit_class))
        elif len(below) < LARGEST_LISTED:
            below.append(limit_test)
        elif amount <= lowest:
            break
    charge = add(limit_test.charge for limit_test, _ in above)
    shown = [_step(exposures, *party, sources(party[0].party)) for party in above[:MOST_SHOWN]]
    if rest := above[MOST_SHOWN:]:
        shown.append(Step("further", add(limit_test.charge for limit_test, _ in rest), note=str(len(rest))))
    if not shown:
        shown = [_limit(limit, name) for name, limit in exposures.limits.items()]
    return ChargeResult(
        Charge(
            line_amount(charge),
            Status.COMPUTED,
            "Σ (exposure − limit) × RF0",
            ARTICLES[exposures.test],
            (*shown, *exposures.context),
        ),
        (*(limit_test for limit_test, _ in above), *below),
    )


def reason_in_words(reason: str, language: str) -> str | None:
    """Why a position is left out, as the rulebook says it; None for what is no reason of the rulebook's."""
    words = _reasons().get(reason)
    return None if words is None else str(words[language])


@cache
def _reasons() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = (
        Rulebook.load().history("concentration.exclusion_reasons")[-1].value
    )
    return found


def _step(
    exposures: PartyExposures, limit_test: LimitTest, limit_class: str, sources: tuple[Input, ...]
) -> Step:
    """One party above its limit. ``note`` is the party: by it the positions behind the exposure are found."""
    exposure = Step("exposure", limit_test.exposure, formula="Σ", inputs=sources)
    return Step(
        exposures.test,
        limit_test.charge,
        formula="(exposure − limit) × RF0",
        article=ARTICLES[exposures.test],
        inputs=(exposure, _limit(exposures.limits[limit_class], limit_class)),
        note=limit_test.party,
    )


def _limit(limit: ConcentrationLimit, name: str) -> Step:
    return Step("limit", limit.amount, formula=limit.formula, inputs=limit.sources, note=name)
