"""Ids that look alike and signs that nobody sees are named; the rows are used as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from consolidation.filing_set.entities.look_alikes import skeleton
from consolidation.findings import Severity
from tests.build import one_group, read_set, rows


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("РICC", "PICC"),
        ("ＰＩＣＣ", "PICC"),
        ("picc ", "PICC"),
        ("PI\u200bCC", "PICC"),
        ("C0RP", "CORP"),
        ("A1l", "AL1"),
    ],
)
def test_what_a_person_cannot_tell_apart_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_short_numbered_ids_and_different_words_are_told_apart() -> None:
    assert len({skeleton(name) for name in ("S0", "SO", "中国人寿", "中国人保", "C10", "C11")}) == 6


def test_two_companies_that_look_like_one_are_told_where_the_second_stands(tmp_path: Path) -> None:
    entities = rows("entities", "P,Parent,holding", "S,Subsidiary,life", "J,Venture,property", "Ѕ,Other,life")
    found = read_set(tmp_path, one_group(entities=entities))
    told = [f for f in found.findings if f.code == "id-alike"]
    assert [(f.file, f.row, f.column, f.value, f.expected) for f in told] == [
        ("entities.csv", 5, "entity_id", "Ѕ", "S")
    ]
    assert told[0].severity is Severity.WARNING and "看上去相同" in told[0].message("zh")


def test_control_characters_are_named_and_never_sent_to_a_terminal(tmp_path: Path) -> None:
    entities = rows("entities", "P,\x1b[31mRED,holding", "S,Sub\u202esidiary,life", "J,Venture,property")
    found = read_set(tmp_path, one_group(entities=entities))
    told = [f for f in found.findings if f.code == "unseen-characters"]
    assert [(f.row, f.column, f.detail["signs"]) for f in told] == [
        (2, "name", "U+001B"),
        (3, "name", "U+202E"),
    ]
    assert all(f.message(language).isprintable() for f in found.findings for language in ("zh", "en"))
