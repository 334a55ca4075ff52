"""Clearing payments: the definition, brute force on small networks, and a certificate that is checked by somebody else."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.scenario.contagion.clearing import OUTSIDE, Certificate, Network, check, clear


def test_a_circle_in_which_one_cannot_pay_in_full() -> None:
    network = Network.of(
        {"A": 20, "B": 130}, {("A", "B"): 100, ("B", "A"): 100, ("A", OUTSIDE): 50, ("B", OUTSIDE): 50}
    )
    cleared = clear(network)

    assert cleared.payments == {"A": 120, "B": 150}
    assert cleared.paid(network, "A", "B") == 80
    assert check(network, cleared) == []


def test_of_several_solutions_the_greatest_counts() -> None:
    network = Network.of({"A": 0, "B": 0}, {("A", "B"): 7, ("B", "A"): 7})
    cleared = clear(network)

    assert cleared.payments == {"A": 7, "B": 7}
    nobody_pays = Certificate({"A": Fraction(0), "B": Fraction(0)}, {"A": "B", "B": "A"})
    assert len(check(network, nobody_pays)) == 2, "a solution, and not the greatest"


def test_who_has_nothing_pays_nothing_and_takes_others_with_it() -> None:
    network = Network.of(
        {"A": 0, "B": 3, "C": 100}, {("A", "B"): 50, ("B", "C"): 20, ("C", "A"): 0, ("C", OUTSIDE): 110}
    )

    assert clear(network).payments == {"A": 0, "B": 3, "C": 103}


@pytest.mark.parametrize(
    ("assets", "debts"),
    [
        ({"A": -1}, {}),
        ({"A": -1, "B": 1}, {}),
        ({"A": 1}, {("A", "A"): 1}),
        ({"A": 1}, {("B", "A"): 1}),
        ({"A": 1}, {("A", ""): -1}),
    ],
)
def test_what_is_no_network_is_refused(assets: dict[str, int], debts: dict[tuple[str, str], int]) -> None:
    with pytest.raises(ValueError):
        Network.of(assets, debts)


# --- a second reading -----------------------------------------------------------------------------------------------------


def plain_payments(network: Network, payments: dict[str, Fraction]) -> dict[str, Fraction]:
    """One application of the definition, written without the module's help."""
    owed = {n: sum((a for (d, _), a in network.debts.items() if d == n), Fraction(0)) for n in network.assets}
    after = {}
    for name in network.assets:
        has = network.assets[name]
        for (debtor, creditor), amount in network.debts.items():
            if creditor == name and owed[debtor]:
                has += payments[debtor] * amount / owed[debtor]
        after[name] = min(owed[name], has)
    return after


def by_trying_all(network: Network) -> dict[str, Fraction]:
    """The greatest solution by trying who pays in full: each guess is one linear system, solved by plain elimination."""
    names = sorted(network.assets)
    owed = {n: sum((a for (d, _), a in network.debts.items() if d == n), Fraction(0)) for n in names}
    found: list[dict[str, Fraction]] = []
    for guess in product((True, False), repeat=len(names)):
        full = dict(zip(names, guess, strict=True))
        matrix, right = [], []
        for name in names:
            row = [Fraction(int(n == name)) for n in names]
            if full[name]:
                right.append(owed[name])
            else:
                for k, n in enumerate(names):
                    if owed[n]:
                        row[k] -= network.debts.get((n, name), Fraction(0)) / owed[n]
                right.append(network.assets[name])
            matrix.append(row)
        solved = eliminated(matrix, right)
        if solved is None:
            continue
        payments = dict(zip(names, solved, strict=True))
        if plain_payments(network, payments) == payments:
            found.append(payments)
    return {n: max(payments[n] for payments in found) for n in names}


def eliminated(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(len(rows)):
        pivot = next((r for r in range(k, len(rows)) if rows[r][k]), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for r in range(len(rows)):
            if r != k and rows[r][k]:
                rows[r] = [a - rows[r][k] * b for a, b in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def is_greatest(network: Network, payments: dict[str, Fraction]) -> bool:
    """Whether every set of companies that pay less than they owe has a debt to somebody who is not in it."""
    owed = {n: sum((a for (d, _), a in network.debts.items() if d == n), Fraction(0)) for n in network.assets}
    closed = {n for n in network.assets if payments[n] < owed[n]}
    while True:
        with_a_way_out = {d for (d, c), a in network.debts.items() if d in closed and a and c not in closed}
        if not with_a_way_out:
            return not closed
        closed -= with_a_way_out


amount = st.integers(0, 12) | st.sampled_from((Fraction(1, 3), Fraction(7, 2)))


@st.composite
def small_network(draw: st.DrawFn) -> Network:
    names = [f"N{k}" for k in range(draw(st.integers(1, 5)))]
    debts = {}
    for debtor in names:
        for creditor in [*names, OUTSIDE]:
            if debtor != creditor and draw(st.booleans()):
                debts[debtor, creditor] = draw(amount)
    return Network.of({name: draw(amount) for name in names}, debts)


@settings(max_examples=80, deadline=None)
@given(small_network())
def test_small_networks_clear_as_by_trying_all(network: Network) -> None:
    cleared = clear(network)

    assert dict(cleared.payments) == by_trying_all(network)
    assert check(network, cleared) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_certificate_of_a_large_random_network_holds(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"N{k}" for k in range(chance.choice((60, 120, 200)))]
    poor = chance.choice((0, 0.3, 0.8))
    assets = {n: 0 if chance.random() < poor else Fraction(chance.randrange(10**6), 100) for n in names}
    debts = {
        (debtor, creditor): Fraction(chance.randrange(1, 10**7), 100)
        for debtor in names
        for creditor in chance.sample([*names, OUTSIDE], 3)
        if debtor != creditor
    }
    network = Network.of(assets, debts)
    cleared = clear(network)
    payments = dict(cleared.payments)

    assert check(network, cleared) == []
    assert plain_payments(network, payments) == payments
    assert is_greatest(network, payments)


def test_a_certificate_that_was_tampered_with_is_refused() -> None:
    network = Network.of({"A": 2, "B": 1}, {("A", "B"): 5, ("B", OUTSIDE): 9})
    cleared = clear(network)

    assert check(network, Certificate({**cleared.payments, "B": Fraction(2)}, cleared.ways_out)) != []
    assert check(network, Certificate(cleared.payments, {"A": "B"})) != []
    assert check(network, Certificate({"A": Fraction(2)}, {})) != []


def test_a_way_out_is_the_shortest_and_of_two_the_first_by_name() -> None:
    """D pays in full. A reaches D and the outside in one step, B in one; C only through A or B."""
    owes = {"A": (OUTSIDE, "D"), "B": ("D", "A"), "C": ("B", "A"), "D": (OUTSIDE,)}
    debts = {(debtor, creditor): 10 for debtor, creditors in owes.items() for creditor in creditors}
    network = Network.of({"A": 1, "B": 1, "C": 1, "D": 10, "E": 5}, {**debts, ("E", "A"): 0})
    cleared = clear(network)

    assert cleared.ways_out == {"A": OUTSIDE, "B": "D", "C": "A"}
    assert ("E", "A") not in network.debts and cleared.paid(network, "E", "A") == 0
    # A has 1 and half of what B and C pay: 1 + (1.5 + 1) ÷ 2; B has 1 and half of C's 1, a quarter of its 20 for each.
    assert cleared.payments == {
        "A": Fraction(1) + Fraction(1, 2) + Fraction(3, 4),
        "B": Fraction(3, 2),
        "C": 1,
        "D": 10,
        "E": 0,
    }
    assert cleared.paid(network, "B", "D") == Fraction(3, 4)


def test_what_is_wrong_with_a_certificate_is_said_of_each_company() -> None:
    network = Network.of({"A": 2, "B": 1, "C": 0}, {("A", "B"): 5, ("B", OUTSIDE): 9})
    payments = {"A": Fraction(2), "B": Fraction(3), "C": Fraction(0)}

    assert check(network, Certificate(payments, {"A": "B", "B": OUTSIDE})) == []
    assert check(network, Certificate(payments, {"A": "B"})) == [
        f"from {name} no chain of debts leads out of those that pay less than they owe" for name in ("A", "B")
    ]
    assert check(network, Certificate({**payments, "B": Fraction(9)}, {"A": "B"})) == [
        "B pays 9 and should pay 3"
    ]
    assert check(network, Certificate({"A": Fraction(2)}, {})) == [
        "the payments are not those of the network's companies"
    ]
    with pytest.raises(ValueError, match="no debt of the network: 'A' to 'A', 1"):
        Network.of({"A": 1}, {("A", "A"): 1})
    assert Network.of({"A": 0}, {("A", OUTSIDE): 0}).debts == {}
