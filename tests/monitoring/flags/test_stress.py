"""Flags from stress tests that the store keeps: base in breach, breach under stress, reverse due, not given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.stress import stress
from consolidation.words import say
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import FlagInputs
from monitoring.flags.registry import kind_of
from monitoring.flags.speech import Speech
from monitoring.flags.store import flag_inputs_of_store, keep_stress
from monitoring.store.recording import provenance
from monitoring.store.store import Store
from monitoring.store.stress import stress_lines
from tests.build import read_set
from tests.consolidation.scenario.worked import result, worked_example
from tests.oracle.plain_reading import Tables

BOOK = Rulebook.load()
CODES = ("stress_base_breach", "stress_breach", "reverse_required", "stress_not_given")


def flags(folder: Path, tables: Tables) -> pl.DataFrame:
    test = stress(read_set(folder, tables), BOOK)
    found = raise_flags(FlagInputs(stress_lines=pl.concat([test.base, test.lines])), BOOK, date(2024, 5, 31))
    return found.flags.filter(pl.col("code").is_in(CODES))


def told(found: pl.DataFrame, code: str) -> set[tuple[Any, ...]]:
    return set(
        found.filter(code=code).select("subject_id", "item", "figure", "distance_wan_yuan").iter_rows()
    )


def test_a_breach_under_a_scenario_and_one_in_the_base(tmp_path: Path) -> None:
    tables = worked_example()
    tables["stress_results"] = [
        result("L", "base", "3900", "4000"),
        result("L", "mandatory_2", "1000", "4000"),
        result("J", "base", "2000", "1000"),
        result("J", "mandatory_2", "1000", "1000"),
    ]
    found = flags(tmp_path, tables)

    at = "2024-12-31"
    assert told(found, "stress_base_breach") == {("L", f"comprehensive/base/{at}", Decimal("0.975"), -100)}
    assert told(found, "stress_breach") == {
        ("L", f"comprehensive/macro/{at}", Decimal("0.25"), -3_000),
        ("L", f"core/macro/{at}", Decimal("0.25"), -1_000),
        ("G", f"comprehensive/macro/{at}", Decimal("0.75"), -1_500),
    }, "exactly 100% is no breach"
    assert found["period_end"].unique().to_list() == [date(2023, 12, 31)]


def test_a_company_between_half_and_all_of_its_requirement_is_not_short_of_core_capital(
    tmp_path: Path,
) -> None:
    """Its core surplus is below zero (form 2.3), its limit of Rule 19 A12 is kept; on the limit it still is."""
    tables = worked_example()
    tables["stress_results"] = [
        result("L", "base", "6000", "4000"),
        result("L", "mandatory_2", "2000", "4000"),
    ]
    found = told(flags(tmp_path, tables), "stress_breach")

    assert {item for who, item, *_ in found if who == "L"} == {"comprehensive/macro/2024-12-31"}


@pytest.mark.parametrize(
    ("actual", "due"), [("4000", True), ("6000", True), ("6000.1", False), ("3999.9", False)]
)
def test_a_reverse_test_is_due_between_its_bounds(tmp_path: Path, actual: str, due: bool) -> None:
    tables = worked_example(
        stress_results=[result("L", "base", actual, "4000"), result("L", "mandatory_2", actual, "4000")]
    )

    found = told(flags(tmp_path, tables).filter(subject_id="L"), "reverse_required")
    assert (found != set()) == due


def test_who_gave_nothing_is_flagged_by_scenario(tmp_path: Path) -> None:
    tables = worked_example()
    tables["stress_results"] = tables["stress_results"][:2]
    found = flags(tmp_path, tables).filter(code="stress_not_given")

    assert found.select("subject_kind", "subject_id", "item").rows() == [("entity", "J", "macro/2024-12-31")]


def test_every_flag_has_its_sentences(tmp_path: Path) -> None:
    tables = worked_example()
    tables["stress_results"] = [
        result("L", "base", "3900", "4000"),
        result("L", "mandatory_2", "1000", "4000"),
    ]
    tables["group_filings"][0] |= {"actual_capital": "9100", "core_tier1_capital": "9100"}
    found = flags(tmp_path, tables)

    assert set(found["code"]) == set(CODES)
    for row in found.iter_rows(named=True):
        for language in ("zh", "en"):
            kind, speech = kind_of(row), Speech(language)
            assert all(
                "{" not in text and "?" not in text
                for text in (kind.says(row, speech), kind.short(row, speech))
            )
            assert say(f"flag.{row['code']}", language)


def test_the_store_keeps_the_newest_test_of_each_scenario(store: Store, tmp_path: Path) -> None:
    for number, actual in enumerate(("1000", "4500")):
        tables = worked_example()
        tables["stress_results"][1]["actual_capital"] = actual
        filed = read_set(tmp_path / str(number), tables)
        made = provenance(filed, BOOK, who="w", started_at=datetime.now(UTC), arguments={})
        assert keep_stress(store, stress(filed, BOOK), made) == number + 1

    actual = stress_lines(store).filter(group_id="G", scenario="macro", line="actual_capital")
    assert actual["stressed"].to_list() == [8_300]
    assert flag_inputs_of_store(store).stress_lines.height == stress_lines(store).height
    assert flag_inputs_of_store(store).lines.is_empty(), "a scenario is never a statement"
