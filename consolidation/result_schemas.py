"""The tables that a consolidation gives: one schema each, from which frames, files and the store's tables are made.

Amounts are 万元 with six places, shares and rates fractions with twelve; ``table``, ``file``, ``row`` and ``column`` name
the cell that a figure was read from. A nullable column is empty where its description says so or nothing is known.
"""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.money import AMOUNT, RATE


class ResultSchema(dy.Schema):
    """A table that is computed, not filed."""

    @classmethod
    def polars_schema(cls) -> pl.Schema:
        """Column → Polars type, in order."""
        return pl.Schema({name: column.dtype for name, column in cls.columns().items()})


def _text(description: str = "") -> dy.String:
    return dy.String(description=description)


def _text_or_none(description: str = "") -> dy.String:
    return dy.String(description=description, nullable=True)


def _amount(description: str) -> dy.Decimal:
    return dy.Decimal(AMOUNT.precision, AMOUNT.scale, description=description, nullable=True)


def _share(description: str) -> dy.Decimal:
    return dy.Decimal(RATE.precision, RATE.scale, description=description, nullable=True)


def _row() -> dy.Int64:
    return dy.Int64(description="the row in the file, the heading being row 1", nullable=True)


def _yes_no(description: str) -> dy.Bool:
    return dy.Bool(description=description, nullable=True)


class OfGroup(ResultSchema):
    """A table about groups at a period's end."""

    group_id = _text("the group")
    period_end = dy.Date(description="the period's last day")


class Statements(OfGroup):
    """One row a statement."""

    group_type = _text_or_none("what kind of group Rule 19 A2 sees")
    name = _text_or_none("the group's name")
    explanation = _text_or_none("the tree under every line, as JSON")


class StatementLines(OfGroup):
    """One row a line of a statement: the columns of ``statements.csv``."""

    line = _text("the line's name")
    amount = _amount("万元, or a fraction where the line is a ratio; empty where status says why")
    unit = _text_or_none("万元, ratio, or none")
    status = _text("computed, or why there is no amount")
    article = _text_or_none("where the line stands in the rules")


class Members(OfGroup):
    """One row a group, period and member; the cell says what makes the company a member."""

    entity_id = _text("the member")
    relation = _text_or_none("parent, subsidiary or joint_venture")
    share = _share("how much of it counts")
    bears_shortfall = _yes_no("the group would bear all of a joint venture's shortfall (A19)")
    kind = _text_or_none("what the company is")
    jurisdiction = _text_or_none("country code")
    equivalent_regime = _yes_no("its regime has solvency equivalence with China")
    table = _text_or_none()
    file = _text_or_none()
    row = _row()


class Contributions(OfGroup):
    """One row a member and line: ``amount`` = ``share`` × ``own_amount``, shown to six places (lines round their exact sum)."""

    line = _text("the line")
    entity_id = _text("the member")
    relation = _text_or_none("how the group holds it")
    share = _share("how much of it counts")
    own_amount = _amount("the member's own figure, 万元")
    amount = _amount("what of it counts in the line, 万元")
    basis = _text_or_none("quarterly, or annual (audited)")
    table = _text_or_none()
    file = _text_or_none()
    row = _row()
    column = _text_or_none()
    article = _text_or_none("why it counts so")


class Eliminations(OfGroup):
    """One row an elimination (A41, A43)."""

    kind = _text("equity, capital_debt or asset_transfer")
    from_id = _text_or_none("who holds the instrument or bought the asset")
    to_id = _text_or_none("who issued the instrument or sold the asset")
    tier = _text_or_none("the capital line that loses it")
    amount = _amount("what the tier loses, 万元")
    article = _text_or_none()
    table = _text_or_none()
    file = _text_or_none()
    row = _row()


class PublishedLines(OfGroup):
    """One row a published figure and the cell where it was read."""

    line = _text("the line")
    published = _amount("万元, or a fraction where the line is a ratio")
    basis = _text_or_none("quarterly, or annual (audited)")
    table = _text_or_none()
    file = _text_or_none()
    row = _row()
    column = _text_or_none()


class ReconciledLines(OfGroup):
    """One row a published line beside the computed one, and the cell where the published figure was read."""

    line = _text("the line")
    computed = _amount("as computed")
    published = _amount("as published")
    difference = _amount("computed − published")
    basis = _text_or_none("quarterly, or annual (audited)")
    table = _text_or_none()
    file = _text_or_none()
    row = _row()
    column = _text_or_none()
    reading = _text_or_none(
        "which reading of A16 gives it: whole, quantifiable, either, neither; empty where no insurer's filing counts in the line"
    )


class WaterfallSteps(OfGroup):
    """Steps in order. Three chains, each ending in its total: the requirement, the capital, the comprehensive ratio."""

    step = dy.Int64(description="the step's number")
    item = _text("what is added or taken off")
    entity_id = _text_or_none("the member that brings it")
    amount = _amount("万元, or a fraction in the ratio's chain")
    unit = _text_or_none()


class ConcentrationMeasures(OfGroup):
    """One row a party and test. Guarantees and transactions are measured as one sum each and name no party."""

    test = _text("guarantee, transaction, counterparty, sector, customer")
    party = _text("the counterparty or customer, or a sector written SWS/… or GICS/…")
    exposure = _amount("万元")
    limit = _amount("万元")
    charge = _amount("the minimum capital for what is above the limit, 万元")


class NamedConcentration(ConcentrationMeasures):
    """The measures with the name that the set gives a counterparty; the store keeps no table of them."""

    party_name = _text_or_none("the counterparty's name; empty for sectors and customers")


class Holders(OfGroup):
    """Who holds a listed party."""

    test = _text("counterparty or sector")
    party = _text("the counterparty or the sector")
    entity_id = _text_or_none("the holder; empty: the rest, positions in blocks where the party was small")
    amount = _amount("万元")
    positions = dy.UInt64(description="how many", nullable=True)


class LargestPositions(OfGroup):
    """The largest positions of a listed party, with the file and row they stand in."""

    test = _text("counterparty or sector")
    party = _text("the counterparty or the sector")
    entity_id = _text("the holder")
    amount = _amount("万元")
    file = _text_or_none()
    row = _row()


class ReadingEffects(OfGroup):
    """One row a line that another reading of the rules moves: as read here, under the alternative, the second less the first.

    An amount that cannot be computed, or whose statement an error stops, is empty.
    """

    reading = _text("the reading")
    alternative = _text("the other answer")
    line = _text("the line")
    unit = _text_or_none()
    amount = _amount("as read here")
    alternative_amount = _amount("under the alternative")
    difference = _amount("alternative − as read here")
    solvent = _yes_no(
        "both ratios reach A12(一)(二); empty where untold; the rating of A12(三) hangs on no reading"
    )
    alternative_solvent = _yes_no("the same under the alternative")
    lacking = _text_or_none(
        "what the alternative wants and nobody gave, as codes of findings: the amounts are then not of the same companies"
    )


class ReadingFits(OfGroup):
    """One row a published amount that a reading moves; differences are computed − published."""

    reading = _text("the reading")
    line = _text("the line")
    published = _amount("as published")
    chosen_difference = _amount("with the answer chosen here")
    nearest = _text_or_none("the answer that comes nearest; empty: the one chosen here")
    difference = _amount("with the nearest answer")
    reproduces = _yes_no("nearest within what published amounts are rounded by")


class Recomputations(ResultSchema):
    """One row a solo filing and item, as filed and computed anew; estimates in floating point."""

    entity_id = _text("the insurer")
    period_end = dy.Date(description="the period's last day")
    basis = _text("quarterly, or annual (audited)")
    item = _text("what is computed anew")
    filed = dy.Float64(description="as filed", nullable=True)
    recomputed = dy.Float64(description="computed anew; empty where an input was not given", nullable=True)
    difference = dy.Float64(description="recomputed − filed", nullable=True)
    within_tolerance = _yes_no("empty where either figure was not given")
    article = _text_or_none()


class Findings(ResultSchema):
    """What is wrong with the data, or worth a word: the columns of ``findings.csv``."""

    severity = _text("error, warning or info")
    code = _text("what kind of fault")
    group_id = _text_or_none()
    entity_id = _text_or_none()
    period_end = dy.Date(nullable=True)
    table = _text_or_none()
    file = _text_or_none()
    row = _row()
    column = _text_or_none()
    value = _text_or_none("what was found")
    expected = _text_or_none("what would have been right")
    article = _text_or_none()
    message = _text("the sentence in English")
    message_zh = _text("the sentence in Chinese")


class InputFiles(ResultSchema):
    """The files that were read, one row each."""

    path = _text("the file's name in the set")
    table = _text("the table that it holds")
    sha256 = _text("hash of its bytes")
    size = dy.Int64(description="bytes", nullable=True)
    rows = dy.Int64(description="empty where they were not counted (positions)", nullable=True)
