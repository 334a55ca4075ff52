"""The rulebook: what was in force when, that it is the law's own numbers, whole and exact."""

import csv
import pickle
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consolidation.rulebook import DatedValue, NotInForce, Rulebook, RulesInForce, files

FILES = files()
BOOK = Rulebook.load()
BEFORE_NOTICE_5 = date(2023, 6, 30)
SINCE_NOTICE_5 = date(2023, 9, 30)
KINDS = ("property", "life", "reinsurance")


def all_entries() -> Iterator[DatedValue]:
    for id in BOOK.ids():
        yield from BOOK.history(id)


def parts_of(value: Any) -> Iterator[Any]:
    """The value and everything inside it."""
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from parts_of(item)
    elif not isinstance(value, str | Decimal | date | bool):
        for item in value.values():
            yield from parts_of(item)


def steps(law: RulesInForce, id: str) -> list[tuple[Decimal, Decimal]]:
    return [(step["below"], step["k"]) for step in law.value(id)]


# What was in force when


def test_size_coefficients_begin_with_the_reports_for_2023_q3() -> None:
    before, since = BOOK.on(BEFORE_NOTICE_5), BOOK.on(SINCE_NOTICE_5)
    assert [before.value(f"solo.size_coefficient.{kind}") for kind in KINDS] == [(), (), ()]
    small_and_medium = [(Decimal(1_000_000), Decimal("-0.10")), (Decimal(20_000_000), Decimal("-0.05"))]
    assert steps(since, "solo.size_coefficient.property") == small_and_medium
    assert steps(since, "solo.size_coefficient.reinsurance") == small_and_medium
    assert steps(since, "solo.size_coefficient.life") == [
        (Decimal(5_000_000), Decimal("-0.10")),
        (Decimal(50_000_000), Decimal("-0.05")),
    ]
    assert since.number("solo.size_coefficient_otherwise") == 0


def test_policy_surplus_limit_rises_from_35_to_40_per_cent() -> None:
    limit = "capital_limits.policy_surplus_to_core"
    assert BOOK.on(BEFORE_NOTICE_5).number(limit) == Decimal("0.35")
    assert BOOK.on(date(2023, 6, 30)).entry(limit).valid_to == date(2023, 6, 30)
    assert BOOK.on(date(2023, 7, 1)).number(limit) == Decimal("0.40")
    assert BOOK.on(SINCE_NOTICE_5).entry(limit).valid_to is None


@pytest.mark.parametrize(("end", "factor"), [("70", "0.05"), ("90", "-0.05")])
def test_neighbouring_control_risk_segments_agree_where_they_meet(end: str, factor: str) -> None:
    segments = BOOK.on(SINCE_NOTICE_5).value("control_risk.segments")
    position = [segment["up_to"] for segment in segments].index(Decimal(end))
    for segment in segments[position : position + 2]:
        assert segment["slope"] * Decimal(end) + segment["intercept"] == Decimal(factor)


def test_control_risk_scale_ends_at_the_highest_score() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    last = law.value("control_risk.segments")[-1]
    assert last["up_to"] == law.number("control_risk.score_maximum") == 100
    assert last["slope"] * 100 + last["intercept"] == Decimal("-0.15")


def test_no_statement_rule_is_in_force_before_2022() -> None:
    with pytest.raises(NotInForce) as caught:
        BOOK.on(date(2021, 12, 31)).number("solvency.core_minimum_ratio")
    assert (caught.value.id, caught.value.date) == ("solvency.core_minimum_ratio", date(2021, 12, 31))
    assert str(caught.value) == "the rulebook has no solvency.core_minimum_ratio in force on 2021-12-31"
    assert BOOK.on(date(2022, 1, 1)).number("solvency.core_minimum_ratio") == Decimal("0.5")


def test_transition_ended_with_2024_until_the_notice_of_20_december_2024_moved_it_to_2025() -> None:
    assert BOOK.on(date(2024, 12, 19)).value("transitional_measures.last_day") == date(2024, 12, 31)
    assert BOOK.on(date(2024, 12, 20)).value("transitional_measures.last_day") == date(2025, 12, 31)


def test_risk_factors_change_with_the_notice_of_december_2025() -> None:
    changes = {
        "csi_300_constituent_held_over_3_years": ("0.30", "0.27"),
        "star_market_share_held_over_2_years": ("0.40", "0.36"),
        "export_credit_premium": ("0.467", "0.42"),
        "export_credit_reserve": ("0.605", "0.545"),
    }
    found = {
        name: tuple(BOOK.on(date(2025, 12, day)).number(f"risk_factors.{name}") for day in (4, 5))
        for name in changes
    }
    assert found == {name: tuple(map(Decimal, pair)) for name, pair in changes.items()}


# The numbers of Rule 19, as its text has them

RULE_19 = {
    "solvency.core_minimum_ratio": "0.50",
    "solvency.comprehensive_minimum_ratio": "1.00",
    "key_check.core_ratio": "0.60",
    "key_check.comprehensive_ratio": "1.20",
    "watch.core_ratio": "0.75",
    "watch.comprehensive_ratio": "1.50",
    "control_risk.capped_score": "70",
    "control_risk.factor_before_assessment": "0",
    "add_on_capital.rate": "0",
    "diversification_reduction.rate": "0",
    "capital_limits.supplementary_to_core": "1.00",
    "capital_limits.core_tier2_to_core": "0.30",
    "capital_limits.supplementary_tier2_to_core": "0.25",
    "overseas.local_rule_asset_share": "0.05",
    "characteristic.minimum": "-0.25",
    "characteristic.maximum": "0.25",
    "contagion.materiality_share": "0.01",
    "contagion.materiality_amount": "500",
    "contagion.limit": "0.20",
    "contagion.guarantee_base_factor": "0.1",
    "contagion.transaction_base_factor": "0.1",
    "contagion.window_months": "12",
    "contagion.k1_with_bank": "0.1",
    "concentration.sector_limit": "0.10",
    "concentration.sector_base_factor": "0.05",
    "concentration.customer_limit": "0.30",
    "concentration.customer_base_factor": "0.1",
    "solo.loss_absorption_k": "0",
}


def test_every_single_number_of_the_rule_is_the_one_in_its_text() -> None:
    law = BOOK.on(date(2022, 6, 30))
    assert {id: law.number(id) for id in RULE_19} == {id: Decimal(value) for id, value in RULE_19.items()}


def test_factors_that_depend_on_a_class_are_those_of_the_text() -> None:
    law = BOOK.on(date(2022, 6, 30))
    other = {"joint_stock_bank": Decimal("0.05"), "other": Decimal("0.03")}
    assert law.value("concentration.counterparty_limit") == other
    assert law.value("concentration.counterparty_base_factor") == {
        "joint_stock_bank": Decimal("0.03"),
        "other": Decimal("0.05"),
    }
    assert law.value("contagion.k2") == {
        "insurance_holding": Decimal(0),
        "non_insurance_holding": Decimal("0.1"),
        "mixed": Decimal("0.2"),
    }
    assert law.value("solvency.failing_ratings") == ("C", "D")


UPPER_HALVES = {
    "property": {(0, 1): "0.1", (0, 2): "0.15", (1, 2): "0.27"},
    "life": {
        (0, 1): "0.20",
        (0, 2): "0.30",
        (0, 3): "0.15",
        (1, 2): "0.1",
        (1, 3): "0.1",
        (2, 3): "0.35",
    },
    "reinsurance": {
        (0, 1): "0.10",
        (0, 2): "0.30",
        (0, 3): "0.15",
        (1, 2): "0.1",
        (1, 3): "0.15",
        (2, 3): "0.27",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_correlations_are_those_of_rule_2(kind: str) -> None:
    matrix = BOOK.on(SINCE_NOTICE_5).value(f"solo.correlation.{kind}")
    upper = {(i, j): value for i, row in enumerate(matrix) for j, value in enumerate(row) if i < j}
    assert upper == {pair: Decimal(value) for pair, value in UPPER_HALVES[kind].items()}


def test_risk_vectors_name_columns_of_the_solo_filings(filings: Path) -> None:
    with (filings / "solo_filings.csv").open(encoding="utf-8") as file:
        columns = set(next(csv.reader(file)))
    for kind in KINDS:
        assert set(BOOK.on(SINCE_NOTICE_5).value(f"solo.risk_vector.{kind}")) <= columns


def test_sector_test_leaves_out_reinsurance_where_the_counterparty_test_leaves_out_property() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    counterparty = {rule["reason"] for rule in law.value("concentration.counterparty_exclusions")}
    sector = {rule["reason"] for rule in law.value("concentration.sector_exclusions")}
    assert counterparty - sector == {"investment_property", "futures_exchange"}
    assert sector - counterparty == {"reinsurance"}
    assert counterparty | sector == set(law.value("concentration.exclusion_reasons"))


def test_products_of_policy_banks_supported_bodies_and_state_owned_banks_are_one_list() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    for test in ("counterparty", "sector"):
        by_class = {
            issuer: rule["products"]
            for rule in law.value(f"concentration.{test}_exclusions")
            for issuer in rule.get("issuer_class", ())
            if rule["reason"] in ("policy_bank_or_government_supported", "state_owned_bank")
        }
        assert by_class == dict.fromkeys(
            ("policy_bank", "government_supported", "state_owned_bank"), "issued_products"
        )
    assert law.value("concentration.issued_products") == (
        "deposit", "equity", "financial_bond", "corporate_bond", "fund", "asset_management_product",
    )  # fmt: skip


def test_twenty_groups_must_file_fifteen_of_them_insurance_holding_groups() -> None:
    groups = BOOK.on(date(2022, 6, 30)).value("groups_required_to_file")
    types = [group["type"] for group in groups]
    assert (types.count("insurance_holding"), types.count("non_insurance_holding"), len(types)) == (15, 5, 20)
    assert len({group["name"] for group in groups}) == 20
    for group in groups:
        holding = group["type"] == "insurance_holding"
        assert group["filers"] == (("parent",) if holding else ("parent", "designated_member"))
        assert bool(group["members"]) is not holding


def test_measures_are_the_four_required_and_the_eight_allowed_of_article_26() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    items = [measure["item"] for name in ("required", "allowed") for measure in law.value(f"measures.{name}")]
    assert items == [
        f"A26({number})"
        for number in ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
    ]


# Whole and exact


def test_every_entry_has_its_unit_article_and_both_descriptions() -> None:
    for entry in all_entries():
        for name in ("unit", "article", "zh", "en"):
            text = getattr(entry, name)
            assert isinstance(text, str) and text.strip(), f"{entry.id} {name}"
        assert any("\u4e00" <= sign <= "\u9fff" for sign in entry.zh), entry.id
        assert entry.en.isascii(), entry.id


def test_every_number_is_an_exact_decimal() -> None:
    for entry in all_entries():
        for part in parts_of(entry.value):
            assert not isinstance(part, float), entry.id
            assert isinstance(part, bool) or not isinstance(part, int), entry.id


def test_no_number_hides_in_a_text() -> None:
    for entry in all_entries():
        for part in parts_of(entry.value):
            assert not (isinstance(part, str) and part.lstrip("+-").replace(".", "", 1).isdigit()), entry.id


def test_a_value_cannot_be_changed_after_loading() -> None:
    with pytest.raises(TypeError):
        BOOK.on(SINCE_NOTICE_5).value("contagion.k2")["mixed"] = Decimal(0)


def test_an_explanation_shows_value_article_and_date() -> None:
    rule = BOOK.on(SINCE_NOTICE_5).rule("capital_limits.policy_surplus_to_core")
    assert (rule.value, rule.unit, rule.article, rule.valid_from) == (
        "0.4",
        "ratio",
        "金规〔2023〕5号 二(三)",
        date(2023, 7, 1),
    )
    assert BOOK.on(SINCE_NOTICE_5).rule("concentration.counterparty_limit").value == (
        "{joint_stock_bank: 0.05, other: 0.03}"
    )


def test_asking_for_the_number_of_a_list_is_a_fault_of_the_program() -> None:
    with pytest.raises(TypeError, match=r"solvency\.failing_ratings is not a number"):
        BOOK.on(SINCE_NOTICE_5).number("solvency.failing_ratings")


def test_hash_does_not_depend_on_the_order_of_the_files() -> None:
    assert Rulebook.from_files(reversed(FILES)).hash == BOOK.hash


def test_rulebook_arrives_whole_in_another_process() -> None:
    copy = pickle.loads(pickle.dumps(BOOK))
    assert copy.hash == BOOK.hash
    assert copy.on(SINCE_NOTICE_5).value("contagion.k2") == BOOK.on(SINCE_NOTICE_5).value("contagion.k2")
