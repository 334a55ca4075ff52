"""docs/flags.md repeats limits for its readers: they must be those of the rulebook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitoring.flags.kinds.thresholds import THRESHOLDS
from monitoring.ratios import COMPREHENSIVE, CORE
from tests.monitoring.flags.build import BOOK

DOCS = Path(__file__).parents[3] / "docs" / "flags.md"
LATEST = max(entry.valid_from for id in BOOK.ids() for entry in BOOK.history(id))


@pytest.mark.parametrize("code", THRESHOLDS)
def test_the_table_of_breaches_has_the_limits_of_the_rulebook(code: str) -> None:
    (row,) = (line for line in DOCS.read_text("utf-8").splitlines() if line.startswith(f"| `{code}` |"))
    (written,) = re.findall(r"core < (\d+)% or comprehensive < (\d+)%", row)
    law = BOOK.on(LATEST)
    assert [int(n) for n in written] == [
        law.number(THRESHOLDS[code][measure]) * 100 for measure in (CORE, COMPREHENSIVE)
    ]
