"""A plain reader of the demo industry's files."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.demo import DemoIndustry

Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def table(demo: DemoIndustry) -> Callable[[str], Rows]:
    """The rows of a table of the first set, as the text that stands in the file."""
    return lambda name: read(demo.filings / f"{name}.csv")


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def amount(row: dict[str, str], column: str) -> Decimal:
    """An amount cell; an empty one counts as zero."""
    return Decimal(row[column] or 0)
