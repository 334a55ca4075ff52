"""What hangs on a reading: the lines it moves, the verdicts it changes, and which answer was published."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.alternatives import effects, fit
from consolidation.consolidate import consolidate
from consolidation.results.schemas import ReadingEffects, ReadingFits
from consolidation.rulebook import Rulebook
from consolidation.rulebook.readings import reading
from consolidation.structure.scope import Scope
from tests.build import read_set

BOOK = Rulebook.load()
REQUIREMENT = [reading("member_requirement")]
TABLES = {
    "groups": """
        group_id,name,type,member_requirement
        G,Group,insurance_holding,
        H,Other,insurance_holding,quantifiable
    """,
    "group_members": """
        group_id,entity_id
        G,A
        H,B
    """,
    "solo_filings": """
        entity_id,kind,period_end,basis,actual_capital,minimum_capital,quantifiable_risk_minimum_capital
        A,life,2023-12-31,annual,900,100,80
        B,life,2023-12-31,annual,900,100,80
    """,
    "group_filings": """
        group_id,period_end,basis,actual_capital,core_tier1_capital,quantifiable_risk_minimum_capital
        G,2023-12-31,annual,90,90,80.4
        H,2023-12-31,annual,90,90,99
    """,
}


@pytest.fixture
def moved_of(tmp_path: Path):
    def compute_both(tables: dict[str, str]):
        given = read_set(tmp_path, tables)
        chosen = consolidate(given, BOOK, Scope())
        moved = effects(given, BOOK, chosen, REQUIREMENT)
        return moved, fit(moved, chosen.reconciliation, BOOK)

    return compute_both


def test_each_group_moves_under_the_answer_that_is_not_its_own(moved_of) -> None:
    moved, _ = moved_of(TABLES)
    assert moved.schema == ReadingEffects.polars_schema()
    assert set(moved.select("group_id", "alternative").iter_rows()) == {("G", "quantifiable"), ("H", "whole")}
    found = moved.filter(line="minimum_capital").select(
        "group_id", "amount", "alternative_amount", "difference"
    )
    assert found.rows() == [("G", 100, 80, -20), ("H", 80, 100, 20)]


def test_an_answer_that_lifts_a_group_over_the_limit_changes_its_verdict(moved_of) -> None:
    moved, _ = moved_of(TABLES)
    verdicts = set(moved.select("group_id", "solvent", "alternative_solvent").iter_rows())
    assert verdicts == {("G", False, True), ("H", True, False)}


def test_the_answer_nearest_to_what_was_published_is_named_and_whether_it_reproduces_it(moved_of) -> None:
    _, nearest = moved_of(TABLES)
    assert nearest.schema == ReadingFits.polars_schema()
    rows = nearest.filter(line="quantifiable_risk_minimum_capital").select(
        "group_id", "chosen_difference", "nearest", "difference", "reproduces"
    )
    assert rows.rows() == [
        ("G", Decimal("19.6"), "quantifiable", Decimal("-0.4"), True),
        ("H", Decimal(-19), "whole", Decimal(1), True),
    ]


def test_of_two_answers_as_near_the_one_chosen_here_is_named(moved_of) -> None:
    tables = TABLES | {"group_filings": TABLES["group_filings"].replace("80.4", "90")}
    _, nearest = moved_of(tables)
    (row,) = nearest.filter(group_id="G", line="quantifiable_risk_minimum_capital").iter_rows(named=True)
    assert (row["nearest"], row["difference"], row["reproduces"]) == ("", 10, False)


def test_an_answer_that_wants_what_nobody_gave_is_not_compared(moved_of) -> None:
    tables = TABLES | {
        "solo_filings": TABLES["solo_filings"].replace(
            "A,life,2023-12-31,annual,900,100,80", "A,life,2023-12-31,annual,900,100,"
        )
    }
    moved, nearest = moved_of(tables)
    rows = moved.filter(group_id="G").select("lacking", "alternative_solvent").unique().rows()
    assert rows == [("quantifiable-part-absent", None)]
    assert nearest.filter(group_id="G").is_empty()
