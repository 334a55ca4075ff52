"""The second round: guarantees for members in breach are called, and who holds their capital loses on it.

It goes in rounds, all members that are newly in breach at once, so that no order matters:

* who holds capital of such a member (``capital_links``) loses of what it counts the part that the member has lost of its own;
* guarantees for it are called. All guarantees called so far are cleared together (:mod:`consolidation.scenario.contagion.clearing`): a
  guarantor owes the balance to the member, the member as much to its creditors outside, and everybody pays what it can out of
  its own actual capital and what its guarantors pay.

It ends when nobody new is in breach. A guarantor loses what it pays: recourse against a member in breach is taken to be worth
nothing, an upper bound. Capital that members hold of each other counts in the group once; so its fall costs holders their
solvency and the group nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from consolidation.money import EXACT, ZERO, add, is_below, less, times
from consolidation.rulebook import RulesInForce
from consolidation.scenario.contagion.clearing import OUTSIDE, Certificate, Network, clear
from consolidation.scenario.group_state import CORE_TIER1
from consolidation.scenario.members.effects import CalledGuarantee
from consolidation.scenario.members.member import GROUP_ITSELF, GroupMember, MemberEffect

STEP = "second_round"


@dataclass(frozen=True, slots=True)
class OwnPosition:
    """A member's own capital and requirement in the base and after the first round; core None: not known."""

    base_actual: Decimal
    actual: Decimal
    core: Decimal | None
    minimum: Decimal

    def in_breach(self, lost: Decimal, law: RulesInForce) -> bool:
        """Whether a ratio of A12 is missed after a further loss of core tier 1."""
        if self.minimum <= 0:
            return False
        least = law.number("solvency.comprehensive_minimum_ratio")
        if is_below(less(self.actual, lost), least, self.minimum):
            return True
        return self.core is not None and is_below(
            less(self.core, lost), law.number("solvency.core_minimum_ratio"), self.minimum
        )


@dataclass(frozen=True, slots=True)
class CapitalHeld:
    """Capital that one member holds of another, as the holder counts it, 万元."""

    investor_id: str
    issuer_id: str
    counted: Decimal


@dataclass(frozen=True)
class SecondRound:
    """What a second round does.

    ``effects``: on the members; ``rounds``: who came into breach in which; the network of the called guarantees with its
    clearing, and their ids.
    """

    effects: tuple[MemberEffect, ...]
    rounds: tuple[tuple[str, ...], ...]
    network: Network
    certificate: Certificate
    called: frozenset[str]


def second_round(
    positions: Mapping[str, OwnPosition],
    members: Mapping[str, GroupMember],
    guarantees: Iterable[CalledGuarantee],
    held: Sequence[CapitalHeld],
    law: RulesInForce,
) -> SecondRound:
    """The second round of one group after the first.

    :param positions: of every member whose capital and requirement are known; others neither call nor pay.
    """
    between = [g for g in guarantees if g.guarantor_id in positions and g.beneficiary_id in members]
    lost_on_capital: dict[str, Decimal] = {}
    paid: dict[str, Decimal] = {}
    fallen: set[str] = set()
    rounds: list[tuple[str, ...]] = []
    network, certificate = _cleared(positions, lost_on_capital, [])
    while True:
        lost = {n: add([lost_on_capital.get(n, ZERO), paid.get(n, ZERO)]) for n in positions}
        new = sorted(n for n in positions if n not in fallen and positions[n].in_breach(lost[n], law))
        if not new:
            break
        rounds.append(tuple(new))
        fallen |= set(new)
        for one in held:
            if one.issuer_id in new and one.investor_id in positions:
                part = _lost_part(positions[one.issuer_id], lost[one.issuer_id])
                before = lost_on_capital.get(one.investor_id, ZERO)
                lost_on_capital[one.investor_id] = add([before, times(part, one.counted)])
        called = [g for g in between if g.beneficiary_id in fallen]
        network, certificate = _cleared(positions, lost_on_capital, called)
        paid = _paid_for_others(network, certificate)
    effects = [
        *(
            MemberEffect(STEP, n, {CORE_TIER1: less(ZERO, amount)})
            for n, amount in sorted(paid.items())
            if amount
        ),
    ]
    for name, amount in sorted(lost_on_capital.items()):
        if amount:
            effects.append(MemberEffect(STEP, name, {CORE_TIER1: less(ZERO, amount)}))
            given_back = times(members[name].capital_share, amount)
            effects.append(MemberEffect(STEP, GROUP_ITSELF, {CORE_TIER1: given_back}))
    ids = frozenset(g.guarantee_id for g in between if g.beneficiary_id in fallen)
    return SecondRound(tuple(effects), tuple(rounds), network, certificate, ids)


def _lost_part(position: OwnPosition, lost: Decimal) -> Decimal:
    """What part of its own capital a member has lost, all of it at most, to twelve places."""
    if position.base_actual <= 0:
        return Decimal(1)
    loss = add([less(position.base_actual, position.actual), lost])
    part = EXACT.divide(min(max(loss, ZERO), position.base_actual), position.base_actual)
    return part.quantize(Decimal(1).scaleb(-12), context=EXACT)


def _cleared(
    positions: Mapping[str, OwnPosition],
    lost_on_capital: Mapping[str, Decimal],
    called: Iterable[CalledGuarantee],
) -> tuple[Network, Certificate]:
    """All called guarantees cleared together."""
    debts: dict[tuple[str, str], Decimal] = {}
    for one in called:
        if one.guarantor_id == one.beneficiary_id:
            continue
        for pair in ((one.guarantor_id, one.beneficiary_id), (one.beneficiary_id, OUTSIDE)):
            if pair[0] in positions:
                debts[pair] = add([debts.get(pair, ZERO), one.balance])
    assets = {
        name: max(less(position.actual, lost_on_capital.get(name, ZERO)), ZERO)
        for name, position in positions.items()
    }
    network = Network.of(assets, debts)
    return network, clear(network)


def _paid_for_others(network: Network, certificate: Certificate) -> dict[str, Decimal]:
    """What each guarantor pays on guarantees, to twelve places: payments to creditors outside are its own debts."""
    paid: dict[str, Decimal] = {}
    for debtor, creditor in network.debts:
        if creditor != OUTSIDE:
            amount = _decimal(certificate.paid(network, debtor, creditor))
            paid[debtor] = add([paid.get(debtor, ZERO), amount])
    return paid


def _decimal(value: Fraction) -> Decimal:
    exact = EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return exact.quantize(Decimal(1).scaleb(-12), context=EXACT)
