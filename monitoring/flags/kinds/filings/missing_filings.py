"""Who has not filed though the due date has passed (Notice 2021-52 二).

Due dates decide, on the day that is asked about, never who has filed early. Expected are insurers that have filed before, from
their first period on, and insurers that the set or the store names without a filing (``entities``, group members), from the
first period of all. Groups are expected from their first published statement on. A due period for which nobody has filed
is not in the store, which every page says, and makes nobody late; where the reports are tracked as obligations, these say
who is late and who is not, so that flags and duties say the same. A run of missing periods is one flag, named by the first of them; the filing that arrives late ends it or cuts
it in two. Missing is "not filed", never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import dataframely as dy
import polars as pl

from consolidation.filing_set.entities.companies import Companies
from consolidation.money import RATE
from consolidation.rulebook import Rulebook, RulesInForce
from consolidation.structure.membership import INSURERS
from monitoring.calendar import WorkingDays
from monitoring.flags import schema as rows
from monitoring.flags.inputs import FlagData, TrackedReports
from monitoring.flags.kind import FlagKind
from monitoring.flags.speech import Flag, Speech
from monitoring.obligations import catalogue
from monitoring.ratios import ENTITY, GROUP

SOLO_REPORTS = ("solo-quarterly-report",)
GROUP_REPORTS = ("group-semiannual-report", "group-annual-report")
_QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))


def quarter_ends(since: date, until: date) -> list[date]:
    """All quarter ends from ``since`` to ``until``."""
    return [
        day
        for year in range(since.year, until.year + 1)
        for month, last in _QUARTER_ENDS
        if since <= (day := date(year, month, last)) <= until
    ]


def due_periods(rulebook: Rulebook, periods: Iterable[date], as_of: date, who: str) -> pl.DataFrame:
    """The periods whose report is overdue on ``as_of`` if it is missing: the last day, which is included, has passed.

    :param who: ``entity`` (the quarterly report) or ``group`` (half-year and annual report).
    :returns: period_end, due_on, source.
    """
    owed = catalogue.Catalogue(rulebook)
    profile = catalogue.Profile(catalogue.INSURER if who == ENTITY else catalogue.GROUP)
    days = WorkingDays()
    found = []
    for day in periods:
        for id in SOLO_REPORTS if who == ENTITY else GROUP_REPORTS:
            due = owed.due_date(id, profile, day, days)
            if due is not None and due.due_on < as_of:
                found.append((day, due.due_on, due.article))
    schema = {"period_end": pl.Date, "due_on": pl.Date, "source": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def horizon(filings: pl.DataFrame, rulebook: Rulebook) -> date:
    """The day after the last period that anybody filed for fell due: no period is missed before somebody has filed for it.

    :param filings: the ``solo_filings`` table, not empty.
    """
    last = filings["period_end"].max()
    assert isinstance(last, date)
    due = due_periods(rulebook, [last], date.max, ENTITY)
    return date.fromordinal((due["due_on"].max() if due.height else last).toordinal() + 1)  # type: ignore[union-attr]


def judged_on(filings: pl.DataFrame, rulebook: Rulebook, today: date) -> date | None:
    """The day on which due dates count as passed: today, or where all that anybody filed for was due before, the day after that.

    :param filings: the ``solo_filings`` table; None where it is empty.
    """
    return min(horizon(filings, rulebook), today) if filings.height else None


def missing_filings(
    filed: pl.DataFrame, named: pl.DataFrame, due: pl.DataFrame, companies: Companies
) -> pl.DataFrame:
    """subject_id, period_end, source of every due period for which an expected subject has no filing; none after its end.

    A period for which nobody has filed is not there at all, and nobody misses it.

    :param filed: subject_id, period_end.
    :param named: subject_id of those who are expected though they may never have filed.
    :param due: as :func:`due_periods` gives it.
    """
    starts = filed.group_by("subject_id").agg(start=pl.col("period_end").min())
    never = named.unique().join(starts, on="subject_id", how="anti")
    first = filed["period_end"].min()
    expected = pl.concat([starts, never.with_columns(start=pl.lit(first, pl.Date))])
    here = due.join(filed.select("period_end").unique(), on="period_end", how="semi", maintain_order="left")
    periods = companies.until_their_end(expected.join(here, how="cross"), "period_end", "subject_id")
    return (
        periods.filter(pl.col("period_end") >= pl.col("start"))
        .join(filed, on=["subject_id", "period_end"], how="anti")
        .select("subject_id", "period_end", "source")
    )


def named_insurers(entities: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """subject_id of the domestic insurers that the data name: in ``entities``, or as a group member of no other kind.

    What kind of company a member is that neither has filed nor stands in ``entities`` is not known; it is expected to file.
    """
    insurers = entities.filter(
        pl.col("kind").is_in(INSURERS) & (pl.col("jurisdiction").fill_null("CN") == "CN")
    ).select(subject_id="entity_id")
    unknown = members.filter(pl.col("kind").is_null()).select(subject_id="entity_id")
    return pl.concat(
        [insurers, unknown.join(entities.select(subject_id="entity_id"), on="subject_id", how="anti")]
    )


def not_filed_flags(data: FlagData) -> pl.DataFrame:
    """One row an expected subject and missing period; none without a day to judge due dates on."""
    inputs, as_of = data.inputs, data.as_of
    if as_of is None:
        return rows.FlagRows.without_rows()
    found: list[pl.DataFrame] = [rows.FlagRows.without_rows()]
    companies = Companies(inputs.entities)
    solo = inputs.solo_filings.select("period_end", subject_id="entity_id").unique()
    groups = inputs.group_filings.select("period_end", subject_id="group_id").unique()
    for kind, filed, named in (
        (ENTITY, solo, named_insurers(inputs.entities, inputs.members)),
        (GROUP, groups, groups.select("subject_id").clear()),
    ):
        first = filed["period_end"].min()
        if not isinstance(first, date):
            continue
        due = due_periods(data.rulebook, quarter_ends(first, as_of), as_of, kind)
        missing = missing_filings(filed, named, due, companies)
        missing = _as_tracked(missing, inputs.reports, kind, as_of)
        found.append(_runs(missing, due, kind))
    return pl.concat(found)


def _as_tracked(
    missing: pl.DataFrame, reports: dy.DataFrame[TrackedReports], kind: str, as_of: date
) -> pl.DataFrame:
    """The missing filings, where reports are tracked by what the register says: those that are overdue, and no others."""
    mine = reports.filter(subject_kind=kind).rename({"party_id": "subject_id", "article": "source"})
    tracked = mine.select("subject_id", "period_end").unique()
    late = mine.filter(~pl.col("is_done") & (pl.col("last_day") < as_of)).select(missing.columns)
    untracked = missing.join(tracked, on=["subject_id", "period_end"], how="anti")
    return pl.concat([untracked, late]).unique(
        ["subject_id", "period_end"], keep="first", maintain_order=True
    )


def _runs(missing: pl.DataFrame, due: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The missing periods as runs of periods due one after the other."""
    numbered = due.select(pl.col("period_end").unique().sort()).with_row_index("number")
    marked = missing.join(numbered, on="period_end").sort("subject_id", "period_end")
    new_run = rows.first_of(["subject_id"]) | (pl.col("number") != pl.col("number").shift(1) + 1)
    runs = (
        marked.with_columns(new=new_run)
        .with_columns(since=pl.when("new").then("period_end").forward_fill(), run=pl.col("new").cum_sum())
        .with_columns(
            count=pl.int_range(1, pl.len() + 1).over("run"),
            latest=pl.col("new").shift(-1).fill_null(True),
        )
    )
    return rows.complete(
        runs,
        subject_kind=kind,
        code=NOT_FILED.code,
        item=pl.col("since").cast(pl.String),
        value=pl.col("count").cast(pl.String),
        met=True,
    )


def _gravity(law: RulesInForce) -> pl.Expr:
    """The more periods are missing, the worse."""
    del law
    return -pl.col("value").cast(pl.Int64, strict=False).cast(RATE)


def _says(flag: Flag, speech: Speech) -> str:
    key = "not_filed.says_once" if flag["value"] == "1" else "not_filed.says"
    since, period = flag["since"].isoformat(), flag["period_end"].isoformat()
    return speech.say(key, since=since, value=flag["value"], period=period)


def _short(flag: Flag, speech: Speech) -> str:
    return speech.say("not_filed.short", since=flag["since"].isoformat(), value=flag["value"] or "")


NOT_FILED = FlagKind(
    says=_says,
    short=_short,
    code="not_filed",
    level="breach",
    tests=(not_filed_flags,),
    gravity=_gravity,
    always_counted=True,
)
