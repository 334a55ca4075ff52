"""What stress tests show: a base in breach, a stressed breach, a reverse test that is due, a result that nobody gave.

The figures are those of scenarios that the store keeps beside the filings; every sentence says so. The period of a flag is
the report date of the test. Exactly on a limit is not below it: what is tested is the surplus on the amounts.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl

from consolidation.money import add, less, line_amount, times
from consolidation.rulebook import NotInForce, Rulebook
from consolidation.rulebook.periods import months_before
from consolidation.scenario.outcome import PARTIAL
from consolidation.scenario.stress import BASE_HORIZONS
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.ratios import AMOUNTS, ENTITY, GROUP, MEASURES

BAND = "stress.reverse_band"
YEAR = 12
_LIMITS = {"core": "solvency.core_minimum_ratio", "comprehensive": "solvency.comprehensive_minimum_ratio"}
_KEY = ("subject_kind", "subject_id", "report_date", "scenario", "stage", "horizon_end")
_BASE = pl.col("scenario").is_in(BASE_HORIZONS)


def _figures(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a subject, scenario and measure before actions: surplus, requirement and ratio under it, and its status."""
    before = lines.filter(actions="before").with_columns(
        subject_kind=pl.when(pl.col("group_id").is_null()).then(pl.lit(ENTITY)).otherwise(pl.lit(GROUP)),
        subject_id=pl.coalesce("group_id", "entity_id"),
    )
    minimum = before.filter(line="minimum_capital").select(*_KEY, minimum="stressed")
    found = []
    for measure in MEASURES:
        surplus = before.filter(line=f"{measure}_solvency_surplus")
        ratio = before.filter(line=f"{measure}_solvency_ratio").select(*_KEY, ratio="stressed")
        found.append(
            surplus.select(*_KEY, "status", surplus="stressed", measure=pl.lit(measure)).join(
                ratio, on=_KEY, how="left", maintain_order="left"
            )
        )
    return pl.concat(found).join(minimum, on=_KEY, how="left", maintain_order="left")


def _over_limits(figures: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The figures with the surplus over the limit of Rule 19 A12.

    A company's own core surplus is over its whole requirement (Rule 10 form 2.3), its limit is half of that.
    """

    def over(row: dict[str, Any]) -> Decimal | None:
        surplus: Decimal | None = row["surplus"]
        if (
            surplus is None
            or row["minimum"] is None
            or (row["subject_kind"], row["measure"]) != (ENTITY, "core")
        ):
            return surplus
        law = rulebook.on(row["report_date"])
        free = less(law.number("solo.core_surplus_share"), law.number(_LIMITS["core"]))
        return line_amount(add([surplus, times(free, row["minimum"])]))

    surpluses = [over(row) for row in figures.iter_rows(named=True)]
    return figures.with_columns(surplus=pl.Series("surplus", surpluses, dtype=figures.schema["surplus"]))


def _in_breach(data: FlagData, of: pl.Expr, code: str, source: str) -> pl.DataFrame:
    """The figures whose surplus is below zero."""
    lines = data.inputs.stress_lines
    if lines.is_empty():
        return rows.FlagRows.without_rows()
    short = (
        _over_limits(_figures(lines).filter(of), data.rulebook)
        .filter(pl.col("surplus") < 0)
        .unique([name for name in _KEY if name != "stage"] + ["measure"], keep="last", maintain_order=True)
    )
    limits = pl.DataFrame(
        [
            (day, measure, data.rulebook.on(day).number(id))
            for day in short["report_date"].unique().sort()
            for measure, id in _LIMITS.items()
        ],
        schema={
            "report_date": pl.Date,
            "measure": pl.String,
            "limit": rows.FlagRows.polars_schema()["limit"],
        },
        orient="row",
    )
    told = short.join(limits, on=["report_date", "measure"], how="left", maintain_order="left")
    return _complete(
        told.with_columns(
            item=pl.format("{}/{}/{}", "measure", "scenario", "horizon_end"),
            figure="ratio",
            distance_wan_yuan="surplus",
            distance_points=(pl.col("ratio") - pl.col("limit")) * 100,
        ),
        code,
        source,
        unit=rows.RATIO,
        value=pl.col("scenario"),
    )


def _complete(frame: pl.DataFrame, code: str, source: str, **same: object) -> pl.DataFrame:
    newest = pl.col("report_date") == pl.col("report_date").max().over("subject_kind", "subject_id")
    return rows.complete(
        frame.with_columns(newest=newest),
        code=code,
        period_end=pl.col("report_date"),
        since=pl.col("report_date"),
        figure_basis=AMOUNTS,
        source=source,
        met=True,
        latest=pl.col("newest"),
        **same,
    )


def base_breaches(data: FlagData) -> pl.DataFrame:
    """Bases at any horizon below 100% or core below 50% (Rule 10 A39)."""
    return _in_breach(data, _BASE, STRESS_BASE_BREACH.code, "Rule 10 A39")


def stressed_breaches(data: FlagData) -> pl.DataFrame:
    """The same under a scenario (Rule 10 A40)."""
    return _in_breach(data, ~_BASE, STRESS_BREACH.code, "Rule 10 A40")


def reverse_tests_due(data: FlagData) -> pl.DataFrame:
    """Bases at one year whose comprehensive ratio lies in the band of Rule 10 A30."""
    lines = data.inputs.stress_lines
    if lines.is_empty():
        return rows.FlagRows.without_rows()
    bands = _bands(data.rulebook, lines)
    year_on = _figures(lines).filter((pl.col("scenario") == "base") & (pl.col("measure") == "comprehensive"))
    at = year_on.join(bands, left_on=["report_date", "horizon_end"], right_on=["report_date", "year_on"])
    inside = at.filter((pl.col("ratio") >= pl.col("lowest")) & (pl.col("ratio") <= pl.col("highest")))
    return _complete(
        inside.with_columns(
            item=pl.format("comprehensive/base/{}", "horizon_end"), figure="ratio", limit="highest"
        ),
        REVERSE_REQUIRED.code,
        "Rule 10 A30",
        unit=rows.RATIO,
    )


def _bands(rulebook: Rulebook, lines: pl.DataFrame) -> pl.DataFrame:
    found = []
    for day in lines["report_date"].unique().sort():
        try:
            band = rulebook.on(day).value(BAND)
        except NotInForce:
            continue
        found.append((day, months_before(day, -YEAR), band["lowest"], band["highest"]))
    rate = rows.FlagRows.polars_schema()["limit"]
    return pl.DataFrame(
        found,
        schema={"report_date": pl.Date, "year_on": pl.Date, "lowest": rate, "highest": rate},
        orient="row",
    )


def results_not_given(data: FlagData) -> pl.DataFrame:
    """Companies without the result that a scenario asks for: their group's figures are partial."""
    lines = data.inputs.stress_lines.filter(
        pl.col("entity_id").is_not_null()
        & (pl.col("status") == PARTIAL)
        & (pl.col("line") == "actual_capital")
        & (pl.col("actions") == "before")
    )
    if lines.is_empty():
        return rows.FlagRows.without_rows()
    told = lines.unique(["entity_id", "report_date", "scenario", "horizon_end"], maintain_order=True)
    return _complete(
        told.with_columns(
            subject_kind=pl.lit(ENTITY),
            subject_id="entity_id",
            item=pl.format("{}/{}", "scenario", "horizon_end"),
        ),
        STRESS_NOT_GIVEN.code,
        "Rule 10 A22; Rule 19 A143",
        value=pl.col("scenario"),
    )


def _scenario(flag: Flag, speech: Speech) -> str:
    return speech.scenario(str(flag["item"]).split("/")[1])


def _horizon(flag: Flag) -> str:
    return str(flag["item"]).rsplit("/", 1)[-1]


def _breach(key: str) -> Callable[[Flag, Speech], str]:
    def says(flag: Flag, speech: Speech) -> str:
        return speech.say(
            key,
            item=speech.item(flag),
            scenario=_scenario(flag, speech),
            horizon=_horizon(flag),
            figure=speech.figure(flag),
            limit=speech.limit(flag),
            amount=speech.amount(abs(flag["distance_wan_yuan"])),
        )

    return says


def _due(key: str) -> Callable[[Flag, Speech], str]:
    def says(flag: Flag, speech: Speech) -> str:
        return speech.say(key, figure=speech.figure(flag), horizon=_horizon(flag), limit=speech.limit(flag))

    return says


def _missing(key: str) -> Callable[[Flag, Speech], str]:
    def says(flag: Flag, speech: Speech) -> str:
        return speech.say(key, scenario=speech.item(flag), horizon=_horizon(flag))

    return says


STRESS_BASE_BREACH = FlagKind(
    says=_breach("stress_base_breach.says"),
    short=_breach("stress_base_breach.short"),
    code="stress_base_breach",
    level="key_check",
    tests=(base_breaches,),
)
STRESS_BREACH = FlagKind(
    says=_breach("stress_breach.says"),
    short=_breach("stress_breach.short"),
    code="stress_breach",
    level="watch",
    tests=(stressed_breaches,),
)
REVERSE_REQUIRED = FlagKind(
    says=_due("reverse_required.says"),
    short=_due("reverse_required.short"),
    code="reverse_required",
    level="watch",
    tests=(reverse_tests_due,),
)
STRESS_NOT_GIVEN = FlagKind(
    says=_missing("stress_not_given.says"),
    short=_missing("stress_not_given.short"),
    code="stress_not_given",
    level="watch",
    tests=(results_not_given,),
)
