"""Reading the store: frames of what counts today, of what was known at some moment, or of one run.

Every function takes the same keywords (:class:`Query`). Without ``run`` and ``known_at`` it gives what is *current*: for
each company, date and basis the filing, for each group and date the statement, of the newest effective run. With
``known_at`` it gives what was current then; with ``run`` what that run read or computed, whether it counts or not.
Filters are applied by the database. Rows come in a fixed order that does not depend on the database, amounts as
``Decimal(38, 6)`` in 万元, ratios, stakes and scores as ``Decimal(38, 12)``, moments in UTC. ``recorded_at`` of a filing is
when just this content became known, of a result when its run was recorded.

A result has the type of the table that its run computed. What is read lacks the columns that the store does not keep
(``layout.result_tables``) or that ``columns`` leaves out, and has ``run_id`` and ``recorded_at`` besides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, TypedDict, Unpack

import dataframely as dy
import polars as pl
from sqlalchemy import ColumnElement, FromClause, Integer, Select, Table, and_, bindparam, or_, select

from consolidation.actual_capital.capital_sheet import BANK_ITEMS, STEP, bank_items_of
from consolidation.provenance import Line
from consolidation.results.schemas import (
    Contributions,
    Eliminations,
    Findings,
    LargestPositions,
    Members,
    NamedConcentration,
    Recomputations,
    ReconciledLines,
    StatementLines,
    WaterfallSteps,
)
from monitoring.ratios import BankItems
from monitoring.store import current, frames
from monitoring.store.layout.filed_tables import FILED, Base
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.store import Store


class Query(TypedDict, total=False):
    """What to read. A filter or column that the table does not have is refused, never ignored.

    ``columns`` holds the frame to those named (in the table's order): with hundreds of thousands of rows that is what
    takes the time.
    """

    run: int | None
    known_at: datetime | None
    groups: Collection[str] | None
    entities: Collection[str] | None
    periods: Collection[date] | None
    since: date | None
    until: date | None
    columns: Collection[str] | None


_FILTERS = {
    "groups": "group_id",
    "entities": "entity_id",
    "periods": "period_end",
    "since": "period_end",
    "until": "period_end",
}
_COLLECTIONS = ("groups", "entities", "periods")
_Names = frozenset[str]
_INTERNAL = ("position", "is_current", "input_set_id", "explanation")
_SCOPED = current.SCOPED
_RUN = current.RUN


def filed(store: Store, table: str, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The rows of any table of the filing set that the store keeps, by its name there (``filed_tables.FILED``)."""
    return _filed(store, FILED[table].table.name, criteria)


def filing_versions(store: Store, table: str, columns: Collection[str]) -> pl.DataFrame:
    """Every version of every row that counts or has counted before a newer one, with ``recorded_at``, the earliest first.

    Of runs that were rejected, wait for approval or ask what if there is none.

    :param table: a table of the filing set, as ``filed_tables.FILED`` has it.
    :param columns: those wanted beside the table's scope.
    """
    scoped = FILED[table]
    stored = scoped.table
    effective = current.effective_owners("input_set_id", None)
    wanted = [c for c in stored.columns if c.name in {*columns, *scoped.scope, "recorded_at"}]
    query = select(*wanted, stored.c.position).join(effective, effective.c.owner == stored.c.input_set_id)
    with store.reading() as connection:
        frame = frames.read(connection, query)
    # One that came again unchanged keeps its moment.
    distinct = frame.unique([*scoped.scope, "recorded_at"], keep="first", maintain_order=True)
    return distinct.sort("recorded_at", *scoped.scope, "position").drop("position")


def result_versions(store: Store, result: str, *conditions: ColumnElement[bool]) -> pl.DataFrame:
    """Every row of a result of every run that counts or has counted before a newer one, with run_id and ``recorded_at``.

    :param result: a field of ``store.RunRecord``.
    :param conditions: on columns of its table (``layout.result_tables.RESULTS``).
    """
    table = RESULTS[result]
    effective = current.effective_owners("run_id", None)
    query = _columns_of(table, None, ()).join(effective, effective.c.owner == table.c.run_id)
    query = query.join(_RUN, _RUN.c.id == table.c.run_id).where(*conditions)
    with store.reading() as connection:
        return _in_order(frames.read(connection, query), ("run_id",), {})


def groups(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """group_id, name, name_en, type, parent_id: the declared groups, and those known only by their statement."""
    found = _read(store, "statement", {**criteria, "columns": ("group_id", "name", "group_type")})
    declared = _filed(store, "insurance_group", {**criteria, "columns": None})
    return _with_undeclared(declared, found.rename({"group_type": "type"}), "group_id", criteria)


def entities(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """entity_id, name, kind, jurisdiction, equivalent_regime: the declared companies, and those known only by a filing."""
    found = _filed(store, "solo_filing", {**criteria, "columns": ("entity_id", "kind")})
    declared = _filed(store, "entity", {**criteria, "columns": None})
    return _with_undeclared(declared, found.with_columns(name="entity_id"), "entity_id", criteria)


def names(store: Store, language: str) -> dict[str, str]:
    """Id → name of companies, groups and measured counterparties; in English the English name where one is given."""
    every = pl.concat(
        [
            entities(store).select("entity_id", "name", "name_en").rename({"entity_id": "id"}),
            groups(store).select("group_id", "name", "name_en").rename({"group_id": "id"}),
        ]
    )
    own = {id: (english if language == "en" else "") or name for id, name, english in every.iter_rows()}
    parties = named_parties(store).select("party", "party_name_en" if language == "en" else "party_name")
    return dict(parties.iter_rows()) | {id: name for id, name in own.items() if name}


def ownership(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The register of stakes, for each company as the newest set that knows its owners has it."""
    return _filed(store, "ownership_stake", criteria)


def solo_filings(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The insurers' filings, all columns of ``solo_filings``."""
    return _filed(store, "solo_filing", criteria)


def sector_filings(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The filings of banks, trusts, securities and futures companies by their sector's rules."""
    return _filed(store, "sector_filing", criteria)


def group_filings(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The groups' published statements."""
    return _filed(store, "group_filing", criteria)


def group_filing_lines(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The groups' published statements line by line."""
    return _filed(store, "group_filing_line", criteria)


def group_financials(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """Consolidated totals of the groups."""
    return _filed(store, "group_financial", criteria)


def ratings(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """Integrated risk ratings; the id that does not apply is null."""
    return _filed(store, "rating", criteria)


def assessments(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """SARMRA scores; the id that does not apply is null."""
    return _filed(store, "assessment", criteria)


def industry_averages(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """The supervisor's published averages, in percent."""
    return _filed(store, "industry_average", criteria)


def statements(store: Store, **criteria: Unpack[Query]) -> pl.DataFrame:
    """run_id, group_id, period_end, group_type, name, recorded_at: one row a statement."""
    return _read(store, "statement", criteria)


def lines(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[StatementLines]:
    """The statements' lines, in the order of a statement."""
    return StatementLines.typed(_read(store, "statement_line", criteria))


def members(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[Members]:
    """Who was in which group at which period's end, with what share."""
    return Members.typed(_read(store, "group_member", criteria))


def contributions(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[Contributions]:
    """What each member gives to each line."""
    return Contributions.typed(_read(store, "contribution", criteria))


def eliminations(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[Eliminations]:
    """Every elimination behind the statements."""
    return Eliminations.typed(_read(store, "elimination", criteria))


def reconciliation(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[ReconciledLines]:
    """Computed lines beside the published ones."""
    return ReconciledLines.typed(_read(store, "reconciliation", criteria))


def waterfall(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[WaterfallSteps]:
    """The steps from the sum of solo filings to the group's figures."""
    return WaterfallSteps.typed(_read(store, "waterfall_step", criteria))


def concentration(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[NamedConcentration]:
    """Exposures to parties, sectors and customers against their limits, as the run ordered them."""
    return NamedConcentration.typed(_read(store, "concentration", criteria))


def largest_positions(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[LargestPositions]:
    """The largest single positions against counterparties and sectors, as the run ordered them."""
    return LargestPositions.typed(_read(store, "largest_position", criteria))


def named_parties(store: Store) -> pl.DataFrame:
    """party, party_name, party_name_en of the counterparties that the current statements measured; who has no English name has the own."""
    with store.reading() as connection:
        named = frames.read_sent(connection, _named_parties(connection.dialect.name), {})
    own = pl.coalesce("party_name_en", "party_name").alias("party_name_en")
    ordered = named.sort(*_order_of("concentration"), "position").select("party", "party_name", own)
    return ordered.unique("party", keep="last", maintain_order=True)


@cache
def _named_parties(dialect: str) -> frames.SentQuery:
    """The rows of the current statements that name a party: half of those that measure one."""
    table = Base.metadata.tables["concentration"]
    each = [table.c[name] for name in ("party", "party_name", "party_name_en", *_order_of("concentration"))]
    query = select(*each, table.c.position).where(table.c.party_name.is_not(None))
    return frames.sent(_of_statements(query, table, frozenset()), dialect)


def recomputation(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[Recomputations]:
    """Every item of the solo filings, filed beside computed anew."""
    return Recomputations.typed(_read(store, "recomputation", criteria))


def findings(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[Findings]:
    """The findings of one run; without ``run`` those of the newest run that stands (or stood at ``known_at``)."""
    table = Base.metadata.tables["finding"]
    with store.reading() as connection:
        run = criteria.get("run")
        if run is None:
            effective = current.effective_owners("run_id", criteria.get("known_at"))
            newest = select(effective.c.owner).order_by(effective.c.effective_order.desc()).limit(1)
            run = connection.execute(newest).scalar_one_or_none()
        query = (
            _columns_of(table, criteria.get("columns"), ())
            .join(_RUN, _RUN.c.id == table.c.run_id)
            .where(table.c.run_id == run, *_conditions(table, _given(criteria)))
        )
        frame = frames.read_sent(connection, frames.sent(query, connection.dialect.name), _values(criteria))
    return Findings.typed(_in_order(frame, (), criteria))


def explanation(
    store: Store, group_id: str, period_end: date, **criteria: Unpack[Query]
) -> dict[str, Any] | None:
    """The explanation of a statement as its run recorded it; None where there is no such statement."""
    table = Base.metadata.tables["statement"]
    criteria = {**criteria, "groups": [group_id], "periods": [period_end]}
    with store.reading() as connection:
        text = connection.execute(
            _of_scoped(select(table.c.explanation), "statement", _given(criteria)), _values(criteria)
        ).scalar_one_or_none()
    return None if text is None else json.loads(text)


def bank_items(store: Store, **criteria: Unpack[Query]) -> dy.DataFrame[BankItems]:
    """What banks bring into core tier 2 (``ratios.BankItems``), of the statements whose explanations name it."""
    table = Base.metadata.tables["statement"]
    named = or_(*(table.c.explanation.contains(f'"{STEP}{line}"') for line in BANK_ITEMS))
    query = select(table.c.group_id, table.c.period_end, table.c.explanation).where(named)
    with store.reading() as connection:
        found = connection.execute(_of_scoped(query, "statement", _given(criteria)), _values(criteria)).all()
    rows = [
        (group_id, day, bank_items_of(Line.from_json(json.loads(text)["lines"]["core_tier2_capital"])))
        for group_id, day, text in found
    ]
    return BankItems.typed(BankItems.of_rows(rows).sort("group_id", "period_end"))


# --- how ----------------------------------------------------------------------------------------------------------------


def _filed(store: Store, name: str, criteria: Query) -> pl.DataFrame:
    frame = _read(store, name, criteria)
    if frame.is_empty():
        return frame
    # Part of a key cannot be null in the database: an id that does not apply is an empty text there.
    texts = (c for c in _SCOPED[name].scope if frame.schema.get(c) == pl.String)
    return frame.with_columns(pl.col(c).replace("", None) for c in texts)


def _read(store: Store, name: str, criteria: Query) -> pl.DataFrame:
    wanted = criteria.get("columns")
    columns = None if wanted is None else frozenset(wanted)
    with store.reading() as connection:
        query = _sent(name, _given(criteria), columns, connection.dialect.name)
        frame = frames.read_sent(connection, query, _values(criteria))
    return _in_order(frame, _order_of(name), criteria)


@lru_cache(1000)
def _sent(name: str, given: _Names, columns: _Names | None, dialect: str) -> frames.SentQuery:
    """A query is made once for the criteria that are given: to make it takes longer than to answer most."""
    table = Base.metadata.tables[name]
    query = _columns_of(table, columns, _order_of(name))
    if "run_id" in table.columns:
        query = query.join(_RUN, _RUN.c.id == table.c.run_id)
    query = _of_scoped(query, name, given) if name in _SCOPED else _of_statements(query, table, given)
    return frames.sent(query, dialect)


def _order_of(name: str) -> Sequence[str]:
    return _SCOPED[name].scope if name in _SCOPED else ("group_id", "period_end")


def _given(criteria: Query) -> _Names:
    """Which criteria there are."""
    return frozenset(name for name, value in criteria.items() if value is not None and name != "columns")


def _values(criteria: Query) -> dict[str, Any]:
    """The criteria as the parameters of a query."""
    return {name: list(v) if name in _COLLECTIONS and v is not None else v for name, v in criteria.items()}  # type: ignore[call-overload]


def _columns_of(table: Table, wanted: Collection[str] | None, order: Sequence[str]) -> Select[Any]:
    """The columns that a reader gets, and those that the order needs. A result's ``recorded_at`` is its run's."""
    known = {frames.FRAME_NAMES.get(c.name, c.name): c for c in table.columns if c.name not in _INTERNAL}
    known.setdefault("recorded_at", _RUN.c.recorded_at)
    if wanted is None:
        return select(*known.values(), table.c.position)
    if unknown := set(wanted) - known.keys():
        raise TypeError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    return select(*(column for name, column in known.items() if name in {*wanted, *order}), table.c.position)


def _in_order(frame: pl.DataFrame, order: Sequence[str], criteria: Query) -> pl.DataFrame:
    """Sorted here: databases do not agree on the order of texts."""
    ordered = frame.sort(*order, "position") if frame.height > 1 else frame
    return _held_to(ordered[[name for name in frame.columns if name != "position"]], criteria)


def _of_scoped(query: Select[Any], name: str, given: _Names) -> Select[Any]:
    """The query held to the asked rows of a table whose rows can themselves be current."""
    scoped = _SCOPED[name]
    table, owner = scoped.table, scoped.table.c[scoped.owner]
    conditions = _conditions(table, given)
    if "run" in given:
        run = bindparam("run", type_=Integer)
        of_run = select(_RUN.c.input_set_id).where(_RUN.c.id == run).scalar_subquery()
        return query.where(owner == (run if scoped.owner == "run_id" else of_run), *conditions)
    if "known_at" not in given:
        return query.where(table.c.is_current, *conditions)
    best = current.ranked(scoped, bindparam("known_at", type_=_RUN.c.effective_at.type), *conditions)
    return query.join(best, and_(best.c.owner == owner, best.c.position == table.c.position)).where(
        best.c.rank == 1
    )


def _of_statements(query: Select[Any], table: Table, given: _Names) -> Select[Any]:
    """The query held to rows that belong to the asked statements."""
    conditions = _conditions(table, given)
    if "run" in given:
        return query.where(table.c.run_id == bindparam("run"), *conditions)
    head = Base.metadata.tables["statement"]
    statements = select(head.c.run_id, head.c.group_id, head.c.period_end)
    chosen = _of_scoped(statements, "statement", given - {"entities"}).subquery("chosen")
    return query.join(chosen, _same_statement(table, chosen)).where(*conditions)


def _same_statement(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    return and_(a.c.run_id == b.c.run_id, a.c.group_id == b.c.group_id, a.c.period_end == b.c.period_end)


def _conditions(table: Table, given: _Names) -> list[ColumnElement[bool]]:
    """The filters as SQL, each with its value as the parameter of its name."""
    found = []
    for name, column_name in _FILTERS.items():
        if name not in given:
            continue
        if column_name not in table.columns:
            raise TypeError(f"{table.name} cannot be filtered by {name}")
        column = table.c[column_name]
        if name == "since":
            found.append(column >= bindparam(name))
        elif name == "until":
            found.append(column <= bindparam(name))
        else:
            found.append(column.in_(bindparam(name, expanding=True)))
    return found


def _with_undeclared(declared: pl.DataFrame, found: pl.DataFrame, key: str, criteria: Query) -> pl.DataFrame:
    """The declared rows and, for ids that are only found elsewhere, what was last known of them."""
    undeclared = found.unique(key, keep="last").join(declared, on=key, how="anti")
    return _held_to(pl.concat([declared, undeclared], how="diagonal").sort(key), criteria)


def _held_to(frame: pl.DataFrame, criteria: Query) -> pl.DataFrame:
    wanted = criteria.get("columns")
    return frame if wanted is None else frame[[name for name in frame.columns if name in wanted]]
