"""A stored statement as a what-if needs it: lines, members with their own figures, eliminations, measured counterparties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.actual_capital.capital_sheet import bank_items_of, policy_surplus_of
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.minimum_capital.concentration import ConcentrationLimit
from consolidation.minimum_capital.control_risk import Assessment
from consolidation.minimum_capital.member_lines import LINE_OF_KIND
from consolidation.money import AMOUNT, EXACT, ZERO, add, less, line_amount, times
from consolidation.provenance import Status
from consolidation.scenario.members.dealings import BetweenMembers
from consolidation.scenario.members.member import GroupMember, OwnFigures, requirement_rows
from consolidation.statement import Statement
from consolidation.statement_lines import CAPITAL_TIER_LINES, MEMBER_LINES, OTHER_LINE, PARENT_LINE
from consolidation.structure.membership import Group
from monitoring.what_if.scenario import UnusableWhatIf

OWN_CAPITAL_COLUMNS = ("actual_capital", *CAPITAL_TIER_LINES)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the group has against one counterparty, its limit, and the charge on what is over it."""

    amount: Decimal
    limit: Decimal
    charge: Decimal

    def as_limit(self) -> ConcentrationLimit:
        """The limit with the factor that the stored charge tells: none where nothing is above it."""
        over = less(self.amount, self.limit)
        factor = EXACT.divide(self.charge, over) if over > 0 else ZERO
        return ConcentrationLimit(self.limit, factor)


@dataclass(frozen=True)
class Basis:
    """One stored statement.

    ``lines`` and ``statuses`` by line; ``exact`` are the members' lines before rounding; ``bank_items`` what banks
    bring into core tier 2; ``capital_lines`` Annex 10's lines behind actual capital, ``policy_surplus`` that in core tier 1
    before the limits, where the statement has them: they say what the limits cut.
    """

    group: Group
    period_end: date
    lines: Mapping[str, Decimal | None]
    statuses: Mapping[str, str]
    exact: Mapping[str, Decimal]
    members: Mapping[str, GroupMember]
    eliminations: tuple[BetweenMembers, ...]
    exposures: Mapping[str, Exposure]
    assessment: Assessment | None
    bank_items: Decimal = ZERO
    capital_lines: Mapping[int, Decimal] = field(default_factory=dict)
    policy_surplus: Decimal | None = None

    @classmethod
    def of(
        cls,
        group: Group,
        period_end: date,
        *,
        lines: pl.DataFrame,
        members: pl.DataFrame,
        contributions: pl.DataFrame,
        eliminations: pl.DataFrame,
        concentration: pl.DataFrame,
        own_capital: pl.DataFrame,
        assessment: Mapping[str, Any] | None,
        statement: Statement,
    ) -> Basis:
        """From the frames of one statement, as ``monitoring.store.queries`` gives them.

        :param own_capital: entity_id and :data:`OWN_CAPITAL_COLUMNS` as each member filed them, 万元.
        :param statement: the same as the engine had it.
        :param assessment: ``sarmra_score``, ``capped`` and ``period_end`` of the group's latest assessment at or before
            the period's end, if there is one.
        """
        amounts = dict(lines.select("line", "amount").iter_rows())
        basis = cls(
            group,
            period_end,
            amounts,
            dict(lines.select("line", "status").iter_rows()),
            _exact(contributions, amounts),
            _members(members, contributions, own_capital),
            BetweenMembers.of(eliminations),
            {
                party: Exposure(exposure, limit, charge or ZERO)
                for party, exposure, limit, charge in concentration.filter(pl.col("test") == "counterparty")
                .select("party", "exposure", "limit", "charge")
                .iter_rows()
            },
            None,
            bank_items_of(statement.line("core_tier2_capital")),
            statement.capital_lines,
            policy_surplus_of(statement.line("core_tier1_capital")),
        )
        if assessment is None or assessment["sarmra_score"] is None:
            return basis
        score, capped = assessment["sarmra_score"], bool(assessment["capped"])
        return replace(
            basis, assessment=basis.assessed(score, capped, assessment.get("period_end", period_end))
        )

    def assessed(self, score: Decimal, capped: bool, counts_from: date) -> Assessment:
        """An assessment as the engine takes it; where it would name the cell that it was read from, it names none."""
        row = {
            "group_id": self.group.group_id,
            "period_end": counts_from,
            "sarmra_score": score,
            "source_file": "",
            "source_row": 0,
        }
        return Assessment(score, capped, row)

    def member(self, entity_id: str) -> GroupMember:
        """:raises UnusableWhatIf: if the company is no member."""
        if entity_id not in self.members:
            raise UnusableWhatIf("not-a-member", entity=entity_id)
        return self.members[entity_id]

    def own_capital(self, entity_id: str) -> Decimal:
        """What a member has of its own.

        :raises UnusableWhatIf: if the company is no member, or its capital is not known.
        """
        own = self.member(entity_id).actual_capital
        if own is None:
            raise UnusableWhatIf("capital-unknown", entity=entity_id)
        return own

    def exposure(self, party: str) -> Exposure:
        """:raises UnusableWhatIf: if the party is none that the statement was measured on."""
        if party not in self.exposures:
            raise UnusableWhatIf("no-exposure", party=party)
        return self.exposures[party]

    def exact_total(self, line: str) -> Decimal:
        """Give a line's sum before rounding, 万元."""
        return self.exact.get(line, ZERO)

    def status(self, line: str) -> Status:
        """Give a line's status; no data where it was not recorded."""
        return Status(self.statuses.get(line, Status.NO_DATA))


def own_capital(solo_filings: pl.DataFrame, sector_filings: pl.DataFrame) -> pl.DataFrame:
    """entity_id and :data:`OWN_CAPITAL_COLUMNS` of the companies that filed any, from the filings of one date.

    What files to another supervisor than the insurers' counts as core tier 1 (A40).
    """
    solo = prefer_audited(solo_filings, "entity_id").select("entity_id", *OWN_CAPITAL_COLUMNS)
    sector = sector_filings.select(
        "entity_id",
        "actual_capital",
        pl.col("actual_capital").alias(CAPITAL_TIER_LINES[0]),
        *(pl.lit(None, AMOUNT).alias(tier) for tier in CAPITAL_TIER_LINES[1:]),
    )
    filed = pl.concat([solo, sector], how="vertical_relaxed")
    return filed.filter(pl.col("actual_capital").is_not_null()).unique(
        "entity_id", keep="first", maintain_order=True
    )


def _exact(contributions: pl.DataFrame, amounts: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
    """Each line of the members before it was rounded: the exact sum of what the members give to it.

    A bank's own requirement is kept rounded; where the sum therefore misses the line, the line itself stands.
    """
    totals = {}
    for line in MEMBER_LINES:
        rows = contributions.filter(pl.col("line") == line).select("share", "own_amount")
        total = add(times(share, own) for share, own in rows.iter_rows())
        stored = amounts.get(line) or ZERO
        totals[line] = total if line_amount(total) == stored else stored
    return totals


def _members(
    members: pl.DataFrame, contributions: pl.DataFrame, own_capital: pl.DataFrame
) -> dict[str, GroupMember]:
    """The members, and a parent that is none and still has a requirement, each with its requirement as the group counts it."""
    required = {row["entity_id"]: row for row in requirement_rows(contributions).iter_rows(named=True)}
    capital = {row["entity_id"]: row for row in own_capital.iter_rows(named=True)}
    listed = {row["entity_id"]: row for row in members.iter_rows(named=True)}
    parent = {"relation": "parent", "kind": None, "share": None}
    return {
        entity: _member(entity, listed.get(entity, parent), required.get(entity), capital.get(entity, {}))
        for entity in {**listed, **required}
    }


def _member(
    entity: str,
    member: Mapping[str, Any],
    counted: Mapping[str, Any] | None,
    held: Mapping[str, Any],
) -> GroupMember:
    """:param counted: its row of the contributions, which says share and line. :param held: its own capital."""
    own = None if counted is None else counted["own_amount"]
    kind, relation = member["kind"], member["relation"] or "subsidiary"
    line = PARENT_LINE if relation == "parent" else LINE_OF_KIND.get(kind, OTHER_LINE)
    share = member["share"] if counted is None else counted["share"]
    tiers = {tier: held.get(tier) for tier in CAPITAL_TIER_LINES}
    return GroupMember(
        entity,
        kind,
        relation,
        member["share"] if member["share"] is not None else share,
        share,
        line if counted is None else counted["line"],
        "minimum_capital",
        OwnFigures(held.get("actual_capital"), None, own, tiers=tiers),
        own,
    )
