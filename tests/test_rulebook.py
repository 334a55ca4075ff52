"""The rulebook: what was in force when, what loading refuses, and what a what-if may change."""

import csv
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import consolidation.rulebook
from consolidation.rulebook import Entry, Law, NotInForce, Rulebook, RulebookFault, UnusableOverlay

FILES = sorted(Path(consolidation.rulebook.__file__).parent.glob("*.yaml"))
BOOK = Rulebook.load()
BEFORE_NOTICE_5 = date(2023, 6, 30)
SINCE_NOTICE_5 = date(2023, 9, 30)
KINDS = ("property", "life", "reinsurance")


def all_entries() -> Iterator[Entry]:
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


def steps(law: Law, id: str) -> list[tuple[Decimal, Decimal]]:
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


def test_an_entry_with_an_until_is_not_in_force_after_it(rulebook_of: Callable[..., Rulebook]) -> None:
    book = rulebook_of("- {from: 2022-01-01, until: 2022-12-31, value: 1, article: Rule 1 A1}")
    assert book.on(date(2022, 12, 31)).number("x.y") == 1
    with pytest.raises(NotInForce):
        book.on(date(2023, 1, 1)).number("x.y")


# The numbers of Rule 19, as its text has them

RULE_19 = {
    "solvency.core_minimum_ratio": "0.50",
    "solvency.comprehensive_minimum_ratio": "1.00",
    "key_check.core_ratio": "0.60",
    "key_check.comprehensive_ratio": "1.20",
    "watch.core_ratio": "0.75",
    "watch.comprehensive_ratio": "1.50",
    "control_risk.capped_score": "70",
    "control_risk.group_weight": "0.4",
    "control_risk.insurers_weight": "0.6",
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
    assert (counterparty - sector, sector - counterparty) == ({"investment_property"}, {"reinsurance"})
    assert counterparty | sector == set(law.value("concentration.exclusion_reasons"))


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


# Obligations

OBLIGATIONS = {
    "group-semiannual-report": "fixed_date 9-15+0",
    "group-annual-report": "fixed_date 5-31+1",
    "group-stress-test": "fixed_date 5-31+1",
    "group-capital-plan": "fixed_date 5-31+1",
    "group-member-accounts": "with group-semiannual-report | with group-annual-report",
    "group-semiannual-disclosure": "fixed_date 9-30+0",
    "group-annual-disclosure": "fixed_date 6-15+1",
    "group-event-report": "working_days_after_event 2",
    "disclosure-delay": "days_before_due 1 group-semiannual-disclosure group-annual-disclosure "
    "solo-quarterly-disclosure solo-audit-change",
    "solo-flash": "days_after_period_end 12",
    "solo-quarterly-report": "days_after_period_end 25",
    "solo-quarterly-disclosure": "days_after_period_end 30 | days_after_period_end 30 | "
    "with_financial_report 8-31+0 | with_financial_report 4-30+1",
    "solo-audited-q4": "fixed_date 4-30+1",
    "solo-stress-test": "fixed_date 5-31+1",
    "solo-capital-plan": "fixed_date 5-31+1",
    "solo-shortfall-report": "working_days_after_event 5 | working_days_after_event 5",
    "solo-liquidity-report": "days_after_event 3",
    "solo-audit-change": "days_after_event 10",
    "supervisor-parameters": "days_after_period_end 8",
    "supervisor-bulletin": "fixed_date 9-30+0 | fixed_date 3-31+1",
}


def spelt_out(due: Any) -> str:
    words = [due["kind"]]
    if "month" in due:
        words.append(f"{due['month']}-{due['day']}+{due['year_offset']}")
    if "days" in due:
        words.append(str(due["days"]))
    return " ".join([*words, *due.get("obligations", ())])


def obligations() -> dict[str, Any]:
    law = BOOK.on(date(2024, 6, 30))
    prefix = "obligations."
    return {id.removeprefix(prefix): law.value(id) for id in BOOK.ids() if id.startswith(prefix)}


def test_every_obligation_of_the_table_is_due_when_the_law_says() -> None:
    found = {id: " | ".join(spelt_out(r["due"]) for r in o["rules"]) for id, o in obligations().items()}
    assert found == OBLIGATIONS


def test_obligations_are_written_in_one_form() -> None:
    for id, obligation in obligations().items():
        assert obligation["who"] in ("group", "insurer", "supervisor", "any"), id
        assert set(obligation["action"]) <= {"report", "disclose", "publish"}, id
        by_event = obligation["period"] == "event"
        assert ("first_period" in obligation) is not by_event, id
        for rule in obligation["rules"]:
            assert ("events" in rule, "period_ends" in rule) == (by_event, not by_event), id
            assert set(rule["due"].get("obligations", ())) <= set(OBLIGATIONS), id


def test_obligations_with_periods_begin_on_one_of_their_period_ends() -> None:
    for id, obligation in obligations().items():
        if "first_period" in obligation:
            ends = {end for rule in obligation["rules"] for end in rule["period_ends"]}
            assert f"{obligation['first_period']:%m-%d}" in ends, id


def test_listed_and_unlisted_insurers_each_disclose_every_quarter_once() -> None:
    for listing in ("unlisted", "listed", "subsidiary_of_listed"):
        rules = [r for r in obligations()["solo-quarterly-disclosure"]["rules"] if listing in r["insurers"]]
        ends = sorted(end for rule in rules for end in rule["period_ends"])
        assert ends == ["03-31", "06-30", "09-30", "12-31"], listing


def test_a_disclosure_may_be_fifteen_days_late() -> None:
    assert obligations()["disclosure-delay"]["late_disclosure_days"] == 15


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


def test_loading_takes_less_than_thirty_milliseconds() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        Rulebook.from_files(FILES)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(10)) < 0.030


# What loading refuses


@pytest.fixture
def rulebook_of(tmp_path: Path) -> Callable[..., Rulebook]:
    """A rulebook of one entry x.y with these dated values."""

    def make(*values: str, head: str = "  description: {zh: 甲, en: a}\n  unit: ratio") -> Rulebook:
        path = tmp_path / "one.yaml"
        path.write_text(f"x.y:\n{head}\n  values:\n" + "".join(f"    {v}\n" for v in values), "utf-8")
        return Rulebook.from_files([path])

    return make


FIRST = "- {from: 2022-01-01, value: 1, article: Rule 1 A1}"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([FIRST, "- {from: 2022-01-01, value: 2, article: Rule 1 A1}"], "overlap or are out of order"),
        ([FIRST, "- {from: 2021-01-01, value: 2, article: Rule 1 A1}"], "overlap or are out of order"),
        (
            [
                "- {from: 2022-01-01, until: 2023-01-01, value: 1, article: Rule 1 A1}",
                "- {from: 2023-01-01, value: 2, article: Rule 1 A1}",
            ],
            "overlaps the next one",
        ),
        (["- {from: 2022-01-01, until: 2021-12-31, value: 1, article: Rule 1 A1}"], "ends before it begins"),
        (["- {from: 2022-01-01, value: 1}"], "has no article"),
        (['- {from: 2022-01-01, value: 1, article: ""}'], "has no article"),
        (["- {from: 2022-01-01, article: Rule 1 A1}"], "has no value"),
        (["- {from: 2022, value: 1, article: Rule 1 A1}"], "from and until must be dates"),
        (["- {from: 2022-01-01, value: 1, article: Rule 1 A1, note: no}"], "'no' is not a value here"),
        (["- {from: 2022-01-01, value: 1, article: Rule 1 A1, note: n}"], "unknown field note"),
        (["- {from: 2022-01-01, value: 1.5e+3, article: Rule 1 A1}"], "'1.5e+3' is not a value here"),
        (["- {from: 2022-01-01, value: .nan, article: Rule 1 A1}"], "'.nan' is not a value here"),
        (["- {from: 2022-01-01, value: 1:30, article: Rule 1 A1}"], "'1:30' is not a value here"),
        (["- {from: 2022-01-01, value: , article: Rule 1 A1}"], "a value is missing"),
        (["- {from: 2022-01-01, value: {a: 1, a: 2}, article: Rule 1 A1}"], "a is given twice"),
    ],
)
def test_loading_refuses_bad_values(
    rulebook_of: Callable[..., Rulebook], values: list[str], fault: str
) -> None:
    with pytest.raises(RulebookFault, match=r"one\.yaml: ") as caught:
        rulebook_of(*values)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("  description: {zh: 甲, en: a}", "x.y: has no unit"),
        ("  unit: ratio", "x.y: has no description"),
        ("  description: {zh: 甲}\n  unit: ratio", "x.y: description: has no en"),
    ],
)
def test_loading_refuses_an_entry_without_unit_or_description(
    rulebook_of: Callable[..., Rulebook], head: str, fault: str
) -> None:
    with pytest.raises(RulebookFault, match=fault):
        rulebook_of(FIRST, head=head)


def test_loading_refuses_an_id_that_stands_in_two_files(tmp_path: Path) -> None:
    twin = tmp_path / "twin.yaml"
    twin.write_text(FILES[0].read_text("utf-8"), "utf-8")
    with pytest.raises(RulebookFault, match=r"twin\.yaml: .* is also defined in another file"):
        Rulebook.from_files([FILES[0], twin])


# What if


def test_overlay_changes_one_value_and_the_hash_and_nothing_else() -> None:
    what_if = BOOK.overlay({"contagion.limit": Decimal("0.15")})
    assert what_if.on(SINCE_NOTICE_5).number("contagion.limit") == Decimal("0.15")
    assert what_if.on(SINCE_NOTICE_5).entry("contagion.limit").article == (
        "what-if, instead of Rule 19 A23; Rule 19 A24"
    )
    assert BOOK.on(SINCE_NOTICE_5).number("contagion.limit") == Decimal("0.20")
    assert what_if.hash != BOOK.hash
    changed = [id for id in BOOK.ids() if what_if.history(id) != BOOK.history(id)]
    assert (what_if.ids(), changed) == (BOOK.ids(), ["contagion.limit"])


def test_overlay_with_the_laws_own_value_is_the_same_rulebook() -> None:
    assert BOOK.overlay({"contagion.limit": Decimal("0.2")}).hash == BOOK.hash


def test_overlay_of_a_dated_entry_holds_on_every_date() -> None:
    what_if = BOOK.overlay({"capital_limits.policy_surplus_to_core": Decimal("0.5")})
    for day in (BEFORE_NOTICE_5, SINCE_NOTICE_5):
        assert what_if.on(day).number("capital_limits.policy_surplus_to_core") == Decimal("0.5")


def test_overlay_can_begin_on_a_date() -> None:
    what_if = BOOK.overlay(
        {"diversification_reduction.rate": {"from": date(2026, 1, 1), "value": Decimal("0.05")}}
    )
    rates = [
        what_if.on(day).number("diversification_reduction.rate")
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    ]
    assert rates == [Decimal(0), Decimal("0.05")]


def test_overlay_that_begins_earlier_replaces_the_law_after_it() -> None:
    limit = "capital_limits.policy_surplus_to_core"
    what_if = BOOK.overlay({limit: {"from": date(2023, 1, 1), "value": Decimal("0.45")}})
    found = [what_if.on(day).number(limit) for day in (date(2022, 12, 31), date(2023, 1, 1), SINCE_NOTICE_5)]
    assert found == [Decimal("0.35"), Decimal("0.45"), Decimal("0.45")]


def test_overlay_is_read_from_a_file_with_exact_numbers(tmp_path: Path) -> None:
    file = tmp_path / "what-if.yaml"
    file.write_text(
        "# stricter\nsolvency.core_minimum_ratio: 0.55\ncontagion.k2: {insurance_holding: 0, non_insurance_holding: 0.1, mixed: 0.3}\n",
        "utf-8",
    )
    law = BOOK.overlay(file).on(SINCE_NOTICE_5)
    assert law.number("solvency.core_minimum_ratio") == Decimal("0.55")
    assert law.value("contagion.k2")["mixed"] == Decimal("0.3")


def test_overlay_may_leave_out_an_exclusion() -> None:
    law = BOOK.on(SINCE_NOTICE_5)
    rules = law.value("concentration.counterparty_exclusions")
    what_if = BOOK.overlay({"concentration.counterparty_exclusions": rules[1:]})
    assert what_if.on(SINCE_NOTICE_5).value("concentration.counterparty_exclusions") == rules[1:]


SEGMENT = {"up_to": Decimal(100), "slope": Decimal(0), "intercept": Decimal(0)}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (
            {"contagion.limits": Decimal(1)},
            "contagion.limits is not a rulebook entry; did you mean contagion.limit?",
        ),
        (
            {"zzz": Decimal(1)},
            "zzz is not a rulebook entry; the ids are listed by Rulebook.ids()",
        ),
        (
            {"contagion.limit": 0.15},
            "contagion.limit: 0.15 is a float; a number must be exact (a Decimal or a whole number)",
        ),
        (
            {"contagion.limit": Decimal("NaN")},
            "contagion.limit: NaN is not a finite number",
        ),
        (
            {"contagion.limit": "15%"},
            "contagion.limit: needs a number, not a text (15%)",
        ),
        (
            {"contagion.k2": {"mixed": Decimal("0.3")}},
            "contagion.k2: must give exactly insurance_holding, non_insurance_holding, mixed",
        ),
        (
            {"solvency.failing_ratings": [3]},
            "solvency.failing_ratings: needs a text, not a number (3)",
        ),
        (
            {"contagion.limit": {"from": "2026", "value": Decimal(1)}},
            "contagion.limit: from must be a date such as 2026-01-01, not '2026'",
        ),
        (
            {"control_risk.segments": [{**SEGMENT, "up_to": Decimal(80)}]},
            "control_risk.segments: the ends must rise and the last must be control_risk.score_maximum",
        ),
        (
            {"control_risk.segments": [{"up_to": Decimal(100)}]},
            "control_risk.segments: each item must be a mapping of intercept, slope, up_to",
        ),
        (
            {"solo.correlation.property": [[1, 0], [0, 1]]},
            "solo.correlation.property: must be square, one row and column for each column of its risk_vector",
        ),
        (
            {"solo.correlation.property": [[1, 0, 1], [0, 1, 0], [0, 0, 1]]},
            "solo.correlation.property: must be symmetric",
        ),
        (
            {"solo.correlation.property": [[1, 0, 0], [0, 2, 0], [0, 0, 1]]},
            "solo.correlation.property: must have 1 on its diagonal",
        ),
        (
            {"solo.size_coefficient.life": [{"below": 5, "k": 0}, {"below": 4, "k": 0}]},
            "solo.size_coefficient.life: the thresholds must rise",
        ),
    ],
)
def test_overlay_is_refused_in_one_line(changes: dict[str, Any], refusal: str) -> None:
    with pytest.raises(UnusableOverlay) as caught:
        BOOK.overlay(changes)
    assert str(caught.value) == refusal


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (b"", "what-if.yaml: must hold lines of the form 'entry id: new value'"),
        (b"- 1", "what-if.yaml: must hold lines of the form 'entry id: new value'"),
        (b"contagion.limit: 1\ncontagion.limit: 2", "what-if.yaml: line 2: contagion.limit is given twice"),
        (b"a: [", "what-if.yaml: while parsing a flow node"),
        (b"a: \xff", "what-if.yaml: 'utf-8' codec can't decode"),
    ],
)
def test_overlay_file_is_refused_in_one_line(tmp_path: Path, text: bytes, refusal: str) -> None:
    file = tmp_path / "what-if.yaml"
    file.write_bytes(text)
    with pytest.raises(UnusableOverlay) as caught:
        BOOK.overlay(file)
    assert str(caught.value).startswith(refusal)
    assert "\n" not in str(caught.value)


def test_absent_overlay_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        UnusableOverlay, match=r"^gone\.yaml: cannot be read \(No such file or directory\); name a YAML file"
    ):
        BOOK.overlay(tmp_path / "gone.yaml")


def test_every_field_of_an_entry_is_kept_by_an_overlay_but_value_and_article() -> None:
    law = BOOK.on(SINCE_NOTICE_5).entry("contagion.limit")
    changed = BOOK.overlay({"contagion.limit": 1}).on(SINCE_NOTICE_5).entry("contagion.limit")
    differing = {f.name for f in fields(Entry) if getattr(law, f.name) != getattr(changed, f.name)}
    assert differing == {"value", "article"}
