"""Why a computed statement is not the published one, derived from the filings themselves.

A published requirement is taken apart: what the members' own filings give under the reading of Rule 19 A16 that fits best,
lines of members that file elsewhere, group-specific charges for which the set has no positions, and what the publication
itself does not add up to. What is left over of the insurers' line is the *remainder*: the only part that nothing explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import polars as pl

from consolidation.consolidate import Consolidation, consolidate
from consolidation.filing_set import FilingSet
from consolidation.filing_set.filing_basis import prefer_audited
from consolidation.filing_set.schemas.member_filings import SoloFilings
from consolidation.filing_set.schemas.structure import GroupMembers
from consolidation.money import ZERO, add, less, times
from consolidation.provenance import Cell, Status, Step
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.statement import Statement
from consolidation.statement_lines import CAPITAL_TIER_LINES, INSURERS_LINE, MEMBER_LINES

QUANTIFIABLE_LINE = "quantifiable_risk_minimum_capital"
CONTROL_LINE = "control_risk_minimum_capital"
SPECIFIC_LINE = "group_specific_risk_minimum_capital"
CLOSE_SHARE = Decimal("0.005")
"""The second step of the count: half a percent of the published insurers' line."""
CONTROL_TOLERANCE = Decimal(2)
"""Two whole 万元: the score was itself worked out from a rounded figure."""
PARTS_OF_A_SUM = Decimal(2)
"""A sum of figures in whole 万元 may miss its own total by so much."""


class Reading(StrEnum):
    """Which of the members' figures the published insurers' line is the sum of."""

    WHOLE = "whole"
    QUANTIFIABLE = "quantifiable"
    PARTS = "parts"


class Verdict(StrEnum):
    """How much of the insurers' line, and with it of the requirement, is explained."""

    EXACT = "to 1 万元"
    CLOSE = "to 0.5%"
    OPEN = "not explained"


@dataclass(frozen=True)
class MemberFigures:
    """What one member brings to the insurers' line, 万元.

    ``mixes``: the filing's total is not the sum of its parts, or its ratio not its amounts' (audited beside unaudited
    figures).
    """

    entity_id: str
    whole: Decimal
    quantifiable: Decimal
    parts: Decimal
    mixes: bool


@dataclass(frozen=True)
class LineDifference:
    """A published line: computed less published, and why."""

    line: str
    published: Decimal
    difference: Decimal
    why: str


@dataclass(frozen=True)
class Explained:
    """One published group-period. All amounts are parts of ``difference``, that of the quantifiable requirement, in 万元.

    ``reading`` is the one whose sum comes closest to the published insurers' line, where it comes within half a percent; its
    effect and ``remainder`` make up the insurers' line. ``elsewhere`` and ``specific`` are published lines for which the set
    has nothing, ``publication`` what the published parts exceed the published total by.
    """

    group_id: str
    period_end: date
    verdict: Verdict
    reading: Reading
    difference: Decimal
    published: Decimal
    reading_effect: Decimal
    elsewhere: Decimal
    specific: Decimal
    publication: Decimal
    remainder: Decimal
    remainder_share: Decimal
    remainder_why: str
    lines: tuple[LineDifference, ...]


def explain_all(filing_set: FilingSet, rulebook: Rulebook) -> list[Explained]:
    """Every group-period for which the set has a published insurers' line and requirement, by group and date."""
    result = consolidate(filing_set, rulebook)
    found = []
    for statement in result.statements:
        published = _published(result, statement)
        if {INSURERS_LINE, QUANTIFIABLE_LINE} <= published.keys():
            found.append(
                _explain(filing_set, result, statement, published, rulebook.on(statement.period_end))
            )
    return found


def _explain(
    filing_set: FilingSet,
    result: Consolidation,
    s: Statement,
    published: Mapping[str, Decimal],
    law: RulesInForce,
) -> Explained:
    figures = member_figures(filing_set, result.members, s)
    unit = rounding_unit(figure for line, figure in published.items() if not line.endswith("_surplus"))
    reading, best = best_reading(figures, published[INSURERS_LINE])
    remainder = less(best, published[INSURERS_LINE])
    share = abs(remainder) / published[INSURERS_LINE]
    verdict = _verdict(abs(remainder), share, unit)
    not_here = [n for n in MEMBER_LINES if n != INSURERS_LINE and n in published and not s.amount(n)]
    remainder_why = _remainder_why(filing_set, result, s, figures, remainder, unit)
    return Explained(
        s.group_id,
        s.period_end,
        verdict,
        reading,
        difference=less(s.amount(QUANTIFIABLE_LINE) or ZERO, published[QUANTIFIABLE_LINE]),
        published=published[QUANTIFIABLE_LINE],
        reading_effect=less(s.amount(INSURERS_LINE) or ZERO, best),
        elsewhere=less(ZERO, *(published[n] for n in not_here)),
        specific=less(s.amount(SPECIFIC_LINE) or ZERO, published.get(SPECIFIC_LINE, ZERO)),
        publication=publication_gap(published),
        remainder=remainder,
        remainder_share=share,
        remainder_why=remainder_why,
        lines=tuple(_line_differences(s, published, reading, remainder_why, unit, law)),
    )


def _published(result: Consolidation, s: Statement) -> dict[str, Decimal]:
    """The published lines; control risk also where only the two totals that differ by it were published."""
    of_it = result.reconciliation.filter(
        (pl.col("group_id") == s.group_id) & (pl.col("period_end") == s.period_end)
    )
    published = dict(of_it.select("line", "published").iter_rows())
    total, quantifiable = published.get("minimum_capital"), published.get(QUANTIFIABLE_LINE)
    if (
        CONTROL_LINE not in published
        and total is not None
        and quantifiable is not None
        and total != quantifiable
    ):
        published[CONTROL_LINE] = less(total, quantifiable)
    return published


def member_figures(filing_set: FilingSet, members: pl.DataFrame, s: Statement) -> list[MemberFigures]:
    """The three figures of each member that filed as an insurer for the date; a blank one is worked out from the others."""
    of_it = members.filter((pl.col("group_id") == s.group_id) & (pl.col("period_end") == s.period_end))
    solo = prefer_audited(filing_set.table(SoloFilings), "entity_id", "period_end")
    filed = of_it.join(solo, on=["entity_id", "period_end"]).filter(
        pl.col("minimum_capital").is_not_null(), pl.col("relation") != "parent"
    )
    return [_figures(row) for row in filed.iter_rows(named=True)]


def _figures(row: Mapping[str, Any]) -> MemberFigures:
    total, control = row["minimum_capital"], row["control_risk_minimum_capital"] or ZERO
    own = row["quantifiable_risk_minimum_capital"]
    quantifiable = less(total, control) if own is None else own
    parts = add([quantifiable, control])
    return MemberFigures(
        row["entity_id"],
        times(row["share"], total),
        times(row["share"], quantifiable),
        times(row["share"], parts),
        mixes=abs(less(parts, total)) > PARTS_OF_A_SUM or own is None or not _ratio_is_of_its_amounts(row),
    )


def _ratio_is_of_its_amounts(row: Mapping[str, Any]) -> bool:
    ratio, capital = row["comprehensive_solvency_ratio"], row["actual_capital"]
    if ratio is None or capital is None or row["minimum_capital"] <= 0:
        return True
    return abs(capital / row["minimum_capital"] - ratio) <= Decimal("0.005")


def best_reading(figures: Sequence[MemberFigures], published: Decimal) -> tuple[Reading, Decimal]:
    """The reading that comes closest to the published line, and its sum; ``whole`` where none comes within half a percent.

    The parts are looked at only where a member's total is not their sum.
    """
    sums = {
        Reading.WHOLE: add(f.whole for f in figures),
        Reading.QUANTIFIABLE: add(f.quantifiable for f in figures),
    }
    if any(f.mixes for f in figures):
        sums[Reading.PARTS] = add(f.parts for f in figures)
    closest = min(sums, key=lambda r: (abs(less(sums[r], published)), list(Reading).index(r)))
    if abs(less(sums[closest], published)) > times(CLOSE_SHARE, published):
        closest = Reading.WHOLE
    return closest, sums[closest]


def rounding_unit(published: Iterable[Decimal]) -> Decimal:
    """The power of ten, at least 1, of which every published amount is a multiple: in what unit the group published."""
    amounts = [int(a) for a in published if abs(a) > 1000]
    unit = 1
    while amounts and all(a % (unit * 10) == 0 for a in amounts):
        unit *= 10
    return Decimal(unit)


def _verdict(remainder: Decimal, share: Decimal, unit: Decimal) -> Verdict:
    if remainder <= max(Decimal(1), unit / 2):
        return Verdict.EXACT
    return Verdict.CLOSE if share <= CLOSE_SHARE else Verdict.OPEN


def _remainder_why(
    filing_set: FilingSet,
    result: Consolidation,
    s: Statement,
    figures: Sequence[MemberFigures],
    remainder: Decimal,
    unit: Decimal,
) -> str:
    """What the data say of the remainder, all that applies; "unexplained" where they say nothing."""
    if abs(remainder) <= 1:
        return ""
    if abs(remainder) <= unit / 2:
        return f"published in units of {unit:f} 万元"
    said = []
    silent = [
        f.entity_id
        for f in result.findings
        if f.code == "member-not-filed" and (f.group_id, f.period_end) == (s.group_id, s.period_end)
    ]
    if silent:
        said.append(f"no filing of {', '.join(silent)}")
    mixing = [f.entity_id for f in figures if f.mixes]
    if mixing and s.period_end.month == 12:
        said.append(f"audited beside unaudited figures in the filing of {', '.join(mixing)}")
    if remainder < 0 and not _complete(filing_set, s.group_id):
        said.append("insurers that file elsewhere (the list of members is not complete)")
    return "; ".join(said) or "unexplained"


def _complete(filing_set: FilingSet, group_id: str) -> bool:
    listed = filing_set.table(GroupMembers).filter(pl.col("group_id") == group_id)
    return bool((listed["coverage"] == "complete").all())


def _line_differences(
    s: Statement,
    published: Mapping[str, Decimal],
    reading: Reading,
    remainder_why: str,
    unit: Decimal,
    law: RulesInForce,
) -> Iterator[LineDifference]:
    for line, figure in published.items():
        difference = less(s.amount(line) or ZERO, figure)
        why = _line_why(s, published, line, difference, reading, remainder_why, unit, law)
        yield LineDifference(line, figure, difference, why)


def _line_why(
    s: Statement,
    published: Mapping[str, Decimal],
    line: str,
    difference: Decimal,
    reading: Reading,
    remainder_why: str,
    unit: Decimal,
    law: RulesInForce,
) -> str:
    if line in (*CAPITAL_TIER_LINES, "actual_capital"):
        return _capital_why(published, line, difference)
    if line == INSURERS_LINE:
        if abs(difference) <= 1:
            return "agrees"
        named = [] if reading is Reading.WHOLE else [READING_WORDS[reading]]
        return "; ".join([*named, *([remainder_why] if remainder_why else [])])
    if line in MEMBER_LINES:
        return "agrees" if abs(difference) <= 1 else "members that file elsewhere"
    if line.endswith(("_ratio", "_surplus")):
        return _solvency_why(published, line, difference, law.number("solvency.core_minimum_ratio"))
    if line == CONTROL_LINE:
        return _control_why(s, published, difference)
    if line in (QUANTIFIABLE_LINE, "minimum_capital"):
        if abs(difference) <= max(Decimal(1), unit / 2):
            return "agrees"
        return "follows from its parts" + (
            _publication_why(published, unit) if line == QUANTIFIABLE_LINE else ""
        )
    if s.lines[line].status is Status.NO_DATA:
        return "no positions in the set"
    return "agrees" if abs(difference) <= 1 else "follows from its parts"


def publication_gap(published: Mapping[str, Decimal]) -> Decimal:
    """The published parts of the quantifiable requirement less what was published as their total."""
    parts = [published[n] for n in (*MEMBER_LINES, SPECIFIC_LINE) if n in published]
    return less(add(parts), published[QUANTIFIABLE_LINE])


def _publication_why(published: Mapping[str, Decimal], unit: Decimal) -> str:
    gap = publication_gap(published)
    if abs(gap) <= times(PARTS_OF_A_SUM, unit):
        return ""
    if gap > 0:
        return f"; the published parts exceed their published total by {gap:,.0f}"
    return f"; {-gap:,.0f} of the published total was not published as a line"


READING_WORDS = {
    Reading.QUANTIFIABLE: "reading: the members' quantifiable parts",
    Reading.PARTS: "reading: whole, from the members' quantifiable and control-risk parts (their totals mix)",
}


def _capital_why(published: Mapping[str, Decimal], line: str, difference: Decimal) -> str:
    if difference == 0:
        return "taken from the published statement"
    tiers = add(published[t] for t in CAPITAL_TIER_LINES if t in published)
    if line == "actual_capital" and abs(less(tiers, published[line])) == abs(difference):
        return "published tiers do not add up to their total"
    return "unexplained"


def _control_why(s: Statement, published: Mapping[str, Decimal], difference: Decimal) -> str:
    if abs(difference) <= 1:
        return "agrees"
    quantifiable = s.amount(QUANTIFIABLE_LINE)
    if quantifiable:
        factor = (s.amount(CONTROL_LINE) or ZERO) / quantifiable
        on_published = less(times(factor, published[QUANTIFIABLE_LINE]), published[CONTROL_LINE])
        if abs(on_published) <= CONTROL_TOLERANCE:
            return "follows from quantifiable_risk_minimum_capital: on the published one it agrees"
        assessed = _assessed_on(s)
        if assessed < s.period_end:
            return (
                f"not published, implied by minimum_capital; the result of {assessed} counts, which on the published "
                f"requirement gives {on_published:+.2f}: between two assessments the published score moved"
            )
    return "unexplained"


def _assessed_on(s: Statement) -> date:
    """The date of the assessment that counts; that of the statement where there is none."""
    factor = next(i for i in s.lines[CONTROL_LINE].inputs if isinstance(i, Step))
    cells = [i for i in factor.inputs if isinstance(i, Cell)]
    return date.fromisoformat(cells[0].key["period_end"]) if cells else s.period_end


def _solvency_why(
    published: Mapping[str, Decimal], line: str, difference: Decimal, core_minimum: Decimal
) -> str:
    """Ratios and surpluses: whether the published one is that of the published amounts.

    :param core_minimum: the core ratio that must be kept, of which the core surplus is counted (A12).
    """
    capital = _of_measure(published, line)
    required = published.get("minimum_capital")
    if capital is None or not required:
        return "unexplained"
    if line.endswith("_surplus"):
        least = core_minimum if line.startswith("core") else Decimal(1)
        tolerance, of_amounts = PARTS_OF_A_SUM, less(capital, times(least, required))
    else:
        tolerance, of_amounts = half_a_step(published[line]), capital / required
    if abs(difference) <= tolerance:
        return "agrees"
    if abs(less(of_amounts, published[line])) <= tolerance:
        return "follows from minimum_capital"
    return "the published figure is not that of the published amounts; minimum_capital"


def _of_measure(published: Mapping[str, Decimal], line: str) -> Decimal | None:
    if line.startswith("comprehensive"):
        return published.get("actual_capital")
    tiers = [published[t] for t in CAPITAL_TIER_LINES[:2] if t in published]
    return add(tiers) if tiers else None


def half_a_step(ratio: Decimal) -> Decimal:
    """Half of the last place to which a ratio was published, two places at least (a filed 2 is 2.00)."""
    exponent = ratio.normalize().as_tuple().exponent
    places = max(2, -exponent if isinstance(exponent, int) else 2)
    return Decimal(5).scaleb(-places - 1)
