"""What rests on a figure in doubt says so and counts nowhere, until a person confirms it or it is filed anew."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from consolidation.results.schemas import Contributions
from consolidation.rulebook import Rulebook
from consolidation.words import LANGUAGES
from monitoring.doubt.figures import figures_in_doubt, filings_without_doubt
from monitoring.doubt.register import NotInDoubt, confirmation_log, doubts_of_store
from monitoring.flags.consequences import reports as flag_reports
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import FlagInputs
from monitoring.flags.sentences import flag_sentence
from monitoring.flags.store import confirm_figure, current_flags, flag_history, update_flags
from monitoring.industry.scan import scan_industry
from monitoring.record.verify import verify
from monitoring.store.store import RunRecord, Store, record_run
from tests.build import Q1, Q2, filing, solo, table
from tests.monitoring.flags.build import lines, members
from tests.monitoring.obligations.companies import LIFE, an_industry, generated

BOOK = Rulebook.load()
NOON = datetime(2024, 7, 29, 4, tzinfo=UTC)


def told(entity: str, day: date, actual: Any, required: Any = 1000, **more: Any) -> dict[str, Any]:
    """A filing that says everything twice; ``filed_actual`` and ``filed_required`` are what it prints of the two."""
    actual, required = Decimal(str(actual)), Decimal(str(required))
    printed = {
        "actual_capital": more.pop("filed_actual", actual),
        "minimum_capital": more.pop("filed_required", required),
    }
    return (
        filing(
            entity,
            day,
            core=actual - 100,
            core_surplus=actual - 100 - required,
            supplementary_tier1_capital=100,
            comprehensive_surplus=actual - required,
            core_solvency_ratio=(actual - 100) / required,
            comprehensive_solvency_ratio=actual / required,
            **more,
        )
        | printed
    )


def inputs(*filings: dict[str, Any], **more: Any) -> FlagInputs:
    frame = solo(*filings)
    doubts = figures_in_doubt(frame, more.get("group_filings", table("group_filings", [])), BOOK)
    return FlagInputs(solo_filings=frame, doubts=doubts, **more)


CUT = (told("甲", Q1, 2000), told("甲", Q2, 2000, filed_actual=200))
"""A fall from 200% to 20% that is a nought left out."""


def test_a_breach_on_a_figure_in_doubt_says_first_what_contradicts_it_and_what_would_fit() -> None:
    flags = raise_flags(inputs(*CUT), BOOK, as_of=date(2023, 9, 1)).now()
    (breach,) = flags.filter(code="breach").rows(named=True)
    assert breach["doubted"] == "actual_capital"
    assert (breach["doubted_filed"], breach["doubted_fitting"], breach["doubted_slip"]) == (
        200,
        2000,
        "times_10",
    )
    said = {language: flag_sentence(breach, language) for language in LANGUAGES}
    assert said["en"].startswith("In doubt: ")
    assert said["en"].index("CNY 20.00 million") < said["en"].index("20.00%") and "× 10" in said["en"]
    assert said["zh"].startswith("存疑：")


def test_it_is_no_fall() -> None:
    flags = raise_flags(inputs(*CUT), BOOK, as_of=date(2023, 9, 1)).flags
    assert "falling" not in flags["code"].to_list()
    sound = raise_flags(inputs(CUT[0], filing("甲", Q2, 200, 1000)), BOOK, as_of=date(2023, 9, 1)).flags
    assert "falling" in sound["code"].to_list()


def brought(member: str, day: date, column: str, amount: int) -> dy.DataFrame[Contributions]:
    """What a member of G brings into a line, as a consolidation says it."""
    row = {
        "group_id": "G", "period_end": day, "line": column, "entity_id": member, "relation": "subsidiary", "share": 1,
        "own_amount": amount, "amount": amount, "basis": "quarterly", "table": "solo_filings", "column": column,
    }  # fmt: skip
    return Contributions.typed(pl.DataFrame([row], schema=Contributions.polars_schema()))


def flags_of(wrong: dict[str, Any], column: str, capital: int, required: int) -> pl.DataFrame:
    """The flags of G and its member 甲, which brings this figure into G's statement."""
    given = inputs(
        wrong,
        members=members(("G", Q2, "甲")),
        lines=lines("G", Q2, capital, required),
        contributions=brought("甲", Q2, column, wrong[column]),
    )
    return raise_flags(given, BOOK, as_of=date(2023, 9, 1)).flags


def test_the_flags_of_its_group_inherit_the_doubt() -> None:
    flags = flags_of(told("甲", Q2, 2000, 1000, filed_required=10000), "minimum_capital", 2000, 10000)
    doubted = flags.filter(pl.col("code").is_in(["breach", "member_breach", "event"]))
    assert set(doubted.select("subject_kind", "code").rows()) == {
        ("entity", "breach"),
        ("group", "breach"),
        ("group", "member_breach"),
        ("group", "event"),
    }
    assert doubted["doubted"].to_list() == ["minimum_capital"] * doubted.height
    of = dict(doubted.filter(subject_kind="group").select("code", "doubted_of").iter_rows())
    assert of == {"breach": "甲", "member_breach": "甲", "event": "甲"}


def test_capital_that_a_group_adds_up_is_in_doubt_with_the_member_s_and_says_whose() -> None:
    """The deduction method (A39): the group's 200 is its member's 2,000 with a nought left out; who takes nothing in has no doubt."""
    wrong = told("甲", Q2, 2000, 1000, filed_actual=200)
    (breach,) = (
        flags_of(wrong, "actual_capital", 200, 1000)
        .filter(code="breach", subject_id="G", item="comprehensive")
        .rows(named=True)
    )
    assert (breach["doubted"], breach["doubted_of"], breach["doubted_slip"]) == (
        "actual_capital",
        "甲",
        "times_10",
    )
    assert flag_sentence(breach, "zh", {"甲": "甲财险"}).startswith("存疑：甲财险的实际资本填报")
    own = flags_of(wrong, "minimum_capital", 200, 1000).filter(
        code="breach", subject_id="G", item="comprehensive"
    )
    assert own["doubted"].to_list() == [None] and own["doubted_of"].to_list() == [None]


def test_a_concentration_in_per_cent_of_a_core_capital_in_doubt_says_so() -> None:
    wrong = told("甲", Q2, 2000, 1000) | {"core_tier1_capital": Decimal(190)}
    exposure = {
        "group_id": "G",
        "period_end": Q2,
        "test": "counterparty",
        "party": "某行",
        "exposure": 900,
        "limit": 300,
        "charge": 90,
    }
    measured = pl.DataFrame(
        [exposure], schema_overrides={n: pl.Decimal(38, 6) for n in ("exposure", "limit", "charge")}
    )
    told_of = {}
    for filed in (wrong, told("甲", Q2, 2000, 1000)):
        given = inputs(
            filed,
            members=members(("G", Q2, "甲")),
            lines=lines("G", Q2, filed["core_tier1_capital"], 1000),
            contributions=brought("甲", Q2, "core_tier1_capital", filed["core_tier1_capital"]),
            concentration=measured,
        )
        (flag,) = (
            raise_flags(given, BOOK, as_of=date(2023, 9, 1))
            .flags.filter(code="concentration")
            .rows(named=True)
        )
        told_of[flag["doubted"]] = (flag["doubted_of"], flag_sentence(flag, "en"))
    assert told_of["core_tier1_capital"][0] == "甲" and told_of["core_tier1_capital"][1].startswith(
        "In doubt: "
    )
    assert told_of[None][0] is None and "in doubt" not in told_of[None][1].lower()


def test_a_published_statement_of_a_group_is_looked_at_too() -> None:
    printed = {
        k: v for k, v in told("x", Q2, 2000, filed_actual=20000).items() if k not in ("entity_id", "kind")
    }
    published = table("group_filings", [{"group_id": "G", **printed, "core_surplus": 1400}])
    doubts = figures_in_doubt(solo(), published, BOOK)
    assert doubts.select("subject_kind", "column", "slip").rows() == [
        ("group", "actual_capital", "divided_by_10")
    ]


def test_no_mean_median_rank_or_fall_of_the_industry_counts_it() -> None:
    filings = solo(
        *CUT, told("乙", Q1, 1500), told("乙", Q2, 1500), told("丙", Q1, 3000), told("丙", Q2, 3000)
    )
    doubts = figures_in_doubt(filings, table("group_filings", []), BOOK)
    nothing = table("entities", []), table("industry_averages", [])
    found = scan_industry(filings, *nothing, BOOK, doubts=doubts)
    level = found.levels.filter(kind="life", segment="all", measure="comprehensive", period_end=Q2).row(
        0, named=True
    )
    assert (level["weighted_mean"], level["mean"], level["q50"]) == (Decimal("2.25"),) * 3
    assert (level["companies"], level["in_doubt"], level["not_computable"]) == (2, 1, 0)
    assert found.in_doubt["entity_id"].to_list() == ["甲"] and found.falls.is_empty()
    assert "甲" not in found.silent["entity_id"].to_list()


def test_a_version_that_was_filed_anew_without_the_contradiction_stays() -> None:
    versions = solo(*CUT, told("甲", Q2, 2000))
    kept = filings_without_doubt(versions, BOOK)
    assert kept.select("period_end", "actual_capital").rows() == [(Q1, 2000), (Q2, 2000)]


# In the store

SPRING, SUMMER = date(2024, 3, 31), date(2024, 6, 30)


def record(store: Store, name: str, *filings: dict[str, Any]) -> None:
    record_run(
        store,
        RunRecord(
            who="李明",
            source="filings",
            data_hash=name,
            rulebook_hash="rulebook",
            engine_version="0.1.0",
            started_at=NOON,
            tables={"solo_filings": solo(*filings)},
        ),
    )
    update_flags(store, at=NOON)


def breach(store: Store) -> dict[str, Any]:
    (found,) = current_flags(store, codes=["breach"]).filter(item="comprehensive").rows(named=True)
    return found


def opened(store: Store) -> list[str]:
    with store.writing() as connection:
        return flag_reports.open_reports(connection, BOOK, date(2024, 8, 1))


@pytest.fixture
def doubtful(store: Store) -> Store:
    """An insurer that owes reports, with a figure in doubt that makes a breach."""
    an_industry(store)
    generated(store)
    record(store, "first", told(LIFE, SPRING, 2000), told(LIFE, SUMMER, 2000, filed_actual=200))
    return store


def test_confirmed_it_counts_its_report_falls_due_and_who_and_when_is_kept(doubtful: Store) -> None:
    assert breach(doubtful)["doubted"] == "actual_capital" and opened(doubtful) == []
    confirm_figure(doubtful, LIFE, SUMMER, None, None, "王芳", "by telephone")
    assert breach(doubtful)["doubted"] is None
    assert doubts_of_store(doubtful).is_empty()
    assert [
        what for (what,) in flag_history(doubtful, breach(doubtful)["flag_id"]).select("what").rows()
    ] == [
        "raised",
        "reraised",
    ]
    assert len(opened(doubtful)) == 1
    (kept,) = confirmation_log(doubtful).rows(named=True)
    assert (kept["who"], kept["note"], kept["filed"]) == ("王芳", "by telephone", 200) and kept[
        "at"
    ] is not None
    assert verify(doubtful).misfits == ()
    with pytest.raises(NotInDoubt):
        confirm_figure(doubtful, LIFE, SUMMER, None, None, "王芳", "again")


def test_a_new_filing_ends_the_doubt_and_another_wrong_value_begins_it_again(doubtful: Store) -> None:
    confirm_figure(doubtful, LIFE, SUMMER, "actual_capital", "quarterly", "王芳", "by telephone")
    record(doubtful, "second", told(LIFE, SPRING, 2000), told(LIFE, SUMMER, 2000, filed_actual=20))
    assert doubts_of_store(doubtful)["filed"].to_list() == [20]
    assert breach(doubtful)["doubted_slip"] == "times_100"
    record(doubtful, "third", told(LIFE, SPRING, 2000), told(LIFE, SUMMER, 2000))
    assert doubts_of_store(doubtful).is_empty()
    assert current_flags(doubtful, codes=["breach"]).is_empty()


def test_what_is_not_in_doubt_cannot_be_confirmed(doubtful: Store) -> None:
    for where in ((LIFE, SPRING, None), (LIFE, SUMMER, "minimum_capital"), ("nobody", SUMMER, None)):
        with pytest.raises(NotInDoubt, match="doubts"):
            confirm_figure(doubtful, *where, None, "王芳", "so it is")
    assert confirmation_log(doubtful).is_empty()
