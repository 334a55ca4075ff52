"""Whose stakes in a joint venture are the group's, and what passes through companies that are not wholly owned (A18)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from consolidation.rulebook import Rulebook
from consolidation.structure.ownership import Stake, joint_venture_share, register_on, stake_weights

DAY = date(2023, 12, 31)
BOOK = Rulebook.load()
LOOK_THROUGH = BOOK.overlay({"joint_venture.share": "look_through"})


def register(*stakes: tuple[str, str, str]):
    rows = [
        Stake(owner, entity, Decimal(stake), "subsidiary", False, date(2020, 1, 1), None, "ownership.csv", n)
        for n, (owner, entity, stake) in enumerate(stakes, 2)
    ]
    return register_on(rows, DAY)


def share(book: Rulebook, companies: str, *stakes: tuple[str, str, str], parent: str | None = "P") -> Decimal:
    known = register(*stakes)
    inside = set(companies)
    return joint_venture_share("J", stake_weights(parent, inside, inside, known, book), known)[0]


def test_stakes_count_as_they_are_or_through_the_chain() -> None:
    stakes = (("P", "A", "0.8"), ("A", "B", "0.5"), ("B", "J", "0.5"), ("P", "J", "0.1"))
    assert share(BOOK, "PAB", *stakes) == Decimal("0.6")
    assert share(LOOK_THROUGH, "PAB", *stakes) == Decimal("0.3")


def test_several_ways_to_a_holder_add_up() -> None:
    stakes = (("P", "A", "0.6"), ("P", "B", "0.4"), ("A", "B", "0.5"), ("B", "J", "1"))
    assert share(LOOK_THROUGH, "PAB", *stakes) == Decimal("0.7")


def test_whom_nobody_in_the_group_is_known_to_hold_counts_whole() -> None:
    assert share(LOOK_THROUGH, "A", ("X", "A", "0.8"), ("A", "J", "0.5"), parent=None) == Decimal("0.5")


def test_a_cross_holding_is_walked_once() -> None:
    stakes = (("P", "A", "0.5"), ("A", "B", "0.5"), ("B", "A", "0.5"), ("B", "J", "1"))
    assert share(LOOK_THROUGH, "PAB", *stakes) == Decimal("0.25")
