"""What a scenario does to each member of one group, effect by effect and word by word.

``effects.txt`` has it, its numbers checked by hand; ``python -m tests.consolidation.scenario.test_effects`` writes it anew: read the
difference before you keep it. Of tiers it says C1, C2, S1, S2; behind them what the requirement moves by, as the group adds it up
and the company's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from consolidation.scenario.definition import Action, Scenario
from consolidation.scenario.members.dealings import BetweenMembers
from consolidation.scenario.members.drivers import DriversOfMember
from consolidation.scenario.members.effects import (
    CalledGuarantee,
    GroupInputs,
    ScenarioOnGroup,
    needs_drivers,
)
from consolidation.scenario.members.member import GroupMember, MemberEffect, OwnFigures
from consolidation.scenario.members.own_results import OwnResults
from consolidation.statement_lines import CAPITAL_TIER_LINES

RECORD = Path(__file__).with_name("effects.txt")
DAY, YEAR_ON = date(2023, 12, 31), date(2024, 12, 31)
SHORT = dict(zip(CAPITAL_TIER_LINES, ("C1", "C2", "S1", "S2"), strict=True))
HALF, WHOLE = Decimal("0.5"), Decimal(1)


def figures(
    actual: float | None, required: float | None = None, *tiers: float | None, **more: Any
) -> OwnFigures:
    """Own figures; of tiers that are given core is the first two, else all of it is core."""
    given = [None if t is None else Decimal(str(t)) for t in tiers]
    own = None if actual is None else Decimal(str(actual))
    core = sum((t or Decimal(0) for t in given[:2]), Decimal(0)) if given else own
    minimum = None if required is None else Decimal(str(required))
    return OwnFigures(
        own,
        **{
            "core": core,
            "minimum": minimum,
            "tiers": dict(zip(CAPITAL_TIER_LINES, given, strict=False)),
            **more,
        },
    )


def member(
    entity: str, kind: str | None, filed: OwnFigures | None, share: Decimal = WHOLE, **more: Any
) -> GroupMember:
    required = None if filed is None else filed.minimum
    given = {"relation": "subsidiary", "requirement_column": "minimum_capital", "required": required, **more}
    relation, column, needs = given["relation"], given["requirement_column"], given["required"]
    return GroupMember(entity, kind, relation, share, share, f"line of {kind}", column, filed, needs)


MEMBERS = (
    member("P", "holding", figures(50), relation="parent"),
    member("L", "life", figures(6000, 4000, 5000, 400, 500, 100, quantifiable=Decimal(3900)),
           requirement_column="quantifiable_risk_minimum_capital", required=Decimal(3900)),
    member("J", "property", figures(2000, 1000), HALF, relation="joint_venture"),
    member("Q", "property", figures(900, 500, 700, None, 199)),
    member("B", "bank", figures(300), required=Decimal(105)),
    member("U", None, None),
)  # fmt: skip


def ran(
    stages: Iterable[Mapping[str, Any]],
    *,
    results: Mapping[tuple[str, str], OwnFigures | Mapping[date, OwnFigures]] | None = None,
    listed: Iterable[Mapping[str, Any]] = (),
    scenario: Mapping[str, Any] | None = None,
    **inputs: Any,
) -> ScenarioOnGroup:
    given = {
        (entity, DAY, name): rows if isinstance(rows, Mapping) else {YEAR_ON: rows}
        for (entity, name), rows in (results or {}).items()
    }
    group = GroupInputs(
        "G",
        DAY,
        {one.entity_id: one for one in inputs.pop("members", MEMBERS)},
        OwnResults(given),
        inputs.pop("drivers", {}),
        inputs.pop("guarantees", ()),
        **inputs,
    )
    one = Scenario.model_validate({"name": "s", "stages": list(stages), **(scenario or {})})
    actions = [TypeAdapter(Action).validate_python(action) for action in listed]
    return ScenarioOnGroup(group, one, YEAR_ON, actions).run()


def told(run: ScenarioOnGroup) -> Iterator[str]:
    yield from (f"base {_shown(e)}" for e in run.base)
    for title, staged in (("before", run.before), ("after", run.after)):
        if title == "after" and run.after is run.before:
            continue
        for number, (shocks, actions) in enumerate(zip(staged.shocks, staged.actions, strict=True), start=1):
            yield from (f"{title} {number} {_shown(e)}" for e in shocks)
            yield from (f"{title} {number} then {_shown(e)}" for e in actions)
            for what, companies in (
                ("called", staged.called),
                ("sold", staged.sold),
                ("bought", staged.bought),
            ):
                if companies[number - 1]:
                    yield f"{title} {number} {what} {' '.join(sorted(companies[number - 1]))}"
    for number, effects in enumerate(run.beside, start=1):
        yield from (
            (f"beside {number} {_shown(e)}" for e in effects) if effects else [f"beside {number} nothing"]
        )
    for f in run.findings:
        detail = {k: v for k, v in (f.detail or {}).items() if k not in ("scenario", "kind") and v}
        of = "" if (f.detail or {}).get("scenario", "s") == "s" else f" of {(f.detail or {})['scenario']}"
        yield f"{f.severity.value} {f.code} {f.entity_id or '-'}{of}: {f.value or f.column} {detail or ''}".rstrip()
    yield f"gaps {' '.join(sorted(run.gaps)) or '-'}; {'reached' if run.reached else 'not reached'}; {'plain' if run.plain_base else 'not plain'}"


def _shown(effect: MemberEffect) -> str:
    tiers = " ".join(f"{SHORT[tier]} {amount:+.9g}" for tier, amount in effect.tiers.items())
    required = (
        f"; {effect.requirement:+.9g} {effect.minimum:+.9g}" if effect.requirement or effect.minimum else ""
    )
    return f"{effect.step} {effect.entity_id or 'group'}: {tiers}{required}{f' on {effect.line}' if effect.line else ''}"


RESULTS = {"life": "mandatory_2", "property": ["mandatory_2", "own"]}


def drivers(**given: float | str) -> dict[str, Decimal]:
    return {name: Decimal(str(value)) for name, value in given.items()}


def bought(company: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "member_bought",
        "company": company,
        "kind": kind,
        "actual_capital": 1000,
        "minimum_capital": 90,
        "price": 550,
        **more,
    }


CASES: dict[str, dict[str, Any]] = {
    "own results, from the base at the horizon": {
        "stages": [{}],
        "scenario": {"results": {**RESULTS, "others": "own"}, "unchanged": ["bank"]},
        "results": {
            ("L", "base"): figures(6500, 4200, 5300, 500, 600, 110, quantifiable=Decimal(4090)),
            ("L", "mandatory_2"): figures(5000, 4100, 4100, 480, 330, 80, quantifiable=Decimal(4010), direction="up"),
            ("J", "base"): figures(2100, None),
            ("J", "mandatory_2"): {date(2025, 12, 31): figures(1, 1), date(2026, 12, 31): figures(1, 1)},
            ("J", "own"): figures(1700, 990, core=Decimal(1650)),
            ("Q", "mandatory_2"): figures(600, 490),
            ("U", "own"): figures(3, 2),
            ("U", "base"): figures(5, 1),
        },
    },
    "results of no use": {
        "stages": [{}],
        "scenario": {"results": RESULTS},
        "results": {
            ("L", "base"): figures(None, 4200, core=None),
            ("L", "mandatory_2"): figures(5000, 4100, core=None, quantifiable=Decimal(1)),
            ("J", "base"): figures(None, 900),
            ("Q", "base"): figures(900, 500),
            ("Q", "mandatory_2"): {date(2026, 12, 31): figures(1, 1), date(2025, 12, 31): figures(1, 1)},
        },
    },
    "shocks by drivers, given or of positions": {
        "stages": [
            {"shocks": [
                {"type": "equity_fall", "fall": "0.2"}, {"type": "yield_rise", "rise": "0.005", "kinds": ["life", "bank"]},
                {"type": "capital_loss", "companies": ["L"], "amount": 7},
            ]},
            {"shocks": [
                {"type": "credit_loss", "loss": "0.1", "companies": ["L", "J", "Q"]},
                {"type": "premium_growth", "premium": "1.2", "combined_ratio": "1.03", "kinds": ["property"]},
                {"type": "claims_rise", "rise": "0.1", "groups": ["G"], "companies": ["J"]},
                {"type": "claims_rise", "id": "elsewhere", "rise": "0.1", "groups": ["K"]},
            ]},
        ],
        "scenario": {"tax_rate": "0.25", "results": {"life": "mandatory_2"}},
        "drivers": {
            "L": DriversOfMember(drivers(equity_assets=1000, fixed_income_fair_value=4000, modified_duration=6), drivers(credit_risk_assets=50)),
            "J": DriversOfMember(drivers(equity_assets=40, earned_premium=100, combined_ratio="0.98"), {}),
            "Q": DriversOfMember(None, drivers(equity_assets=60, credit_risk_assets=30)),
            "P": DriversOfMember(None, {}),
        },
    },
    "no drivers where a result is there or nobody is hit": {
        "stages": [{"shocks": [{"type": "equity_fall", "fall": "0.2", "kinds": ["life", "property"]}]}],
        "scenario": {"results": {"life": "mandatory_2"}, "base": "quarter_base"},
        "results": {("L", "quarter_base"): figures(6000, 4000, quantifiable=Decimal(3900)), ("L", "mandatory_2"): figures(5900, 4000, quantifiable=Decimal(3950))},
        "drivers": {"L": DriversOfMember(drivers(equity_assets=1000), {}), "Q": DriversOfMember(drivers(equity_assets=5), drivers(equity_assets=9))},
    },
    "losses on positions": {
        "stages": [{"shocks": [
            {"type": "asset_fall", "fall": "0.5"}, {"type": "default", "counterparty": "甲", "loss": 1, "kinds": ["property"]},
            {"type": "default", "id": "nobody's", "counterparty": "乙", "loss": 1, "companies": ["J", "X"]},
        ]}],
        "scenario": {"tax_rate": "0.2"},
        "lost_on_positions": {
            "asset_fall": {"L": Decimal(10), "Q": Decimal(0), "X": Decimal(9), "": Decimal(100)},
            "default": {"L": Decimal(10), "J": Decimal(20), "Q": Decimal("0.5")},
        },
    },
    "a guarantee is called once, from whom is there": {
        "stages": [
            {"shocks": [{"type": "guarantee_called", "companies": ["J"], "loss": "0.5"}, {"type": "guarantee_called", "id": "again", "companies": ["J", "Q"]}]},
            {"shocks": [{"type": "member_sold", "companies": ["B"], "price": 0}, {"type": "guarantee_called", "id": "later", "companies": ["L", "Q"]}],
             "actions": [{"type": "member_supported", "companies": ["Q", "J"], "amount": 3, "source": "L"}, {"type": "member_supported", "id": "from the sold", "companies": ["J"], "amount": 4, "source": "B"}]},
        ],
        "guarantees": [
            CalledGuarantee("1", "L", "J", Decimal(100)), CalledGuarantee("2", "X", "J", Decimal(70)), CalledGuarantee("3", "J", "Q", Decimal(30)),
            CalledGuarantee("4", "B", "L", Decimal(9)), CalledGuarantee("5", "Q", "L", Decimal(8)),
        ],
    },
    "sold as it stands after all before": {
        "stages": [
            {"shocks": [{"type": "capital_loss", "companies": ["L", "Q"], "amount": 100}, {"type": "member_sold", "companies": ["Q", "P", "U", "X"], "price": 350}]},
            {"shocks": [{"type": "capital_loss", "id": "too late", "companies": ["Q"], "amount": 1}, {"type": "member_sold", "id": "again", "companies": ["Q", "L"], "price": 5000}]},
        ],
        "scenario": {"results": {"property": "own"}},
        "results": {("Q", "base"): figures(910, 520), ("Q", "own"): figures(880, 500)},
        "eliminations": [
            BetweenMembers("equity", "L", "Q", "core_tier1_capital", Decimal(40)), BetweenMembers("debt", "L", "Q", "supplementary_tier1_capital", Decimal(20)),
            BetweenMembers("equity", "Q", "J", "core_tier1_capital", Decimal(11)), BetweenMembers("debt", "J", "L", "core_tier2_capital", Decimal(6)),
        ],
        "rounding": Decimal(1),
    },
    "two that are sold, one of which owed the other": {
        "stages": [
            {"shocks": [{"type": "member_sold", "companies": ["Q", "B"], "price": 1}]},
            {"shocks": [{"type": "member_sold", "id": "the owner", "companies": ["L"], "price": 1}]},
        ],
        "eliminations": [
            BetweenMembers("debt", "B", "Q", "supplementary_tier1_capital", Decimal(20)),
            BetweenMembers("equity", "L", "Q", "core_tier1_capital", Decimal(300)),
            BetweenMembers("asset_transfer", "Q", "L", "core_tier1_capital", Decimal(4)),
            BetweenMembers("debt", "L", "J", "core_tier2_capital", Decimal(6)),
        ],
        "rounding": Decimal(1),
    },
    "tiers that miss their sum": {
        "stages": [{"shocks": [{"type": "member_sold", "companies": ["Q"], "price": 0}]}],
        "rounding": Decimal("0.5"),
    },
    "bought, put in, restated": {
        "stages": [
            {"shocks": [
                bought("New", "trust", share="0.6"), bought("L", "life", id="a member"), {"type": "capital_injection", "amount": -30, "tier": "core_tier2_capital"},
                {"type": "capital_injection", "id": "elsewhere", "amount": 5, "groups": ["K"]}, {"type": "capital_loss", "companies": ["J"], "amount": 40},
                {"type": "member_restated", "companies": ["J", "U", "B"], "actual_capital": 1500, "minimum_capital": 800},
            ]},
            {"shocks": [
                bought("New", "trust", id="twice"), bought("Other", "holding", id="other"), bought("Third", "life", id="for others", groups=["K"]),
                {"type": "member_restated", "id": "capital alone", "companies": ["J"], "actual_capital": 1600}, {"type": "member_restated", "id": "requirement alone", "companies": ["L", "U"], "minimum_capital": 0},
            ]},
        ],
    },
    "actions in the scenario and beside it": {
        "stages": [
            {"shocks": [{"type": "capital_loss", "companies": ["J"], "amount": 1}], "actions": [{"type": "dividend_cut", "companies": ["L", "J"], "amount": 5}]},
            {"actions": [{"type": "member_sold", "companies": ["J"], "price": 700}, bought("New", "bank")]},
        ],
        "listed": [
            {"type": "instrument_issued", "companies": ["L"], "amount": 9, "tier": "supplementary_tier2_capital"},
            {"type": "instrument_issued", "id": "approved", "companies": ["Q"], "amount": 8, "approved": True},
            {"type": "member_sold", "id": "sold beside", "companies": ["J"], "price": 900}, bought("New", "bank", id="bought beside"),
        ],
    },
    "listed actions that touch nobody": {
        "stages": [{}, {}],
        "listed": [{"type": "dividend_cut", "companies": ["X"], "amount": 5, "groups": ["K"]}, {"type": "position_reduced", "share": "0.5", "kinds": ["trust"]}],
    },
    "listed reductions that touch somebody": {
        "stages": [{}],
        "listed": [{"type": "position_reduced", "share": "0.5", "kinds": ["life"]}],
    },
}  # fmt: skip


def record(name: str) -> Iterator[str]:
    given = dict(CASES[name])
    yield f"### {name}"
    yield from told(ran(given.pop("stages"), **given))


@pytest.mark.parametrize("name", CASES)
def test_each_effect_and_each_word_is_on_record(name: str) -> None:
    before, title, rest = RECORD.read_text("utf-8").partition(f"### {name}\n")
    assert list(record(name)) == [title.strip(), *rest.partition("### ")[0].splitlines()], before[-40:]


@pytest.mark.parametrize(
    ("entity", "horizon", "tells"),
    [("L", YEAR_ON, True), ("L", date(2025, 12, 31), False), ("J", YEAR_ON, False), ("Q", YEAR_ON, True), ("B", YEAR_ON, False)],
)  # fmt: skip
def test_a_change_is_told_by_a_result_and_its_base_at_one_horizon(
    entity: str, horizon: date, tells: bool
) -> None:
    one, later = figures(1, 1), date(2025, 12, 31)
    given = OwnResults(
        {
            ("L", DAY, "base"): {YEAR_ON: one},
            ("L", DAY, "mandatory_2"): {YEAR_ON: one, later: one},
            ("J", DAY, "base"): {YEAR_ON: one},
            ("Q", DAY, "base"): {YEAR_ON: one},
            ("Q", DAY, "mandatory_2"): {later: one},
            ("Q", DAY, "own"): {YEAR_ON: one},
        }
    )
    scenario = Scenario.model_validate({"name": "s", "results": RESULTS, "stages": [{}]})
    (member_,) = [each for each in MEMBERS if each.entity_id == entity]
    assert given.tells_change(scenario, member_, DAY, horizon) is tells
    assert given.companies(DAY) == {"L", "J", "Q"} and given.companies(later) == set()


@pytest.mark.parametrize(("entity", "needs"), [("L", False), ("J", True), ("Q", True), ("B", False)])
def test_drivers_count_for_whom_a_shock_by_drivers_hits(entity: str, needs: bool) -> None:
    shocks = [
        [{"type": "capital_loss", "companies": ["L", "J"], "amount": 1}],
        [{"type": "equity_fall", "fall": 0, "kinds": ["property"]}, {"type": "equity_fall", "id": "elsewhere", "fall": 0, "groups": ["K"]}],
    ]  # fmt: skip
    scenario = Scenario.model_validate({"name": "s", "stages": [{"shocks": one} for one in shocks]})
    (one,) = [each for each in MEMBERS if each.entity_id == entity]
    assert needs_drivers(scenario, "G", one) is needs


if __name__ == "__main__":
    RECORD.write_text("".join(f"{line}\n" for name in CASES for line in record(name)), "utf-8")
