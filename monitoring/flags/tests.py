"""The tests of a company's or group's own figures: ratios, rating, sector requirement, capital tiers (R A8, A23; Rule 19 A12, A47).

All are pure functions from a frame of figures to rows of :data:`~monitoring.flags.rows.ROW_SCHEMA`, a column at a time. A
figure exactly on a limit is not below it.
"""

from __future__ import annotations

import polars as pl

from consolidation.money import AMOUNT, RATE
from consolidation.rulebook import Rulebook
from monitoring.figures import (
    AMOUNTS,
    COMPREHENSIVE,
    CORE,
    ENTITY,
    FILED,
    FILED_RATIO,
    GROUP,
    MEASURES,
    PER_UNIT,
    PUBLISHED,
    STATEMENT,
    computable,
    core_capital,
    exact_ratio,
    one_filing,
    rounded_quotient,
    units,
    whole,
)
from monitoring.flags import rows

THRESHOLDS = {
    rows.BREACH: {CORE: "solvency.core_minimum_ratio", COMPREHENSIVE: "solvency.comprehensive_minimum_ratio"},
    rows.KEY_CHECK: {CORE: "key_check.core_ratio", COMPREHENSIVE: "key_check.comprehensive_ratio"},
    rows.WATCH: {CORE: "watch.core_ratio", COMPREHENSIVE: "watch.comprehensive_ratio"},
}
"""Flag → measure → rulebook entry of the limit, the gravest first."""

_SOURCES = {
    (rows.BREACH, ENTITY, CORE): "Regulation 2021 A8(一)",
    (rows.BREACH, ENTITY, COMPREHENSIVE): "Regulation 2021 A8(二)",
    (rows.BREACH, GROUP, CORE): "Rule 19 A12(一)",
    (rows.BREACH, GROUP, COMPREHENSIVE): "Rule 19 A12(二)",
    (rows.KEY_CHECK, ENTITY, CORE): "Regulation 2021 A23",
    (rows.KEY_CHECK, ENTITY, COMPREHENSIVE): "Regulation 2021 A23",
    (rows.KEY_CHECK, GROUP, CORE): "Regulation 2021 A23, A31",
    (rows.KEY_CHECK, GROUP, COMPREHENSIVE): "Regulation 2021 A23, A31",
    (rows.WATCH, ENTITY, CORE): "Notice 2021-52 三",
    (rows.WATCH, ENTITY, COMPREHENSIVE): "Notice 2021-52 三",
    (rows.WATCH, GROUP, CORE): "Notice 2021-52 三",
    (rows.WATCH, GROUP, COMPREHENSIVE): "Notice 2021-52 三",
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
_TIER_COLUMNS = (
    "period_end",
    "source",
    "basis",
    "subject_kind",
    "subject_id",
    "core",
    "core_tier2_to_core",
    "supplementary_to_core",
    "supplementary_tier2_to_core",
)
_TIERS = ("core_tier2_to_core", "supplementary_to_core", "supplementary_tier2_to_core")
_TIER_ARTICLES = {
    "core_tier2_to_core": "Rule 1 A41(三), A44",
    "supplementary_to_core": "Rule 1 A41(一)",
    "supplementary_tier2_to_core": "Rule 1 A41(四)",
}


def lower_of_both(groups: pl.DataFrame) -> pl.DataFrame:
    """One figure a group, period and measure: of its computed and published statement the lower ratio.

    A computed statement may lack members that file elsewhere, a published one may be out of date: neither may hide what
    the other shows. ``figure_basis`` as a flag shows it says which it is; rows without a ratio are left out.
    """
    return (
        computable(groups)
        .sort("measure", "subject_id", "period_end", "ratio", pl.col("source") == PUBLISHED)
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

    :param figures: companies' computable figures and what :func:`lower_of_both` leaves of the groups'.
    """
    found = [rows.no_rows()]
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
    limits = rows.dated_limits(rulebook, series["period_end"].unique(), {measure: id}).drop("key")
    tested = series.join(limits, on="period_end", how="inner", maintain_order="left")
    limit = pl.col("limit_units")
    up = rows.spells(tested, _SERIES, rows.below(limit), ~rows.below(pl.col("clear_units")))
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


def rating_flags(ratings: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Breach by integrated risk rating: a rating that the law lists as failing.

    :param ratings: subject_kind, subject_id, period_end, rating; one row a subject and period.
    """
    days = ratings["period_end"].unique().sort().to_list()
    failing = [
        (day, rating)
        for day in days
        for rating in rows.in_force(rulebook, day, "solvency.failing_ratings", ())
    ]
    bad = pl.DataFrame(failing, schema={"period_end": pl.Date, "rating": pl.String}, orient="row")
    tested = (
        ratings.filter(pl.col("rating").is_not_null())
        .join(bad.with_columns(bad=True), on=["period_end", "rating"], how="left")
        .sort("subject_kind", "subject_id", "period_end")
    )
    up = rows.spells(tested, ("subject_kind", "subject_id"), pl.col("bad"), pl.col("bad").is_null())
    source = (
        pl.when(pl.col("subject_kind") == GROUP)
        .then(pl.lit("Rule 19 A12(三)"))
        .otherwise(pl.lit("Regulation 2021 A8(三)"))
    )
    return rows.complete(up, code=rows.BREACH, item=rows.RATING, value=pl.col("rating"), source=source)


def sector_flags(filings: pl.DataFrame) -> pl.DataFrame:
    """Banks, trusts, securities and futures companies below what their own supervisor requires (Rule 19 A47).

    The filed adequacy ratio against the filed requirement; where no ratio was filed, capital ÷ measure. A filing that
    gives no requirement cannot be tested.

    :param filings: the ``sector_filings`` table.
    """
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
        .filter(pl.col("ratio").is_not_null() & pl.col("limit_units").is_not_null())
        .sort("entity_id", "period_end")
    )
    short = rows.below(pl.col("limit_units"))
    up = rows.spells(figures, ("entity_id",), short, ~short)
    shown = up.with_columns(
        *rows.distances(pl.col("limit_units")), limit=pl.col("limit_units").reinterpret(dtype=RATE)
    )
    return rows.complete(
        shown,
        subject_kind=ENTITY,
        subject_id=pl.col("entity_id"),
        code=rows.BREACH,
        item=rows.SECTOR_REQUIREMENT,
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        filing_basis="sector",
        source="Rule 19 A47",
    )


def solo_tiers(filings: pl.DataFrame, entities: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The capital tiers of every insurer's filing that counts, for :func:`tier_flags`; a blank lower tier is none.

    The core tier 2 of a mutual organisation is left out: that limit does not bind it (Rule 1 A44).
    """
    mutual = pl.struct("entity_id", "period_end").is_in(_mutuals(filings, entities, rulebook).implode())
    wide = filings.filter(pl.col("core_tier1_capital").is_not_null()).select(
        "period_end",
        "basis",
        source=pl.lit(FILED),
        subject_kind=pl.lit(ENTITY),
        subject_id="entity_id",
        core=core_capital(),
        core_tier2_to_core=pl.when(~mutual).then(pl.col("core_tier2_capital").fill_null(0)),
        supplementary_to_core=pl.col("supplementary_tier1_capital").fill_null(0)
        + pl.col("supplementary_tier2_capital").fill_null(0),
        supplementary_tier2_to_core=pl.col("supplementary_tier2_capital").fill_null(0),
    )
    return one_filing(wide, "subject_id", "period_end").select(_TIER_COLUMNS)


def _mutuals(filings: pl.DataFrame, entities: pl.DataFrame, rulebook: Rulebook) -> pl.Series:
    """entity_id and period_end of the filings of mutual organisations, which the rulebook has by id or name."""
    names = dict(entities.select("entity_id", "name").drop_nulls().iter_rows())
    companies = filings["entity_id"].unique().to_list()
    found = [
        {"entity_id": company, "period_end": day}
        for day in filings["period_end"].unique().sort()
        for known in [set(rows.in_force(rulebook, day, "flags.mutual_organisations", ()))]
        for company in companies
        if company in known or names.get(company) in known
    ]
    return pl.Series(found, dtype=pl.Struct({"entity_id": pl.String, "period_end": pl.Date}))


def group_tiers(lines: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """The capital tiers of the groups' computed and published statements, for :func:`tier_flags`."""
    names = (
        "core_tier1_capital",
        "core_tier2_capital",
        "supplementary_tier1_capital",
        "supplementary_tier2_capital",
    )
    computed = (
        lines.filter(pl.col("line").is_in(names))
        .group_by("group_id", "period_end")
        .agg(pl.col("amount").filter(pl.col("line") == name).first().alias(name) for name in names)
        .with_columns(source=pl.lit(STATEMENT), basis=pl.lit(STATEMENT))
    )
    theirs = one_filing(published, "group_id", "period_end").select(
        "group_id",
        "period_end",
        "core_tier1_capital",
        *(pl.col(n).fill_null(0) for n in names[1:]),
        source=pl.lit(PUBLISHED),
        basis="basis",
    )
    return pl.concat([computed, theirs.select(computed.columns)]).select(
        "period_end",
        "source",
        "basis",
        subject_kind=pl.lit(GROUP),
        subject_id="group_id",
        core=pl.col("core_tier1_capital") + pl.col("core_tier2_capital"),
        core_tier2_to_core="core_tier2_capital",
        supplementary_to_core=pl.col("supplementary_tier1_capital") + pl.col("supplementary_tier2_capital"),
        supplementary_tier2_to_core="supplementary_tier2_capital",
    )


def tier_flags(tiers: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """A Rule 1 A41 limit exceeded by more than the tolerance that the rulebook grants filed amounts.

    Filers print their tiers after the deduction and rounded, so a tier cut to its limit stands up to a ten-thousandth above it.
    The policy surplus is not in the public statements and is not tested.
    """
    days = tiers["period_end"].unique()
    tolerance = rows.dated_limits(rulebook, days, {"any": "solo.tolerance_absolute"})
    ordered = tiers.join(tolerance.select("period_end", tolerance="limit_units"), on="period_end").sort(
        *_SERIES, "period_end"
    )
    found = []
    for name in _TIERS:
        limits = rows.dated_limits(rulebook, days, {name: f"capital_limits.{name}"}).drop(
            "key", "clear_units"
        )
        series = ordered.select(*_SERIES, "period_end", "source", "basis", "core", "tolerance", tier=name)
        known = series.filter(pl.col("tier").is_not_null() & pl.col("core").is_not_null())
        found.append(_over(known.join(limits, on="period_end", maintain_order="left"), name))
    return pl.concat(found)


def _over(tested: pl.DataFrame, name: str) -> pl.DataFrame:
    """The spells in which one tier is above its limit of core capital; of two statements the one that is further above."""
    room = pl.col("limit_units") * pl.max_horizontal(units(pl.col("core")), whole(0))
    margin = room - units(pl.col("tier")) * whole(PER_UNIT)
    if tested.select(*_SERIES, "period_end").is_duplicated().any():
        tested = tested.sort(*_SERIES, "period_end", margin).unique(
            [*_SERIES, "period_end"], keep="first", maintain_order=True
        )
    # The tolerance is in 万元; in units of a ratio it is a million times one unit of an amount.
    over = margin + pl.col("tolerance") * whole(10**6) < 0
    up = rows.spells(tested, _SERIES, over, ~over)
    ratio = exact_ratio(pl.col("tier"), pl.col("core"))
    shown = up.with_columns(
        figure=ratio,
        limit=pl.col("limit_units").reinterpret(dtype=RATE),
        distance_wan_yuan=rounded_quotient(margin, whole(PER_UNIT)).reinterpret(dtype=AMOUNT),
        distance_points=((pl.col("limit_units") - units(ratio)) * 100).reinterpret(dtype=RATE),
    )
    return rows.complete(
        shown,
        code=rows.TIER_LIMIT,
        item=name,
        unit=rows.RATIO,
        figure_basis=pl.when(pl.col("source") == FILED).then(pl.lit(AMOUNTS)).otherwise("source"),
        filing_basis=pl.col("basis"),
        source=_TIER_ARTICLES[name],
    )
