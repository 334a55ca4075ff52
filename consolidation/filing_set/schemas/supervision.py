"""The tables of what the supervisor gives: assessments, ratings, averages, transitional treatment."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from consolidation.filing_set.schemas import columns as c
from consolidation.filing_set.schemas.columns import RATINGS
from consolidation.filing_set.schemas.traced import GroupOrEntity, Traced


class Assessments(GroupOrEntity):
    """Results of the supervisor's SARMRA assessment of a group or of one insurer."""

    group_id = c.optional(c.id_of("the group assessed, or"))
    entity_id = c.optional(c.id_of("the insurer assessed"))
    period_end = c.period("from which period it counts")
    sarmra_score = c.score("the score S")
    capped = c.optional(c.yes_no("the A126 conditions cap it"))


class Ratings(GroupOrEntity):
    """Integrated risk ratings of groups and insurers."""

    group_id = c.optional(c.id_of("the group rated, or"))
    entity_id = c.optional(c.id_of("the insurer rated"))
    period_end = c.period("the period rated")
    integrated_risk_rating = c.choice("风险综合评级", *RATINGS)


class IndustryAverages(Traced):
    """The supervisor's published averages, in percent, as published."""

    kind = c.key("the kind of insurer")
    period_end = c.key_period()
    core_solvency_ratio_pct = c.wanted(c.rate("average core ratio, percent"))
    comprehensive_solvency_ratio_pct = c.wanted(c.rate("average comprehensive ratio, percent"))


class ExchangeRates(Traced):
    """Closing rates of the currencies in which overseas members file: yuan for one unit of the currency on a day."""

    currency = c.key("the currency, by its ISO code")
    on = c.key_day("the day of the rate")
    rate = c.rate_not_negative("yuan for one unit of the currency")
    source = c.text("who published the rate")


class TransitionalMeasures(Traced):
    """Transitional treatment granted to one insurer for one parameter and span of days."""

    entity_id = c.key("the insurer")
    parameter = c.key("what is treated differently")
    valid_from = c.key_day("its first day")
    value = c.rate("the value granted")
    valid_to = c.day("its last day")
    approval = c.text("the supervisor's approval")

    @dy.rule()
    def valid_to__before_valid_from(cls) -> pl.Expr:
        """The last day is not before the first."""
        return pl.col("valid_to") >= pl.col("valid_from")
