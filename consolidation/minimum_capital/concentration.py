"""Concentration risk: counterparties, sectors and customers above their limits (Rule 19 A25–A33).

The charge of a test is Σ (exposure − limit) × RF0 over everything above the limit. The limit of a counterparty depends
on its class, so does its RF0; sectors of the two classifications are never added together (A31); customers are measured
against consolidated income. How the three go together (A25) is the statement's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from typing import Any

import polars as pl

from consolidation.explanation import Input, Rule, Status, Step
from consolidation.minimum_capital.charge_results import Measure, Measured
from consolidation.minimum_capital.group_figures import Figure, limit_of
from consolidation.minimum_capital.group_specific_risk import Charge
from consolidation.money import EXACT, QUANTUM, ZERO, add, less, line_amount, times
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
class Bar:
    """What one class of parties is measured against: limit in 万元, factor, and where both come from."""

    limit: Decimal
    factor: Decimal
    sources: tuple[Input, ...]
    formula: str = "share × figure"


@dataclass(frozen=True, slots=True)
class Exposures:
    """What a group has against the parties of one test.

    ``parties``: party, class, amount – every party once, 万元. ``context`` says what was left out before.
    """

    test: str
    parties: pl.DataFrame
    bars: Mapping[str, Bar]
    context: tuple[Input, ...] = ()


def counterparty_bars(total_assets: Figure, law: RulesInForce) -> dict[str, Bar]:
    """Limits and factors by counterparty class; ``other`` stands for every class that has none of its own."""
    limits = law.value("concentration.counterparty_limit")
    factors = law.value("concentration.counterparty_base_factor")
    rules = (law.rule("concentration.counterparty_limit"), law.rule("concentration.counterparty_base_factor"))
    return {c: _bar(limits[c], total_assets, factors[c], rules, law) for c in limits}


def single_bar(test: str, figure: Figure, law: RulesInForce) -> dict[str, Bar]:
    """The one limit and factor of sectors (of total assets) and of customers (of income)."""
    rules = (law.rule(f"concentration.{test}_limit"), law.rule(f"concentration.{test}_base_factor"))
    share, factor = (law.number(rule.id) for rule in rules)
    return {OTHER: _bar(share, figure, factor, rules, law)}


def _bar(share: Decimal, figure: Figure, factor: Decimal, rules: tuple[Rule, Rule], law: RulesInForce) -> Bar:
    limit = limit_of(share, rules[0], figure, "figure", law)
    return Bar(limit.amount, factor, (*limit.inputs, rules[1]), limit.formula)


def concentration(exposures: Exposures, sources: Callable[[str], tuple[Input, ...]]) -> Measured:
    """The charge of one test for one group and period.

    :param sources: the cells that a party's class, or its amount, was read from.
    """
    parties = exposures.parties.with_columns(
        bar=pl.col("class").replace_strict({c: c for c in exposures.bars}, default=OTHER)
    ).sort("amount", "party", descending=[True, False])
    over = pl.concat(
        parties.filter((pl.col("bar") == name) & (pl.col("amount") > floor_amount(bar.limit)))
        for name, bar in exposures.bars.items()
    ).sort("amount", "party", descending=[True, False])
    below = parties.join(over, on="party", how="anti", maintain_order="left").head(LARGEST_LISTED)
    above = [_measure(exposures, row) for row in over.iter_rows(named=True)]
    charge = add(measure.charge for measure in above)
    shown = [
        _step(exposures, measure, bar, sources(measure.party))
        for measure, bar in zip(above[:MOST_SHOWN], over["bar"], strict=False)
    ]
    if rest := above[MOST_SHOWN:]:
        shown.append(Step("further", add(measure.charge for measure in rest), note=str(len(rest))))
    if not shown:
        shown = [_limit(bar, name) for name, bar in exposures.bars.items()]
    return Measured(
        Charge(
            line_amount(charge),
            Status.COMPUTED,
            "Σ (exposure − limit) × RF0",
            ARTICLES[exposures.test],
            (*shown, *exposures.context),
        ),
        (*above, *(_measure(exposures, row) for row in below.iter_rows(named=True))),
    )


def no_data(test: str, needs: str) -> Charge:
    """The charge of a test whose tables are not given."""
    return Charge(ZERO, Status.NO_DATA, f"needs {needs}", ARTICLES[test])


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


def floor_amount(limit: Decimal) -> Decimal:
    """The largest amount of six places that is not above the limit: an amount is above both or neither."""
    return limit.quantize(QUANTUM, ROUND_FLOOR, EXACT)


def _measure(exposures: Exposures, row: Mapping[str, Any]) -> Measure:
    bar = exposures.bars[row["bar"]]
    above = max(less(row["amount"], bar.limit), ZERO)
    return Measure(exposures.test, row["party"], row["amount"], bar.limit, times(above, bar.factor))


def _step(exposures: Exposures, measure: Measure, bar: str, sources: tuple[Input, ...]) -> Step:
    """One party above its limit. ``note`` is the party: by it the positions behind the exposure are found."""
    exposure = Step("exposure", measure.exposure, formula="Σ", inputs=sources)
    return Step(
        exposures.test,
        measure.charge,
        formula="(exposure − limit) × RF0",
        article=ARTICLES[exposures.test],
        inputs=(exposure, _limit(exposures.bars[bar], bar)),
        note=measure.party,
    )


def _limit(bar: Bar, name: str) -> Step:
    return Step("limit", bar.limit, formula=bar.formula, inputs=bar.sources, note=name)
