"""Whatever stands in the cells of a stress test form: it never raises, and what it reads is what stands there."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.annex11 import read_stress_form
from consolidation.findings import Severity
from tests.consolidation.annex11.forms import SOLVENCY, property_workbook

AMOUNTS = [label for label in SOLVENCY if "资本" in label and "率" not in label]
ITEMS = dict(zip(AMOUNTS, ("actual_capital", "core_capital", "minimum_capital"), strict=True))
CELLS = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.sampled_from(
        [
            "-",
            "不适用",
            "/",
            "12.3万",
            "1,234.5",
            "(1,234)",
            "=1/0",
            "１２３",
            "无",
            "1.2.3",
            "9" * 40,
            "\u200b",
        ]
    ),
    st.text(max_size=6),
)


@settings(deadline=None, max_examples=40)
@given(
    cells=st.dictionaries(
        st.tuples(st.sampled_from(AMOUNTS), st.integers(0, 6)), CELLS, min_size=1, max_size=4
    )
)
def test_any_cell_is_read_as_it_stands_or_refused_with_its_place(
    cells: dict[tuple[str, int], int | str | None],
) -> None:
    rows = {label: list(row) for label, row in SOLVENCY.items() if "率" not in label}
    for (label, place), value in cells.items():
        rows[label][place] = value
    with tempfile.TemporaryDirectory() as folder:
        read = read_stress_form(property_workbook(Path(folder) / "a.xlsx", rows, {}, {}))
    errors = [f for f in read.findings if f.severity is Severity.ERROR]
    assert (read.rows.height == 0) == bool(errors)
    for finding in errors:
        assert finding.message("zh") and (finding.row is None or finding.detail.get("cell"))
    columns = [
        ("base", 0),
        ("base", 1),
        ("base", 2),
        ("mandatory_1", 1),
        ("mandatory_2", 1),
        ("own", 1),
        ("reverse", 1),
    ]
    filed = {(r["scenario"], r["horizon_end"]): r for r in read.rows.iter_rows(named=True)}
    for (label, place), value in cells.items():
        scenario, years = columns[place]
        row = filed.get((scenario, date(2023 + years, 12, 31)))
        if row is not None and isinstance(value, int) and ITEMS.get(label):
            assert row[ITEMS[label]] == Decimal(value)
