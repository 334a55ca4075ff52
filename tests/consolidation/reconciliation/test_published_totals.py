"""A group that files its statement line by line has the totals that flags look at."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from consolidation.consolidate import consolidate
from consolidation.reconciliation.published_lines import published_totals
from consolidation.rulebook import Rulebook
from monitoring.flags.evaluate import raise_flags
from monitoring.flags.inputs import flag_inputs_of_set
from tests.build import DAY, one_group, read_set, table


def line(name: str, amount: object, basis: str = "annual") -> dict[str, object]:
    return {"group_id": "G", "period_end": DAY, "basis": basis, "line": name, "amount": amount}


def test_lines_fill_empty_cells_and_make_rows_of_their_own() -> None:
    columns = [{"group_id": "G", "period_end": DAY, "basis": "annual", "minimum_capital": 100}]
    lines = [
        line("minimum_capital", 999),
        line("actual_capital", 150),
        line("core_solvency_surplus", 70),
        line("actual_capital", 140, "quarterly"),
        line("parent_minimum_capital", 1),
    ]
    found = published_totals(table("group_filings", columns), table("group_filing_lines", lines))
    assert found.select("basis", "minimum_capital", "actual_capital", "core_surplus").rows() == [
        ("annual", 100, 150, 70),
        ("quarterly", None, 140, None),
    ]


def test_flags_take_the_lines_of_a_group_that_files_nothing_else(tmp_path: Path) -> None:
    lines = [
        line(name, amount)
        for name, amount in {
            "core_tier1_capital": 60,
            "actual_capital": 90,
            "minimum_capital": 100,
        }.items()
    ]
    filing_set = read_set(tmp_path, one_group(group_filing_lines=lines))
    book = Rulebook.load()
    flags = raise_flags(flag_inputs_of_set(filing_set, consolidate(filing_set, book)), book).flags
    breach = flags.filter(subject_id="G", code="breach", item="comprehensive").row(0, named=True)
    assert (breach["figure"], breach["figure_basis"]) == (Decimal("0.9"), "published, amounts")
