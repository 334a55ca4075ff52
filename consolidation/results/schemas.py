"""The tables that a consolidation gives: one schema each, from which frames, files and the store's tables are made.

Amounts are 万元 with six places, shares and rates fractions with twelve; ``table``, ``file``, ``row`` and ``column`` name
the cell that a figure was read from. A nullable column is empty where its description says so or nothing is known.
"""

from __future__ import annotations

import dataframely as dy

from consolidation.results import columns as c
from consolidation.results.columns import ResultSchema


class OfGroup(ResultSchema):
    """A table about groups at a period's end."""

    group_id = c.text("the group")
    period_end = c.day("the period's last day")


class Statements(OfGroup):
    """One row a statement."""

    group_type = c.text_or_none("what kind of group Rule 19 A2 sees")
    name = c.text_or_none("the group's name")
    explanation = c.text_or_none("the tree under every line, as JSON")


class StatementLines(OfGroup):
    """One row a line of a statement: the columns of ``statements.csv``."""

    line = c.text("the line's name")
    amount = c.amount("万元, or a fraction where the line is a ratio; empty where status says why")
    unit = c.text_or_none("万元, ratio, or none")
    status = c.text("computed, or why there is no amount")
    article = c.text_or_none("where the line stands in the rules")


class Members(OfGroup):
    """One row a group, period and member; the cell says what makes the company a member."""

    entity_id = c.text("the member")
    relation = c.text_or_none("parent, subsidiary or joint_venture")
    share = c.rate("how much of it counts")
    bears_shortfall = c.yes_no_or_none("the group would bear all of a joint venture's shortfall (A19)")
    kind = c.text_or_none("what the company is")
    jurisdiction = c.text_or_none("country code")
    equivalent_regime = c.yes_no_or_none("its regime has solvency equivalence with China")
    coverage = c.text_or_none("how complete the list is that names it, in the filer's words")
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()


class Contributions(OfGroup):
    """One row a member and line: ``amount`` = ``share`` × ``own_amount``, shown to six places (lines round their exact sum)."""

    line = c.text("the line")
    entity_id = c.text("the member")
    relation = c.text_or_none("how the group holds it")
    share = c.rate("how much of it counts")
    own_amount = c.amount("the member's own figure, 万元")
    amount = c.amount("what of it counts in the line, 万元")
    basis = c.text_or_none("quarterly, or annual (audited)")
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()
    column = c.text_or_none()
    article = c.text_or_none("why it counts so")
    filed_as = c.text_or_none("nil, not-applicable or not-given, of a cell of a form without a figure")


class Eliminations(OfGroup):
    """One row an elimination (A41, A43)."""

    kind = c.text("equity, capital_debt or asset_transfer")
    from_id = c.text_or_none("who holds the instrument or bought the asset")
    to_id = c.text_or_none("who issued the instrument or sold the asset")
    tier = c.text_or_none("the capital line that loses it")
    amount = c.amount("what the tier loses, 万元")
    article = c.text_or_none()
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()


class PublishedLines(OfGroup):
    """One row a published figure and the cell where it was read."""

    line = c.text("the line")
    published = c.amount("万元, or a fraction where the line is a ratio")
    basis = c.text_or_none("quarterly, or annual (audited)")
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()
    column = c.text_or_none()


class ImpliedControlRisk(OfGroup):
    """One row a group and period whose published minimum capital implies a control risk that was not published."""

    implied = c.amount("minimum less quantifiable and add-on capital as published, 万元")
    score = c.rate("the score in force; empty before the first assessment")
    factor = c.rate("Q(S), a fraction of quantifiable capital")
    expected = c.amount("Q(S) × the published quantifiable capital, 万元")
    fits = c.yes_no("the two are within the tolerance")
    basis = c.text("quarterly, or annual (audited)")
    table = c.text("the table in which minimum capital stands")
    file = c.text("its file")
    row = c.row()


class ReconciledLines(OfGroup):
    """One row a published line beside the computed one, and the cell where the published figure was read."""

    line = c.text("the line")
    computed = c.amount("as computed")
    published = c.amount("as published")
    difference = c.amount("computed − published")
    basis = c.text_or_none("quarterly, or annual (audited)")
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()
    column = c.text_or_none()
    reading = c.text_or_none(
        "which reading of A16 gives it: whole, quantifiable, either, neither; empty where no insurer's filing counts in the line"
    )


class WaterfallSteps(OfGroup):
    """Steps in order. Three chains, each ending in its total: the requirement, the capital, the comprehensive ratio."""

    step = c.number("the step's number")
    item = c.text("what is added or taken off")
    entity_id = c.text_or_none("the member that brings it")
    amount = c.amount("万元, or a fraction in the ratio's chain")
    unit = c.text_or_none()


class ConcentrationMeasures(OfGroup):
    """One row a party and test. Guarantees and transactions are measured as one sum each and name no party."""

    test = c.text("guarantee, transaction, counterparty, sector, customer")
    party = c.text("the counterparty or customer, or a sector written SWS/… or GICS/…")
    exposure = c.amount("万元")
    limit = c.amount("万元")
    charge = c.amount("the minimum capital for what is above the limit, 万元")


class NamedConcentration(ConcentrationMeasures):
    """The measures with the names that the set gives a counterparty: what the store keeps."""

    party_name = c.text_or_none("the counterparty's name; empty for sectors and customers")
    party_name_en = c.text_or_none("its English name, where the set gives one")


class Holders(OfGroup):
    """Who holds a listed party."""

    test = c.text("counterparty or sector")
    party = c.text("the counterparty or the sector")
    entity_id = c.text_or_none("the holder; empty: the rest, positions in blocks where the party was small")
    amount = c.amount("万元")
    positions = dy.UInt64(description="how many", nullable=True)


class LargestPositions(OfGroup):
    """The largest positions of a listed party, with the file and row they stand in."""

    test = c.text("counterparty or sector")
    party = c.text("the counterparty or the sector")
    entity_id = c.text("the holder")
    asset_class = c.text("the class of asset")
    amount = c.amount("万元")
    file = c.text_or_none()
    row = c.row()


class ReadingEffects(OfGroup):
    """One row a line that another reading of the rules moves: as read here, under the alternative, the second less the first.

    An amount that cannot be computed, or whose statement an error stops, is empty.
    """

    reading = c.text("the reading")
    alternative = c.text("the other answer")
    line = c.text("the line")
    unit = c.text_or_none()
    amount = c.amount("as read here")
    alternative_amount = c.amount("under the alternative")
    difference = c.amount("alternative − as read here")
    solvent = c.yes_no_or_none(
        "both ratios reach A12(一)(二); empty where untold; the rating of A12(三) hangs on no reading"
    )
    alternative_solvent = c.yes_no_or_none("the same under the alternative")
    lacking = c.text_or_none(
        "what the alternative wants and nobody gave, as codes of findings: the amounts are then not of the same companies"
    )


class ReadingFits(OfGroup):
    """One row a published amount that a reading moves; differences are computed − published."""

    reading = c.text("the reading")
    line = c.text("the line")
    published = c.amount("as published")
    chosen_difference = c.amount("with the answer chosen here")
    nearest = c.text_or_none("the answer that comes nearest; empty: the one chosen here")
    difference = c.amount("with the nearest answer")
    reproduces = c.yes_no_or_none("nearest within what published amounts are rounded by")


class Recomputations(ResultSchema):
    """One row a solo filing and item, as filed and computed anew; estimates in floating point."""

    entity_id = c.text("the insurer")
    period_end = c.day("the period's last day")
    basis = c.text("quarterly, or annual (audited)")
    item = c.text("what is computed anew")
    filed = dy.Float64(description="as filed", nullable=True)
    recomputed = dy.Float64(description="computed anew; empty where an input was not given", nullable=True)
    difference = dy.Float64(description="recomputed − filed", nullable=True)
    within_tolerance = c.yes_no_or_none("empty where either figure was not given")
    article = c.text_or_none()


class FiguresInDoubt(ResultSchema):
    """One row a figure that its own filing contradicts, with the value that would fit; of one filing at most one."""

    subject_kind = c.text("entity or group: whose filing it is")
    subject_id = c.text("the company or group")
    period_end = c.day("the period's last day")
    basis = c.text("quarterly, or annual (audited)")
    column = c.text("the figure in doubt")
    filed = c.rate("as filed: 万元, of a ratio a fraction")
    fitting = c.rate("what would fit the rest of the filing")
    slip = c.text_or_none("how the one becomes the other, where it fits exactly: times_10, comma_cut, …")
    agreeing = c.text("what agrees on the value that would fit: columns and identities, joined by ``; ``")
    source_file = c.text_or_none("the file that the filing was read from")
    source_row = c.row()
    of_member = c.text_or_none("the member that filed it, of a figure that its group's statement rests on")


class Findings(ResultSchema):
    """What is wrong with the data, or worth a word: as code and fields, of which its sentence is made when it is shown."""

    severity = c.text("error, warning or info")
    code = c.text("what kind of fault")
    group_id = c.text_or_none()
    entity_id = c.text_or_none()
    period_end = c.day_or_none()
    table = c.text_or_none()
    file = c.text_or_none()
    row = c.row()
    column = c.text_or_none()
    value = c.text_or_none("what was found")
    expected = c.text_or_none("what would have been right")
    article = c.text_or_none()
    detail = c.text_or_none("what else the finding's sentence names, as JSON; empty: nothing")
    message = c.text_or_none(
        "its sentence in English where an earlier version kept one; else it is made when shown"
    )
    message_zh = c.text_or_none("the same in Chinese")


class InputFiles(ResultSchema):
    """The files that were read, one row each."""

    path = c.text("the file's name in the set")
    table = c.text("the table that it holds")
    sha256 = c.text("hash of its bytes")
    size = c.number_or_none("bytes")
    rows = c.number_or_none("empty where they were not counted (positions)")
