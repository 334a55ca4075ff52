"""The rows that are kept of the outcomes of a scenario: lines, members, attribution, changes and payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from consolidation.findings import warning
from consolidation.money import less, line_amount
from consolidation.scenario.attribution import attribution
from consolidation.scenario.contagion.clearing import OUTSIDE
from consolidation.scenario.group_state import GroupState
from consolidation.scenario.members.member import GROUP_ITSELF, MemberEffect, change_of
from consolidation.scenario.outcome import AFTER, BEFORE, Outcome
from consolidation.scenario.stress.result import StressRows
from consolidation.statement_lines import CAPITAL_TIER_LINES


def _key(outcome: Outcome, stage: int) -> tuple[date, str, int, date]:
    return (outcome.run.inputs.report_date, outcome.run.scenario.name, stage + 1, outcome.run.horizon)


def add_lines(rows: StressRows, outcome: Outcome, after: GroupState, stage: int, when: str) -> None:
    """The lines of a group after a stage, its statement, and a warning for a tier below zero."""
    key = _key(outcome, stage)
    for line, base, stressed, status in outcome.group_rows(after):
        row = (outcome.group_id, None, *key, when, line, *with_change(base, stressed), status)
        rows.lines.append(row)
    rows.statements[(outcome.group_id, *key, when)] = after.statement
    for tier in CAPITAL_TIER_LINES:
        amount = after.statement.amount(tier)
        before = outcome.base.statement.amount(tier)
        if amount is not None and amount < 0 and before is not None and before >= 0:
            rows.findings.append(
                warning(
                    "stress-tier-below-zero",
                    group_id=outcome.group_id,
                    period_end=outcome.run.inputs.report_date,
                    column=tier,
                    value=f"{amount:f}",
                    expected="zero or more",
                    article="Rule 1 A2, A41",
                    detail={"scenario": outcome.run.scenario.name},
                )
            )


def add_members(rows: StressRows, outcomes: Sequence[Outcome], stage: int, when: str) -> None:
    """The members' own figures, each company once whatever groups it is in."""
    told: set[str] = set()
    for outcome in outcomes:
        key = _key(outcome, stage)
        for entity, (line, base, stressed, status) in outcome.member_rows(stage, when):
            if entity not in told:
                row = (None, entity, *key, when, line, *with_change(base, stressed), status)
                rows.lines.append(row)
        told |= set(outcome.members)


def add_attribution(rows: StressRows, outcome: Outcome, after: GroupState, stage: int) -> None:
    """What each shock and company brings to each line of a group."""
    steps = [
        (effect.step, effect.entity_id, change_of([effect], outcome.members))
        for effect in outcome.effects(stage, BEFORE)
    ]
    key = _key(outcome, stage)
    for row in attribution(outcome.base, steps, after.specific_line):
        rows.attribution.append((outcome.group_id, *key, *row))


def add_changes(rows: StressRows, outcome: Outcome) -> None:
    """What changes at each member, by stage, before and after actions."""
    run = outcome.run
    parts = [(0, BEFORE, run.base)]
    parts += [(n + 1, BEFORE, effects) for n, effects in enumerate(run.before.shocks)]
    parts += [(n + 1, AFTER, effects) for n, effects in enumerate(run.after.actions)]
    parts += [(len(run.beside), AFTER, effects) for effects in run.beside[-1:]]
    for stage, when, effects in parts:
        for effect in effects:
            rows.changes.append(_change_row(outcome, stage, when, effect))


def _change_row(outcome: Outcome, stage: int, when: str, effect: MemberEffect) -> tuple[Any, ...]:
    one = Decimal(1)
    member = outcome.members.get(effect.entity_id)
    shares = (one, one) if member is None else (member.capital_share, member.requirement_share)
    tiers = (effect.tiers.get(tier) for tier in CAPITAL_TIER_LINES)
    amounts = [None if a is None else line_amount(a) for a in (*tiers, effect.actual, effect.requirement)]
    run = outcome.run
    who = None if effect.entity_id == GROUP_ITSELF else effect.entity_id
    return (
        outcome.group_id, run.inputs.report_date, run.scenario.name, stage, run.horizon, when, effect.step, who, *shares,
        *amounts,
    )  # fmt: skip


def add_clearing(rows: StressRows, outcome: Outcome, stage: int, when: str) -> None:
    """What members owe and pay each other in the second round."""
    found = outcome.second_round(stage, when)
    network, certificate = found.network, found.certificate
    for (debtor, creditor), owed in sorted(network.debts.items()):
        paid = certificate.paid(network, debtor, creditor)
        rows.clearing.append(
            (
                outcome.group_id, *_key(outcome, stage), when, debtor,
                None if creditor == OUTSIDE else creditor,
                _decimal(owed), _decimal(paid), str(paid), str(network.assets[debtor]),
                certificate.ways_out.get(debtor),
            )
        )  # fmt: skip


def with_change(
    base: Decimal | None, stressed: Decimal | None
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Base, stressed and the change from one to the other, where both are known."""
    change = None if base is None or stressed is None else less(stressed, base)
    return base, stressed, change


def _decimal(value: Any) -> Decimal:
    return line_amount(Decimal(value.numerator) / Decimal(value.denominator))
