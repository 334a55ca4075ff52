"""The life of a flag, as a pure function: what happens to the kept flags, given what is up now."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from monitoring.flags import lifecycle
from monitoring.flags import schema as rows
from monitoring.flags.evaluate import FlagReport
from tests.build import Q1, Q3, filing, series
from tests.monitoring.flags.build import BOOK, flags_of

LAW = BOOK.on(Q3)
HEAD = {
    **rows.Flags.polars_schema(*rows.IDENTITY, *lifecycle.FIGURES),
    "id": pl.Int64,
    "state": pl.String,
    "closed_by": pl.String,
    "answered_gravity": lifecycle.FlagEvents.polars_schema()["gravity"],
}
NOTHING = pl.DataFrame(schema=HEAD)


def one(raised: FlagReport, code: str = "breach") -> pl.DataFrame:
    """What is up now, held to one flag."""
    return raised.now().filter((pl.col("code") == code) & (pl.col("item") == "comprehensive"))


def kept(now: pl.DataFrame, state: str = "raised", **more: Any) -> pl.DataFrame:
    """The flag as it would be kept, in a state; answered when it was as bad as it is."""
    answered = None if state == "raised" else now.select(lifecycle.gravity(LAW)).item()
    return now.select(*rows.IDENTITY, *lifecycle.FIGURES).with_columns(
        id=pl.lit(1, pl.Int64),
        state=pl.lit(state),
        closed_by=pl.lit(more.get("closed_by"), pl.String),
        answered_gravity=pl.lit(answered).cast(HEAD["answered_gravity"]),
    )


def happens(now: pl.DataFrame, before: pl.DataFrame) -> list[tuple[str, str]]:
    return lifecycle.events(now, before, LAW).select("what", "state").rows()


def breach(*ratios: str) -> pl.DataFrame:
    return one(flags_of(*series("甲", *ratios, core=900)))


def test_a_new_flag_is_raised() -> None:
    assert happens(breach("0.9"), NOTHING) == [("raised", "raised")]


def test_the_same_again_is_nothing() -> None:
    now = breach("0.9")
    for state in ("raised", "acknowledged", "explained"):
        assert happens(now, kept(now, state)) == []


def test_new_figures_move_a_flag_and_leave_its_state() -> None:
    before, now = breach("0.9"), breach("0.9", "0.899")
    for state in ("raised", "acknowledged", "explained"):
        assert happens(now, kept(before, state)) == [("moved", state)]


@pytest.mark.parametrize(
    ("ratio", "what"), [("0.895", "moved"), ("0.89499999", "reraised"), ("0.95", "moved")]
)
@pytest.mark.parametrize("state", ["acknowledged", "explained"])
def test_what_was_answered_is_raised_again_when_worse_by_more_than_half_a_point(
    state: str, ratio: str, what: str
) -> None:
    found = happens(breach("0.9", ratio), kept(breach("0.9"), state))
    assert found == [(what, "raised" if what == "reraised" else state)]


def test_a_flag_that_is_clear_closes_by_itself() -> None:
    assert happens(one(flags_of(*series("甲", "0.9", "2"))), kept(breach("0.9"), "explained")) == [
        ("closed", "closed")
    ]


def test_a_flag_that_is_merely_back_on_the_line_is_held() -> None:
    assert happens(breach("0.9", "1.0"), kept(breach("0.9"), "acknowledged")) == [("held", "acknowledged")]


def test_after_closing_by_itself_it_is_raised_anew() -> None:
    again = breach("0.9", "2", "0.99")
    assert happens(again, kept(breach("0.9"), "closed")) == [("raised", "raised")]


def test_what_a_person_closed_stays_closed_while_it_is_no_worse() -> None:
    before = kept(breach("0.9"), "closed", closed_by="王芳")
    assert happens(breach("0.9", "0.9"), before) == []
    assert happens(breach("0.9", "0.95"), before) == []


@pytest.mark.parametrize("ratios", [("0.9", "0.8"), ("0.9", "2", "0.95")], ids=["worse", "a new spell"])
def test_what_a_person_closed_comes_back_when_it_is_worse_or_begins_anew(ratios: tuple[str, ...]) -> None:
    before = kept(breach("0.9"), "closed", closed_by="王芳")
    assert happens(breach(*ratios), before) == [("reraised", "raised")]


def test_a_flag_of_which_the_data_know_nothing_any_more_is_closed_once() -> None:
    before = kept(breach("0.9"))
    assert happens(breach("2"), before) == [("closed", "closed")]
    assert happens(breach("2"), before.with_columns(state=pl.lit("closed"))) == []


def test_a_closed_event_carries_the_last_figures_of_the_flag() -> None:
    event = lifecycle.events(breach("2"), kept(breach("0.9")), LAW).row(0, named=True)
    assert (event["figure"], event["id"], event["period_end"]) == (Decimal("0.9"), 1, Q1)


def test_more_missing_periods_and_a_graver_rating_are_worse() -> None:
    missing = [flags_of(*series("甲", 2), *series("乙", *[2] * n)).now() for n in (2, 3)]
    before, now = (m.filter(pl.col("code") == "not_filed") for m in missing)
    assert happens(now, kept(before, "acknowledged")) == [("reraised", "raised")]
    rated = [flags_of(filing("甲", Q1, 300, integrated_risk_rating=r)).now() for r in "CD"]
    assert happens(rated[1], kept(rated[0], "explained")) == [("reraised", "raised")]
    assert happens(rated[0], kept(rated[1], "explained")) == [("moved", "explained")]


def test_every_state_a_person_may_set_is_reached_from_an_open_one() -> None:
    assert lifecycle.ALLOWED["closed"] == ("raised", "acknowledged", "explained")
    assert lifecycle.ALLOWED["acknowledged"] == ("raised",)


def test_the_law_of_the_day_says_what_counts_as_worse() -> None:
    wider = BOOK.overlay({"flags.hysteresis": Decimal("0.1")}).on(Q3)
    found = lifecycle.events(breach("0.9", "0.85"), kept(breach("0.9"), "acknowledged"), wider)
    assert found["what"].to_list() == ["moved"]
