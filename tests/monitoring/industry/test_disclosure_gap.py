"""The disclosure gap: who is silent, the gap to the published average, and what it implies of the silent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.industry.disclosure_gap import disclosure_gaps, implied_ratio, silent_companies
from monitoring.industry.peers import peers
from tests.build import BEFORE, Q1, Q2, Q3, filing, series, solo, table
from tests.monitoring.flags.build import BOOK


def averages(day: Any, comprehensive: Any, kind: str = "life") -> pl.DataFrame:
    return table(
        "industry_averages",
        [
            {
                "kind": kind,
                "period_end": day,
                "core_solvency_ratio_pct": comprehensive,
                "comprehensive_solvency_ratio_pct": comprehensive,
            }
        ],
    )


ENTITIES = table("entities", [{"entity_id": e, "name": e, "kind": "life"} for e in ("甲", "乙", "丙")])
NOBODY_LISTED = table("entities", [{"entity_id": "无关", "name": "无关", "kind": "bank"}])


def silent(*filings: dict[str, Any], entities: pl.DataFrame = NOBODY_LISTED) -> pl.DataFrame:
    filed = solo(*filings)
    return silent_companies(peers(filed, BOOK), entities, BOOK, filed["period_end"].unique().to_list())


def gap(
    published: Any, *filings: dict[str, Any], day: Any = Q2, entities: pl.DataFrame = NOBODY_LISTED
) -> dict[str, Any]:
    filed = peers(solo(*filings), BOOK)
    quiet = silent_companies(filed, entities, BOOK, filed["period_end"].unique().to_list())
    found = disclosure_gaps(filed, averages(day, published), quiet, BOOK)
    return found.filter(pl.col("measure") == "comprehensive").row(0, named=True)


# Who is silent


def test_a_company_that_stopped_is_silent_since_then_with_its_last_figures() -> None:
    found = silent(*series("甲", 2, 2, 2), *series("乙", "1.5", None, None))
    assert found.select(
        "entity_id", "period_end", "status", "since", "last_required", "last_ratio"
    ).rows() == [
        ("乙", Q2, "stopped", Q2, 100, Decimal("1.5")),
        ("乙", Q3, "stopped", Q2, 100, Decimal("1.5")),
    ]


def test_a_company_that_begins_later_is_told_apart() -> None:
    found = silent(*series("甲", 2, 2), *series("新", None, 2))
    assert found.select("entity_id", "status").rows() == [("新", "later")]


def test_a_filing_without_any_figure_is_silence() -> None:
    found = silent(*series("甲", 2, 2), filing("乙", Q1, 200), filing("乙", Q2, None, 50))
    assert found.select("entity_id", "period_end", "status").rows() == [("乙", Q2, "stopped")]


def test_an_insurer_of_entities_that_never_publishes_is_silent() -> None:
    found = silent(*series("甲", 2), *series("乙", 2), entities=ENTITIES)
    assert found.select("entity_id", "status", "known_from").rows() == [("丙", "never", "entities")]


def test_the_houses_list_is_asked_only_where_the_set_names_nobody() -> None:
    without = silent(filing("甲", Q1, 200), entities=table("entities", []))
    assert "华夏人寿" in without.filter(pl.col("kind") == "life")["entity_id"].to_list()
    assert set(without["known_from"]) == {"list"}
    assert silent(filing("甲", Q1, 200)).is_empty()


def test_who_publishes_is_not_on_the_list_for_that_period() -> None:
    found = silent(filing("华夏人寿", Q1, 200), entities=table("entities", []))
    assert "华夏人寿" not in found["entity_id"].to_list()


# The gap. By hand: those who publish have 400 of 200 (200%), the published average is 180%; 乙 last needed 100.
# 180% × (200 + 100) − 400 = 140, so 乙 would be at 140% of its 100.

BOTH = [*series("甲", 2, 2, core=100), filing("己", Q1, 200), filing("己", Q2, 200)]
STOPPED = filing("乙", Q1, 130, 100)


def test_the_gap_is_the_average_of_those_who_publish_less_the_published_one_in_points() -> None:
    found = gap(180, *BOTH)
    assert (found["published"], found["filers"], found["gap"]) == (Decimal("1.8"), Decimal(2), Decimal(20))
    assert (found["companies"], found["required"], found["silent"]) == (2, 200, 0)
    assert (found["bound_low"], found["bound_high"]) == (None, None)


def test_where_the_size_of_all_silent_is_known_so_is_their_ratio_but_for_rounding() -> None:
    assert implied_ratio(Decimal(400), Decimal(200), Decimal(100), Decimal("1.8")) == Decimal("1.4")
    found = gap(180, *BOTH, STOPPED)
    assert (found["silent"], found["silent_sized"], found["silent_required"]) == (1, 1, 100)
    # the published 180.0% may be anything from 179.95% to 180.05%: ± 0.05 × 300 / 100 points
    assert (found["bound_low"], found["bound_high"]) == (Decimal("1.3985"), Decimal("1.4015"))


def test_where_some_sizes_are_unknown_the_published_average_is_the_other_end() -> None:
    unsized = table("entities", [{"entity_id": "丙", "name": "丙", "kind": "life"}])
    found = gap(180, *BOTH, STOPPED, entities=unsized)
    assert (found["silent"], found["silent_sized"]) == (2, 1)
    assert (found["bound_low"], found["bound_high"]) == (Decimal("1.3985"), Decimal("1.8005"))
    above = gap(220, *BOTH, STOPPED, entities=unsized)
    assert (above["bound_low"], above["bound_high"]) == (Decimal("2.1995"), Decimal("2.6015"))


def test_where_no_size_is_known_only_the_published_average_bounds() -> None:
    unsized = table("entities", [{"entity_id": "丙", "name": "丙", "kind": "life"}])
    found = gap(180, *BOTH, entities=unsized)
    assert (found["bound_low"], found["bound_high"]) == (None, Decimal("1.8005"))


def test_how_large_the_silent_must_be_is_said_for_a_ratio_of_zero_and_of_the_limit() -> None:
    """At zero: 400 = 180% × (200 + S) → S = 22.22; at 100%: 400 + S = 180% × (200 + S) → S = 50."""
    found = gap(180, *BOTH, STOPPED)
    assert (found["least_required_at_zero"], found["least_required_at_limit"]) == (
        Decimal("22.222222"),
        Decimal(50),
    )
    below = gap(220, *BOTH, STOPPED)
    assert (below["least_required_at_zero"], below["least_required_at_limit"]) == (None, None)


@pytest.mark.parametrize(
    ("published", "size", "why"),
    [
        (180, 100, None),  # 140% of 100
        (130, 100, "negative"),  # 1.3 × 300 − 400 = −10
        (220, 1, "beyond"),  # 2.2 × 201 − 400 = 42.2 times its requirement
        (105, 200, "size"),  # at 100% it would take 190 ÷ 0.05 = 3,800 to explain
    ],
)
def test_a_gap_that_cannot_be_disproves_the_size_of_the_silent(
    published: int, size: int, why: str | None
) -> None:
    assert gap(published, *BOTH, filing("乙", Q1, 130, size))["disproved"] == why


@pytest.mark.parametrize("size", [1, 100, 12345])
def test_the_implied_ratio_brings_the_average_of_all_to_the_published_one(size: int) -> None:
    ratio = implied_ratio(Decimal(400), Decimal(200), Decimal(size), Decimal("1.8"))
    assert ratio is not None
    assert (Decimal(400) + ratio * size) / (200 + size) == pytest.approx(Decimal("1.8"))


def test_a_company_that_published_only_a_ratio_is_counted_by_it_for_the_bound() -> None:
    """甲 100 at 200% by amounts, 己 100 at 150% by its ratio: 350 of 200; 180% × 300 − 350 = 190 for 乙's 100."""
    by_ratio = filing("己", Q2, None, 100, comprehensive_solvency_ratio="1.5")
    found = gap(180, *series("甲", 2, 2), filing("己", Q1, 200), by_ratio, STOPPED)
    assert (found["companies"], found["by_ratio"], found["by_ratio_required"]) == (1, 1, 100)
    assert (found["gap"], found["bound_low"], found["bound_high"]) == (
        20,
        Decimal("1.8985"),
        Decimal("1.9015"),
    )


def test_a_kind_or_period_without_a_published_average_has_no_gap() -> None:
    filed = peers(solo(*BOTH), BOOK)
    quiet = silent(*BOTH)
    assert disclosure_gaps(filed, averages(BEFORE, 180), quiet, BOOK).is_empty()
    assert disclosure_gaps(filed, averages(Q2, 180, "property"), quiet, BOOK).is_empty()
