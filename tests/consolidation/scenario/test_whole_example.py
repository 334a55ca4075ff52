"""One stress test from end to end, with everything in it that a scenario can do: all that comes out, row by row.

``whole_example_*.txt`` have the rows; ``python -m tests.consolidation.scenario.test_whole_example`` writes them anew: read the
difference before you keep it. What of it is worked by hand stands in the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from consolidation.filing_set import FilingSet
from consolidation.rulebook import Rulebook
from consolidation.scenario.definition import DividendCut, InstrumentIssued, Scenario
from consolidation.scenario.stress import stress
from tests.build import read_set, rows
from tests.consolidation.scenario.worked import DAY, filing, result, worked_example
from tests.oracle.plain_reading import Tables
from tests.scenarios.told import findings_told, rows_told

RECORDS = Path(__file__).parent


def example() -> Tables:
    """The worked example with a bank, a mixed group of two more insurers, one company in no group, and positions."""
    tables = worked_example()
    tables["groups"].append({"group_id": "K", "name": "混合", "type": "mixed", "parent_id": ""})
    tables["entities"] += [
        {"entity_id": e, "name": e, "kind": kind}
        for e, kind in (("B", "bank"), ("M", "life"), ("Q", "property"), ("N", "life"), ("R", "reinsurance"))
    ]
    tables["ownership"] += [
        {
            "owner_id": "P",
            "entity_id": e,
            "valid_from": "2020-01-01",
            "stake": "0.8",
            "relation": "subsidiary",
        }
        for e in ("B", "R")
    ]
    tables["group_members"] = [
        {"group_id": "K", "entity_id": e, "relation": "subsidiary"} for e in ("M", "Q")
    ]
    tables["solo_filings"] += [
        filing("M", "life", "3000", "1000") | {"core_tier1_capital": "2400", "supplementary_tier1_capital": "600"},
        filing("Q", "property", "900", "500") | {"quantifiable_risk_minimum_capital": "480"},
        filing("N", "life", "500", "100"),
        filing("R", "reinsurance", "700", "200"),
    ]  # fmt: skip
    tables["sector_filings"] += [
        {"entity_id": "B", "period_end": DAY, "measure": "risk_weighted_assets", "amount": "1000",
         "required_ratio": "0.105", "actual_capital": "300"},
    ]  # fmt: skip
    tables["group_filings"][0] |= {"core_tier1_capital": "6000", "core_tier2_capital": "500", "supplementary_tier1_capital": "3500"}  # fmt: skip
    tables["stress_results"] += [
        result("M", "base", "3100", "1050", core_capital="2450"),
        result("M", "mandatory_2", "1000", "1040", core_capital="900"),
        result("Q", "base", "900", "500"),
        result("Q", "mandatory_2", "1000", "510", horizon_end="2025-12-31"),
        result("R", "base", "700", "200"),
        result("R", "own", "650", "190"),
        result("N", "base", "480", "100"),
        result("N", "mandatory_2", "90", "100"),
        result("N", "mandatory_2", "80", "100", horizon_end="2025-12-31"),
    ]
    tables["stress_drivers"] = [
        {"entity_id": "Q", "period_end": DAY, "equity_assets": "200", "earned_premium": "1000", "combined_ratio": "0.95", "claims_ratio": "0.6"},
        {"entity_id": "B", "period_end": DAY, "credit_risk_assets": "400"},
    ]  # fmt: skip
    tables["exposures"] = [
        {"entity_id": e, "period_end": day, "counterparty_id": party, "asset_class": asset, "sector_scheme": "SWS",
         "sector": sector, "carrying_amount": amount, "separate_account": separate}
        for e, day, party, asset, sector, amount, separate in (
            ("L", DAY, "甲", "equity", "钢铁", "1000", ""), ("L", DAY, "乙", "corporate_bond", "银行", "800", ""),
            ("J", DAY, "甲", "equity", "钢铁", "100", ""), ("M", DAY, "甲", "loan", "钢铁", "300", ""),
            ("M", DAY, "甲", "equity", "钢铁", "5000", "true"), ("L", "2022-12-31", "甲", "equity", "钢铁", "9", ""),
        )
    ]  # fmt: skip
    tables["group_financials"] = rows(
        "group_financials", f"G,{DAY},20000,9000,1", "G,2022-12-31,19000,8000,1", f"K,{DAY},9000,3000,1", "K,2022-12-31,8000,3000,1"
    )  # fmt: skip
    tables["guarantees"] = rows(
        "guarantees", f"G,1,{DAY},J,L,400", f"K,2,{DAY},Q,M,350", f"K,3,{DAY},M,Q,900", "K,4,2022-12-31,M,Q,7"
    )
    tables["capital_links"] = [
        {
            "investor_id": i,
            "issuer_id": j,
            "instrument": "equity",
            "period_end": DAY,
            "counted_by_investor": a,
        }
        for i, j, a in (("Q", "M", "120"), ("L", "J", "90"))
    ]
    return tables


STAGES: list[dict[str, Any]] = [
    {
        "shocks": [
            {"type": "equity_fall", "fall": "0.2"},
            {"type": "default", "counterparty": "甲", "loss": "0.5"},
            {"type": "default", "id": "nobody's", "counterparty": "丁", "loss": "0.5"},
            {"type": "capital_loss", "companies": ["J", "X"], "amount": 100, "groups": ["G"]},
        ]
    },
    {
        "shocks": [
            {"type": "asset_fall", "fall": "0.1", "sectors": ["SWS/银行"], "kinds": ["life"]},
            {"type": "guarantee_called", "companies": ["L"], "loss": "0.5"},
            {"type": "claims_rise", "rise": "0.1", "companies": ["Q"]},
        ],
        "actions": [
            {"type": "member_supported", "companies": ["M"], "amount": 60, "source": "Q"},
            {"type": "position_reduced", "share": "0.5", "asset_classes": ["loan"]},
            {"type": "member_sold", "companies": ["B"], "price": 250},
        ],
    },
]
SCENARIO = {
    "name": "all of it",
    "results": {"life": "mandatory_2", "property": ["mandatory_2", "own"], "others": "own"},
    "tax_rate": "0.25",
    "stages": STAGES,
}
ACTIONS = (
    DividendCut(type="dividend_cut", companies=("L", "Q"), amount=Decimal(30)),
    InstrumentIssued(type="instrument_issued", companies=("M",), amount=Decimal(40), tier="supplementary_tier1_capital"),
    InstrumentIssued(id="approved", type="instrument_issued", companies=("J",), amount=Decimal(50), approved=True),
)  # fmt: skip


def of_ones_own(filed: FilingSet) -> Iterator[str]:
    """A scenario of one's own with actions and a second round."""
    scenario = Scenario.model_validate(SCENARIO)
    own = stress(filed, Rulebook.load(), [scenario], actions=ACTIONS, with_second_round=True)
    yield from rows_told("lines that move", moving(own.lines))
    yield from rows_told("base that moves", moving(own.base))
    yield from rows_told("attribution", own.attribution.filter(pl.col("change") != 0))
    yield from rows_told("changes", own.changes)
    yield from rows_told("clearing", own.clearing)
    yield from findings_told(f for f in own.findings if f.code.startswith("stress-"))
    for key in own.moves:
        yield from changed_tables(" ".join(map(str, key)), filed, own.filing_set(filed, *key))


def of_rulebook(filed: FilingSet) -> Iterator[str]:
    """The scenarios of the rulebook, with the reverse test."""
    of_rulebook = stress(filed, Rulebook.load())
    of_capital = of_rulebook.lines.filter(pl.col("line").is_in(["actual_capital", "minimum_capital"]))
    yield from rows_told("capital under the scenarios of the rulebook", of_capital)
    yield from rows_told("reverse", of_rulebook.reverse)
    yield from findings_told(f for f in of_rulebook.findings if f.code.startswith("stress-"))


def moving(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.filter(pl.col("change").is_null() | (pl.col("change") != 0))


def changed_tables(title: str, filed: FilingSet, moved: FilingSet) -> Iterator[str]:
    """The rows of a stressed filing set that are not as filed, with the cells that they have."""
    for name, table in moved.tables.items():
        before = filed.tables[name].rows()
        for row in sorted(set(table.rows()) ^ set(before), key=str):
            cells = dict(zip(table.columns, row, strict=True))
            told = ", ".join(
                f"{k} {v}" for k, v in cells.items() if v is not None and not k.startswith("source")
            )
            yield f"{title}: {name} {'without' if row in before else 'with'} {told}"


PARTS = {"own": of_ones_own, "rulebook": of_rulebook}


@pytest.mark.parametrize("part", PARTS)
def test_all_that_comes_out_is_on_record(part: str, tmp_path: Path) -> None:
    record = RECORDS / f"whole_example_{part}.txt"
    assert list(PARTS[part](read_set(tmp_path, example()))) == record.read_text("utf-8").splitlines()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        filed = read_set(Path(folder), example())
        for part, rows_of in PARTS.items():
            lines = "".join(f"{line}\n" for line in rows_of(filed))
            (RECORDS / f"whole_example_{part}.txt").write_text(lines, "utf-8")
