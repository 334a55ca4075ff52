"""What a filing set gives for scenarios: members' results and drivers, guarantees and capital held between members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.filing_set import FilingSet
from consolidation.filing_set.position_shocks import PositionShock
from consolidation.money import ZERO
from consolidation.rulebook import RulesInForce
from consolidation.scenario import definition as d
from consolidation.scenario.members.drivers import CREDIT, DRIVERS, EQUITY, FROM_POSITIONS, DriversOfMember
from consolidation.scenario.members.effects import CalledGuarantee
from consolidation.scenario.members.holdings import losses_by_holder
from consolidation.scenario.members.own_results import OwnResults

ASSET_CLASSES_OF = "stress.asset_classes"

LossesByShock = Mapping[str, Mapping[str, Decimal]]
"""Name of a shock → company → what its positions lose, 万元."""


@dataclass(frozen=True)
class Given:
    """By company its drivers; by group its guarantees; by scenario what positions lose."""

    results: OwnResults
    drivers: Mapping[str, DriversOfMember]
    guarantees: Mapping[str, Sequence[CalledGuarantee]]
    held_capital: Sequence[tuple[str, str, Decimal]]
    lost_on_positions: Mapping[str, LossesByShock]


def given(
    filing_set: FilingSet,
    scenarios: Iterable[d.Scenario],
    companies: Iterable[str],
    report_date: date,
    law: RulesInForce,
    none_set_aside: bool,
) -> Given:
    """What there is for the report date. Positions are read once, and only where a shock or a missing driver asks for them.

    :param companies: whose drivers are asked for.
    :param none_set_aside: whether every row of the positions was found to count.
    :raises consolidation.positions.EngineFault: where positions cannot be read.
    """
    tables = filing_set.tables
    of_day = pl.col("period_end") == report_date
    rows = tables["stress_drivers"].filter(of_day)
    filed = {
        row["entity_id"]: {name: row[name] for name in DRIVERS if row[name] is not None}
        for row in rows.iter_rows(named=True)
    }
    shocked = {s.name: shocks for s in scenarios if (shocks := _on_positions(s))}
    of_assets = _needs_drivers(scenarios)
    wanted = (
        of_assets if any(not filed.get(company, {}).keys() >= {*of_assets} for company in companies) else ()
    )
    classes = law.value(ASSET_CLASSES_OF)
    probes = [(PositionShock(ZERO, tuple(classes[name])),) for name in wanted]
    sequences = [tuple(_record(shock, shock.companies) for shock in shocks) for shocks in shocked.values()]
    lost = losses_by_holder(filing_set, [*probes, *sequences], report_date, none_set_aside)
    held = dict(zip(wanted, (of_probe[0] for of_probe in lost[: len(probes)]), strict=True))
    drivers = {
        company: DriversOfMember(
            filed.get(company), {name: of[company] for name, of in held.items() if company in of}
        )
        for company in {*filed, *(company for of in held.values() for company in of)}
    }
    by_scenario = {
        name: {shock.name: of_shock for shock, of_shock in zip(shocks, of_shocks, strict=True)}
        for (name, shocks), of_shocks in zip(shocked.items(), lost[len(probes) :], strict=True)
    }
    guarantees: dict[str, list[CalledGuarantee]] = {}
    ordered = tables["guarantees"].filter(of_day & (pl.col("balance") > 0)).sort("group_id", "guarantee_id")
    for row in ordered.iter_rows(named=True):
        one = CalledGuarantee(row["guarantee_id"], row["guarantor_id"], row["beneficiary_id"], row["balance"])
        guarantees.setdefault(row["group_id"], []).append(one)
    links = tables["capital_links"].filter(of_day).select("investor_id", "issuer_id", "counted_by_investor")
    return Given(
        OwnResults.of(tables["stress_results"]),
        drivers,
        guarantees,
        sorted(links.iter_rows()),
        by_scenario,
    )


def _needs_drivers(scenarios: Iterable[d.Scenario]) -> tuple[str, ...]:
    """The drivers of assets that some scenario acts on."""
    types = {type(shock) for s in scenarios for stage in s.stages for shock in stage.shocks}
    return FROM_POSITIONS if types & {d.EquityFall, d.YieldRise, d.CreditLoss} else ()


def _on_positions(scenario: d.Scenario) -> list[d.AssetFall | d.Default]:
    """The shocks whose losses positions tell."""
    return [s for stage in scenario.stages for s in stage.shocks if isinstance(s, d.AssetFall | d.Default)]


def _record(shock: d.AssetFall | d.Default, holders: tuple[str, ...] = ()) -> PositionShock:
    if isinstance(shock, d.Default):
        return PositionShock(1 - shock.loss, counterparties=(shock.counterparty,), holders=holders)
    return PositionShock(1 - shock.fall, shock.asset_classes, shock.sectors, shock.counterparties, holders)


def position_shock(step: d.ScenarioStep, holders: tuple[str, ...], law: RulesInForce) -> PositionShock | None:
    """What a shock or action does to the positions of the holders that it hits; None: nothing."""
    classes = law.value(ASSET_CLASSES_OF)
    match step:
        case d.AssetFall() | d.Default():
            return _record(step, holders)
        case d.EquityFall():
            return PositionShock(1 - step.fall, tuple(classes[EQUITY]), holders=holders)
        case d.CreditLoss():
            return PositionShock(1 - step.loss, tuple(classes[CREDIT]), holders=holders)
        case d.PositionReduced():
            return PositionShock(
                1 - step.share, step.asset_classes, step.sectors, step.counterparties, holders
            )
        case _:
            return None
