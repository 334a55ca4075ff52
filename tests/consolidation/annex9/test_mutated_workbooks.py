"""Hundreds of workbooks changed as filers change them: nothing raises, nothing wrong is read without a word."""

import random
from collections import Counter
from pathlib import Path

from consolidation.annex9 import read_workbook
from consolidation.findings import Severity
from tests.consolidation.annex9.mutations import mutated, said_of, write

COUNT = 320
SEED = 9
PLACED_BY_FILE = {"annex9-period-missing", "annex9-period-not-quarter-end", "annex9-unit-missing"}
"""What no cell says has no cell to name; the finding names the option that says it."""


def test_no_mutated_workbook_raises_or_gives_a_wrong_figure_in_silence(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    became: Counter[str] = Counter()
    path = tmp_path / "filing.xlsx"
    for number in range(COUNT):
        form = mutated(chance)
        rows, findings = read_workbook(write(form, path), kind="property")
        told = f"{number} {form.done}: {[f.message() for f in findings]}"
        errors = [f for f in findings if f.severity is Severity.ERROR]
        for finding in findings:
            for language in ("zh", "en"):
                assert "?" not in finding.message(language), told
        if rows.is_empty():
            became["refused"] += 1
            assert errors, told
            assert form.contradictory, told
            for fault in errors:
                placed = fault.row is not None or fault.column or fault.value
                assert placed or (fault.code in PLACED_BY_FILE and fault.expected), told
            continue
        warned = [f for f in findings if f.severity is Severity.WARNING]
        assert not form.contradictory or warned, told
        became["read with a warning" if warned else "read"] += 1
        assert said_of(form.true, rows.row(0, named=True)) == [], told
    print(f"{COUNT} mutated workbooks: {dict(became)}")
    assert sum(became.values()) == COUNT and min(became.values()) > COUNT // 40
