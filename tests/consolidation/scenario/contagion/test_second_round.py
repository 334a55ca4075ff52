"""The second round on single members: who is in breach, what a holder loses with whom it holds, and whose guarantees are called."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from consolidation.rulebook import Rulebook
from consolidation.scenario.contagion.second_round import (
    CapitalHeld,
    OwnPosition,
    SecondRound,
    _decimal,
    second_round,
)
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.effects import CalledGuarantee
from consolidation.scenario.members.member import GROUP_ITSELF, GroupMember

LAW = Rulebook.load().on(date(2023, 12, 31))


def position(base: str, actual: str, minimum: str, core: str | None = None) -> OwnPosition:
    return OwnPosition(
        Decimal(base), Decimal(actual), None if core is None else Decimal(core), Decimal(minimum)
    )


def round_of(
    positions: dict[str, OwnPosition],
    guarantees: tuple[tuple[str, str, str, int], ...] = (),
    held: tuple[CapitalHeld, ...] = (),
) -> SecondRound:
    """The members are those with a position; the group holds half of each."""
    members = {
        name: GroupMember(
            name, "life", "subsidiary", Decimal("0.5"), Decimal(1), "line", "minimum_capital", None
        )
        for name in positions
    }
    called = [CalledGuarantee(id, who, whose, Decimal(amount)) for id, who, whose, amount in guarantees]
    return second_round(positions, members, called, held, LAW)


def losses(found: SecondRound) -> list[tuple[str, Decimal]]:
    return [(effect.entity_id, effect.tiers[CORE_TIER1]) for effect in found.effects]


@pytest.mark.parametrize(
    ("one", "breach"),
    [
        (position("20", "10", "10"), False),
        (position("20", "9.999999", "10"), True),
        (position("20", "20", "10", core="5"), False),
        (position("20", "20", "10", core="4.999999"), True),
        (position("20", "0.5", "1"), True),
        (position("20", "-5", "0", core="-5"), False),  # without a requirement there is no ratio to miss
    ],
)
def test_a_member_is_in_breach_below_either_ratio(one: OwnPosition, breach: bool) -> None:
    assert one.in_breach(Decimal(0), LAW) is breach
    assert position("20", "11", "10").in_breach(Decimal("1.000001"), LAW), "what it loses further counts"


@pytest.mark.parametrize(
    ("base", "actual", "lost"),
    [("100", "75", "25"), ("100", "-300", "100"), ("100", "120", "0"), ("1", "0.5", "50"), ("0", "-5", "100"), ("-9", "-9", "100")],
)  # fmt: skip
def test_a_holder_loses_the_part_that_the_member_in_breach_has_lost(
    base: str, actual: str, lost: str
) -> None:
    positions = {"I": position(base, actual, "1000"), "H": position("500", "500", "1")}
    found = round_of(
        positions, held=(CapitalHeld("H", "I", Decimal(100)), CapitalHeld("X", "I", Decimal(100)))
    )
    assert found.rounds == (("I",),)
    given_back = Decimal(lost) / 2
    assert losses(found) == ([("H", -Decimal(lost)), (GROUP_ITSELF, given_back)] if Decimal(lost) else [])


def test_only_guarantees_between_members_whose_capital_is_known_are_called() -> None:
    positions = {
        "I": position("10", "5", "10"),
        "G": position("100", "80", "10"),
        "N": position("0", "0", "0"),
    }
    found = round_of(
        positions,
        (
            ("1", "G", "I", 30),
            ("2", "X", "I", 30),
            ("3", "G", "X", 30),
            ("4", "N", "I", 30),
            ("5", "I", "G", 30),
        ),
    )
    assert found.called == {"1", "4"}
    assert losses(found) == [("G", Decimal(-30))], "who has nothing pays nothing, and is not told to"


def test_what_is_paid_on_several_guarantees_is_exact_to_twelve_places() -> None:
    positions = {"A": position("9", "1", "10"), "B": position("9", "5", "10"), "G": position("9", "1", "0")}
    found = round_of(positions, (("1", "G", "A", 1), ("2", "G", "B", 2)))
    assert losses(found) == [("G", Decimal("-1.000000000000"))]
    (of_a, of_b) = (found.certificate.paid(found.network, "G", who) for who in ("A", "B"))
    assert (of_a * 3, of_b * 3) == (1, 2)
    thirds = {**positions, "G": position("9", "1", "0"), "H": position("9", "9", "0")}
    owed = round_of(thirds, (("1", "G", "A", 1), ("2", "G", "H", 2), ("3", "G", "B", 2)))
    assert owed.called == {"1", "3"}


def test_what_is_paid_is_told_to_twelve_places() -> None:
    assert str(_decimal(Fraction(-2, 3))) == "-0.666666666667"
