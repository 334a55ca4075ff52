"""``validation/differences.md`` says what the engine computes today, and its parts add up."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from consolidation.filing_set import read_filing_set
from consolidation.rulebook import Rulebook
from validation.__main__ import TARGET, document
from validation.explanations import (
    Explained,
    MemberFigures,
    Reading,
    Verdict,
    best_reading,
    explain_all,
    half_a_step,
    rounding_unit,
)


@pytest.fixture(scope="module")
def explained(filings: Path) -> list[Explained]:
    return explain_all(read_filing_set(str(filings)), Rulebook.load())


def test_the_frozen_file_is_what_is_generated(explained: list[Explained]) -> None:
    assert TARGET.read_text("utf-8") == document(explained), (
        "a difference changed: look at it, then make validation"
    )


def test_every_difference_is_the_sum_of_its_explanations(explained: list[Explained]) -> None:
    for e in explained:
        parts = (e.reading_effect, e.elsewhere, e.specific, e.publication, e.remainder)
        assert sum(parts) == e.difference, (e.group_id, e.period_end)


def test_how_many_of_the_forty_are_explained(explained: list[Explained]) -> None:
    verdicts = Counter(e.verdict for e in explained)
    assert (len(explained), verdicts[Verdict.EXACT], verdicts[Verdict.CLOSE], verdicts[Verdict.OPEN]) == (
        40,
        14,
        18,
        8,
    )
    assert {e.group_id for e in explained if e.verdict is Verdict.OPEN} == {"中再集团", "太平集团"}


def member(whole: str, quantifiable: str, parts: str, *, mixes: bool = False) -> MemberFigures:
    return MemberFigures("A", Decimal(whole), Decimal(quantifiable), Decimal(parts), mixes)


@pytest.mark.parametrize(
    ("figures", "published", "reading"),
    [
        (member("1000", "950", "1000"), "1000.4", Reading.WHOLE),
        (member("1000", "950", "1000"), "951", Reading.QUANTIFIABLE),
        (member("1000", "950", "980", mixes=True), "980", Reading.PARTS),
        (member("1000", "950", "980"), "980", Reading.WHOLE),
        (member("1000", "950", "1000"), "900", Reading.WHOLE),
        (member("1000", "1000", "1000", mixes=True), "1000", Reading.WHOLE),
    ],
)
def test_the_reading_is_the_closest_within_half_a_percent_else_the_default(
    figures: MemberFigures, published: str, reading: Reading
) -> None:
    assert best_reading([figures], Decimal(published))[0] is reading


def test_in_what_unit_a_group_published_is_seen_from_its_amounts() -> None:
    assert rounding_unit([Decimal(176600), Decimal(5200), Decimal("1.5"), Decimal(0)]) == 100
    assert rounding_unit([Decimal(176601), Decimal(5200)]) == 1
    assert rounding_unit([]) == 1


@pytest.mark.parametrize(("ratio", "step"), [("2", "0.005"), ("1.74", "0.005"), ("1.7862", "0.00005")])
def test_a_ratio_is_as_fine_as_it_was_published(ratio: str, step: str) -> None:
    assert half_a_step(Decimal(ratio)) == Decimal(step)
