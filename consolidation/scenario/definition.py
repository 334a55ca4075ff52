"""A scenario as data: stages of shocks and actions, each of which names whom it hits.

The same form stands in the rulebook (``stress.scenario.*``) and in a user's own file (docs/stress.md). Amounts are 万元, sizes
fractions (0.20 = 20%); a size is how much is lost, except where its name says otherwise. Nothing here computes anything.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from consolidation.filing_set.schemas.columns import ASSET_CLASSES, ENTITY_KINDS
from consolidation.filing_set.schemas.stress import MEMBER_SCENARIOS
from consolidation.money import ZERO
from consolidation.statement_lines import CAPITAL_TIER_LINES

OTHERS = "others"
"""In ``results``: every kind of member that is not named there."""


def _one_or_more(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _one_of(words: Collection[str]) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise PydanticCustomError("not_one_of", "{value}", {"value": word, "words": ", ".join(words)})
        return word

    return AfterValidator(check)


Size = Annotated[Decimal, Field(ge=0, le=1, decimal_places=12)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=19, decimal_places=6)]
NotNegative = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=6)]
SignedAmount = Annotated[Decimal, Field(max_digits=19, decimal_places=6)]
Kind = Annotated[str, _one_of(ENTITY_KINDS)]
AssetClass = Annotated[str, _one_of(ASSET_CLASSES)]
Tier = Annotated[str, _one_of(CAPITAL_TIER_LINES)]
MemberScenario = Annotated[str, _one_of(MEMBER_SCENARIOS)]
Scenarios = Annotated[tuple[MemberScenario, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class Record(BaseModel):
    """Data that cannot be changed and knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScenarioStep(Record):
    """A shock or an action: its name in the results (its type, unless it says another), and whom it hits.

    Empty criteria hit everybody; those given must all be met.
    """

    id: str = ""
    type: str
    kinds: tuple[Kind, ...] = ()
    companies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its id, else its type."""
        return self.id or self.type

    def hits(self, group_id: str, entity_id: str, kind: str | None) -> bool:
        """Whether it is about this company in this group."""
        return (
            (not self.groups or group_id in self.groups)
            and (not self.companies or entity_id in self.companies)
            and (not self.kinds or kind in self.kinds)
        )


class CompanyStep(ScenarioStep):
    """A step that must name the companies that it hits."""

    @model_validator(mode="after")
    def _names_companies(self) -> Self:
        if not self.companies:
            raise PydanticCustomError("companies_missing", "{step}", {"step": self.type})
        return self


class EquityFall(ScenarioStep):
    """Equities, without money-market funds, lose ``fall`` of their recognised value."""

    type: Literal["equity_fall"]
    fall: Size


class YieldRise(ScenarioStep):
    """The risk-free curve rises by ``rise`` (0.005 = 50 bp): fixed income at fair value loses modified duration × rise."""

    type: Literal["yield_rise"]
    rise: Size


class CreditLoss(ScenarioStep):
    """Fixed income under Rule 9 loses ``loss`` of its recognised value by default."""

    type: Literal["credit_loss"]
    loss: Size


class PremiumGrowth(ScenarioStep):
    """Earned premium × ``premium`` with the combined ratio × ``combined_ratio``."""

    type: Literal["premium_growth"]
    premium: Annotated[Decimal, Field(ge=0, le=10)]
    combined_ratio: Annotated[Decimal, Field(ge=0, le=10)]


class ClaimsRise(ScenarioStep):
    """The claims ratio rises by ``rise`` of itself."""

    type: Literal["claims_rise"]
    rise: Size


class AssetFall(ScenarioStep):
    """Positions that meet all criteria lose ``fall`` of their carrying amount; a sector is ``scheme/sector`` (A31)."""

    type: Literal["asset_fall"]
    fall: Size
    asset_classes: tuple[AssetClass, ...] = ()
    sectors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()


class Default(ScenarioStep):
    """A counterparty defaults: what is held against it (A28) loses ``loss``."""

    type: Literal["default"]
    counterparty: str
    loss: Size


class CapitalLoss(CompanyStep):
    """Each company that is hit loses ``amount`` of its own core tier 1 capital, 万元."""

    type: Literal["capital_loss"]
    amount: Amount


class GuaranteeCalled(CompanyStep):
    """Guarantees for the companies that are hit are called, and their guarantors lose ``loss`` of the balance."""

    type: Literal["guarantee_called"]
    loss: Size = Decimal(1)


class MemberSold(CompanyStep):
    """The company leaves the group for ``price`` in cash: its capital and requirement go with it."""

    type: Literal["member_sold"]
    price: NotNegative


class MemberBought(ScenarioStep):
    """``company`` joins the group by ``share`` for ``price`` in cash, with its own capital and requirement."""

    type: Literal["member_bought"]
    company: Annotated[str, Field(min_length=1)]
    kind: Kind
    actual_capital: SignedAmount
    minimum_capital: NotNegative
    price: NotNegative
    share: Annotated[Decimal, Field(gt=0, le=1, decimal_places=12)] = Decimal(1)


class MemberRestated(CompanyStep):
    """The companies that are hit have this capital, this requirement; what is not given stays. Core tier 1 takes the change."""

    type: Literal["member_restated"]
    actual_capital: SignedAmount | None = None
    minimum_capital: NotNegative | None = None


class CapitalInjection(ScenarioStep):
    """The group as a whole gets ``amount`` in ``tier`` from outside; below zero it pays it out."""

    type: Literal["capital_injection"]
    amount: SignedAmount
    tier: Tier = "core_tier1_capital"


class MemberSupported(CompanyStep):
    """The companies that are hit get ``amount`` of core tier 1 capital each: from ``source``, a member, or from outside."""

    type: Literal["member_supported"]
    amount: Amount
    source: str = ""


class DividendCut(CompanyStep):
    """The companies that are hit keep ``amount`` each that the base pays out."""

    type: Literal["dividend_cut"]
    amount: Amount


class InstrumentIssued(CompanyStep):
    """The companies that are hit issue ``amount`` each in ``tier``. What is approved counts in the base (Rule 10 A16)."""

    type: Literal["instrument_issued"]
    amount: Amount
    tier: Tier = "core_tier1_capital"
    approved: bool = False


class PositionReduced(ScenarioStep):
    """Positions that meet all criteria are sold for what they stand at: ``share`` of each goes, and cash comes."""

    type: Literal["position_reduced"]
    share: Size
    asset_classes: tuple[AssetClass, ...] = ()
    sectors: tuple[str, ...] = ()
    counterparties: tuple[str, ...] = ()


DriverShock = EquityFall | YieldRise | CreditLoss | PremiumGrowth | ClaimsRise
Shock = Annotated[
    EquityFall
    | YieldRise
    | CreditLoss
    | PremiumGrowth
    | ClaimsRise
    | AssetFall
    | Default
    | CapitalLoss
    | GuaranteeCalled
    | MemberSold
    | MemberBought
    | MemberRestated
    | CapitalInjection
    | MemberSupported,
    Field(discriminator="type"),
]
Action = Annotated[
    DividendCut
    | InstrumentIssued
    | CapitalInjection
    | MemberSupported
    | MemberSold
    | MemberBought
    | PositionReduced,
    Field(discriminator="type"),
]


class Stage(Record):
    """What happens together. Shocks hit in their order; actions follow them and count in the figures after actions only."""

    shocks: tuple[Shock, ...] = ()
    actions: tuple[Action, ...] = ()


class Scenario(Record):
    """A scenario of a group.

    :param horizon: when its figures are for, where no member's result says it.
    :param base: which scenario of ``stress_results`` the members' own results are held against.
    :param results: by kind of member, whose scenario of ``stress_results`` is its own result; of several the first given.
    :param unchanged: kinds that the scenario does not touch, so that nobody misses their result.
    :param tax_rate: what part of a loss by drivers or positions less tax gives back.
    """

    name: str
    description: dict[Literal["zh", "en"], str] = Field(default_factory=dict)
    basis: str = ""
    horizon: Literal["report_date", "one_quarter", "one_year", "two_years"] = "one_year"
    base: Literal["base", "quarter_base"] = "base"
    results: dict[Annotated[str, _one_of((*ENTITY_KINDS, OTHERS))], Scenarios] = Field(default_factory=dict)
    unchanged: tuple[Kind, ...] = ()
    tax_rate: Size = ZERO
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [step.name for stage in self.stages for step in (*stage.shocks, *stage.actions)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError("names_twice", "{names}", {"names": ", ".join(twice)})
        return self

    def results_of(self, kind: str | None) -> tuple[str, ...]:
        """The scenarios of ``stress_results`` that are the own result of a member of this kind, in order of preference."""
        if kind in self.unchanged:
            return ()
        return self.results.get(kind or OTHERS) or self.results.get(OTHERS, ())

    def needs_result(self, kind: str | None) -> bool:
        """Whether the figures are partial without the result of a member of this kind."""
        return kind in self.results
