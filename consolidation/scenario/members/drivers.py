"""Top-down: what a shock does to a member by its drivers, where it gave no result of its own (``stress_drivers``).

The sizes are the scenario's, the formulas Annex 4's: a loss hits core tier 1, the requirement stays. Where a member gave no
drivers its positions serve for amounts of assets; a driver that is still missing is named and nothing is guessed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

from consolidation.money import ZERO, less, times
from consolidation.scenario.definition import (
    ClaimsRise,
    CreditLoss,
    DriverShock,
    EquityFall,
    PremiumGrowth,
    ScenarioStep,
    YieldRise,
)
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.member import MemberEffect

EQUITY, FIXED_INCOME, DURATION, CREDIT = (
    "equity_assets",
    "fixed_income_fair_value",
    "modified_duration",
    "credit_risk_assets",
)
PREMIUM, COMBINED_RATIO, CLAIMS_RATIO = "earned_premium", "combined_ratio", "claims_ratio"
DRIVERS = (EQUITY, FIXED_INCOME, DURATION, CREDIT, PREMIUM, COMBINED_RATIO, CLAIMS_RATIO)
FROM_POSITIONS = (EQUITY, FIXED_INCOME, CREDIT)
"""The drivers that positions give, by asset class."""

Drivers = Mapping[str, Decimal]


def _equity(shock: EquityFall, drivers: Drivers) -> Decimal:
    return less(ZERO, times(shock.fall, drivers[EQUITY]))


def _yield(shock: YieldRise, drivers: Drivers) -> Decimal:
    return less(ZERO, times(shock.rise, drivers[DURATION], drivers[FIXED_INCOME]))


def _credit(shock: CreditLoss, drivers: Drivers) -> Decimal:
    return less(ZERO, times(shock.loss, drivers[CREDIT]))


def _premium(shock: PremiumGrowth, drivers: Drivers) -> Decimal:
    """The underwriting result under stress less that of the base."""
    premium, ratio = drivers[PREMIUM], drivers[COMBINED_RATIO]
    margin = less(Decimal(1), times(shock.combined_ratio, ratio))
    return less(times(premium, shock.premium, margin), times(premium, less(Decimal(1), ratio)))


def _claims(shock: ClaimsRise, drivers: Drivers) -> Decimal:
    return less(ZERO, times(shock.rise, drivers[CLAIMS_RATIO], drivers[PREMIUM]))


_FORMULAS: Mapping[type[ScenarioStep], tuple[tuple[str, ...], Callable[..., Decimal]]] = {
    EquityFall: ((EQUITY,), _equity),
    YieldRise: ((FIXED_INCOME, DURATION), _yield),
    CreditLoss: ((CREDIT,), _credit),
    PremiumGrowth: ((PREMIUM, COMBINED_RATIO), _premium),
    ClaimsRise: ((PREMIUM, CLAIMS_RATIO), _claims),
}
DRIVER_SHOCKS = tuple(_FORMULAS)


def is_by_drivers(step: ScenarioStep) -> TypeGuard[DriverShock]:
    """Whether a shock acts on drivers."""
    return isinstance(step, DRIVER_SHOCKS)


def drivers_of(shock: DriverShock) -> tuple[str, ...]:
    """The drivers that a shock acts on."""
    return _FORMULAS[type(shock)][0]


def effect_on(shock: DriverShock, entity_id: str, drivers: Drivers, tax_rate: Decimal) -> MemberEffect:
    """What the shock does to a company that gives all its drivers, after tax where the scenario gives a rate."""
    gained = _FORMULAS[type(shock)][1](shock, drivers)
    return MemberEffect(shock.name, entity_id, {CORE_TIER1: times(gained, less(Decimal(1), tax_rate))})


@dataclass(frozen=True, slots=True)
class DriversOfMember:
    """A company's drivers: ``given`` in ``stress_drivers`` (None: it has no row), ``held`` from its positions."""

    given: Drivers | None
    held: Drivers

    @property
    def all(self) -> dict[str, Decimal]:
        """Every driver that is known: as given, else from positions."""
        return {**self.held, **(self.given or {})}

    def from_positions(self, wanted: tuple[str, ...]) -> list[str]:
        """Those of the wanted drivers that positions give and the company does not."""
        return [name for name in wanted if name in self.held and name not in (self.given or {})]

    def missing(self, wanted: tuple[str, ...]) -> list[str]:
        """Those of the wanted drivers that nobody gives."""
        known = self.all
        return [name for name in wanted if name not in known]
