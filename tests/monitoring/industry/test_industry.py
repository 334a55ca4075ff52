"""The industry scan by hand: means, quantiles, ranks, steps, migration, trends, falls; like compared with like."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.industry.scan import IndustryScan, scan_industry
from monitoring.ratios import solo_figures
from tests.build import BEFORE, Q1, Q2, Q3, Q4, filing, series, solo, table
from tests.monitoring.flags.build import BOOK

NO_ENTITIES = table("entities", [])


def scan(*filings: dict[str, Any], **more: Any) -> IndustryScan:
    return scan_industry(
        solo(*filings), more.pop("entities", NO_ENTITIES), table("industry_averages", []), BOOK, **more
    )


def level(
    found: IndustryScan, day: date = Q1, measure: str = "comprehensive", **where: str
) -> dict[str, Any]:
    chosen = {"kind": "life", "segment": "all", **where}
    rows = found.levels.filter(
        pl.col("period_end") == day,
        pl.col("measure") == measure,
        *(pl.col(k) == v for k, v in chosen.items()),
    )
    assert rows.height == 1
    return rows.row(0, named=True)


def test_filings_from_before_the_rules_are_in_no_comparison() -> None:
    old, new = filing("甲", date(2021, 12, 31), 500, 100), filing("甲", Q1, 150, 100)
    found = scan(old, new)
    assert set(found.levels["period_end"]) == {Q1}
    assert level(found)["companies"] == 1
    assert scan(old).levels.is_empty()


# Levels


def test_the_weighted_mean_is_capital_over_requirement_and_the_other_weighs_companies_alike() -> None:
    found = level(scan(filing("甲", Q1, 300, 100), filing("乙", Q1, 1000, 1000)))
    assert found["weighted_mean"] == Decimal("1.181818181818")
    assert found["mean"] == Decimal(2)
    assert (found["companies"], found["capital"], found["required"]) == (2, 1300, 1100)


def test_a_new_companys_ratio_is_shown_and_counted_but_kept_out_of_the_mean() -> None:
    scanned = scan(filing("甲", Q1, 200), filing("乙", Q1, 1000), filing("丙", Q1, "1000.01"))
    found = level(scanned)
    assert (found["mean"], found["left_out_of_mean"], found["companies"]) == (Decimal(6), 1, 3)
    assert (found["q50"], found["maximum"]) == (
        Decimal(10),
        Decimal("10.0001"),
    )
    assert found["weighted_mean"] == Decimal("7.333366666667")
    assert scanned.beyond.select("entity_id", "ratio").rows() == [("丙", Decimal("10.0001"))]


def test_a_company_beyond_the_ceiling_is_left_out_of_the_core_mean_too() -> None:
    found = level(scan(filing("甲", Q1, 200, core=100), filing("丙", Q1, 1001, core=50)), measure="core")
    assert (found["mean"], found["left_out_of_mean"]) == (Decimal(1), 1)


def test_quantiles_lie_between_the_ratios_in_proportion() -> None:
    found = level(scan(*(filing(f"公司{n}", Q1, 100 * n) for n in (1, 2, 3, 4))))
    assert [found[q] for q in ("minimum", "q05", "q25", "q50", "q75", "q95", "maximum")] == [
        Decimal(x) for x in ("1", "1.15", "1.75", "2.5", "3.25", "3.85", "4")
    ]


def test_a_company_that_filed_a_ratio_only_counts_in_the_median_and_not_in_the_weighted_mean() -> None:
    by_ratio = filing("乙", Q1, None, 100, comprehensive_solvency_ratio="4", core_solvency_ratio="4")
    found = level(scan(filing("甲", Q1, 200), by_ratio))
    assert (found["weighted_mean"], found["q50"]) == (Decimal(2), Decimal(3))
    assert (found["companies"], found["by_amounts"], found["by_filed_ratio"]) == (2, 1, 1)


def test_what_cannot_be_computed_is_counted_apart_and_named() -> None:
    scanned = scan(filing("甲", Q1, 200), filing("乙", Q1, 10, 0))
    found = level(scanned)
    assert (found["companies"], found["not_computable"], found["weighted_mean"]) == (1, 1, Decimal(2))
    assert scanned.not_computable["entity_id"].to_list() == ["乙"]


def test_audited_and_unaudited_figures_are_counted_beside_each_other() -> None:
    found = level(scan(filing("甲", Q4, 200), filing("乙", Q4, 100, basis="quarterly")), day=Q4)
    assert (found["annual"], found["quarterly"]) == (1, 1)


@pytest.mark.parametrize(
    ("assets", "band"),
    [("4999999.999999", "small"), (5_000_000, "medium"), (49_999_999, "medium"), (50_000_000, "large")],
)
def test_a_company_exactly_on_a_size_line_belongs_to_the_larger(assets: Any, band: str) -> None:
    found = scan(filing("甲", Q1, 200, total_assets=assets))
    assert level(found, segment=band)["companies"] == 1


def test_size_is_by_total_assets_else_admitted_assets_and_unknown_without_both() -> None:
    found = scan(
        filing("甲", Q1, 200, admitted_assets=1),
        filing("乙", Q1, 200, total_assets=60_000_000, admitted_assets=1),
        filing("丙", Q1, 200),
    )
    bands = dict(found.ranks.filter(pl.col("measure") == "core").select("entity_id", "band").iter_rows())
    assert bands == {"甲": "small", "乙": "large", "丙": None}


def test_classes_are_segments_of_their_own() -> None:
    classes = pl.DataFrame({"entity_id": ["甲", "甲", "乙"], "class": ["listed", "bank-owned", "listed"]})
    found = scan(filing("甲", Q1, 200), filing("乙", Q1, 100), filing("丙", Q1, 900), classes=classes)
    assert level(found, segment="listed")["weighted_mean"] == Decimal("1.5")
    assert level(found, segment="bank-owned")["companies"] == 1


def test_all_insurers_together_are_a_kind_of_their_own() -> None:
    found = scan(filing("甲", Q1, 200), filing("乙", Q1, 100, kind="property"))
    assert level(found, kind="all")["weighted_mean"] == Decimal("1.5")


def test_a_company_that_is_no_insurer_is_not_compared() -> None:
    found = scan(filing("甲", Q1, 200), filing("乙", Q1, 900, kind="asset_manager"))
    assert level(found, kind="all")["companies"] == 1


# Ranks


def test_equal_ratios_share_the_better_rank() -> None:
    found = scan(
        *(
            filing(e, Q1, r, total_assets=a)
            for e, r, a in (("甲", 300, 1), ("乙", 200, 6e6), ("丙", 200, 1), ("丁", 100, 1))
        )
    ).ranks
    rows = found.filter(pl.col("measure") == "comprehensive").sort("entity_id")
    assert {r["entity_id"]: (r["rank"], r["of"], r["percentile"]) for r in rows.iter_rows(named=True)} == {
        "甲": (1, 4, 1.0),
        "乙": (2, 4, 0.75),
        "丙": (2, 4, 0.75),
        "丁": (4, 4, 0.25),
    }
    assert {r["entity_id"]: (r["band_rank"], r["band_of"]) for r in rows.iter_rows(named=True)} == {
        "甲": (1, 3),
        "乙": (1, 1),
        "丙": (2, 3),
        "丁": (3, 3),
    }


# Steps and migration


def steps(found: IndustryScan, day: date = Q1) -> dict[str, int]:
    rows = found.ladder.filter(pl.col("period_end") == day, pl.col("measure") == "comprehensive")
    return dict(rows.select("step", "companies").iter_rows())


def test_a_ratio_on_a_line_between_steps_stands_above_it() -> None:
    ratios = ("150", "149.999999", "120", "119.999999", "100", "99.999999")
    found = scan(*(filing(f"公司{n}", Q1, r) for n, r in enumerate(ratios)))
    assert steps(found) == {"0": 1, "1": 2, "2": 2, "3": 1}
    bounds = found.ladder_bounds.filter(pl.col("measure") == "comprehensive")
    assert bounds.select("step", "at_least", "below").rows() == [
        ("0", Decimal("1.5"), None),
        ("1", Decimal("1.2"), Decimal("1.5")),
        ("2", Decimal(1), Decimal("1.2")),
        ("3", None, Decimal(1)),
    ]


def test_who_has_not_filed_and_who_cannot_be_computed_stand_on_no_step() -> None:
    found = scan(filing("甲", Q1, 200), filing("甲", Q2, 200), filing("乙", Q1, 200), filing("丙", Q2, 5, 0))
    assert steps(found, Q2) == {"0": 1, "not_filed": 1, "not_computable": 1}


def test_migration_counts_every_move_from_quarter_to_quarter() -> None:
    found = scan(
        *series("甲", "1.6", "1.3", "1.3"),
        *series("乙", "1.6", "1.3", None),
        *series("丙", None, "0.9", "1.6"),
        *series("丁", "1.6", None, "1.6"),
    )
    of = found.migration.filter(pl.col("measure") == "comprehensive")
    moves = {
        (r[0], r[1], r[2]): r[3]
        for r in of.select("period_end", "from_step", "to_step", "companies").iter_rows()
    }
    assert moves == {
        (Q1, "new", "0"): 3,
        (Q2, "0", "1"): 2,
        (Q2, "new", "3"): 1,
        (Q2, "0", "not_filed"): 1,
        (Q3, "1", "1"): 1,
        (Q3, "3", "0"): 1,
        (Q3, "1", "not_filed"): 1,
        (Q3, "not_filed", "0"): 1,
    }
    named = found.moves.filter(pl.col("measure") == "comprehensive", pl.col("period_end") == Q3)
    assert named.select("entity_id", "from_step", "to_step").rows() == [
        ("丁", "not_filed", "0"),
        ("丙", "3", "0"),
        ("乙", "1", "not_filed"),
    ]


def test_a_move_between_a_quarterly_and_an_audited_filing_says_so() -> None:
    found = scan(*series("甲", "1.6", "1.3", days=(Q3, Q4)))
    assert found.moves.filter(pl.col("period_end") == Q4)["bases"].unique().to_list() == [
        "quarterly – annual"
    ]


# Trends


def trend(found: IndustryScan, day: date) -> dict[str, Any]:
    rows = found.course.filter(
        pl.col("period_end") == day, pl.col("measure") == "comprehensive", pl.col("kind") == "life"
    )
    return rows.row(0, named=True)


def test_the_change_is_given_for_all_and_for_those_who_filed_both_times() -> None:
    found = trend(scan(*series("甲", "2", "1.9"), filing("乙", Q2, 500)), Q2)
    assert found["level"] == Decimal("3.45")
    assert (found["change"], found["change_same_companies"], found["same_companies"]) == (145, -10, 1)
    assert found["bases"] == "quarterly"


def test_after_a_quarter_without_filings_there_is_no_change() -> None:
    found = trend(scan(filing("甲", Q1, 200), filing("甲", Q3, 150)), Q3)
    assert (found["change"], found["change_same_companies"], found["same_companies"]) == (None, None, 0)


def test_the_outlook_leads_the_line_through_four_quarters_on() -> None:
    found = trend(scan(*series("甲", "1.60", "1.50", "1.40", "1.30")), Q4)
    assert (found["outlook_1"], found["outlook_2"]) == (Decimal("1.2"), Decimal("1.1"))
    assert found["bases"] == "quarterly – annual"
    assert trend(scan(*series("甲", "1.60", "1.50", "1.40", None)), Q3)["outlook_1"] is None


# Falls


def test_the_largest_falls_come_first_and_new_companies_apart() -> None:
    found = scan(
        *series("甲", "2", "1.5"),
        *series("乙", "2", "1.9"),
        *series("丙", "2", "2.5"),
        *series("丁", "148", "15"),
    ).falls.filter(pl.col("measure") == "comprehensive")
    assert found.select("entity_id", "fall", "beyond", "place").rows() == [
        ("甲", Decimal(50), False, 1),
        ("乙", Decimal(10), False, 2),
        ("丁", Decimal(13300), True, 1),
    ]


def test_a_fall_is_from_one_quarter_to_the_next() -> None:
    assert scan(*series("甲", "3", None, "1")).falls.is_empty()


def test_only_as_many_falls_are_listed_as_the_rulebook_says() -> None:
    found = scan(*(f for n in range(15) for f in series(f"公司{n:02}", 3, 2 - n / 100))).falls
    assert found.filter(pl.col("measure") == "core")["place"].to_list() == list(range(1, 11))


# The whole


def test_the_order_of_the_filings_changes_nothing() -> None:
    filings = [f for n in range(6) for f in series(f"公司{n}", 1 + n / 7, 2 - n / 9, 1.1, 0.5 + n / 5)]
    one, other = scan(*filings), scan(*reversed(filings))
    assert all(a.equals(b) for (_, a), (_, b) in zip(one.frames(), other.frames(), strict=True))


def test_nobody_filed_makes_an_empty_scan() -> None:
    found = scan()
    assert found.as_of is None
    assert all(frame.is_empty() for _, frame in found.frames())


def test_a_scan_can_be_held_to_one_period_and_kind() -> None:
    found = scan(filing("甲", Q1, 200), filing("乙", Q2, 100, kind="property")).only(Q1, "life")
    assert found.levels.select("kind", "period_end").unique().rows() == [("life", Q1)]
    assert found.ranks["entity_id"].unique().to_list() == ["甲"]


def test_a_filed_ratio_in_a_year_end_is_labelled() -> None:
    figures = solo_figures(solo(filing("甲", BEFORE, None, 5, comprehensive_solvency_ratio=2)))
    assert figures.filter(pl.col("measure") == "comprehensive").select(
        "figure_basis", "filing_basis"
    ).rows() == [("filed_ratio", "annual")]
