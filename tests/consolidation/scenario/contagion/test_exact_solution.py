"""Square systems of integer equations: as plain elimination solves them, and the systems that have no single solution."""

from __future__ import annotations

import random
from fractions import Fraction
from math import isqrt

import pytest

from consolidation.scenario.contagion.exact_solution import solve
from tests.consolidation.scenario.contagion.test_clearing import eliminated


@pytest.mark.parametrize("digits", [1, 7, 20])
def test_random_systems_are_solved_as_by_elimination(digits: int) -> None:
    """Of small numbers, of numbers about 2^24 where a limb ends, and of numbers of several limbs; below zero as well."""
    chance, most = random.Random(digits), 10**digits

    def number() -> int:
        return chance.choice((0, 1, -1, 2**24, -(2**24), 2**24 - 1, chance.randrange(-most, most)))

    for size in (1, 1, 2, 2, 3, 4, 6):
        matrix = [[number() for _ in range(size)] for _ in range(size)]
        right = [number() for _ in range(size)]
        expected = eliminated([[Fraction(a) for a in row] for row in matrix], [Fraction(b) for b in right])
        if expected is None:
            with pytest.raises(ValueError, match="no single solution"):
                solve(matrix, right)
        else:
            assert solve(matrix, right) == expected


def test_a_matrix_without_an_inverse_to_one_prime_is_solved_to_the_next() -> None:
    prime = 67_108_859
    assert solve([[prime, 0], [0, 3]], [2, -7]) == [Fraction(2, prime), Fraction(-7, 3)]
    assert solve([[0, 1], [1, 0]], [5, 8]) == [8, 5]


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_just_within_what_one_prime_can_tell_are_told(sign: int) -> None:
    """2 (n² + d²) is below the prime, so that one digit is all there is to tell a fraction by."""
    most = isqrt(67_108_859 // 2) - 3
    assert solve([[1]], [sign * most]) == [sign * most]
    half = isqrt(67_108_859 // 4) - 3
    for below in range(half - 9, half):
        assert solve([[below]], [sign * (half - 1)]) == [Fraction(sign * (half - 1), below)]


def test_no_equation_has_no_unknown_and_too_many_are_refused() -> None:
    assert solve([], []) == []
    with pytest.raises(ValueError, match="more than 2000 equations"):
        solve([[0]] * 2_001, [0] * 2_001)
    with pytest.raises(ValueError, match="no single solution"):
        solve([[0]] * 2_000, [0] * 2_000)
