"""All that is said of members whose requirement is missing or doubtful, in one group of members of every such kind."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from consolidation.filing_set import FilingSet
from consolidation.minimum_capital.member_checks import (
    missing_requirements,
    overseas_findings,
    unused_sector_filings,
)
from consolidation.minimum_capital.members import with_requirement
from consolidation.minimum_capital.stakes_in_members import stakes_in_members
from consolidation.rulebook import Rulebook
from tests.build import read_set

DAY = date(2023, 12, 31)
BOOK = Rulebook.load()
WHOLE, PART = "minimum_capital", "quantifiable_risk_minimum_capital"


def member(
    entity: str, kind: str | None, required: str | None, row: int | None = 9, **more: object
) -> dict[str, object]:
    """A member as it filed; ``row`` None: it has no row in solo_filings."""
    amount = None if required is None else Decimal(required)
    return {
        "group_id": "G", "period_end": DAY, "entity_id": entity, "kind": kind, "relation": "subsidiary",
        "requirement_column": WHOLE, "requirement": amount, "minimum_capital": amount, "source_file": "f.csv",
        "source_row": row, "jurisdiction": "CN", "rules": "c_ross", "equivalent_regime": False,
        "total_assets": None, "admitted_assets": None, **more,
    }  # fmt: skip


def frame(*members: dict[str, object]) -> pl.DataFrame:
    money = pl.Decimal(38, 6)
    names = ("requirement", "minimum_capital", "total_assets", "admitted_assets")
    text = dict.fromkeys(("kind", "rules"), pl.String)
    return pl.DataFrame(
        members, schema_overrides={**dict.fromkeys(names, money), **text, "source_row": pl.Int64}
    )


def test_who_has_no_requirement_is_named_by_what_it_should_have_filed() -> None:
    filed = frame(
        member("silent", "life", None, None),
        member("silent bank", "bank", None, None),
        member("bank", "bank", None, None),
        member("unknown", None, None, None),
        member("parent", None, None, None, relation="parent"),
        member("trader", "other", None, None),
        member("blank", "property", None),
        member("part", "life", None, requirement_column=PART, minimum_capital=Decimal(5)),
        member("bank that files", "bank", None, requirement_column=PART, minimum_capital=Decimal(5)),
        member("nothing", "life", "0"),
        member("little", "life", "0.000001"),
        member("less", "reinsurance", "-1"),
        member("bank of nothing", "bank", "0"),
        member("fine", "life", "7"),
        member("unknown elsewhere", None, None),
    )
    sector = pl.DataFrame(
        {
            "entity_id": ["bank", "silent", "fine", "unknown elsewhere"],
            "period_end": [DAY] * 4,
            "measure": ["a", "b", "c", "d"],
        }
    )
    findings, incomplete = missing_requirements(filed, sector)
    assert [(f.code, f.entity_id, f.table, f.column, f.value) for f in findings] == [
        ("member-not-filed", "silent", "solo_filings", "", ""),
        ("member-not-filed", "unknown", "solo_filings", "", ""),
        ("member-not-filed", "silent bank", "sector_filings", "", ""),
        ("minimum-capital-absent", "blank", "solo_filings", WHOLE, ""),
        ("quantifiable-part-absent", "part", "solo_filings", PART, ""),
        ("quantifiable-part-absent", "bank that files", "solo_filings", PART, ""),
        ("minimum-capital-not-positive", "nothing", "solo_filings", WHOLE, "0.000000"),
        ("minimum-capital-not-positive", "less", "solo_filings", WHOLE, "-1.000000"),
    ]
    assert {line for _, _, line in incomplete} == {
        "insurance_members_minimum_capital", "bank_members_minimum_capital", "other_members_minimum_capital",
    }  # fmt: skip
    unused = [(f.entity_id, f.column, f.value) for f in unused_sector_filings(filed, sector)]
    assert unused == [("fine", "measure", "c"), ("silent", "measure", "b")]


def with_assets(folder: Path, *amounts: str) -> FilingSet:
    rows = [f"G,2023-12-31,{amount},1,1\n" for amount in amounts]
    header = "group_id,period_end,total_assets,net_assets,income\n"
    return read_set(folder, {"group_financials": header + "".join(rows) + "K,2023-12-31,9,9,9\n"})


def local(entity: str, **more: object) -> dict[str, object]:
    return member(entity, "life", "1", jurisdiction="HK", **{"rules": "local", **more})


def test_local_rules_serve_a_small_insurer_abroad_alone(tmp_path: Path) -> None:
    share = BOOK.on(DAY).number("overseas.local_rule_asset_share")
    limit = share * 1000
    above = limit + Decimal("0.000001")
    members = frame(
        local("small", total_assets=limit, admitted_assets=above),
        local("large", total_assets=above, admitted_assets=limit),
        local("by admitted assets", admitted_assets=above),
        local("of no size"),
        local("equivalent", total_assets=above, equivalent_regime=True),
        local("own rules", rules="c_ross"),
        local("not said", rules=None),
        member("at home", "life", "1", rules="local"),
        member("domestic", "life", "1"),
        local("silent", source_row=None),
    )

    def told(*assets: str) -> list[tuple[str, str]]:
        found = overseas_findings(members, with_assets(tmp_path / "-".join(("s", *assets)), *assets), BOOK)
        assert {(f.table, f.column, f.row) for f in found} == {("solo_filings", "rules", 9)}
        return [(f.code, f.entity_id) for f in found]

    always = [("overseas-rules-not-stated", "not said"), ("domestic-local-rules", "at home")]
    unknown = "overseas-size-unknown"
    assert told("1000") == [
        ("overseas-local-rules", "large"), ("overseas-local-rules", "by admitted assets"), (unknown, "of no size"), *always,
    ]  # fmt: skip
    assert told() == [*((unknown, who) for who in ("small", "large", "by admitted assets", "of no size")), *always]  # fmt: skip
    for nothing in ("0", "-1"):
        code = "overseas-size-not-measurable"
        assert told(nothing) == [(code, "small"), (code, "large"), (code, "by admitted assets"), (unknown, "of no size"), *always]  # fmt: skip


@pytest.mark.parametrize(
    ("group", "kind", "rules", "part", "whole", "brings"),
    [
        ("by part", "life", "c_ross", "6", "7", (PART, 6)),
        ("by part", "life", None, None, "7", (PART, None)),
        ("by part", "life", "local", None, "7", (WHOLE, 7)),
        ("by part", "life", "local", "6", "7", (PART, 6)),
        ("by part", "life", "c_ross", "6", None, (PART, 6)),
        ("by part", "bank", "c_ross", "6", None, (PART, None)),
        ("by part", "bank", "c_ross", "6", "7", (PART, 6)),
        ("by part", None, "c_ross", "6", None, (PART, None)),
        ("whole", "life", "c_ross", "6", "7", (WHOLE, 7)),
        ("whole", "life", None, "6", None, (WHOLE, None)),
    ],
)
def test_what_of_its_requirement_a_member_brings(
    group: str,
    kind: str | None,
    rules: str | None,
    part: str | None,
    whole: str | None,
    brings: tuple[str, int | None],
) -> None:
    """By the group's own choice; a figure under local rules knows no control risk, and who is no insurer files a whole one."""
    groups: Any = {
        "by part": SimpleNamespace(member_requirement="quantifiable"),
        "whole": SimpleNamespace(member_requirement="whole"),
    }
    amounts = {name: None if a is None else Decimal(a) for name, a in ((PART, part), (WHOLE, whole))}
    row = {"group_id": group, "period_end": DAY, "kind": kind, "rules": rules, **amounts}
    types = {**dict.fromkeys((PART, WHOLE), pl.Decimal(38, 6)), **dict.fromkeys(("kind", "rules"), pl.String)}
    found = with_requirement(pl.DataFrame([row], schema_overrides=types), groups, BOOK)
    assert found.select("requirement_column", "requirement").rows() == [brings]


def test_stakes_of_those_who_bring_a_requirement_as_insurers_alone_carry_capital(tmp_path: Path) -> None:
    links = "".join(f"{who},issuer,equity,2023-12-31,50\n" for who in ("life", "silent", "bank", "parent"))
    header = "investor_id,issuer_id,instrument,period_end,counted_by_investor\n"
    filed = frame(
        member("life", "life", "7", share=Decimal(1)),
        member("silent", "life", None, share=Decimal(1)),
        member("bank", "bank", "7", share=Decimal(1)),
        member("parent", None, "7", share=Decimal(1)),
        member("issuer", "property", "7", share=Decimal(1)),
    )
    held = stakes_in_members(filed, read_set(tmp_path, {"capital_links": header + links}), BOOK)
    assert held.select("entity_id", "issuer_id").rows() == [("life", "issuer")]
