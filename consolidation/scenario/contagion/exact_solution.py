"""Solves square systems of integer equations exactly, by p-adic lifting (Dixon).

The solution is found digit by digit to a prime base, with one inverse modulo the prime, and read back as fractions over one
denominator. It takes about n² operations a digit where elimination in fractions takes n³ on numbers that grow to thousands
of digits. A wrong fraction cannot come out: the answer is put into the equations at the end.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt, prod

import numpy as np
import numpy.typing as npt

_PRIMES = (67_108_859, 67_108_837, 67_108_819, 67_108_777, 67_108_763)
"""Below 2^26: sums of two hundred products of two digits fit 64 bits with room to spare."""
_LIMB = 24
_MOST_ROWS = 2_000

Integers = npt.NDArray[np.int64]


def solve(matrix: list[list[int]], right: list[int]) -> list[Fraction]:
    """The one solution of ``matrix`` · x = ``right``.

    :raises ValueError: where there is none or more than one, as far as five primes can tell, or too many equations.
    """
    if len(matrix) > _MOST_ROWS:
        raise ValueError(f"more than {_MOST_ROWS} equations")
    if not matrix:
        return []
    for prime in _PRIMES:
        inverse = _inverse(np.array([[a % prime for a in row] for row in matrix], np.int64), prime)
        if inverse is not None:
            digits, modulus = _digits(matrix, right, inverse, prime)
            return _fractions(digits, modulus, matrix, right)
    raise ValueError("the equations have no single solution")


def _inverse(matrix: Integers, prime: int) -> Integers | None:
    """The inverse modulo the prime by Gauss–Jordan elimination; None where there is none."""
    size = len(matrix)
    work = np.concatenate([matrix, np.eye(size, dtype=np.int64)], axis=1)
    for column in range(size):
        below = np.flatnonzero(work[column:, column])
        if not len(below):
            return None
        pivot = column + int(below[0])
        work[[column, pivot]] = work[[pivot, column]]
        work[column] = work[column] * pow(int(work[column, column]), -1, prime) % prime
        factors = work[:, column].copy()
        factors[column] = 0
        rows = np.flatnonzero(factors)
        work[rows] = (work[rows] - factors[rows, None] * work[column] % prime) % prime
    return work[:, size:]


def _digits(
    matrix: list[list[int]], right: list[int], inverse: Integers, prime: int
) -> tuple[list[int], int]:
    """The solution modulo a power of the prime that is large enough to tell its fractions."""
    limbs = _limbs(matrix)
    # Cramer: numerators and the denominator are determinants, at most the product of the rows' lengths (Hadamard).
    norms = prod(isqrt(sum(a * a for a in (*row, b))) + 1 for row, b in zip(matrix, right, strict=True))
    rest, found, modulus = list(right), [0] * len(right), 1
    while modulus <= 2 * norms * norms:
        digit = inverse @ np.array([r % prime for r in rest], np.int64) % prime
        found = [x + modulus * int(d) for x, d in zip(found, digit, strict=True)]
        moved = [0] * len(right)
        for power, limb in enumerate(limbs):
            part = (limb @ digit).tolist()
            moved = [m + (p << (_LIMB * power)) for m, p in zip(moved, part, strict=True)]
        rest = [(r - m) // prime for r, m in zip(rest, moved, strict=True)]
        modulus *= prime
    return found, modulus


def _limbs(matrix: list[list[int]]) -> list[Integers]:
    """The matrix as Σ limb × 2^(24 k): products of a limb and a digit add up in 64 bits."""
    limbs = []
    left = [[abs(a) for a in row] for row in matrix]
    signs = np.array([[1 if a >= 0 else -1 for a in row] for row in matrix], np.int64)
    while any(any(row) for row in left):
        low = np.array([[a & ((1 << _LIMB) - 1) for a in row] for row in left], np.int64)
        limbs.append(low * signs)
        left = [[a >> _LIMB for a in row] for row in left]
    return limbs


def _fractions(digits: list[int], modulus: int, matrix: list[list[int]], right: list[int]) -> list[Fraction]:
    """The fractions that the digits stand for, over one denominator that grows until all are told."""
    bound, common = isqrt(modulus // 2), 1
    numerators: list[int] = []
    for value in digits:
        top = _centred(value * common % modulus, modulus)
        if abs(top) > bound // common:
            numerator, below = _reconstructed(value * common % modulus, modulus, bound)
            numerators = [n * below for n in numerators]
            common *= below
            top = numerator
        numerators.append(top)
    for row, b in zip(matrix, right, strict=True):
        if sum(a * n for a, n in zip(row, numerators, strict=True)) != b * common:
            raise ValueError("the equations have no single solution")
    return [Fraction(n, common) for n in numerators]


def _centred(value: int, modulus: int) -> int:
    return value - modulus if 2 * value > modulus else value


def _reconstructed(value: int, modulus: int, bound: int) -> tuple[int, int]:
    """The fraction of small numerator and denominator that a value stands for (extended Euclid, stopped half way)."""
    old, new, before, after = modulus, value, 0, 1
    while new > bound:
        quotient = old // new
        old, new = new, old - quotient * new
        before, after = after, before - quotient * after
    return (new, after) if after > 0 else (-new, -after)
