"""What is owed, by whom and when: the obligations of the rulebook, and the due dates that follow from them.

An obligation is a dated rulebook entry (``obligations.<id>``, written as docs/rulebook.md says). The version that counts is
the one in force at the period's end. Due dates include the day itself and never roll over a weekend or a holiday; beside
each stands the last working day on or before it. Nothing here knows a company: who shares a :class:`Profile` shares dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from consolidation.rulebook import DatedValue, Rulebook
from monitoring.calendar import WorkingDays

PREFIX = "obligations."
GROUP, INSURER, SUPERVISOR, ANY = "group", "insurer", "supervisor", "any"
INSURER_OR_GROUP = "insurer_or_group"
"""Whom the supervisor may order something."""
UNLISTED, LISTED, SUBSIDIARY_OF_LISTED = "unlisted", "listed", "subsidiary_of_listed"
EVENT = "event"
"""The ``period`` of an obligation that arises from an event and not from the calendar."""
YEAR_AHEAD = "year_ahead"
"""The ``period`` of a plan: its period's end is the day from which it looks ahead."""
AS_ORDERED = "as_ordered"
"""The kind of a due date that the supervisor sets and no law: ``ORDERED_MEASURE``, a measure that follows a flag."""
ORDERED_MEASURE = "ordered-measure"
DISCLOSE = "disclose"
AUDIT_REPORT = "audit_report"
"""``counted_from`` of a report that is due days after the audit report."""
NET_ASSETS = "net_assets"
"""What the limit of an occasion is a share of, where it is a share of the group's consolidated net assets."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What sets off an event's report.

    ``above`` is a limit as a fraction, where the law gives one; ``share_of`` says of what, where an amount is
    compared with it.
    """

    id: str
    zh: str
    en: str
    above: Decimal | None
    share_of: str


@dataclass(frozen=True, slots=True)
class DueRule:
    """One way in which an obligation falls due, for some period ends or occasions and some insurers (empty: all)."""

    kind: str
    period_ends: tuple[tuple[int, int], ...]
    occasions: tuple[Occasion, ...]
    insurers: frozenset[str]
    days: int
    month: int
    day: int
    year_offset: int
    counted_from: str
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """One version of an obligation, in force for period ends from ``valid_from`` to ``valid_to``."""

    id: str
    zh: str
    en: str
    article: str
    who: str
    groups: frozenset[str]
    actions: tuple[str, ...]
    period: str
    first_period: date | None
    late_disclosure_days: int
    rules: tuple[DueRule, ...]
    valid_from: date
    valid_to: date | None

    def rule_for(self, occasion: str) -> DueRule | None:
        """The rule under which an occasion falls."""
        for rule in self.rules:
            if any(o.id == occasion for o in rule.occasions):
                return rule
        return None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the law looks at to say what somebody owes: who it is, and which type of group or how listed."""

    who: str
    group_type: str = ""
    listing: str = ""


@dataclass(frozen=True, slots=True)
class DueDate:
    """When something is due.

    ``working_day`` is the due day or the last working day before it. ``with_report``: due on the day of the financial
    report, ``due_on`` being the last day that may be. ``looks_ahead``: it is not about the period that ended, so who is there
    on ``due_on`` owes it.
    """

    obligation: str
    period_end: date
    due_on: date
    working_day: date
    provisional: bool
    with_report: bool
    looks_ahead: bool
    article: str


class Catalogue:
    """All obligations of a rulebook, in all their versions."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._versions = _versions(rulebook)

    def ids(self) -> list[str]:
        """The ids of all obligations, without ``obligations.``."""
        return list(self._versions)

    def version(self, id: str, period_end: date) -> Obligation | None:
        """The version for a period's end or an event's day, None where the obligation no longer holds.

        What is owed for a period that ended the day before the law came into force (the first capital plan) follows the
        law's first version.

        :raises KeyError: for an id that the rulebook does not have.
        """
        versions = self._versions[id]
        found = versions[0]
        for one in versions:
            if one.valid_from <= period_end:
                found = one
        return None if found.valid_to is not None and found.valid_to < period_end else found

    def owed(self, profile: Profile) -> list[str]:
        """The obligations that a profile has by the calendar, in the order of their ids."""
        return [
            id
            for id, versions in self._versions.items()
            if any(v.period != EVENT and _concerns(v, profile) for v in versions)
        ]

    def due_dates(self, profile: Profile, since: date, until: date, days: WorkingDays) -> list[DueDate]:
        """All that a profile owes by the calendar and that is due from ``since`` to ``until``, by date."""
        found = [
            due
            for id in self.owed(profile)
            for period_end, version, rule in self._periods(id, profile, since.year - 2, until.year)
            if since <= (due := self._due(version, rule, period_end, days)).due_on <= until
        ]
        return sorted(found, key=lambda due: (due.due_on, due.obligation, due.period_end))

    def due_date(self, id: str, profile: Profile, period_end: date, days: WorkingDays) -> DueDate | None:
        """When a profile's obligation for one period is due; None where it has none for that period."""
        for end, version, rule in self._periods(id, profile, period_end.year, period_end.year):
            if end == period_end:
                return self._due(version, rule, period_end, days)
        return None

    def event_due(self, id: str, occasion: str, counted_from: date, days: WorkingDays) -> DueDate:
        """When the report of an event is due that is counted from a day; that day itself is not counted.

        :raises LookupError: naming what is wrong, for an obligation that is not of events or an occasion it does not have.
        """
        version = self.version(id, counted_from) if id in self._versions else None
        if version is None or version.period != EVENT:
            known = ", ".join(v.id for v in self.events(counted_from))
            raise LookupError(
                f"{id} is not an obligation that arises from an event; expected one of: {known}"
            )
        if any(rule.kind == AS_ORDERED for rule in version.rules):
            raise LookupError(f"{id} is due when the supervisor says")
        if version.who == ANY:
            raise LookupError(f"{id} is announced for a disclosure, not reported as an event")
        rule = version.rule_for(occasion)
        if rule is None:
            known = ", ".join(o.id for r in version.rules for o in r.occasions)
            raise LookupError(f"{id} has no occasion {occasion!r}; expected one of: {known}")
        if rule.kind == "working_days_after_event":
            counted = days.after(counted_from, rule.days)
            return DueDate(
                id, counted_from, counted.day, counted.day, counted.provisional, False, False, version.article
            )
        return _dated(version, counted_from, counted_from + timedelta(days=rule.days), days)

    def occasion(self, id: str, occasion: str, day: date) -> Occasion | None:
        """What sets off obligation ``id`` under this name on a day; None where it has no such occasion."""
        version = self.version(id, day) if id in self._versions else None
        rules = version.rules if version is not None else ()
        return next((o for rule in rules for o in rule.occasions if o.id == occasion), None)

    def events(self, day: date) -> Iterator[Obligation]:
        """The obligations in force on a day that arise from events."""
        for id in self._versions:
            version = self.version(id, day)
            if version is not None and version.period == EVENT:
                yield version

    def delay_of(self, id: str, period_end: date) -> tuple[Obligation, DueRule] | None:
        """The notice that allows a late disclosure of obligation ``id``; None where none does."""
        for version in self.events(period_end):
            for rule in version.rules:
                if rule.kind == "days_before_due" and id in rule.obligations:
                    return version, rule
        return None

    def _periods(
        self, id: str, profile: Profile, first_year: int, last_year: int
    ) -> Iterator[tuple[date, Obligation, DueRule]]:
        """The period ends of some years for which a profile owes the obligation, each with its version and rule."""
        ends = {end for v in self._versions[id] for rule in v.rules for end in rule.period_ends}
        for year in range(first_year, last_year + 1):
            for month, day in sorted(ends):
                period_end = date(year, month, day)
                version = self.version(id, period_end)
                if version is None or not _concerns(version, profile):
                    continue
                if version.first_period is None or period_end < version.first_period:
                    continue
                for rule in version.rules:
                    if (month, day) in rule.period_ends and (
                        not rule.insurers or profile.listing in rule.insurers
                    ):
                        yield period_end, version, rule

    def _due(self, version: Obligation, rule: DueRule, period_end: date, days: WorkingDays) -> DueDate:
        if rule.kind == "with":
            other = self.version(rule.obligations[0], period_end)
            assert other is not None, f"{version.id} is due with {rule.obligations[0]}, which is not in force"
            their = next(r for r in other.rules if (period_end.month, period_end.day) in r.period_ends)
            return _dated(version, period_end, self._due(other, their, period_end, days).due_on, days)
        return _dated(version, period_end, _due_day(rule, period_end), days, rule.kind)


def _due_day(rule: DueRule, period_end: date) -> date:
    if rule.kind in ("fixed_date", "with_financial_report"):
        return date(period_end.year + rule.year_offset, rule.month, rule.day)
    if rule.kind == "days_after_period_end":
        return period_end + timedelta(days=rule.days)
    raise ValueError(f"the rulebook has a due date of an unknown kind: {rule.kind}")


def _dated(version: Obligation, period_end: date, due_on: date, days: WorkingDays, kind: str = "") -> DueDate:
    working = days.on_or_before(due_on)
    return DueDate(
        version.id,
        period_end,
        due_on,
        working.day,
        working.provisional,
        kind == "with_financial_report",
        version.period == YEAR_AHEAD,
        version.article,
    )


def _concerns(version: Obligation, profile: Profile) -> bool:
    return version.who == profile.who and (not version.groups or profile.group_type in version.groups)


@lru_cache(maxsize=8)
def _versions(rulebook: Rulebook) -> Mapping[str, tuple[Obligation, ...]]:
    """Read once of each rulebook: whoever writes down a submission asks for it."""
    return {
        id.removeprefix(PREFIX): tuple(_obligation(entry) for entry in rulebook.history(id))
        for id in rulebook.ids()
        if id.startswith(PREFIX)
    }


def _obligation(entry: DatedValue) -> Obligation:
    value = entry.value
    return Obligation(
        id=entry.id.removeprefix(PREFIX),
        zh=entry.zh,
        en=entry.en,
        article=entry.article,
        who=value["who"],
        groups=frozenset(value.get("groups", ())),
        actions=tuple(value["action"]),
        period=value["period"],
        first_period=value.get("first_period"),
        late_disclosure_days=int(value.get("late_disclosure_days", 0)),
        rules=tuple(_rule(rule) for rule in value["rules"]),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )


def _rule(rule: Mapping[str, Any]) -> DueRule:
    due = rule["due"]
    ends = [end.split("-") for end in rule.get("period_ends", ())]
    return DueRule(
        kind=due["kind"],
        period_ends=tuple((int(month), int(day)) for month, day in ends),
        occasions=tuple(
            Occasion(e["id"], e["zh"], e["en"], e.get("above"), e.get("of", ""))
            for e in rule.get("events", ())
        ),
        insurers=frozenset(rule.get("insurers", ())),
        days=int(due.get("days", 0)),
        month=int(due.get("month", 0)),
        day=int(due.get("day", 0)),
        year_offset=int(due.get("year_offset", 0)),
        counted_from=due.get("counted_from", ""),
        obligations=tuple(due.get("obligations", ())),
    )
