"""What a run will do: it is let count in a transaction that is undone, so that every figure is the one that an approval would give.

Shown before a set is filed and before it is approved: the tables that the last set had and this has not, the periods that count
now and change, solo figures that their own parts contradict, the flags that rise or go, and every member's and group's ratio before and
after. What a part shows must be confirmed; an empty part needs nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import dataframely as dy
import polars as pl
from sqlalchemy import select

from consolidation.results import columns as c
from consolidation.results.schemas import Recomputations
from consolidation.rulebook import Rulebook
from monitoring.completeness import group_figures
from monitoring.flags import lifecycle
from monitoring.flags.lifecycle import FlagEvents
from monitoring.flags.store import update_flags
from monitoring.ratios import CapitalFigures, solo_figures
from monitoring.store import current
from monitoring.store import queries as reading
from monitoring.store.layout.filed_tables import FILED, NOT_DATA
from monitoring.store.layout.result_tables import INPUT_FILE
from monitoring.store.runs import list_runs
from monitoring.store.store import RunRecord, Store, record_run

PARTS = ("tables", "periods", "recomputation", "flags", "ratios")
"""The parts of an effect, in the order in which they are shown."""

_RATIO_KEY = ("subject_kind", "subject_id", "period_end", "measure")
_RISES = (lifecycle.RAISED, lifecycle.RERAISED)


class ChangedPeriods(c.ResultSchema):
    """One row a subject and period that counts now and changes."""

    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    period_end = c.day_or_none("the period's last day; empty: of no period")
    rows = c.number("rows of filed tables that are replaced by others")
    lines = c.number("lines of the group's statement that change")


class RatioChanges(c.ResultSchema):
    """One row a member or group, period and measure of the set, also where nothing changes."""

    subject_kind = c.text("entity or group")
    subject_id = c.text("the company or group")
    period_end = c.day("the period's last day")
    measure = c.text("core or comprehensive")
    before = c.rate("the ratio that counts now; empty: none")
    after = c.rate("the ratio that will; empty: none")


@dataclass(frozen=True)
class UploadEffect:
    """What a run will do.

    ``compared_with``: the last run that counts about the same subjects, None where there is none; ``tables``: those that its set had and this
    has not, or the last set of the group before it where that was of single companies. ``flags``: raised, raised again, closed.
    """

    compared_with: int | None
    tables: tuple[str, ...]
    periods: dy.DataFrame[ChangedPeriods]
    recomputation: dy.DataFrame[Recomputations]
    flags: dy.DataFrame[FlagEvents]
    ratios: dy.DataFrame[RatioChanges]

    def moved(self) -> pl.DataFrame:
        """The ratios that change."""
        return self.ratios.filter(pl.col("before").ne_missing(pl.col("after")))

    def parts(self) -> dict[str, int]:
        """How much there is to confirm in each part, by its name."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        counts = {name: len(shown[name]) for name in ("tables", "periods", "recomputation", "flags")}
        return counts | {"ratios": self.moved().height}

    def unconfirmed(self, confirmed: Collection[str]) -> list[str]:
        """The parts that show something and have not been confirmed."""
        return [name for name, count in self.parts().items() if count and name not in confirmed]


class _Undo(Exception):
    """Ends the transaction in which a run was let count."""


def effect_of_run(store: Store, run: int, rulebook: Rulebook) -> UploadEffect:
    """What a run that waits will do; nothing is changed.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    return _undone(store, rulebook, run)


def effect_of_record(store: Store, record: RunRecord, rulebook: Rulebook) -> UploadEffect:
    """What a run that nobody has recorded yet will do; nothing is changed.

    :raises monitoring.store.store.StoreError: if the database cannot be used.
    """
    return _undone(store, rulebook, record)


def _undone(store: Store, rulebook: Rulebook, which: int | RunRecord) -> UploadEffect:
    found: list[UploadEffect] = []
    try:
        with store.writing() as connection:
            inside = store.inside(connection)
            run = record_run(inside, which) if isinstance(which, RunRecord) else which
            found.append(_effect(inside, run, rulebook))
            raise _Undo
    except _Undo:
        return found[0]


def _effect(inside: Store, run: int, rulebook: Rulebook) -> UploadEffect:
    subjects = _Subjects.of(inside, run)
    update_flags(inside, rulebook=rulebook)  # what the day has changed by itself is not the run's doing
    before = _State.of(inside, subjects, rulebook)
    last = _last_runs(inside, run, subjects)
    with inside.writing() as connection:
        current.make_effective(connection, run, datetime.now(UTC))
    happened = update_flags(inside, run, rulebook=rulebook).events
    after = _State.of(inside, subjects, rulebook)
    contradicted = reading.recomputation(inside, run=run).filter(~pl.col("within_tolerance"))
    return UploadEffect(
        next(iter(last), None),
        _absent(inside, last, run),
        _changed(before, after),
        Recomputations.typed(contradicted.select(Recomputations.column_names())),
        FlagEvents.typed(happened.filter(pl.col("what").is_in([*_RISES, lifecycle.CLOSED]))),
        _ratio_changes(before.figures, after.figures),
    )


@dataclass(frozen=True)
class _Subjects:
    companies: list[str]
    groups: list[str]

    @classmethod
    def of(cls, store: Store, run: int) -> _Subjects:
        filed = [
            reading.filed(store, t, run=run, columns=("entity_id",))
            for t in ("solo_filings", "sector_filings")
        ]
        named = {*(e for f in filed for e in f["entity_id"])}
        groups = {
            *reading.statements(store, run=run)["group_id"],
            # also a group whose statements an error stops
            *reading.filed(store, "groups", run=run, columns=("group_id",))["group_id"],
            *reading.findings(store, run=run)["group_id"].drop_nulls(),
            *reading.filed(store, "group_filings", run=run, columns=("group_id",))["group_id"],
        }
        return cls(sorted(named), sorted(groups - {""}))


@dataclass(frozen=True)
class _State:
    """What counts of some subjects: rows by table, the groups' lines, the figures of all."""

    rows: dict[str, pl.DataFrame]
    lines: pl.DataFrame
    figures: pl.DataFrame

    @classmethod
    def of(cls, store: Store, subjects: _Subjects, rulebook: Rulebook) -> _State:
        rows = {table: _rows(store, table, subjects) for table in FILED}
        lines = reading.lines(store, groups=subjects.groups)
        members = reading.members(store, groups=subjects.groups)
        of_groups = group_figures(lines, members, rows["group_filings"], rulebook)
        # Of a group the statement that lacks nobody counts, else what it published.
        counting = of_groups.sort("source", descending=True).unique(
            _RATIO_KEY, keep="first", maintain_order=True
        )
        figures = pl.concat([solo_figures(rows["solo_filings"]), counting])
        return cls(rows, lines, CapitalFigures.typed(figures).select(*_RATIO_KEY, "ratio"))


def _rows(store: Store, table: str, subjects: _Subjects) -> pl.DataFrame:
    scope = FILED[table].scope
    if "entity_id" in scope and "group_id" not in scope:
        return reading.filed(store, table, entities=subjects.companies)
    if "group_id" in scope and "entity_id" not in scope:
        return reading.filed(store, table, groups=subjects.groups)
    return reading.filed(store, table)


def _last_runs(store: Store, run: int, subjects: _Subjects) -> list[int]:
    """The runs that count about the same subjects, the newest first, back to the newest about the set's groups.

    Between the two may be sets of single companies, which correct a filing and have none of the other tables.
    """
    standing = (
        list_runs(store)
        .filter("is_standing", pl.col("run_id") != run)
        .sort("effective_order", descending=True)
    )
    found = []
    for number in standing["run_id"]:
        about = _Subjects.of(store, number)
        of_groups = not set(about.groups).isdisjoint(subjects.groups)
        of_companies = not set(about.companies).isdisjoint(subjects.companies)
        if of_groups or of_companies:
            found.append(int(number))
        if of_groups or (of_companies and not subjects.groups):
            break
    return found


def _absent(store: Store, last: Collection[int], run: int) -> tuple[str, ...]:
    """The tables that those runs' sets had together and this one's has not."""
    had = {table for number in last for table in _tables(store, number)}
    return tuple(sorted(had - _tables(store, run)))


def _tables(store: Store, run: int) -> set[str]:
    """The tables of the set that a run read, those without a row left out."""
    query = select(INPUT_FILE.c.table_name, INPUT_FILE.c.rows).where(INPUT_FILE.c.run_id == run)
    with store.reading() as connection:
        return {name for name, count in connection.execute(query) if name and (count is None or count)}


def _changed(before: _State, after: _State) -> dy.DataFrame[ChangedPeriods]:
    replaced = [_replaced(before.rows[t], after.rows[t], FILED[t].scope) for t in FILED]
    key = ["group_id", "period_end", "line"]
    both = before.lines.join(after.lines, on=key, suffix="_after")
    differs = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_after")) for n in ("amount", "status"))
    lines = both.filter(differs).select(
        subject_kind=pl.lit("group"), subject_id="group_id", period_end="period_end", rows=0, lines=1
    )
    keys = ["subject_kind", "subject_id", "period_end"]
    schema = ChangedPeriods.polars_schema()
    every = pl.concat([p.cast(schema) for p in (*replaced, lines)])
    return ChangedPeriods.typed(every.group_by(keys).agg(pl.col("rows", "lines").sum()).sort(keys))


def _replaced(before: pl.DataFrame, after: pl.DataFrame, scope: tuple[str, ...]) -> pl.DataFrame:
    """The rows about the same thing whose content differs, by subject and period."""
    key = list(scope)
    data = [name for name in before.columns if name not in (*key, *NOT_DATA)]
    content = pl.concat_str((pl.col(n).cast(pl.String).fill_null("\x00") for n in data), separator="\x01")
    once = [f.group_by(key).agg(content.sort().str.join("\x02").alias("content")) for f in (before, after)]
    differ = (
        once[0]
        .join(once[1], on=key, suffix="_after", nulls_equal=True)
        .filter(pl.col("content") != pl.col("content_after"))
    )
    of_company = pl.col("entity_id").fill_null("") != "" if "entity_id" in key else pl.lit(value=False)
    ids = [pl.when(pl.col(n).fill_null("") != "").then(n) for n in ("entity_id", "group_id") if n in key]
    subject = pl.coalesce(*ids) if ids else pl.lit("")
    return differ.select(
        subject_kind=pl.when(of_company).then(pl.lit("entity")).otherwise(pl.lit("group")),
        subject_id=subject,
        period_end=pl.col("period_end") if "period_end" in key else pl.lit(None, pl.Date),
        rows=1,
        lines=0,
    )


def _ratio_changes(before: pl.DataFrame, after: pl.DataFrame) -> dy.DataFrame[RatioChanges]:
    both = before.rename({"ratio": "before"}).join(
        after.rename({"ratio": "after"}), on=list(_RATIO_KEY), how="full", coalesce=True
    )
    return RatioChanges.typed(both.select(RatioChanges.column_names()).sort(_RATIO_KEY))
