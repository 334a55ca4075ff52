"""Common exposures, and a default followed by hand through companies, guarantees and groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from consolidation.filing_set.schemas.tables import TABLES
from consolidation.positions.readers.chunks import chunk_of
from consolidation.results.schemas import ConcentrationMeasures
from monitoring.industry.common_exposures import common_exposures, concentration_index
from monitoring.industry.default_scenario import (
    DefaultResult,
    company_capital_positions,
    default_of,
    group_capital_positions,
    group_exposures,
)
from monitoring.what_if.held_against import summed
from tests.build import Q1, Q2, filing, solo, table
from tests.monitoring.flags.build import BOOK, lines, members

LAW = BOOK.on(Q2)
NO_SECTOR = table("sector_filings", [])


def measured(*rows: tuple[str, str, str, int, int]) -> pl.DataFrame:
    """group, test, party, exposure, limit."""
    return pl.DataFrame(
        [(g, Q2, t, p, Decimal(e), Decimal(limit), Decimal(0)) for g, t, p, e, limit in rows],
        schema=ConcentrationMeasures.polars_schema(),
        orient="row",
    )


def guarantees(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """guarantor, beneficiary, balance, all inside 集团."""
    return table(
        "guarantees",
        [
            {
                "group_id": "集团",
                "guarantee_id": str(n),
                "period_end": Q2,
                "guarantor_id": one,
                "beneficiary_id": other,
                "balance": balance,
            }
            for n, (one, other, balance) in enumerate(rows)
        ],
    )


def default(
    exposures: dict[str, Any],
    *calls: tuple[str, str, int],
    party: str = "对手",
    loss: str = "1",
    companies: tuple[dict[str, Any], ...] = (),
    group: pl.DataFrame | None = None,
    who: pl.DataFrame | None = None,
) -> DefaultResult:
    return default_of(
        party,
        Q2,
        Decimal(loss),
        {e: Decimal(str(x)) for e, x in exposures.items()},
        companies=company_capital_positions(solo(*companies), NO_SECTOR, Q2, LAW),
        groups=group_capital_positions(lines("集团", Q2, 1000, 300) if group is None else group, Q2, LAW),
        members=members(("集团", Q2, "甲"), ("集团", Q2, "乙")) if who is None else who,
        guarantees=guarantees(*calls),
    )


def effect(
    result: DefaultResult, subject: str, number: int = 1, measure: str = "comprehensive"
) -> dict[str, Any]:
    rows = result.effects.filter(
        pl.col("subject_id") == subject, pl.col("round") == number, pl.col("measure") == measure
    )
    assert rows.height == 1
    return rows.row(0, named=True)


甲 = filing("甲", Q2, 200, 100)
乙 = filing("乙", Q2, 150, 100)


# Common exposures


def test_parties_are_listed_by_how_many_groups_hold_them() -> None:
    found = common_exposures(
        measured(
            ("一", "counterparty", "银行", 60, 50),
            ("二", "counterparty", "银行", 20, 50),
            ("一", "counterparty", "甲公司", 120, 50),
            ("一", "sector", "SWS/银行", 60, 100),
            ("一", "guarantee", "", 9, 1),
        )
    )
    assert found.select(
        "test", "party", "groups", "exposure", "share", "largest_holder", "over_limit"
    ).rows() == [
        ("counterparty", "银行", 2, 80, 0.4, "一", 1),
        ("counterparty", "甲公司", 1, 120, 0.6, "一", 1),
        ("sector", "SWS/银行", 1, 60, 1.0, "一", 0),
    ]
    assert found["hhi_of_holders"].to_list() == [0.625, 1.0, 1.0]


def test_the_index_is_the_sum_of_squared_shares_for_each_group_and_all() -> None:
    found = concentration_index(
        measured(
            ("一", "counterparty", "a", 50, 1),
            ("一", "counterparty", "b", 50, 1),
            ("二", "counterparty", "a", 300, 1),
        )
    )
    assert found.select(
        "group_id", "parties", "exposure", "hhi", "largest_party", "largest_share"
    ).rows() == [
        ("", 2, 400, round(0.875**2 + 0.125**2, 6), "a", 0.875),
        ("一", 2, 100, 0.5, "a", 0.5),
        ("二", 1, 300, 1.0, "a", 1.0),
    ]


# The first round


def test_a_company_loses_its_exposure_times_the_loss_given_default() -> None:
    found = effect(default({"甲": 120}, loss="0.6", companies=(甲, 乙)), "甲")
    assert (found["loss"], found["capital_before"], found["capital_after"]) == (72, 200, 128)
    assert (found["ratio_before"], found["ratio_after"], found["falls_below"]) == (
        2,
        Decimal("1.28"),
        "watch",
    )


def test_the_ratio_of_a_company_of_almost_no_requirement_is_as_exact_as_any() -> None:
    huge = filing("甲", Q2, "9999999999999.999999", "0.000001")
    found = effect(default({"甲": "0.000003"}, companies=(huge,)), "甲")
    assert found["ratio_before"] == Decimal("9999999999999999999")
    assert found["ratio_after"] == Decimal("9999999999999999996")


@pytest.mark.parametrize(
    ("held", "limit"), [(100, "key_check"), ("100.000001", "breach"), (80, "watch"), (50, None)]
)
def test_the_gravest_limit_met_before_and_not_after_is_named(held: Any, limit: str | None) -> None:
    """200 of 100 less 100 is exactly the lowest ratio, which is not below it."""
    assert effect(default({"甲": held}, companies=(甲, 乙)), "甲")["falls_below"] == limit


def test_a_limit_that_was_missed_before_is_not_fallen_below() -> None:
    assert (
        effect(default({"甲": 1}, companies=(filing("甲", Q2, 90, 100, core=900),)), "甲")["falls_below"]
        is None
    )


def test_the_group_bears_its_members_losses_by_its_share() -> None:
    half = members(("集团", Q2, "甲")).with_columns(share=pl.lit(Decimal("0.5")).cast(pl.Decimal(38, 12)))
    found = effect(default({"甲": 120}, companies=(甲,), who=half), "集团")
    assert (found["loss"], found["capital_after"], found["required"]) == (60, 940, 300)


def test_a_company_without_known_capital_is_named_with_its_loss() -> None:
    found = default({"丙": 30}, companies=(甲,))
    assert found.unknown == ("丙",)
    assert found.effects.select("subject_id", "loss", "capital_before").rows() == [("丙", 30, None)]


def test_core_and_comprehensive_ratios_both_fall() -> None:
    two = filing("甲", Q2, 200, 100, core=90)
    found = default({"甲": 45}, companies=(two,))
    assert effect(found, "甲", measure="core")["falls_below"] == "breach"
    assert effect(found, "甲")["ratio_after"] == Decimal("1.55")


# Rounds


def test_a_company_that_falls_into_breach_has_its_guarantees_called() -> None:
    """甲 loses 101 and is at 99; 乙 guaranteed 30 for it and loses them: 150 → 120. Guarantees for others stay."""
    found = default({"甲": 101}, ("乙", "甲", 30), ("乙", "别人", 70), companies=(甲, 乙))
    assert found.called_guarantees.select("round", "guarantor_id", "beneficiary_id", "loss").rows() == [
        (2, "乙", "甲", 30)
    ]
    second = effect(found, "乙", 2)
    assert (second["capital_after"], second["falls_below"]) == (120, "watch")
    assert effect(found, "集团", 2)["capital_after"] == 1000 - 101 - 30


def test_calls_go_on_until_nobody_new_falls() -> None:
    丙 = filing("丙", Q2, 300, 100)
    found = default({"甲": 101}, ("乙", "甲", 51), ("丙", "乙", 40), ("甲", "丙", 5), companies=(甲, 乙, 丙))
    assert found.called_guarantees.select("round", "guarantor_id", "loss").rows() == [
        (2, "乙", 51),
        (3, "丙", 40),
    ]
    assert effect(found, "丙", 3)["falls_below"] is None


def test_companies_that_guarantee_each_other_are_called_once() -> None:
    found = default({"甲": 101, "乙": 60}, ("乙", "甲", 10), ("甲", "乙", 10), companies=(甲, 乙))
    assert found.called_guarantees["round"].to_list() == [2, 2]
    assert found.effects["round"].max() == 2


def test_a_company_that_was_in_breach_before_calls_nothing() -> None:
    weak = filing("甲", Q2, 90, 100)
    assert default({"甲": 5}, ("乙", "甲", 30), companies=(weak, 乙)).called_guarantees.is_empty()


def test_the_defaulters_own_guarantees_are_called_though_nobody_holds_it() -> None:
    found = default({}, ("乙", "对手", 30), companies=(甲, 乙), loss="0.5")
    assert found.called_guarantees.select("guarantor_id", "balance", "loss").rows() == [("乙", 30, 15)]
    assert effect(found, "乙", 2)["capital_after"] == 135


def test_without_positions_a_group_is_followed_as_one_company() -> None:
    rows = measured(("集团", "counterparty", "对手", 701, 1), ("集团", "sector", "对手", 5, 1))
    exposures = group_exposures(rows, "对手", Q2)
    assert exposures == {"集团": 701}
    found = default(exposures, ("乙", "甲", 30))
    assert effect(found, "集团")["falls_below"] == "breach"
    assert effect(found, "集团", 2)["capital_after"] == 1000 - 701 - 30


def test_a_bank_is_held_against_its_own_requirement() -> None:
    filed = table(
        "sector_filings",
        [
            {
                "entity_id": "银行",
                "period_end": Q2,
                "measure": "risk_weighted_assets",
                "amount": 1000,
                "actual_capital": 120,
                "required_ratio": "0.105",
            }
        ],
    )
    standing = company_capital_positions(solo(), filed, Q2, LAW)["银行"]
    assert not standing.fails(Decimal(15))
    assert standing.fails(Decimal("15.000001"))


@pytest.mark.parametrize("loss", ["-0.1", "1.1"])
def test_a_loss_given_default_outside_0_to_1_is_refused(loss: str) -> None:
    with pytest.raises(ValueError, match="not between 0 and 1"):
        default({"甲": 1}, loss=loss, companies=(甲,))


# What is held against a party


def positions(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = TABLES["exposures"].empty().schema
    filled = [
        {"period_end": Q2, "source_row": n, "carrying_amount": Decimal(10), "asset_class": "loan", **row}
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in filled], schema=schema)


def test_positions_are_summed_by_company_for_the_party_that_the_law_sees() -> None:
    frame = positions(
        {"entity_id": "甲", "counterparty_id": "对手"},
        {"entity_id": "甲", "counterparty_id": "对手", "carrying_amount": Decimal("0.5")},
        {"entity_id": "甲", "counterparty_id": "别人"},
        {"entity_id": "甲", "counterparty_id": "对手", "separate_account": True},
        {"entity_id": "甲", "counterparty_id": "对手", "period_end": Q1},
        {"entity_id": "乙", "counterparty_id": "别人", "guarantor_id": "对手", "in_default": True},
        {"entity_id": "丙", "counterparty_id": "别人", "guarantor_id": "对手", "in_default": False},
        {"entity_id": "丁", "counterparty_id": "对手", "guarantor_id": "别人", "in_default": True},
        {"entity_id": "戊", "issuer_id": "对手"},
        {"entity_id": "己", "counterparty_id": "别人", "issuer_id": "对手"},
    )
    assert summed([chunk_of("a", frame), chunk_of("b", frame)], "对手", Q2) == {"乙": 20, "戊": 20, "甲": 21}
    assert summed([chunk_of("a", frame)], "无人", Q2) == {}
