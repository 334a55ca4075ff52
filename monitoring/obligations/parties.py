"""Who owes: the groups and insurers that the store knows, held against the law's list of groups that must file.

A group owes group reports only while it is on the list (``groups_required_to_file``), found there by its id or name, in
full, in short or in English, or by the name that the settings give it; the settings can also say outright that a group
must file, or need not. Every insurer of the store owes its own reports, from the first period that it filed for. Whether
it or its group is listed is not in any filing: the settings say so; it is a listed group's subsidiary while that group's
statements name it as one (a joint venture is none).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date, timedelta
from itertools import groupby, zip_longest
from typing import Annotated, Any, Literal

import dataframely as dy
import polars as pl
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, StrictBool, TypeAdapter
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection, and_, func, select

from consolidation.filing_set.entities.companies import Companies
from consolidation.results import columns as c
from consolidation.rulebook import Rulebook
from consolidation.words import say
from monitoring.obligations.catalogue import (
    GROUP,
    INSURER,
    SUBSIDIARY_OF_LISTED,
    SUPERVISOR,
    UNLISTED,
)
from monitoring.store import frames
from monitoring.store.layout.filed_tables import Base

SUPERVISOR_ID = "supervisor"
INSURER_KINDS = ("life", "property", "reinsurance")
HOLDING = "insurance_holding"
DOMESTIC = "CN"
JOINT_VENTURE = "joint_venture"


class ObligedParties(c.ResultSchema):
    """Who owes: one row a party and stretch of time for which it owes anything."""

    party_id = c.text("the group or company, or the supervisor")
    party_name = c.text("its name")
    who = c.text("what kind of party")
    group_type = c.text("of a group: what kind; else an empty text")
    listing = c.text("how the party is listed; of others an empty text")
    since = c.day_or_none("the first period's end; empty: no limit")
    until = c.day_or_none("the last period's end; empty: no limit")


def _day(given: Any) -> Any:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else given
    except ValueError:
        raise PydanticCustomError("day", "a day as YYYY-MM-DD") from None


Day = Annotated[date, Field(strict=True), BeforeValidator(_day)]
"""A date, or its text as YYYY-MM-DD."""
Filer = Field(validation_alias=AliasChoices("filer", "must_file"))
"""``filer`` in the file of recipients, ``must_file`` in the store."""


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class GroupSettings:
    """What the user says of a group: ``must_file`` overrules the list, ``name_in_law`` finds it there."""

    must_file: Annotated[StrictBool | None, Filer] = None
    name_in_law: Annotated[str, Field(min_length=1)] | None = None
    listed: StrictBool = False


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class CompanySettings:
    """What the user says of an insurer. ``financial_reports``: period's end → day of the financial report."""

    listing: Literal["unlisted", "listed", "subsidiary_of_listed"] | None = None
    must_file: Annotated[StrictBool, Filer] = True
    since: Day | None = None
    until: Day | None = None
    financial_reports: Annotated[
        dict[Day, Day], BeforeValidator(lambda given: {} if given is None else given)
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObligationSettings:
    """What the user says about who owes what. ``track_from``: nothing that was due before is tracked."""

    track_from: Day | None = None
    groups: Mapping[str, GroupSettings] = field(default_factory=dict)
    companies: Mapping[str, CompanySettings] = field(default_factory=dict)


_STORED = TypeAdapter(ObligationSettings)


def settings_text(settings: ObligationSettings) -> str:
    """ObligationSettings as JSON, to be stored."""
    return json.dumps(_STORED.dump_python(settings, mode="json"), ensure_ascii=False, sort_keys=True)


def settings_of(text: str | None) -> ObligationSettings:
    """ObligationSettings from the text of :func:`settings_text`; without one, those of a user who has said nothing."""
    return _STORED.validate_json(text) if text else ObligationSettings()


def parties(
    connection: Connection, rulebook: Rulebook, settings: ObligationSettings
) -> dy.DataFrame[ObligedParties]:
    """All who owe, as :class:`ObligedParties`, in the order of their ids."""
    groups = ObligedParties.of_rows(list(_groups(connection, rulebook, settings)))
    supervisor = pl.DataFrame(
        [(SUPERVISOR_ID, say("deadlines.supervisor", "zh"), SUPERVISOR, "", "", None, None)],
        schema=ObligedParties.polars_schema(),
        orient="row",
    )
    companies = _insurers(connection, settings)
    return ObligedParties.typed(pl.concat([groups, companies, supervisor]).sort("who", "party_id", "since"))


def settings_frame(settings: ObligationSettings) -> pl.DataFrame:
    """party_id, period_end, reported_on: the days of financial reports that are known."""
    rows = [
        (id, period_end, day)
        for id, company in settings.companies.items()
        for period_end, day in company.financial_reports.items()
    ]
    return pl.DataFrame(
        rows,
        schema={"party_id": pl.String, "period_end": pl.Date, "reported_on": pl.Date},
        orient="row",
    )


def _groups(
    connection: Connection, rulebook: Rulebook, settings: ObligationSettings
) -> Iterator[tuple[str, str, str, str, str, date | None, date | None]]:
    for id, name, group_type in _known_groups(connection):
        given = settings.groups.get(id, GroupSettings())
        if given.must_file is not None:
            if given.must_file:
                yield id, name, GROUP, group_type, "", None, None
            continue
        names = {_plain(text) for text in (given.name_in_law or "", id, name) if text}
        for position, version in enumerate(rulebook.history("groups_required_to_file")):
            found = next((entry for entry in version.value if names & _names_of(entry)), None)
            if found is not None:
                first = None if position == 0 else version.valid_from
                yield id, name, GROUP, found["type"], "", first, version.valid_to


def _names_of(entry: Mapping[str, Any]) -> set[str]:
    return {_plain(entry[key]) for key in ("name", "short_name", "name_en") if key in entry}


def _plain(name: str) -> str:
    """A name without what makes the same name look different: width of signs, spaces, case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _known_groups(connection: Connection) -> list[tuple[str, str, str]]:
    """id, name and type of every group that was declared, filed or computed."""
    tables = Base.metadata.tables
    found: dict[str, tuple[str, str]] = {}
    filed, computed, declared = tables["group_filing"], tables["statement"], tables["insurance_group"]
    for (id,) in connection.execute(select(filed.c.group_id).where(filed.c.is_current).distinct()):
        found[id] = (id, HOLDING)
    latest = select(computed.c.group_id, computed.c.name, computed.c.group_type).order_by(
        computed.c.period_end
    )
    for id, name, group_type in connection.execute(latest.where(computed.c.is_current)):
        found[id] = (name or id, group_type or HOLDING)
    named = select(declared.c.group_id, declared.c.name, declared.c.type).where(declared.c.is_current)
    for id, name, group_type in connection.execute(named):
        found[id] = (name or id, group_type or HOLDING)
    return [(id, name, group_type) for id, (name, group_type) in sorted(found.items())]


def _insurers(connection: Connection, settings: ObligationSettings) -> pl.DataFrame:
    entity, filing = Base.metadata.tables["entity"], Base.metadata.tables["solo_filing"]
    declared = frames.read(
        connection,
        select(*(entity.c[name] for name in _OF_ENTITIES)).where(entity.c.is_current),
    )
    companies = Companies(declared)
    declared = declared.filter(~pl.col("entity_id").is_in(companies.former_names()))
    filed = frames.read(
        connection,
        select(
            filing.c.entity_id,
            func.max(filing.c.kind).label("filed_kind"),
            func.min(filing.c.period_end).label("since"),
        )
        .where(filing.c.is_current, func.coalesce(filing.c.rules, "") != "local")
        .group_by(filing.c.entity_id),
    )
    filed = (
        companies.under_current_names(filed)
        .group_by("entity_id")
        .agg(pl.col("filed_kind").max(), pl.col("since").min())
    )
    ends = [(entity, companies.end(entity)) for entity in declared["entity_id"]]
    ended = pl.DataFrame(ends, schema={"entity_id": pl.String, "ended": pl.Date}, orient="row")
    given = pl.DataFrame(
        [(id, c.listing, c.must_file, c.since, c.until) for id, c in settings.companies.items()],
        schema={
            "entity_id": pl.String,
            "listing": pl.String,
            "must_file": pl.Boolean,
            "from": pl.Date,
            "until": pl.Date,
        },
        orient="row",
    )
    return (
        declared.join(filed, on="entity_id", how="full", coalesce=True)
        .join(given, on="entity_id", how="left")
        .join(ended, on="entity_id", how="left")
        .join(_in_listed_groups(connection, settings), on="entity_id", how="left")
        .filter(
            pl.coalesce("kind", "filed_kind").is_in(INSURER_KINDS),
            pl.coalesce("jurisdiction", pl.lit(DOMESTIC)) == DOMESTIC,
            pl.coalesce("must_file", pl.lit(True)),
        )
        .select(
            party_id="entity_id",
            party_name=pl.coalesce("name", "entity_id"),
            who=pl.lit(INSURER),
            group_type=pl.lit(""),
            listing=pl.coalesce("listing", "listing_by_group", pl.lit(UNLISTED)),
            since=pl.max_horizontal(pl.coalesce("from", "since"), "listing_from"),
            until=pl.min_horizontal("until", "listing_until", "ended"),
        )
        .filter(pl.coalesce(pl.col("since") <= pl.col("until"), True))
    )


_OF_ENTITIES = ("entity_id", "name", "kind", "jurisdiction", "successor_id", "valid_to", "ended_by")
_STRETCHES = {
    "entity_id": pl.String,
    "listing_by_group": pl.String,
    "listing_from": pl.Date,
    "listing_until": pl.Date,
}


def _in_listed_groups(connection: Connection, settings: ObligationSettings) -> pl.DataFrame:
    """When members of listed groups were subsidiaries of one and when not, where the settings do not say how they are listed.

    What a group's statement says of its members holds until its next one; the first says what was before.
    """
    listed = sorted(id for id, group in settings.groups.items() if group.listed)
    periods, members = _subsidiaries(connection, listed)
    rows: list[tuple[str, str, date | None, date | None]] = []
    for entity, held in sorted(members.items()):
        if (given := settings.companies.get(entity)) and given.listing:
            continue
        changes = sorted({period for group in held for period in periods[group][1:]})
        spans = [
            (any(_holding_on(day, periods[group]) in ends for group, ends in held.items()), day)
            for day in [date.min, *changes]
        ]
        stretches = [next(span) for _, span in groupby(spans, key=lambda span: span[0])]
        for (belongs, first), after in zip_longest(stretches, stretches[1:]):
            since = None if first == date.min else first
            until = after[1] - timedelta(days=1) if after else None
            rows.append((entity, SUBSIDIARY_OF_LISTED if belongs else UNLISTED, since, until))
    return pl.DataFrame(rows, schema=_STRETCHES, orient="row")


def _holding_on(day: date, periods: list[date]) -> date:
    """The last period's end until a day, or the first one."""
    return max((period for period in periods if period <= day), default=periods[0])


def _subsidiaries(
    connection: Connection, groups: list[str]
) -> tuple[dict[str, list[date]], dict[str, dict[str, set[date]]]]:
    """By group the ends of the periods it has a statement for; by member, by group, those in which it was controlled."""
    member, statement = Base.metadata.tables["group_member"], Base.metadata.tables["statement"]
    counts = and_(statement.c.is_current, statement.c.group_id.in_(groups))
    periods: dict[str, list[date]] = {}
    with_statement = select(statement.c.group_id, statement.c.period_end).where(counts)
    for group, period in connection.execute(with_statement.order_by(statement.c.period_end)):
        periods.setdefault(group, []).append(period)
    same = [member.c[key] == statement.c[key] for key in ("run_id", "group_id", "period_end")]
    controlled = select(member.c.entity_id, member.c.group_id, member.c.period_end).join(
        statement, and_(*same)
    )
    members: dict[str, dict[str, set[date]]] = {}
    for entity, group, period in connection.execute(
        controlled.where(counts, func.coalesce(member.c.relation, "") != JOINT_VENTURE)
    ):
        members.setdefault(entity, {}).setdefault(group, set()).add(period)
    return periods, members
