"""Which statements lack members, and that nothing is judged by one: on the published filings, and where a member is silent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.provenance import Status
from consolidation.rulebook import Rulebook
from consolidation.structure.scope import Scope
from monitoring.completeness import TOLERANCE, completeness, coverage_in_words, group_figures
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import flag_inputs_of_set
from monitoring.ratios import COMPREHENSIVE, PUBLISHED, STATEMENT, one_source
from tests.build import write_set

BOOK = Rulebook.load()
SOLO = "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\n"


@pytest.fixture(scope="module")
def real(filings: Path) -> tuple[FilingSet, Consolidation]:
    found = read_filing_set(str(filings))
    return found, consolidate(found, BOOK, Scope())


def of_set(location: Path) -> tuple[FilingSet, Consolidation]:
    found = read_filing_set(str(location))
    return found, consolidate(found, BOOK, Scope())


def row(made: tuple[FilingSet, Consolidation], group: str, day: date) -> dict[str, object]:
    filing_set, result = made
    found = completeness(result.lines(), result.members, filing_set.tables["group_filings"], BOOK)
    return found.filter(group_id=group, period_end=day).row(0, named=True)


def test_a_group_whose_bank_files_elsewhere_is_incomplete_by_so_much(
    real: tuple[FilingSet, Consolidation],
) -> None:
    found = row(real, "平安集团", date(2023, 12, 31))
    assert (found["members"], found["is_complete"], found["is_short"]) == (4, False, True)
    assert found["coverage"] == "domestic insurers only"
    said = [coverage_in_words("domestic insurers only, 境内", language) for language in ("zh", "en")]
    assert said == ["仅含境内保险公司、境内", "domestic insurers only, 境内"]
    assert found["share"] == Decimal("0.555953762580")
    assert row(real, "阳光集团", date(2023, 12, 31))["is_complete"] is True


def test_an_incomplete_group_is_followed_by_what_it_published(real: tuple[FilingSet, Consolidation]) -> None:
    filing_set, result = real
    figures = one_source(
        group_figures(result.lines(), result.members, filing_set.tables["group_filings"], BOOK)
    )
    sources = dict(figures.select("subject_id", "source").unique().iter_rows())
    assert {g for g, source in sources.items() if source == STATEMENT} == {"阳光集团"}
    ping_an = figures.filter(subject_id="平安集团", measure=COMPREHENSIVE, period_end=date(2023, 12, 31))
    assert ping_an.select("source", "capital", "required").row(0) == (
        PUBLISHED,
        Decimal("171410986.000000"),
        Decimal("82398520.000000"),
    )
    flags = raise_flags(flag_inputs_of_set(filing_set, result), BOOK).flags.filter(subject_kind="group")
    about = flags.filter(pl.col("subject_id") != "阳光集团")
    assert about["figure_basis"].fill_null("").str.starts_with(STATEMENT).sum() == 0


def test_a_line_without_a_silent_member_says_so_and_nothing_is_judged_by_it(tmp_path: Path) -> None:
    write_set(
        tmp_path,
        {
            "groups": "group_id,name,type\nG,Group,mixed\n",
            "entities": "entity_id,name,kind\nA,A,life\nB,B,life\nC,C,bank\n",
            "group_members": "group_id,entity_id\nG,A\nG,B\nG,C\n",
            "solo_filings": SOLO + "A,life,2023-12-31,quarterly,90,90,100\n",
        },
    )
    made = of_set(tmp_path)
    (statement,) = made[1].statements
    lines = {
        name: line.status
        for name, line in statement.lines.items()
        if name.endswith("members_minimum_capital")
    }
    assert lines == {
        "insurance_members_minimum_capital": Status.INCOMPLETE,
        "bank_members_minimum_capital": Status.INCOMPLETE,
        "securities_members_minimum_capital": Status.COMPUTED,
        "trust_members_minimum_capital": Status.COMPUTED,
        "other_members_minimum_capital": Status.COMPUTED,
    }
    found = row(made, "G", date(2023, 12, 31))
    assert (found["lacks_filing"], found["share"], found["is_complete"]) == (True, None, False)
    flags = raise_flags(flag_inputs_of_set(*made), BOOK).flags
    assert flags.filter(subject_id="G", code="breach").is_empty()
    assert flags.filter(subject_id="A", code="breach").height == 1


@pytest.mark.parametrize(("computed", "complete"), [("97", True), ("96.999999", False)])
def test_a_requirement_below_the_published_one_by_more_than_the_tolerance(
    tmp_path: Path, computed: str, complete: bool
) -> None:
    assert BOOK.on(date(2023, 12, 31)).number(TOLERANCE) == Decimal("0.03")
    write_set(
        tmp_path,
        {
            "groups": "group_id,name,type\nG,Group,insurance_holding\n",
            "entities": "entity_id,name,kind\nA,A,life\n",
            "group_members": "group_id,entity_id,coverage\nG,A,complete\n",
            "solo_filings": SOLO + f"A,life,2023-12-31,quarterly,90,90,{computed}\n",
            "group_filings": "group_id,period_end,basis,actual_capital,core_tier1_capital,minimum_capital\n"
            "G,2023-12-31,quarterly,150,150,100\n",
        },
    )
    assert row(of_set(tmp_path), "G", date(2023, 12, 31))["is_complete"] is complete
