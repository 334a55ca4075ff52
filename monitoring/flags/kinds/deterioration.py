"""The falling flag: a ratio that dropped sharply, or whose trend line leads below a limit soon.

*Drop*: the ratio is lower than at the filing before by the rulebook's amount for each quarter between them (a fall of 40
points over half a year fell 20 in one of the quarters, whichever). *Trend*: the least-squares line through the last
periods, equally far apart, slopes down and is below a limit within the horizon, while the ratio itself is not. Of several
limits crossed the gravest counts. A group is followed through its own statements where there are any, else through the
published ones; the two are never joined in one series. Where a quarterly filing stands beside an annual one, or a ratio
from amounts beside a filed one, the flag's bases name both.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import NotInForce, Rulebook, RulesInForce
from monitoring.flags import schema as rows
from monitoring.flags.inputs import CompanyData, FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.kinds.thresholds import THRESHOLDS, basis_shown
from monitoring.flags.speech import Flag, Speech
from monitoring.ratios import PUBLISHED, STATEMENT, computable, units, whole
from monitoring.trend import projection, quarter_number, slope

_SERIES = ("measure", "source", "subject_id")
BETWEEN, WITH = " – ", " + "


def falling_flags(figures: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """Drop and trend, for every period in which one of them holds.

    :param figures: companies' computable figures and what :func:`one_source` leaves of the groups'.
    """
    if figures.is_empty():
        return rows.no_rows()
    last = figures["period_end"].max()
    assert isinstance(last, date)
    try:
        law = rulebook.on(last)
        law.number("flags.falling_drop")
    except NotInForce:
        return rows.no_rows()
    series = figures.drop("kind", "assets").with_columns(
        quarter_number(pl.col("period_end")), shown_basis=basis_shown(), first=rows.first_of(_SERIES)
    )
    return pl.concat([_drops(series, law), _trends(series, rulebook, law)])


def one_source(groups: pl.DataFrame) -> pl.DataFrame:
    """The groups' figures of one source each, ratios only: of a group the statement if it has any."""
    known = computable(groups)
    stated = known.filter(pl.col("source") == STATEMENT)
    published = known.filter(pl.col("source") == PUBLISHED)
    return pl.concat([stated, published.join(stated.select("subject_id"), on="subject_id", how="anti")])


def before(column: str, steps: int = 1) -> pl.Expr:
    """The value of the same series ``steps`` filings earlier."""
    return pl.when(~_reaches_out(steps)).then(pl.col(column).shift(steps))


def _reaches_out(steps: int) -> pl.Expr:
    """Whether going back ``steps`` rows leaves the series."""
    return pl.any_horizontal(pl.col("first").shift(k, fill_value=True) for k in range(steps))


def joined(column: str, steps: int = 1) -> pl.Expr:
    """The bases of a comparison: both ends where they differ, what is mixed in between, else the one."""
    now, earliest = pl.col(column), before(column, steps)
    other = pl.coalesce(
        pl.when(before(column, k) != now).then(before(column, k)) for k in range(steps, 0, -1)
    )
    return (
        pl.when(other.is_null())
        .then(now)
        .when(earliest == now)
        .then(pl.concat_str(now, pl.lit(WITH), other))
        .otherwise(pl.concat_str(earliest, pl.lit(BETWEEN), now))
    )


def _drops(series: pl.DataFrame, law: RulesInForce) -> pl.DataFrame:
    limit = rows.rate_units(law.number("flags.falling_drop"))
    quarters = (pl.col("quarter") - before("quarter")).cast(pl.Int128)
    lowest = units(before("ratio")) - whole(limit) * quarters
    compared = series.with_columns(
        limit_units=lowest,
        value=before("ratio").cast(pl.String),
        both_shown=joined("shown_basis"),
        both_filings=joined("filing_basis"),
    )
    fell = units(pl.col("ratio")) <= pl.col("limit_units")
    return _finish(compared, fell, "drop")


def _trends(series: pl.DataFrame, rulebook: Rulebook, law: RulesInForce) -> pl.DataFrame:
    periods, horizon = int(law.number("flags.falling_periods")), int(law.number("flags.falling_horizon"))
    values = [units(before("ratio", k)) if k else units(pl.col("ratio")) for k in range(periods - 1, -1, -1)]
    steps = [before("quarter", k) - before("quarter", k + 1) for k in range(1, periods - 1)]
    even = (
        pl.all_horizontal(s == pl.col("quarter") - before("quarter") for s in steps)
        if steps
        else pl.lit(True)
    )
    lines = series.with_columns(
        falls=even & (slope(periods).sum(values) < 0),
        # A falling line is lowest at the horizon.
        projected=projection(periods, horizon).value(values),
        both_shown=joined("shown_basis", periods - 1),
        both_filings=joined("filing_basis", periods - 1),
    )
    compared = lines.with_columns(limit_units=_gravest_crossed(lines, rulebook)).with_columns(
        value=pl.col("projected").reinterpret(dtype=RATE).cast(pl.String)
    )
    return _finish(compared, pl.col("falls") & pl.col("limit_units").is_not_null(), "trend")


def _gravest_crossed(lines: pl.DataFrame, rulebook: Rulebook) -> pl.Series:
    """The lowest limit that the line falls below and the ratio does not; null where there is none."""
    periods = lines["period_end"].unique()
    crossed = lines.select("measure", "period_end", "ratio", "projected")
    names = []
    for code, ids in THRESHOLDS.items():
        limits = rows.dated_limits(rulebook, periods, ids).rename({"key": "measure", "limit_units": code})
        crossed = crossed.join(
            limits.select("measure", "period_end", code),
            on=["measure", "period_end"],
            how="left",
            maintain_order="left",
        )
        names.append(code)
    within = [
        pl.when((units(pl.col("ratio")) >= pl.col(n)) & (pl.col("projected") < pl.col(n))).then(pl.col(n))
        for n in names
    ]
    return crossed.select(limit_units=pl.coalesce(within)).to_series()


def _finish(compared: pl.DataFrame, met: pl.Expr, how: str) -> pl.DataFrame:
    up = rows.episodes(compared.drop("first"), _SERIES, met, ~met.fill_null(False))
    limit = pl.col("limit_units")
    shown = up.with_columns(_distance(limit), limit=limit.reinterpret(dtype=RATE)).drop("source")
    return rows.complete(
        shown,
        code=FALLING.code,
        item=pl.concat_str("measure", pl.lit(f"_{how}")),
        unit=rows.RATIO,
        figure=pl.col("ratio"),
        distance_points=((units(pl.col("ratio")) - limit) * 100).reinterpret(dtype=RATE),
        figure_basis=pl.col("both_shown"),
        filing_basis=pl.col("both_filings"),
        source="house rule",
    )


def _distance(limit: pl.Expr) -> pl.Expr:
    return rows.distances(limit)[0]


def _of_groups(data: FlagData) -> pl.DataFrame:
    return falling_flags(one_source(data.groups), data.rulebook)


def _of_companies(data: CompanyData) -> pl.DataFrame:
    return falling_flags(computable(data.figures), data.rulebook)


def _says(flag: Flag, speech: Speech) -> str:
    value, item = Decimal(flag["value"]), speech.item(flag)
    if flag["item"].endswith("_drop"):
        return speech.say(
            "falling.says_drop",
            item=item,
            before=speech.ratio(value),
            figure=speech.ratio(flag["figure"]),
            points=speech.points((value - flag["figure"]) * 100),
        )
    law = speech.rulebook.on(flag["period_end"])
    return speech.say(
        "falling.says_trend",
        item=item,
        figure=speech.ratio(flag["figure"]),
        value=speech.ratio(value),
        limit=speech.limit(flag),
        periods=f"{law.number('flags.falling_periods'):f}",
        horizon=f"{law.number('flags.falling_horizon'):f}",
    )


def _short(flag: Flag, speech: Speech) -> str:
    value = Decimal(flag["value"])
    return speech.say(
        "falling.short_drop" if flag["item"].endswith("_drop") else "falling.short_trend",
        item=speech.item(flag),
        figure=speech.figure(flag),
        limit=speech.limit(flag),
        value=speech.ratio(value),
        fall=speech.points((value - flag["figure"]) * 100),
    )


FALLING = FlagKind(
    says=_says,
    short=_short,
    code="falling",
    level="watch",
    tests=(_of_groups,),
    company_tests=(_of_companies,),
    always_counted=True,
)
