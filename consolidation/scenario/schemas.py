"""The tables that a stress test gives: one schema each, from which files and the store's tables are made.

Amounts are 万元 with six places, ratios fractions. ``horizon_end`` is the date that the figures are for, ``stage`` counts from 1
and holds all that happened until then; ``actions`` is *before* or *after* management actions.
"""

from __future__ import annotations

from consolidation.results import columns as c
from consolidation.results.columns import ResultSchema
from consolidation.results.schemas import Findings


class StressLines(ResultSchema):
    """One row a line of a stressed statement beside the base: the columns of ``stress.csv``."""

    group_id = c.text_or_none("the group, or")
    entity_id = c.text_or_none("the company")
    report_date = c.day("the date that the test starts from")
    scenario = c.text("the scenario; base: the base itself beside the report date")
    stage = c.number("how many of its stages have happened")
    horizon_end = c.day("the date that the figures are for")
    actions = c.text("before or after management actions")
    line = c.text("the line")
    base = c.amount("in the base at the horizon; empty where it is not known or not computable")
    stressed = c.amount("under the scenario")
    change = c.amount("stressed − base")
    status = c.text("as of a statement's line; partial: a member that the scenario hits gave nothing")


class StressAttribution(ResultSchema):
    """One row a shock, company and line that it moves: the columns of ``stress_attribution.csv``.

    The rows of a stage hold all shocks until then and add up to the change of ``stress.csv`` before actions, to the last digit.
    """

    group_id = c.text("the group")
    report_date = c.day("the date that the test starts from")
    scenario = c.text("the scenario")
    stage = c.number("how many of its stages have happened")
    horizon_end = c.day("the date that the figures are for")
    shock = c.text("the shock; the scenario of stress_results where it is a member's own result")
    entity_id = c.text_or_none("the company; empty: the group as a whole")
    line = c.text("the line")
    change = c.amount("what it adds to the line's change, those before it having happened")


class ReverseResults(ResultSchema):
    """One row a group, driver and limit: the columns of ``stress_reverse.csv`` (Rule 10 A30–A32)."""

    group_id = c.text("the group")
    report_date = c.day("the date that the test starts from")
    horizon_end = c.day("the date that the figures are for")
    driver = c.text("the driver that moves, everything else being as in the base")
    ratio = c.text("core or comprehensive")
    limit = c.rate("the ratio's limit, a fraction")
    size = c.amount(
        "how far the driver moves until the ratio is at its limit, a fraction; below zero: it falls"
    )
    reached_ratio = c.amount("the ratio at that size")
    status = c.text("reached, below already, not computable, or not reached at the furthest")
    due = c.yes_no_or_none("a reverse test is due (Rule 10 A30): the base is in its band")


class MemberChanges(ResultSchema):
    """One row a group, scenario, shock and company: what it does to the company's own figures, and the shares that count."""

    group_id = c.text("the group")
    report_date = c.day("the date that the test starts from")
    scenario = c.text("the scenario")
    stage = c.number("the stage in which it happens; 0: what leads from the filings to the base")
    horizon_end = c.day("the date that the figures are for")
    actions = c.text("before: a shock; after: an action")
    shock = c.text("the shock or action")
    entity_id = c.text_or_none("the company; empty: the group as a whole")
    capital_share = c.rate("how much of its capital counts")
    requirement_share = c.rate("how much of its requirement counts")
    core_tier1_capital = c.amount("the change of its own tier")
    core_tier2_capital = c.amount("the same")
    supplementary_tier1_capital = c.amount("the same")
    supplementary_tier2_capital = c.amount("the same")
    actual_capital = c.amount("the change of its own actual capital")
    minimum_capital = c.amount("the change of its own requirement")


class ClearingPayments(ResultSchema):
    """One row a debtor and creditor of a second round: what is owed and paid, and the certificate."""

    group_id = c.text("the group")
    report_date = c.day("the date that the test starts from")
    scenario = c.text("the scenario")
    stage = c.number("how many of its stages have happened")
    horizon_end = c.day("the date that the figures are for")
    actions = c.text("before or after management actions")
    debtor_id = c.text("who owes")
    creditor_id = c.text_or_none("whom; empty: outside the group")
    owed = c.amount("what is owed")
    paid = c.amount("what is paid, to six places")
    paid_exactly = c.text("the same as an exact fraction")
    debtor_assets = c.text("what the debtor has beside what others pay it, an exact fraction")
    way_out = c.text_or_none(
        "where the debtor does not pay in full: the next creditor on a chain to one that does"
    )


class ScenarioDescriptions(ResultSchema):
    """One row a scenario that says what it is about: that of the rulebook, or of a user's own file."""

    scenario = c.text("the scenario")
    zh = c.text_or_none("what it is about, in Chinese")
    en = c.text_or_none("the same in English")


class StressFindings(Findings):
    """What a stress test had to say, and of which scenario."""

    scenario = c.text_or_none("the scenario, or the members' own that it takes; empty: the test as a whole")
