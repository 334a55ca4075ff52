"""Clearing of debts between companies: who can pay how much when some cannot pay all (Eisenberg–Noe), in exact fractions.

Everybody pays its debts in full, or all that it has, to each creditor in proportion to what it owes it. What it has is its
assets outside the network and what its debtors pay. Where several sets of payments satisfy that, the greatest counts. The
result does not depend on any order, and comes with a :class:`Certificate` that :func:`check` – or anybody with pencil and
paper – can verify without repeating the search:

* payments are what the definition says, debtor by debtor;
* they are the greatest: from every debtor that does not pay in full a chain of debts leads, through others that do not, to
  one that does or to a creditor outside. (Were there greater payments, the debtors that pay more in them would owe each other
  alone: what they pay more would have to come round whole.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from consolidation.scenario.contagion.exact_solution import solve

OUTSIDE = ""
"""The creditor for all debts to companies that are none of the network."""


@dataclass(frozen=True)
class Network:
    """``assets``: by company what it has outside the network, zero or more; ``debts``: (debtor, creditor) → what is owed.

    A creditor that is not in ``assets`` is outside. Amounts may be of any exact type.
    """

    assets: Mapping[str, Fraction]
    debts: Mapping[tuple[str, str], Fraction]

    @classmethod
    def of(
        cls,
        assets: Mapping[str, Decimal | int | Fraction],
        debts: Mapping[tuple[str, str], Decimal | int | Fraction],
    ) -> Network:
        """:raises ValueError: for a negative amount, a debt to oneself, or a debtor that is not in ``assets``."""
        for (debtor, creditor), owed in debts.items():
            if debtor not in assets or debtor == creditor or owed < 0:
                raise ValueError(f"no debt of the network: {debtor!r} to {creditor!r}, {owed}")
        if any(amount < 0 for amount in assets.values()):
            raise ValueError("assets must be zero or more")
        return cls(
            {name: Fraction(amount) for name, amount in assets.items()},
            {pair: Fraction(owed) for pair, owed in debts.items() if owed},
        )

    def owed_by(self) -> dict[str, Fraction]:
        """All that each company owes."""
        total = dict.fromkeys(self.assets, Fraction(0))
        for (debtor, _), owed in self.debts.items():
            total[debtor] += owed
        return total


@dataclass(frozen=True)
class Certificate:
    """Payments, and what proves that they are the greatest.

    ``payments``: what each company pays in all; ``ways_out``: from each that does not pay in full the next creditor on a chain
    of debts that leads to one that does, or outside.
    """

    payments: Mapping[str, Fraction]
    ways_out: Mapping[str, str]

    def paid(self, network: Network, debtor: str, creditor: str) -> Fraction:
        """What of a debt is paid."""
        owed = sum((o for (d, _), o in network.debts.items() if d == debtor), Fraction(0))
        return self.payments[debtor] * network.debts[debtor, creditor] / owed if owed else Fraction(0)


def clear(network: Network) -> Certificate:
    """The greatest clearing payments.

    Begins with everybody paying in full; whoever then cannot joins those that pay what they have, until nobody new does. Each
    round solves the payments of the latter exactly, so there are no more rounds than companies.
    """
    owed = network.owed_by()
    short: set[str] = set()
    payments = dict(owed)
    while True:
        received = _received(network, owed, payments)
        new = {n for n in owed if n not in short and network.assets[n] + received[n] < owed[n]}
        if not new:
            return Certificate(payments, _ways_out(network, short))
        short |= new
        payments = {**owed, **_solve(network, owed, short)}


def check(network: Network, certificate: Certificate) -> list[str]:
    """What is wrong with a certificate, one sentence each; empty: its payments are the greatest clearing payments."""
    faults = []
    owed, payments = network.owed_by(), certificate.payments
    if set(payments) != set(owed):
        return ["the payments are not those of the network's companies"]
    received = _received(network, owed, payments)
    short = {name for name in owed if payments[name] < owed[name]}
    for name in sorted(owed):
        due = min(owed[name], network.assets[name] + received[name])
        if payments[name] != due:
            faults.append(f"{name} pays {payments[name]} and should pay {due}")
    for name in sorted(short):
        seen, here = {name}, name
        while here in short:
            following = certificate.ways_out.get(here, here)
            if following in seen or not network.debts.get((here, following)):
                faults.append(f"from {name} no chain of debts leads out of those that pay less than they owe")
                break
            seen.add(following)
            here = following
    return faults


def _received(
    network: Network, owed: Mapping[str, Fraction], payments: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """What each company gets from its debtors."""
    got = dict.fromkeys(network.assets, Fraction(0))
    for (debtor, creditor), amount in network.debts.items():
        if creditor in got:
            full = payments[debtor] == owed[debtor]
            got[creditor] += amount if full else payments[debtor] * amount / owed[debtor]
    return got


def _solve(network: Network, owed: Mapping[str, Fraction], short: Set[str]) -> dict[str, Fraction]:
    """What those that are short pay: all that they have, the others paying in full.

    The unknowns are the parts paid, so that the equations are debts and assets in whole units: what a company owes × the part
    that it pays = its assets + what others pay in full + what the others that are short pay. There is no single solution only
    where some of them owe each other alone with nothing coming in; then they are short of nothing, as each pays the next in full.
    """
    names = sorted(short)
    index = {name: number for number, name in enumerate(names)}
    amounts = [*network.assets.values(), *network.debts.values()]
    unit = lcm(*(amount.denominator for amount in amounts))
    right = [int(network.assets[name] * unit) for name in names]
    matrix = [[0] * len(names) for _ in names]
    for number, name in enumerate(names):
        matrix[number][number] = int(owed[name] * unit)
    for (debtor, creditor), amount in network.debts.items():
        if creditor in index and debtor in index:
            matrix[index[creditor]][index[debtor]] -= int(amount * unit)
        elif creditor in index:
            right[index[creditor]] += int(amount * unit)
    parts = solve(matrix, right)
    return {name: owed[name] * part for name, part in zip(names, parts, strict=True)}


def _ways_out(network: Network, short: Set[str]) -> dict[str, str]:
    """From each that is short the next creditor on a shortest chain of debts out of those that are."""
    debtors: dict[str, list[str]] = {}
    for debtor, creditor in sorted(network.debts):
        if debtor in short:
            debtors.setdefault(creditor, []).append(debtor)
    found: dict[str, str] = {}
    reached: Iterable[str] = [creditor for creditor in debtors if creditor not in short]
    while reached:
        following = []
        for creditor in reached:
            for debtor in debtors.get(creditor, ()):
                if debtor not in found:
                    found[debtor] = creditor
                    following.append(debtor)
        reached = following
    return found
