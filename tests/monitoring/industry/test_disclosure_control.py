"""Who may see an industry only in sums of many companies learns nothing of a few: not shown, and not by subtraction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.industry.disclosure_control import of_many
from monitoring.industry.scan import IndustryScan, scan_industry
from monitoring.ratios import MEASURES
from tests.build import Q1, Q2, Q3, Q4, filing, solo, table
from tests.monitoring.flags.build import BOOK

MEANS = {"weighted_mean": "by_amounts", "mean": "companies"}
SIZES = {"small": 1, "medium": 6_000_000, "large": 60_000_000}


def companies(
    kind: str, count: int, day: date = Q1, *, size: str = "small", **more: Any
) -> list[dict[str, Any]]:
    """So many companies of one kind and size, each with a ratio of its own."""
    return [
        filing(f"{kind}-{size}-{n}", day, 150 + n, 100 + n, kind=kind, total_assets=SIZES[size], **more)
        for n in range(count)
    ]


def told(*filings: list[dict[str, Any]], fewest: int = 10) -> IndustryScan:
    rows = [row for some in filings for row in some]
    whole = scan_industry(solo(*rows), table("entities", []), table("industry_averages", []), BOOK)
    return of_many(whole, fewest, BOOK)


def level(found: IndustryScan, kind: str, segment: str = "all", day: date = Q1) -> dict[str, Any] | None:
    rows = found.levels.filter(kind=kind, segment=segment, period_end=day, measure="comprehensive")
    return rows.row(0, named=True) if rows.height else None


def means(found: IndustryScan, kind: str, segment: str = "all", day: date = Q1) -> list[bool]:
    """Which of the two means is shown."""
    row = level(found, kind, segment, day)
    return [row is not None and row[mean] is not None for mean in MEANS]


def test_a_kind_of_few_is_not_shown_and_not_the_total_less_the_other_kinds() -> None:
    found = told(companies("life", 12), companies("property", 11), companies("reinsurance", 3))
    assert level(found, "reinsurance") is None
    assert means(found, "life") == means(found, "property") == [True, True]
    together = level(found, "all")
    assert together is not None
    assert (together["weighted_mean"], together["mean"]) == (None, None)
    assert together["q50"] is not None
    assert together["companies"] == 26
    course = found.course.filter(kind="all", period_end=Q1, measure="comprehensive")
    assert course["level"].to_list() == [None]


def test_the_total_stands_where_the_kinds_not_shown_are_many_together_or_none() -> None:
    assert means(told(companies("life", 12), companies("property", 11)), "all") == [True, True]
    few = [companies("property", 6), companies("reinsurance", 4)]
    assert means(told(companies("life", 12), *few), "all") == [True, True]


def test_a_size_class_of_few_takes_the_smallest_class_shown_with_it() -> None:
    found = told(
        companies("life", 20), companies("life", 12, size="medium"), companies("life", 3, size="large")
    )
    assert means(found, "life") == means(found, "life", "small") == [True, True]
    assert means(found, "life", "medium") == [False, False]
    assert level(found, "life", "medium")["companies"] == 12  # type: ignore[index]
    assert level(found, "life", "large") is None


def test_companies_without_a_size_are_a_class_of_their_own() -> None:
    found = told(
        companies("life", 20),
        companies("life", 12, size="medium"),
        [filing("无规模", Q1, 900)],
    )
    assert means(found, "life", "medium") == [False, False]


def test_a_mean_counts_the_companies_that_it_is_the_mean_of() -> None:
    by_ratio = [
        filing(f"比率{n}", Q1, None, 100, comprehensive_solvency_ratio="2", core_solvency_ratio="2")
        for n in range(9)
    ]
    assert means(told(companies("life", 3), by_ratio), "life") == [False, True]
    new = [filing(f"新{n}", Q1, 2000 + n) for n in range(9)]
    assert means(told(companies("life", 3), new), "life") == [True, False]


def test_no_amount_and_no_end_of_a_distribution_is_told_however_many_there_are() -> None:
    row = level(told(companies("life", 30)), "life")
    assert row is not None
    assert [row[c] for c in ("capital", "required", "minimum", "maximum")] == [None] * 4


def test_neither_the_change_nor_the_outlook_tells_a_level_that_is_withheld() -> None:
    quarters = [(Q1, 3), (Q2, 10), (Q3, 10), (Q4, 10)]
    filings = [
        row
        for day, reinsurers in quarters
        for row in (*companies("life", 12, day), *companies("reinsurance", reinsurers, day))
    ]
    found = told(filings)
    assert [means(found, "all", day=day)[0] for day, _ in quarters] == [False, True, True, True]
    course = found.course.filter(kind="all", measure="comprehensive").sort("period_end")
    assert course["change"].is_null().to_list() == [True, True, False, False]
    assert course["change_same_companies"].is_null().to_list() == [True, False, False, False]
    assert course["outlook_1"].null_count() == 4
    of_reinsurers = found.course.filter(kind="reinsurance", period_end=Q2, measure="comprehensive")
    assert of_reinsurers["change_same_companies"].to_list() == [None]


def test_where_a_level_is_withheld_so_is_the_change_of_the_same_companies() -> None:
    found = told(
        companies("life", 12, Q1),
        companies("reinsurance", 10, Q1),
        companies("life", 12, Q2),
        companies("reinsurance", 3, Q2),
    )
    row = found.course.filter(kind="all", measure="comprehensive", period_end=Q2).row(0, named=True)
    assert (row["level"], row["change"], row["change_same_companies"]) == (None, None, None)
    assert row["same_companies"] == 15


def test_a_gap_of_few_companies_with_amounts_is_not_told() -> None:
    by_ratio = [
        filing(f"比率{n}", Q1, None, 100, comprehensive_solvency_ratio="2", core_solvency_ratio="2")
        for n in range(9)
    ]
    average = {
        "kind": "life",
        "period_end": Q1,
        "core_solvency_ratio_pct": Decimal(120),
        "comprehensive_solvency_ratio_pct": Decimal(190),
    }
    filings = solo(*companies("life", 3), *by_ratio)
    whole = scan_industry(filings, table("entities", []), table("industry_averages", [average]), BOOK)
    assert set(whole.gaps["companies"]) == {3}
    assert of_many(whole, 10, BOOK).gaps.is_empty()


def test_ladder_moves_and_gaps_are_those_of_many_companies() -> None:
    average = {
        "period_end": Q1,
        "core_solvency_ratio_pct": Decimal(120),
        "comprehensive_solvency_ratio_pct": Decimal(190),
    }
    averages = [{"kind": kind, **average} for kind in ("life", "reinsurance")]
    rows = [*companies("life", 12), *companies("reinsurance", 3)]
    whole = scan_industry(solo(*rows), table("entities", []), table("industry_averages", averages), BOOK)
    found = of_many(whole, 10, BOOK)
    assert {*whole.ladder["kind"], *whole.gaps["kind"]} == {"life", "reinsurance"}
    for name in ("ladder", "migration", "gaps"):
        assert set(getattr(found, name)["kind"]) == {"life"}
    assert found.gaps["filers"].null_count() == 0
    assert found.gaps["required"].null_count() == found.gaps.height


@settings(max_examples=40, deadline=None)
@given(
    counts=st.dictionaries(
        st.tuples(st.sampled_from(["life", "property", "reinsurance"]), st.sampled_from(list(SIZES))),
        st.integers(1, 9),
        min_size=1,
    )
)
def test_what_is_left_of_a_total_is_never_a_few(counts: dict[tuple[str, str], int]) -> None:
    fewest = 4
    found = told(*(companies(kind, n, size=size) for (kind, size), n in counts.items()), fewest=fewest)
    for mean, number in MEANS.items():
        shown = {
            (r["kind"], r["segment"]): r[number]
            for r in found.levels.filter(measure=MEASURES[0]).iter_rows(named=True)
            if r[mean] is not None
        }
        parts_of = {"all": [k for k in shown if k[0] != "all" and k[1] == "all"]}
        parts_of |= {kind: [k for k in shown if k[0] == kind and k[1] != "all"] for kind, _ in counts}
        for total, parts in parts_of.items():
            left = shown.get((total, "all"), 0) - sum(shown[p] for p in parts)
            if (total, "all") in shown:
                assert left == 0 or left >= fewest, (mean, total)
        of_kinds = {kind: sum(n for (k, _), n in counts.items() if k == kind) for kind, _ in counts}
        assert {kind for kind, n in of_kinds.items() if n >= fewest} == {
            k for k, s in shown if k != "all" and s == "all"
        }
