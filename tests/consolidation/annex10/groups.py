"""Statements for workbook tests: every kind of group and every state that a line can be in, computed by the engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

from consolidation.annex10 import Limits
from consolidation.consolidate import Consolidation
from consolidation.provenance import Status
from consolidation.statement import Statement
from tests.build import consolidated

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LIMITS = Limits(Decimal("0.5"), Decimal(1))


class Case(NamedTuple):
    """A statement, the one of the year-end before where there is one, and the run that they come from."""

    statement: Statement
    opening: Statement | None
    run: Consolidation


def scenario(folder: Path, name: str) -> Case:
    """The one statement of a scenario file."""
    written = yaml.load((SCENARIOS / f"{name}.yaml").read_text("utf-8"), yaml.CBaseLoader)
    run = consolidated(folder, written["tables"])
    day = date.fromisoformat(written["period"])
    return Case(
        next(s for s in run.statements if s.group_id == written["group"] and s.period_end == day), None, run
    )


HOLDING = {
    "groups": """
        group_id,name,type,parent_id
        甲集团,甲保险集团,insurance_holding,
        """,
    "group_members": """
        group_id,entity_id
        甲集团,甲寿
        甲集团,甲财
        """,
    "entities": """
        entity_id,name,kind
        甲寿,甲人寿,life
        甲财,甲财险,property
        """,
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital
        甲寿,life,2022-12-31,annual,900000.123456,400000.333333
        甲财,property,2022-12-31,annual,300000,120000.25
        甲寿,life,2023-06-30,quarterly,950000,430000.5
        甲财,property,2023-06-30,quarterly,310000,125000.000001
        """,
}
ASSESSED = {
    "assessments": "group_id,period_end,sarmra_score\n甲集团,2022-12-31,82.34\n甲集团,2023-06-30,65.5\n"
}
CAPITAL = {
    "group_capital": """
        group_id,period_end,line,amount
        甲集团,2022-12-31,2,900000.11
        甲集团,2022-12-31,4,-60000
        甲集团,2022-12-31,20,100000
        甲集团,2022-12-31,28,200000.000009
        甲集团,2023-06-30,2,1000000
        甲集团,2023-06-30,4,-60000
        甲集团,2023-06-30,9,100000
        甲集团,2023-06-30,16,-40000
        甲集团,2023-06-30,20,500000
        甲集团,2023-06-30,28,1200000
        甲集团,2023-06-30,35,400000
        """,
}


def holding(folder: Path, **more: str) -> Case:
    """A holding group at mid-2023 with its opening balance; ``more`` are further tables."""
    run = consolidated(folder, HOLDING | more)
    by_day = {s.period_end: s for s in run.statements}
    return Case(by_day[date(2023, 6, 30)], by_day[date(2022, 12, 31)], run)


def published(*rows: str) -> dict[str, str]:
    """A published statement of the holding group: period, actual capital and the four tiers."""
    header = "group_id,period_end,basis,actual_capital,core_tier1_capital,core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital\n"
    return {"group_filings": header + "".join(f"甲集团,{row},550000\n" for row in rows)}


def with_lines(case: Case, status: Status = Status.COMPUTED, **amounts: str | None) -> Case:
    """The case with some lines replaced."""
    lines = dict(case.statement.lines)
    for name, amount in amounts.items():
        lines[name] = replace(lines[name], amount=None if amount is None else Decimal(amount), status=status)
    return case._replace(statement=replace(case.statement, lines=lines))


def concentrated(case: Case) -> Case:
    """The case with the group-specific charges of worked example 4 and a contagion charge of 75,000."""
    specific = {
        "contagion_risk_minimum_capital": "75000",
        "counterparty_concentration_minimum_capital": "56000",
        "sector_concentration_minimum_capital": "175000",
        "customer_concentration_minimum_capital": "50000",
        "concentration_risk_minimum_capital": "236349.317748",
        "concentration_diversification_effect": "44650.682252",
        "group_specific_risk_minimum_capital": "311349.317748",
    }
    before = case.statement.lines
    quantifiable = before["quantifiable_risk_minimum_capital"].amount + Decimal("311349.317748")
    required = quantifiable + before["control_risk_minimum_capital"].amount
    core = before["core_tier1_capital"].amount + before["core_tier2_capital"].amount
    held = before["actual_capital"].amount
    six = Decimal("0.000001")
    return with_lines(
        case,
        **specific,
        quantifiable_risk_minimum_capital=str(quantifiable),
        minimum_capital=str(required),
        core_solvency_surplus=str((core - required / 2).quantize(six)),
        core_solvency_ratio=str((core / required).quantize(six)),
        comprehensive_solvency_surplus=str(held - required),
        comprehensive_solvency_ratio=str((held / required).quantize(six)),
    )


@cache
def cases() -> dict[str, Case]:
    """Every kind of group and every state of a line, by what is special about it; computed once, for nothing changes them."""
    with TemporaryDirectory() as folder:
        return _cases(Path(folder))


def _cases(folder: Path) -> dict[str, Case]:
    consistent = published(
        "2022-12-31,annual,1000000,700000,100000,200000,0",
        "2023-06-30,quarterly,1100000,800000,100000,150000,50000",
    )
    inconsistent = published(
        "2022-12-31,annual,1000000,700000,100000,200000,0",
        "2023-06-30,quarterly,1100000,800000,100000,150000,60000",
    )
    partly = published(
        "2022-12-31,annual,1000000,700000,,300000,", "2023-06-30,quarterly,1100000,800000,,150000,50000"
    )
    own_lines = holding(folder / "a", **ASSESSED, **CAPITAL)
    total_only = {
        "group_capital": "group_id,period_end,line,amount\n甲集团,2023-06-30,1,800000\n甲集团,2023-06-30,26,150000\n甲集团,2022-12-31,1,1\n"
    }
    no_requirement = HOLDING["solo_filings"].replace("430000.5", "0").replace("125000.000001", "0")
    return {
        "own lines": own_lines,
        "concentrated": concentrated(own_lines),
        "published": holding(folder / "b", **consistent),
        "published, adding up to something else": holding(folder / "c", **inconsistent),
        "published in part": holding(folder / "d", **partly),
        "capital not given": holding(folder / "e"),
        "tiers given as totals": holding(folder / "f", **total_only),
        "no requirement": holding(folder / "g", **CAPITAL, solo_filings=no_requirement),
        "mixed": scenario(folder / "h", "A39-deduction-method"),
        "non-insurance holding": scenario(folder / "i", "A3-non-insurance-holding-tree"),
        "members of every kind": scenario(folder / "j", "A17-members-of-every-kind"),
        "bank capital in core tier 2": scenario(folder / "k", "A38-bank-capital-is-not-cut"),
        "signs that cannot be": scenario(folder / "l", "A38-signs-of-the-capital-sheet"),
        "an investor by share": scenario(folder / "m", "A41-an-investor-that-counts-by-share"),
    }
