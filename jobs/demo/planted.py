"""The faults that are in the demo on purpose, and what finds each.

Some are part of the story (``companies``, ``positions``, ``intragroup`` and ``solos`` have it): companies and groups in
trouble, limits exceeded. The others are put into the sound tables here: what somebody typed, forgot or sent twice.
``planted.yaml`` lists all of them; docs/demo.md prints the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from consolidation.money import ratio
from consolidation.rulebook import Rulebook
from jobs.demo.industry import solos
from jobs.demo.industry.companies import INSURER
from jobs.demo.industry.numbers import LAST, cents, four_places

Row = dict[str, Any]
Tables = dict[str, list[Row]]

GAP_FROM, GAP_TO = date(2024, 9, 30), date(2025, 2, 1)
"""The last day of the old row in 归墟财险's register and the first of the new one."""

_JUNE_2023, _JUNE_2025 = date(2023, 6, 30), date(2025, 6, 30)
_YEAR_END_2023, _YEAR_END_2024 = date(2023, 12, 31), date(2024, 12, 31)


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One planted fault: what it is, the table, group, company and period it is in, and what shows it.

    ``blocks``: it is an error, which stops its group's statement of that period and no other.
    """

    id: str
    what: str
    what_zh: str
    table: str
    period_end: date
    shown_by: str
    group_id: str = ""
    entity_id: str = ""
    blocks: bool = False


def _read() -> tuple[PlantedFault, ...]:
    values = yaml.load((Path(__file__).parent / "planted.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return tuple(PlantedFault(id=id, **fields) for id, fields in values.items())


PLANTED = _read()
"""Everything planted, in the order of docs/demo.md."""


def plant(tables: Tables, rulebook: Rulebook) -> None:
    """Put the faults into the sound tables (in place)."""
    for fault in _FAULTS:
        fault(tables, rulebook)


def refile(tables: Tables, rulebook: Rulebook) -> None:
    """Change 不周人寿's last filing as its re-filing does (in place): less capital, more market risk."""
    place, row = _solo(tables, "不周人寿", LAST)
    law = rulebook.on(LAST)
    market = cents(row["market_risk_minimum_capital"] * Decimal("1.06"))
    row = row | {"market_risk_minimum_capital": market}
    row |= solos.requirement_from(
        "life",
        row,
        row["loss_absorption_effect"],
        row["total_assets"],
        Decimal(INSURER["不周人寿"].score),
        law,
    )
    reserves = Decimal("86400.00")
    row |= {
        "admitted_liabilities": row["admitted_liabilities"] + reserves,
        "actual_capital": row["actual_capital"] - reserves,
        "core_tier1_capital": row["core_tier1_capital"] - reserves,
    }
    tables["solo_filings"][place] = solos.with_solvency(row, law)


def _solo(tables: Tables, entity: str, day: date) -> tuple[int, Row]:
    return next(
        (i, row)
        for i, row in enumerate(tables["solo_filings"])
        if (row["entity_id"], row["period_end"]) == (entity, day)
    )


def _change_solo(tables: Tables, entity: str, day: date, **cells: Any) -> None:
    place, row = _solo(tables, entity, day)
    tables["solo_filings"][place] = row | cells


def _duplicate(tables: Tables, _: Rulebook) -> None:
    place, row = _solo(tables, "蓬莱财险", _JUNE_2023)
    again = row | {"minimum_capital": row["minimum_capital"] + 1_000}
    tables["solo_filings"].insert(place + 1, again)


def _missing_filing(tables: Tables, _: Rulebook) -> None:
    del tables["solo_filings"][_solo(tables, "瑶池财险", LAST)[0]]


def _cross_holding(tables: Tables, _: Rulebook) -> None:
    """云梦人寿 controls 云梦财险, which has held a few of its shares since 2023."""
    relations = (
        ("云梦人寿", "云梦财险", "0.51", "subsidiary", date(2016, 3, 1)),
        ("云梦财险", "云梦人寿", "0.048", "associate", date(2023, 7, 1)),
    )
    for owner, company, stake, relation, since in relations:
        tables["ownership"].append(
            {
                "owner_id": owner,
                "entity_id": company,
                "valid_from": since,
                "stake": Decimal(stake),
                "relation": relation,
                "valid_to": None,
                "bears_shortfall": False,
            }
        )


def _rating_breach(tables: Tables, _: Rulebook) -> None:
    _change_solo(tables, "文鳐财险", LAST, integrated_risk_rating="C")


def _does_not_add_up(tables: Tables, _: Rulebook) -> None:
    row = _solo(tables, "不周财险", _JUNE_2025)[1]
    _change_solo(tables, "不周财险", _JUNE_2025, minimum_capital=swapped(row["minimum_capital"]))


def swapped(amount: Decimal) -> Decimal:
    """The amount with two neighbouring digits exchanged, as a tired typist would."""
    digits = list(f"{amount:f}")
    for i in range(2, len(digits) - 1):
        if digits[i].isdigit() and digits[i + 1].isdigit() and digits[i] != digits[i + 1]:
            digits[i], digits[i + 1] = digits[i + 1], digits[i]
            break
    return Decimal("".join(digits))


def _mixed_audit(tables: Tables, _: Rulebook) -> None:
    row = _solo(tables, "燧人火险", _YEAR_END_2023)[1]
    less = Decimal("0.0731")
    _change_solo(
        tables,
        "燧人火险",
        _YEAR_END_2023,
        core_solvency_ratio=row["core_solvency_ratio"] - less,
        comprehensive_solvency_ratio=row["comprehensive_solvency_ratio"] - less,
    )


def _stale_ownership(tables: Tables, _: Rulebook) -> None:
    register = tables["ownership"]
    place = next(i for i, row in enumerate(register) if row["entity_id"] == "归墟财险")
    renewed = register[place] | {"valid_from": GAP_TO}
    register[place] = register[place] | {"valid_to": GAP_FROM}
    register.insert(place + 1, renewed)


def _tier_limit(tables: Tables, _: Rulebook) -> None:
    """扶桑集团 issues perpetual bonds beyond what core capital may hold, and publishes without the deduction."""
    sheet = [r for r in tables["group_capital"] if (r["group_id"], r["period_end"]) == ("扶桑集团", LAST)]
    statement = next(
        r for r in tables["group_filings"] if (r["group_id"], r["period_end"]) == ("扶桑集团", LAST)
    )
    core1 = statement["core_tier1_capital"]
    bonds = cents(core1 * Decimal("0.58"))
    next(r for r in sheet if r["line"] == 22)["amount"] += bonds
    more = ("core_tier2_capital", "actual_capital", "core_surplus", "comprehensive_surplus")
    changed = statement | {column: statement[column] + bonds for column in more}
    core, required = core1 + changed["core_tier2_capital"], changed["minimum_capital"]
    changed["core_solvency_ratio"] = four_places(ratio(core, required))
    changed["comprehensive_solvency_ratio"] = four_places(ratio(changed["actual_capital"], required))
    tables["group_filings"][tables["group_filings"].index(statement)] = changed


def _solo_tier_limit(tables: Tables, _: Rulebook) -> None:
    row = _solo(tables, "姑射人寿", LAST)[1]
    core = row["core_tier1_capital"] + row["core_tier2_capital"]
    core2 = cents(core * Decimal("0.38"))
    _change_solo(tables, "姑射人寿", LAST, core_tier1_capital=core - core2, core_tier2_capital=core2)


def _filed_twice(tables: Tables, rulebook: Rulebook) -> None:
    place, audited = _solo(tables, "稷下人寿", LAST)
    change = cents(audited["actual_capital"] * Decimal("0.012"))
    unaudited = audited | {
        "basis": "quarterly",
        "admitted_liabilities": audited["admitted_liabilities"] - change,
        "actual_capital": audited["actual_capital"] + change,
        "core_tier1_capital": audited["core_tier1_capital"] + change,
    }
    tables["solo_filings"].insert(place, solos.with_solvency(unaudited, rulebook.on(LAST)))


def _rating_contradicted(tables: Tables, _: Rulebook) -> None:
    tables["ratings"].append(
        {"group_id": "归墟集团", "entity_id": None, "period_end": LAST, "integrated_risk_rating": "BBB"}
    )


def _transition_too_long(tables: Tables, _: Rulebook) -> None:
    tables["transitional_measures"].append(
        {
            "entity_id": "三危健康",
            "parameter": "capital_limits.policy_surplus_to_core",
            "valid_from": date(2022, 1, 1),
            "value": Decimal("0.45"),
            "valid_to": date(2026, 12, 31),
            "approval": "虚构监复〔2022〕31号",
        }
    )


def _transition_better(tables: Tables, _: Rulebook) -> None:
    """广寒人寿 had 45% until the end of 2024."""
    tables["transitional_measures"].append(
        {
            "entity_id": "广寒人寿",
            "parameter": "capital_limits.policy_surplus_to_core",
            "valid_from": date(2025, 1, 1),
            "value": Decimal("0.47"),
            "valid_to": date(2025, 12, 31),
            "approval": "虚构监复〔2025〕3号",
        }
    )


_FAULTS: tuple[Callable[[Tables, Rulebook], None], ...] = (
    _duplicate,
    _missing_filing,
    _cross_holding,
    _rating_breach,
    _does_not_add_up,
    _mixed_audit,
    _stale_ownership,
    _tier_limit,
    _solo_tier_limit,
    _filed_twice,
    _rating_contradicted,
    _transition_too_long,
    _transition_better,
)
