"""How many companies stand between the lines between the steps, and who moved from one step to another.

Step 0 is at or above the highest line, the last step below the lowest; a ratio exactly on a line stands above it, tested on
amounts. Who did not file for a period is counted as not filed, never as zero or in any step.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from consolidation.money import RATE
from consolidation.rulebook import Rulebook
from monitoring.flags.schema import below
from monitoring.industry.peers import bases, step_lines
from monitoring.ratios import MEASURES

NEW, NOT_FILED, NOT_COMPUTABLE, IN_DOUBT = "new", "not_filed", "not_computable", "in_doubt"


def with_steps(peers: pl.DataFrame, rulebook: Rulebook) -> pl.DataFrame:
    """The peers with ``step``: the number of lines that the ratio is below, as text, or not_computable or in_doubt."""
    days = peers["period_end"].unique().to_list()
    lines = pl.DataFrame(
        [
            (measure, day, number, line)
            for measure in MEASURES
            for day, all_lines in step_lines(rulebook, days, measure)
            for number, line in enumerate(all_lines)
        ],
        schema={"measure": pl.String, "period_end": pl.Date, "number": pl.Int64, "line": pl.Int128},
        orient="row",
    )
    wide = lines.pivot("number", index=["measure", "period_end"], values="line")
    names = [c for c in wide.columns if c not in ("measure", "period_end")]
    tested = peers.select(
        "measure", "period_end", "capital", "required", "ratio", "figure_basis", "in_doubt"
    ).join(
        wide.rename({n: f"line{n}" for n in names}),
        on=["measure", "period_end"],
        how="left",
        maintain_order="left",
    )
    lines_above = (below(pl.col(f"line{n}")).fill_null(False).cast(pl.Int8) for n in names)
    fallen = pl.sum_horizontal(pl.lit(0, pl.Int8), *lines_above)
    step = (
        pl.when("in_doubt")
        .then(pl.lit(IN_DOUBT))
        .when(pl.col("ratio").is_null())
        .then(pl.lit(NOT_COMPUTABLE))
        .otherwise(fallen.cast(pl.String))
    )
    return peers.with_columns(tested.select(step.alias("step")).to_series())


def step_bounds(rulebook: Rulebook, day: date) -> pl.DataFrame:
    """measure, step, at_least, below: the bounds of the steps on a day, as fractions; empty where there is none."""
    rows = []
    for measure in MEASURES:
        ((_, lines),) = step_lines(rulebook, [day], measure)
        for step, (low, high) in enumerate(zip([*lines, None], [None, *lines], strict=True)):
            rows.append((measure, str(step), low, high))
    schema = {"measure": pl.String, "step": pl.String, "at_least": pl.Int128, "below": pl.Int128}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("at_least", "below").reinterpret(dtype=RATE)
    )


def step_counts(steps: pl.DataFrame, missing: pl.DataFrame) -> pl.DataFrame:
    """kind, period_end, measure, step, companies: how many stand on each step; step is also in_doubt, not_computable or not_filed.

    :param steps: as :func:`with_steps` gives them.
    :param missing: kind, period_end of every company that should have filed and has not.
    """
    keys = ["kind", "period_end", "measure", "step"]
    absent = missing.join(steps.select("measure").unique(), how="cross").with_columns(step=pl.lit(NOT_FILED))
    counted = pl.concat([steps.select(keys), absent.select(keys)]).group_by(keys).agg(companies=pl.len())
    return counted.with_columns(pl.col("companies").cast(pl.Int64)).sort(keys)


def step_changes(steps: pl.DataFrame) -> pl.DataFrame:
    """Every company's step and that of the quarter before.

    Columns entity_id, kind, measure, period_end, from_step, to_step, before_basis, filing_basis.
    from_step is *new* for a first filing and *not_filed* after a quarter without one; a company that files no more has one
    row with to_step *not_filed*, for the first quarter it is missing.
    """
    last = steps["quarter"].max()
    follows = ~pl.col("first") & (pl.col("quarter") - pl.col("quarter").shift(1) == 1)
    stays = ~pl.col("first").shift(-1).fill_null(True) & (
        pl.col("quarter").shift(-1) - pl.col("quarter") == 1
    ).fill_null(False)
    here = steps.select(
        "kind",
        "measure",
        "period_end",
        "filing_basis",
        entity_id="subject_id",
        from_step=pl.when("first")
        .then(pl.lit(NEW))
        .when(follows)
        .then(pl.col("step").shift(1))
        .otherwise(pl.lit(NOT_FILED)),
        to_step="step",
        before_basis=pl.when(follows).then(pl.col("filing_basis").shift(1)).otherwise("filing_basis"),
    )
    gone = steps.filter(~stays & (pl.col("quarter") < pl.lit(last, pl.Int32))).select(
        "kind",
        "measure",
        "filing_basis",
        entity_id="subject_id",
        period_end=pl.col("period_end").dt.offset_by("3mo").dt.month_end(),
        from_step="step",
        to_step=pl.lit(NOT_FILED),
        before_basis="filing_basis",
    )
    return pl.concat([here, gone.select(here.columns)], rechunk=False)


def changed_steps(found: pl.DataFrame) -> pl.DataFrame:
    """entity_id, kind, measure, period_end, from_step, to_step, bases: who changed the step, or came or went.

    bases names both filings where one is audited and the other is not.

    :param found: as :func:`step_changes` gives them.
    """
    moved = found.filter(pl.col("from_step") != pl.col("to_step"))
    return moved.select(
        "entity_id",
        "kind",
        "measure",
        "period_end",
        "from_step",
        "to_step",
        bases=bases("before_basis", "filing_basis"),
    ).sort("kind", "measure", "period_end", "entity_id")


def migration(found: pl.DataFrame) -> pl.DataFrame:
    """kind, period_end, measure, from_step, to_step, bases, companies: how many made each move.

    :param found: as :func:`step_changes` gives them.
    """
    keys = ["kind", "period_end", "measure", "from_step", "to_step"]
    counted = found.group_by(*keys, "before_basis", "filing_basis").agg(companies=pl.len().cast(pl.Int64))
    return counted.select(*keys, bases("before_basis", "filing_basis").alias("bases"), "companies").sort(
        *keys, "bases"
    )
