"""Breach, key check and watch by ratio: tested on exact amounts, at the limits and one 分 beside them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import FlagInputs
from monitoring.ratios import solo_figures
from tests.build import Q1, Q2, Q3, Q4, filing, series, solo, table
from tests.monitoring.flags.build import BOOK, codes, flags_of, lines, only

FEN = Decimal("0.000001")
LIMITS = [
    ("breach", "core", "0.50", "Regulation 2021 A8(一)"),
    ("breach", "comprehensive", "1.00", "Regulation 2021 A8(二)"),
    ("key_check", "core", "0.60", "Regulation 2021 A23"),
    ("key_check", "comprehensive", "1.20", "Regulation 2021 A23"),
    ("watch", "core", "0.75", "Notice 2021-52 三"),
    ("watch", "comprehensive", "1.50", "Notice 2021-52 三"),
]
REQUIRED = Decimal("54327.812345")


def at(measure: str, capital: Decimal, required: Decimal = REQUIRED) -> dict[str, Any]:
    """A filing with this much capital of one measure, and plenty of the other."""
    if measure == "core":
        return filing("甲", Q1, required * 9, required, core=capital)
    return filing("甲", Q1, capital, required, core=required * 9)


@pytest.mark.parametrize(("code", "measure", "limit", "source"), LIMITS)
def test_exactly_on_the_limit_is_not_below_it(code: str, measure: str, limit: str, source: str) -> None:
    raised = flags_of(at(measure, Decimal(limit) * 54327, Decimal(54327)))
    assert (code, measure) not in codes(raised)


@pytest.mark.parametrize(("code", "measure", "limit", "source"), LIMITS)
def test_one_fen_below_the_limit_is_below_it(code: str, measure: str, limit: str, source: str) -> None:
    raised = flags_of(at(measure, Decimal(limit) * 54327 - FEN, Decimal(54327)))
    assert (code, measure) in codes(raised)
    flag = only(raised, code, measure)
    assert flag["distance_wan_yuan"] == -FEN
    assert flag["limit"] == Decimal(limit)
    assert flag["source"] == source


@pytest.mark.parametrize(("code", "measure", "limit", "source"), LIMITS)
def test_a_ratio_that_only_rounds_to_the_limit_is_below_it(
    code: str, measure: str, limit: str, source: str
) -> None:
    """Half a 分 short of the limit, which no amount can be: the nearest amount below makes a ratio that prints as the limit."""
    capital = (Decimal(limit) * REQUIRED).quantize(FEN, "ROUND_FLOOR")
    shown = (capital / REQUIRED).quantize(Decimal("0.0001"))
    below = capital < Decimal(limit) * REQUIRED
    assert shown == Decimal(limit)
    assert ((code, measure) in codes(flags_of(at(measure, capital)))) == below


def test_the_amounts_decide_even_where_they_are_as_large_as_can_be() -> None:
    required = Decimal("9000000000000.000001")
    assert ("breach", "comprehensive") not in codes(flags_of(at("comprehensive", required, required)))
    assert ("breach", "comprehensive") in codes(flags_of(at("comprehensive", required - FEN, required)))


def test_every_limit_that_a_figure_is_below_has_its_flag_and_names_the_gravest() -> None:
    raised = flags_of(filing("甲", Q1, 99, 100, core=80))
    assert codes(raised) == {(c, "comprehensive") for c in ("breach", "key_check", "watch")}
    covered = dict(raised.flags.select("code", "covered_by").iter_rows())
    assert covered == {"breach": None, "key_check": "breach", "watch": "breach"}


def test_a_flag_names_period_figure_limit_distance_since_source_and_measures() -> None:
    raised = flags_of(filing("甲", Q1, 97, 100, core=90), filing("甲", Q2, "88.5", 100, core=80))
    flag = only(raised, "breach", "comprehensive", Q2)
    assert flag == {
        "subject_kind": "entity",
        "subject_id": "甲",
        "code": "breach",
        "item": "comprehensive",
        "party": "",
        "period_end": Q2,
        "since": Q1,
        "unit": "ratio",
        "figure": Decimal("0.885"),
        "limit": Decimal(1),
        "value": None,
        "distance_wan_yuan": Decimal("-11.5"),
        "distance_points": Decimal("-11.5"),
        "figure_basis": "amounts",
        "filing_basis": "quarterly",
        "source": "Regulation 2021 A8(二)",
        "met": True,
        "latest": True,
        "covered_by": None,
        "doubted": None,
        "doubted_filed": None,
        "doubted_fitting": None,
        "doubted_slip": None,
        "doubted_agreeing": None,
        "doubted_of": None,
        "severity": 1,
        "measures_required": "A26(一); A26(二); A26(三); A26(四)",
        "measures_allowed": "A26(五); A26(六); A26(七); A26(八); A26(九); A26(十); A26(十一); A26(十二)",
    }


def test_key_check_and_watch_bring_no_measures() -> None:
    raised = flags_of(filing("甲", Q1, 119, 100, core=90))
    assert raised.flags.select("code", "measures_required", "measures_allowed").rows() == [
        ("key_check", None, None),
        ("watch", None, None),
    ]


# What a filing leaves out


def test_a_blank_lower_tier_counts_as_none() -> None:
    assert ("breach", "core") in codes(flags_of(filing("甲", Q1, 200, 100, core="49.99")))


def test_where_the_amount_is_blank_the_filed_ratio_is_tested_and_named_as_the_basis() -> None:
    year_end = filing("甲", Q4, None, 1000, core_solvency_ratio="0.59", comprehensive_solvency_ratio="1.20")
    raised = flags_of(year_end)
    assert codes(raised) == {("key_check", "core"), ("watch", "core"), ("watch", "comprehensive")}
    flag = only(raised, "key_check", "core")
    assert (flag["figure_basis"], flag["filing_basis"]) == ("filed_ratio", "annual")
    assert (flag["figure"], flag["distance_wan_yuan"], flag["distance_points"]) == (
        Decimal("0.59"),
        Decimal(-10),
        Decimal(-1),
    )


def test_without_requirement_a_filed_ratio_has_a_distance_in_points_only() -> None:
    raised = flags_of(filing("甲", Q1, None, None, comprehensive_solvency_ratio="0.8"))
    flag = only(raised, "breach", "comprehensive")
    assert (flag["distance_wan_yuan"], flag["distance_points"]) == (None, Decimal(-20))


def test_the_amounts_win_over_a_filed_ratio_that_contradicts_them() -> None:
    raised = flags_of(filing("甲", Q1, 99, 100, core=90, comprehensive_solvency_ratio="2.5"))
    assert only(raised, "breach", "comprehensive")["figure"] == Decimal("0.99")


@pytest.mark.parametrize(
    ("actual", "required", "columns"),
    [
        (0, 0, ["minimum_capital"]),
        (50, "-0.000001", ["minimum_capital"]),
        (-50, "-200", ["minimum_capital"]),
        (-50, None, ["comprehensive", "core"]),
    ],
)
def test_where_the_amounts_show_no_breach_a_missing_ratio_is_a_finding_alone(
    actual: Any, required: Any, columns: list[str]
) -> None:
    raised = flags_of(filing("甲", Q1, actual, required))
    assert raised.flags.is_empty()
    found = [(f.code, f.entity_id, f.period_end, f.column) for f in raised.findings]
    assert found == [("ratio-not-computable", "甲", Q1, column) for column in columns]


@pytest.mark.parametrize(
    ("actual", "required", "core", "breaches"),
    [
        ("-0.000001", 0, 0, {"comprehensive": "-0.000001"}),
        (-50, 0, -50, {"comprehensive": "-50", "core": "-50"}),
        (-120, -100, -50, {"comprehensive": "-20"}),  # core exactly on 50% × −100
        (-80, -100, -51, {"core": "-1"}),
    ],
)
def test_a_breach_is_told_by_the_amounts_where_there_is_no_ratio(
    actual: Any, required: Any, core: Any, breaches: dict[str, str]
) -> None:
    raised = flags_of(filing("甲", Q1, actual, required, core=core))
    found = raised.flags.filter(pl.col("code") == "breach")
    assert dict(found.select("item", "distance_wan_yuan").rows()) == {
        k: Decimal(v) for k, v in breaches.items()
    }
    assert found.select("figure", "distance_points", "figure_basis").unique().rows() == [
        (None, None, "amounts")
    ]
    assert found["measures_required"].null_count() == 0
    assert {f.code for f in raised.findings} == {"ratio-not-computable"}


def test_a_flag_stands_where_a_later_figure_says_nothing_and_ends_where_one_does() -> None:
    up = flags_of(
        filing("甲", Q1, 90, 100), filing("甲", Q2, 5, 0), filing("甲", Q3, -1, 0), filing("甲", Q4, 300, 100)
    )
    breaches = up.flags.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert breaches.select("period_end", "since").sort("period_end").rows() == [(Q1, Q1), (Q3, Q1)]


@pytest.mark.parametrize(
    ("computed", "published", "basis"),
    [
        (("-1000", "0"), ("500", "0"), "statement, amounts"),  # a breach without a ratio hides behind none
        (("-1000", "400"), ("300", "400"), "statement, amounts"),
        (
            ("-1000", "0"),
            ("300", "400"),
            "published, amounts",
        ),  # where the requirement lacks members none is judged by it
        (("1000", "0"), ("300", "400"), "published, amounts"),
        (("300", "400"), ("-1", "-0.5"), "published, amounts"),
    ],
)
def test_of_a_groups_two_statements_the_breach_counts_with_or_without_a_ratio(
    computed: tuple[str, str], published: tuple[str, str], basis: str
) -> None:
    filed = table(
        "group_filings",
        [
            {
                "group_id": "G",
                "period_end": Q2,
                "basis": "quarterly",
                "actual_capital": published[0],
                "core_tier1_capital": published[0],
                "minimum_capital": published[1],
            }
        ],
    )
    raised = raise_flags(FlagInputs(lines=lines("G", Q2, *computed), group_filings=filed), BOOK)
    assert only(raised, "breach", "comprehensive")["figure_basis"] == basis


def test_a_ratio_printed_beside_a_requirement_of_zero_is_not_tested() -> None:
    assert flags_of(filing("甲", Q1, 5, 0, comprehensive_solvency_ratio="0.5")).flags.is_empty()


def test_a_negative_capital_is_a_breach_like_any_other() -> None:
    raised = flags_of(filing("甲", Q1, "-132.48", 100))
    assert only(raised, "breach", "comprehensive")["distance_points"] == Decimal("-232.48")


def test_of_two_filings_for_one_date_the_audited_one_is_tested() -> None:
    raised = flags_of(
        filing("甲", Q4, 99, 100, core=90, basis="quarterly"),
        filing("甲", Q4, 300, 100, core=90, basis="annual"),
    )
    assert codes(raised) == {("audit_change", "actual_capital"), ("audit_change", "comprehensive")}


def test_a_period_from_before_the_rules_is_not_tested() -> None:
    assert flags_of(filing("甲", date(2021, 12, 31), 10, 100)).flags.is_empty()


# Since when, and hysteresis


def test_since_is_the_first_period_of_the_spell() -> None:
    raised = flags_of(*series("甲", "0.9", "2", "0.9", "0.8"))
    episodes = raised.flags.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert episodes.select("period_end", "since").rows() == [(Q1, Q1), (Q3, Q3), (Q4, Q3)]


def test_a_figure_on_the_line_does_not_flap() -> None:
    """From below to exactly on the limit and just above it: no longer raised, but held until it is half a point clear."""
    raised = flags_of(*series("甲", "0.99", "1.00", "1.004999", "0.999"))
    episodes = raised.flags.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert episodes.select("period_end", "since", "met").rows() == [
        (Q1, Q1, True),
        (Q2, Q1, False),
        (Q3, Q1, False),
        (Q4, Q1, True),
    ]


def test_half_a_point_above_the_limit_is_clear_of_it() -> None:
    raised = flags_of(*series("甲", "0.99", "1.005", "0.999"))
    episodes = raised.flags.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert episodes.select("period_end", "since", "met").rows() == [(Q1, Q1, True), (Q3, Q3, True)]


def test_a_figure_that_never_was_below_is_not_held() -> None:
    assert ("breach", "comprehensive") not in {
        (r["code"], r["item"]) for r in flags_of(*series("甲", "1.001", "1.0")).flags.iter_rows(named=True)
    }


def test_a_period_that_cannot_be_computed_leaves_the_flag_as_it_was() -> None:
    raised = flags_of(filing("甲", Q1, 90), filing("甲", Q2, None, 100), filing("甲", Q3, 90))
    episodes = raised.flags.filter((pl.col("code") == "breach") & (pl.col("item") == "comprehensive"))
    assert episodes.select("period_end", "since").rows() == [(Q1, Q1), (Q3, Q1)]


def test_a_flag_stays_the_latest_while_nothing_newer_can_be_computed() -> None:
    raised = flags_of(filing("甲", Q1, 90), filing("甲", Q2, None, 100))
    assert ("breach", "comprehensive") in {
        (r["code"], r["item"]) for r in raised.now().iter_rows(named=True) if r["period_end"] == Q1
    }


# Groups and the law


def test_a_group_is_tested_on_its_computed_statement() -> None:
    raised = flags_of(lines=lines("集团", Q2, "99.999999", core=80))
    flag = only(raised, "breach", "comprehensive")
    assert (flag["subject_kind"], flag["source"], flag["figure_basis"]) == (
        "group",
        "Rule 19 A12(二)",
        "statement, amounts",
    )
    assert flag["measures_required"].split("; ")[-3:] == ["A151(一)", "A151(二)", "A151(三)"]


@pytest.mark.parametrize(("published", "basis"), [(95, "published, amounts"), (99, "statement, amounts")])
def test_of_a_computed_and_a_published_statement_the_lower_ratio_is_tested(
    published: int, basis: str
) -> None:
    theirs = table(
        "group_filings",
        [
            {
                "group_id": "集团",
                "period_end": Q2,
                "basis": "quarterly",
                "actual_capital": published,
                "core_tier1_capital": published,
                "minimum_capital": 100,
            }
        ],
    )
    raised = flags_of(lines=lines("集团", Q2, 97), group_filings=theirs)
    flag = only(raised, "breach", "comprehensive")
    assert (flag["figure_basis"], flag["figure"]) == (basis, Decimal(min(published, 97)) / 100)


def test_a_what_if_moves_the_limit() -> None:
    stricter = BOOK.overlay({"solvency.comprehensive_minimum_ratio": Decimal("1.3")})
    filings = [filing("甲", Q1, 125, 100)]
    assert ("breach", "comprehensive") not in codes(flags_of(*filings))
    assert only(flags_of(*filings, book=stricter), "breach", "comprehensive")["limit"] == Decimal("1.3")


def test_a_limit_that_changes_in_a_year_is_the_one_of_the_period() -> None:
    later = BOOK.overlay({"watch.comprehensive_ratio": {"from": Q3, "value": Decimal(2)}})
    raised = flags_of(*series("甲", *["1.8"] * 4, core=170), book=later)
    flag_inputs = raised.flags.filter((pl.col("code") == "watch") & (pl.col("item") == "comprehensive"))
    assert flag_inputs.select("period_end", "since").rows() == [(Q3, Q3), (Q4, Q3)]


def test_the_order_of_the_rows_changes_nothing() -> None:
    filings = [*series("甲", "0.9", "1.1", "1.0", "0.7"), *series("乙", "1.4", "1.1", "0.6", "0.4")]
    assert flags_of(*filings).flags.equals(flags_of(*reversed(filings)).flags)


def test_figures_hold_the_exact_ratio_to_twelve_places() -> None:
    figures = solo_figures(solo(filing("甲", Q1, 2, 3, core=1)))
    assert figures.select("measure", "ratio").rows() == [
        ("core", Decimal("0.333333333333")),
        ("comprehensive", Decimal("0.666666666667")),
    ]
