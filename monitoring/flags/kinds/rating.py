"""A group's rating that contradicts the law, and the groups whose rating nobody has given (Rule 19 A12(三), A47).

B or better means that the group's ratios hold and those of its regulated subsidiaries: where a ratio is in breach and the
rating is not one of the failing ones, one of the two is wrong. Without a rating A12(三) is untested, which is no pass.
"""

from __future__ import annotations

import polars as pl

from consolidation.findings import Finding, info
from consolidation.rulebook import Rulebook
from monitoring.flags import schema as rows
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.member_breaches import member_flags
from monitoring.flags.kinds.thresholds import BREACH, below_limit, failing_ratings, short_below
from monitoring.flags.speech import Flag, Speech
from monitoring.ratios import GROUP, MEASURES

_TESTED = [*MEASURES, rows.SECTOR_REQUIREMENT]
_SHOWN = ("unit", "figure", "limit", "distance_wan_yuan", "distance_points", "figure_basis", "filing_basis")


def contradicted_ratings(
    own: pl.DataFrame, members: pl.DataFrame, ratings: pl.DataFrame, rulebook: Rulebook
) -> pl.DataFrame:
    """One row a rated period and breach that the rating leaves no room for; ``value`` is the rating.

    :param own: rows of the subjects' own tests; only breaches by ratio are looked at.
    :param members: who belongs to which group at which period's end, and how.
    :param ratings: subject_kind, subject_id, period_end, rating.
    """
    given = ratings.filter(pl.col("subject_kind") == GROUP).select("subject_id", "period_end", "rating")
    breaches = pl.concat(
        [
            own.filter((pl.col("code") == BREACH.code) & (pl.col("subject_kind") == GROUP)),
            member_flags(own, _subsidiaries(members, rulebook)),
        ]
    ).filter(pl.col("met") & pl.col("item").is_in(_TESTED))
    if given.is_empty() or breaches.is_empty():
        return rows.FlagRows.without_rows()
    series = ["subject_id", "item", "party"]
    failing = failing_ratings(given["period_end"], rulebook).with_columns(fails=True)
    in_breach = breaches.select(*series, "period_end", *_SHOWN, breach=pl.lit(True))
    rated = (
        in_breach.select(series)
        .unique()
        .join(given, on="subject_id")
        .join(failing.with_columns(fails=True), on=["period_end", "rating"], how="left")
        .join(in_breach, on=[*series, "period_end"], how="left")
        .sort(*series, "period_end")
    )
    contradicted = pl.col("breach").fill_null(False) & pl.col("fails").is_null()
    return rows.complete(
        rows.episodes(rated, series, contradicted, ~contradicted),
        subject_kind=GROUP,
        code=RATING_CONTRADICTED.code,
        value=pl.col("rating"),
        source="Rule 19 A47",
    )


def unrated(groups: pl.DataFrame, ratings: pl.DataFrame) -> tuple[Finding, ...]:
    """The groups that had no rating until their latest figures: that A12(三) holds is not known.

    A rating comes late, and the last one counts until the next is given.

    :param groups: the groups' figures (subject_id, period_end).
    """
    latest = groups.group_by("subject_id").agg(pl.col("period_end").max())
    given = ratings.filter(pl.col("subject_kind") == GROUP).select("subject_id", rated="period_end")
    rated = latest.join(given, on="subject_id").filter(pl.col("rated") <= pl.col("period_end"))
    without = latest.join(rated, on="subject_id", how="anti").sort("subject_id")
    return tuple(
        info(
            "rating-not-known",
            table="ratings",
            group_id=group,
            period_end=day,
            column="integrated_risk_rating",
            expected="the group's rating",
            article="Rule 19 A12(三)",
        )
        for group, day in without.iter_rows()
    )


def _subsidiaries(members: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The members whose breach counts against the rating, by the rulebook of each day."""
    counted = [
        (day, relation)
        for day in members["period_end"].unique()
        for relation in rows.in_force(rulebook, day, "flags.rating_relations", ())
    ]
    schema = {"period_end": pl.Date, "relation": pl.String}
    return members.join(
        pl.DataFrame(counted, schema=schema, orient="row"), on=["period_end", "relation"], how="semi"
    )


def _says(flag: Flag, speech: Speech) -> str:
    below = speech.of_member(flag, below_limit(flag, speech, speech.item(flag)))
    return speech.say("rating.says", value=flag["value"], below=below)


def _short(flag: Flag, speech: Speech) -> str:
    told = speech.of_member(flag, short_below(flag, speech))
    return speech.say("rating.short", value=flag["value"] or "", told=told)


RATING_CONTRADICTED = FlagKind(
    says=_says,
    short=_short,
    code="rating",
    level="breach",
    derived=lambda flags, data: contradicted_ratings(flags, data.inputs.members, data.ratings, data.rulebook),
    findings=lambda data: unrated(data.groups, data.ratings),
)
