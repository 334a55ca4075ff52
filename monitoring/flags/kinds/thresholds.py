"""The tests of a company's or group's own figures: ratios, rating, sector requirement (Regulation 2021 A8, A23; Rule 19 A12, A47).

All are pure functions from a frame of figures to rows of :class:`~monitoring.flags.schema.FlagRows`, a column at a time. A
figure exactly on a limit is not below it.
"""

from __future__ import annotations

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import Rulebook, RulesInForce
from monitoring.flags import schema as rows
from monitoring.flags.inputs import CompanyData, FlagData
from monitoring.flags.kind import FlagKind, Remedy
from monitoring.flags.speech import Flag, Speech
from monitoring.limits import THRESHOLDS
from monitoring.ratios import (
    AMOUNTS,
    COMPREHENSIVE,
    CORE,
    ENTITY,
    FILED_RATIO,
    GROUP,
    MEASURES,
    PUBLISHED,
    STATEMENT,
    computable,
    exact_ratio,
    units,
)

_SOURCES = {
    ("breach", ENTITY, CORE): "Regulation 2021 A8(一)",
    ("breach", ENTITY, COMPREHENSIVE): "Regulation 2021 A8(二)",
    ("breach", GROUP, CORE): "Rule 19 A12(一)",
    ("breach", GROUP, COMPREHENSIVE): "Rule 19 A12(二)",
    ("key_check", ENTITY, CORE): "Regulation 2021 A23",
    ("key_check", ENTITY, COMPREHENSIVE): "Regulation 2021 A23",
    ("key_check", GROUP, CORE): "Regulation 2021 A23, A31",
    ("key_check", GROUP, COMPREHENSIVE): "Regulation 2021 A23, A31",
    ("watch", ENTITY, CORE): "Notice 2021-52 三",
    ("watch", ENTITY, COMPREHENSIVE): "Notice 2021-52 三",
    ("watch", GROUP, CORE): "Notice 2021-52 三",
    ("watch", GROUP, COMPREHENSIVE): "Notice 2021-52 三",
}
_SERIES = ("subject_kind", "subject_id")
_TESTED = (
    "subject_kind",
    "subject_id",
    "period_end",
    "source",
    "filing_basis",
    "capital",
    "required",
    "ratio",
    "figure_basis",
)


def testable(figures: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The figures that a limit can be held against: those with a ratio, and breaches that the amounts show without one.

    A requirement of zero or less makes no ratio, but capital below limit × requirement is below it all the same (A12 is
    tested on amounts). Capital that is not leaves the question open, and what stood before stands.
    """
    if not figures["figure_basis"].null_count():
        return figures
    ids = THRESHOLDS[BREACH.code]
    limits = rows.dated_limits(rulebook, figures["period_end"].unique(), ids).select(
        "period_end", "limit_units", measure="key"
    )
    by_amounts = (
        figures.filter(pl.col("figure_basis").is_null())
        .with_columns(figure_basis=pl.lit(AMOUNTS))
        .join(limits, on=["measure", "period_end"])
        .filter(rows.below(pl.col("limit_units")))
        .select(figures.columns)
    )
    return pl.concat([computable(figures), by_amounts]).sort("measure", "source", "subject_id", "period_end")


def lower_of_both(groups: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """One figure a group, period and measure: of its computed and published statement the lower ratio.

    A computed statement may lack members that file elsewhere, a published one may be out of date: neither may hide what
    the other shows. ``figure_basis`` as a flag shows it says which it is; a breach without a ratio is lower than any,
    other rows without one are left out (:func:`testable`).
    """
    return (
        testable(groups, rulebook)
        .sort(
            "measure",
            "subject_id",
            "period_end",
            "ratio",
            pl.col("source") == PUBLISHED,
            nulls_last=False,
        )
        .unique(["measure", "subject_id", "period_end"], keep="first", maintain_order=True)
    )


def basis_shown() -> pl.Expr:
    """``figure_basis`` as a flag shows it: for groups also whose statement it is."""
    return (
        pl.when(pl.col("source").is_in([STATEMENT, PUBLISHED]))
        .then(pl.concat_str("source", pl.lit(", "), "figure_basis"))
        .otherwise("figure_basis")
    )


def ratio_flags(figures: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Breach, key check and watch by ratio.

    :param figures: companies' :func:`testable` figures and what :func:`lower_of_both` leaves of the groups'.
    """
    found: list[pl.DataFrame] = [rows.FlagRows.without_rows()]
    for measure in MEASURES:
        series = figures.filter(pl.col("measure") == measure).select(_TESTED)
        found += [
            _below_threshold(series, code, measure, ids[measure], rulebook)
            for code, ids in THRESHOLDS.items()
        ]
    return _with_graver(pl.concat(found))


def _with_graver(flags: pl.DataFrame) -> pl.DataFrame:
    """``covered_by``: of several limits on one figure the gravest flag that is up, on the others."""
    figure = ["subject_kind", "subject_id", "item", "period_end"]
    gravest = flags.unique(figure, keep="first", maintain_order=True).select(*figure, graver="code")
    joined = flags.join(gravest, on=figure, how="left", maintain_order="left")
    return joined.with_columns(covered_by=pl.when(pl.col("graver") != pl.col("code")).then("graver")).drop(
        "graver"
    )


def _below_threshold(
    series: pl.DataFrame, code: str, measure: str, id: str, rulebook: Rulebook
) -> pl.DataFrame:
    if series.is_empty():
        return rows.FlagRows.without_rows()
    limits = rows.dated_limits(rulebook, series["period_end"].unique(), {measure: id}).drop("key")
    tested = series.join(limits, on="period_end", how="inner", maintain_order="left")
    limit = pl.col("limit_units")
    up = rows.episodes(tested, _SERIES, rows.below(limit), ~rows.below(pl.col("clear_units")))
    if up.is_empty():
        return rows.FlagRows.without_rows()
    sources = {kind: source for (c, kind, m), source in _SOURCES.items() if (c, m) == (code, measure)}
    shown = up.with_columns(
        *rows.distances(limit), limit=limit.reinterpret(dtype=RATE), figure_basis=basis_shown()
    )
    return rows.complete(
        shown,
        code=code,
        item=measure,
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        source=pl.col("subject_kind").replace_strict(sources, return_dtype=pl.String),
    )


def failing_ratings(days: pl.Series, rulebook: Rulebook) -> pl.DataFrame:
    """period_end, rating: the integrated risk ratings that the law lists as failing, on each of some days."""
    failing = [
        (day, rating)
        for day in days.unique().sort()
        for rating in rows.in_force(rulebook, day, "solvency.failing_ratings", ())
    ]
    return pl.DataFrame(failing, schema={"period_end": pl.Date, "rating": pl.String}, orient="row")


def rating_flags(ratings: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Breach by integrated risk rating: a rating that the law lists as failing.

    :param ratings: subject_kind, subject_id, period_end, rating; one row a subject and period.
    """
    bad = failing_ratings(ratings["period_end"], rulebook)
    tested = (
        ratings.filter(pl.col("rating").is_not_null())
        .join(bad.with_columns(bad=True), on=["period_end", "rating"], how="left")
        .sort("subject_kind", "subject_id", "period_end")
    )
    up = rows.episodes(tested, ("subject_kind", "subject_id"), pl.col("bad"), pl.col("bad").is_null())
    source = (
        pl.when(pl.col("subject_kind") == GROUP)
        .then(pl.lit("Rule 19 A12(三)"))
        .otherwise(pl.lit("Regulation 2021 A8(三)"))
    )
    return rows.complete(up, code=BREACH.code, item=rows.RATING, value=pl.col("rating"), source=source)


def sector_flags(filings: pl.DataFrame) -> pl.DataFrame:
    """Banks, trusts, securities and futures companies below what their own supervisor requires (Rule 19 A47).

    The filed adequacy ratio against the filed requirement; where no ratio was filed, capital ÷ measure. A filing that
    gives no requirement cannot be tested.

    :param filings: the ``sector_filings`` table.
    """
    if filings.is_empty():
        return rows.FlagRows.without_rows()
    limit = units(pl.coalesce("adequacy_requirement", "required_ratio"))
    filed = pl.col("adequacy_ratio").is_not_null()
    figures = (
        filings.with_columns(
            ratio=pl.coalesce("adequacy_ratio", exact_ratio(pl.col("actual_capital"), pl.col("amount"))),
            figure_basis=pl.when(filed).then(pl.lit(FILED_RATIO)).otherwise(pl.lit(AMOUNTS)),
            capital=pl.col("actual_capital"),
            required=pl.col("amount"),
            limit_units=limit,
        )
        # Without a ratio – nothing filed, and a measure of zero – the amounts can show a breach and nothing else.
        .filter(pl.col("ratio").is_not_null() | rows.below(pl.col("limit_units")))
        .filter(pl.col("limit_units").is_not_null())
        .sort("entity_id", "period_end")
    )
    short = rows.below(pl.col("limit_units"))
    up = rows.episodes(figures, ("entity_id",), short, ~short)
    shown = up.with_columns(
        *rows.distances(pl.col("limit_units")), limit=pl.col("limit_units").reinterpret(dtype=RATE)
    )
    return rows.complete(
        shown,
        subject_kind=ENTITY,
        subject_id=pl.col("entity_id"),
        code=BREACH.code,
        item=rows.SECTOR_REQUIREMENT,
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        filing_basis="sector",
        source="Rule 19 A47",
    )


def rating_or_distance(law: RulesInForce) -> pl.Expr:
    """Of a rating its place among the failing ones, of a ratio its distance."""
    failing = [str(rating) for rating in law.value("solvency.failing_ratings")]
    place = {rating: -position for position, rating in enumerate(failing, 1)}
    of_rating = pl.col("value").replace_strict(place, default=None, return_dtype=pl.Int64).cast(RATE)
    return pl.when(pl.col("item") == rows.RATING).then(of_rating).otherwise(rows.distance())


def _of_groups(data: FlagData) -> pl.DataFrame:
    return ratio_flags(lower_of_both(data.groups, data.rulebook), data.rulebook)


def _of_companies(data: CompanyData) -> pl.DataFrame:
    return ratio_flags(testable(data.figures, data.rulebook), data.rulebook)


BY_RATING = Remedy(required=("measures.rating",), items=(rows.RATING,))
OF_COMPANY = Remedy(required=("measures.required",), allowed=("measures.allowed",), items=MEASURES)
_OF_GROUP = Remedy(
    required=("measures.required", "measures.group"),
    allowed=("measures.allowed",),
    items=MEASURES,
    subject_kind=GROUP,
)


def says_below(flag: Flag, speech: Speech) -> str:
    """A ratio below its limit, held near it or not computable; a rating that fails."""
    item, limit = speech.item(flag), speech.limit(flag)
    if flag["item"] == rows.RATING:
        return speech.say("failing_rating.says", item=item, value=flag["value"])
    amount = speech.amount(flag["distance_wan_yuan"])
    if flag["figure"] is None:
        return speech.say("below.says_without_ratio", item=item, limit=limit, amount=amount)
    figure = speech.figure(flag)
    if not flag["met"]:
        return speech.say("below.says_held", item=item, figure=figure, limit=limit)
    key = "below.says" if flag["distance_wan_yuan"] is not None else "below.says_ratio_only"
    away = speech.points(flag["distance_points"])
    return speech.say(key, item=item, figure=figure, limit=limit, points=away, amount=amount)


def below_limit(flag: Flag, speech: Speech, item: str) -> str:
    """A ratio below its limit in few words, also where the minimum capital gives no ratio."""
    limit = speech.ratio(flag["limit"])
    if flag["figure"] is None:
        amount = speech.amount(flag["distance_wan_yuan"])
        return speech.say("below.says_without_ratio", item=item, limit=limit, amount=amount)
    return speech.say(
        "below.limit", item=item, figure=speech.ratio(flag["figure"], flag["limit"]), limit=limit
    )


def short_below(flag: Flag, speech: Speech) -> str:
    """Figure and limit, or the rating."""
    if flag["item"] == rows.RATING:
        return speech.say("failing_rating.short", item=speech.item(flag), value=flag["value"] or "")
    return speech.say(
        "below.short", item=speech.item(flag), figure=speech.figure(flag), limit=speech.limit(flag)
    )


BREACH = FlagKind(
    says=says_below,
    short=short_below,
    code="breach",
    level="breach",
    tests=(
        _of_groups,
        lambda data: rating_flags(data.ratings, data.rulebook),
        lambda data: sector_flags(data.inputs.sector_filings),
    ),
    company_tests=(_of_companies,),
    remedies=(_OF_GROUP, OF_COMPANY, BY_RATING),
    gravity=rating_or_distance,
    always_counted=True,
)
"""The ratio tests give key check and watch as well: of several limits on one figure the gravest covers the others.

A breach by ratio brings the measures of Regulation 2021 A26, for a group also those of Rule 19 A151; one by rating those of A27.
"""

KEY_CHECK = FlagKind(
    says=says_below, short=short_below, code="key_check", level="key_check", always_counted=True
)
WATCH = FlagKind(says=says_below, short=short_below, code="watch", level="watch", always_counted=True)
