"""Groups: from their own statements, and from their members with nothing assumed of how independent these are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from consolidation.results.schemas import Members
from consolidation.rulebook import Rulebook
from monitoring.outlook.result import Outlook, OutlookInputs
from tests.build import solo
from tests.monitoring.flags.build import lines
from tests.monitoring.outlook.build import QUARTERS, filing, industry

BOOK = Rulebook.load()
JUNE, DECEMBER = QUARTERS[5], QUARTERS[7]


def members_of(*shares: tuple[str, str]) -> pl.DataFrame:
    rows = [
        {
            "group_id": "集团",
            "period_end": day,
            "entity_id": company,
            "relation": "subsidiary",
            "share": Decimal(share),
        }
        for day in (JUNE, DECEMBER)
        for company, share in shares
    ]
    return pl.DataFrame(
        [{c: r.get(c) for c in Members.column_names()} for r in rows], schema=Members.polars_schema()
    )


def outlook(*shares: tuple[str, str], actual: int = 330) -> pl.DataFrame:
    """A group of two insurers with 160 and 180 on 100 each; it files 330 on 200."""
    mine = [
        filing(company, day, ratio) for company, ratio in (("A", 1.6), ("B", 1.8)) for day in QUARTERS[:8]
    ]
    made = Outlook(
        OutlookInputs(
            solo_filings=pl.concat([industry(), solo(*mine)]),
            lines=pl.concat(lines("集团", day, actual, 200) for day in (JUNE, DECEMBER)),
            members=members_of(*shares),
        ),
        BOOK,
    )
    return made.forecasts.filter((pl.col("made_from") == DECEMBER) & (pl.col("measure") == "comprehensive"))


def of(table: pl.DataFrame, subject: str, horizon: int, basis: str) -> dict[str, object]:
    return table.filter(
        (pl.col("subject_id") == subject) & (pl.col("horizon") == horizon) & (pl.col("basis") == basis)
    ).to_dicts()[0]


def test_the_range_from_members_adds_up_their_ranges_by_share() -> None:
    table = outlook(("A", "1"), ("B", "0.5"))
    a, b = (of(table, who, 2, "own_filings") for who in "AB")
    group = of(table, "集团", 1, "members")
    assert group["point"] == pytest.approx(1.65)
    for end in ("low", "high"):
        # By its share of 100 in a requirement of 200 each member moves the group's ratio.
        moved = (a[end] - 1.6) * 100 / 200 + (b[end] - 1.8) * 0.5 * 100 / 200  # type: ignore[operator]
        assert group[end] == pytest.approx(1.65 + moved, abs=1e-5)


def test_the_probability_from_members_is_that_of_one_common_level() -> None:
    """The more of the group moves, the smaller the move of all that takes it to the limit."""
    group = of(outlook(("A", "1"), actual=302), "集团", 1, "members")
    assert group["p_120"] == 0
    assert 0 < group["p_150"] < 0.5  # type: ignore[operator]
    doubled = of(outlook(("A", "1"), ("B", "1"), actual=302), "集团", 1, "members")
    assert group["p_150"] < doubled["p_150"] < 0.5  # type: ignore[operator]


def test_a_group_without_forecast_members_has_only_its_own_statements() -> None:
    table = outlook(("nobody", "1"))
    assert table.filter(pl.col("subject_id") == "集团")["basis"].unique().to_list() == ["own_statements"]


def test_a_group_is_followed_by_half_years() -> None:
    table = outlook(("A", "1"))
    own = of(table, "集团", 1, "own_statements")
    assert (own["point"], own["ratio"]) == (1.65, 1.65)
    assert own["low"] < 1.65 < own["high"]  # type: ignore[operator]
    assert own["p_150"] > own["p_120"] > own["p_100"] >= 0  # type: ignore[operator]


def test_what_came_later_changes_no_groups_forecast() -> None:
    def made(until: date) -> pl.DataFrame:
        filings = industry().filter(pl.col("period_end") <= until)
        statements = pl.concat(lines("集团", day, 330, 200) for day in (JUNE, DECEMBER) if day <= until)
        about = members_of(("company 03", "1"), ("company 04", "0.4")).filter(pl.col("period_end") <= until)
        whole = Outlook(OutlookInputs(solo_filings=filings, lines=statements, members=about), BOOK).forecasts
        return whole.filter((pl.col("subject_kind") == "group") & (pl.col("made_from") == JUNE))

    early = made(JUNE)
    assert set(early["basis"]) == {"own_statements", "members"}
    assert early.equals(made(DECEMBER))
