"""What must hold in every simulation, read off the committed store and the mail that arrived, not by the program's own functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from consolidation.sentence import read_text
from jobs.scheduler.timetable import DEADLINES, DELIVERY, RUNS
from jobs.scheduler.watched_folder import CONSOLIDATED, DIED_TWICE, KNOWN
from monitoring.calendar import CHINA, day_in_china
from monitoring.flags.consequences.alerts import CURSOR
from tests.simulation.database import Database
from tests.simulation.processes import Office, Scheduler
from tests.simulation.recipients import RECIPIENTS, who_hears
from tests.simulation.timeline import Timeline

LEASE_SECONDS = 30.0
REFUSALS = (" is locked: ", " fails to read or write")
"""What a database says that is locked or whose disk fails."""


def _process_of(holder: str | None) -> str | None:
    """The process that held the lease under this name: it takes a new one each time that it has lost it."""
    return holder and holder.rpartition(".")[0]


class Violation(BaseException):
    """Something that must never happen has happened; no program catches it as a fault of its own."""


@dataclass
class Invariants:
    """Watches a simulation; every method raises :class:`Violation`."""

    timeline: Timeline
    office: Office
    steps: tuple[int, ...]
    schedulers: list[Scheduler] = field(default_factory=list)
    database: Database = field(init=False)
    arrived: dict[tuple[str, int], list[bool]] = field(default_factory=lambda: defaultdict(list))
    """Person and alert → for each arrival whether it said that it may be a second one."""
    seen: Counter[str] = field(default_factory=Counter)
    _made_of: dict[int, set[int]] = field(default_factory=dict)
    """Message → the alerts that it was made of; what it takes along later is not among them."""
    _last_beat: float = 0.0

    def _ask(self, query: str, *values: object) -> list[Any]:
        return self.database.ask(query, *values)

    # no write by who lost the lease

    def before_commit(self, connection: Any, tables: frozenset[str]) -> None:
        """Whoever commits holds the lease, or writes only what became of its own message; nobody takes the lease from the living."""
        task = self.timeline.current
        assert task is not None
        kept = self._ask("SELECT holder, token FROM lease")
        if "lease" in tables:
            self._lease_changes(connection, kept[0] if kept else (None, 0))
        elif task.holder is not None and (not kept or kept[0][0] != task.holder):
            if tables != {"message"} or not self._only_answers(connection, task.process.name):
                raise Violation(f"{task.holder} wrote to {sorted(tables)}, the lease is {kept}")
            self.seen["answers of who was replaced"] += 1
        if tables == {"message", "alert_copy"}:
            self._note_new_messages(connection)
        if "alert_copy" in tables and task.holder is not None:
            self._nothing_dropped_too_soon(connection, task.holder)
        if "alert" in tables and task.holder is not None:
            self._no_reminder_early(connection, task.holder)
        if "scheduled_job" in tables:
            self._jobs_fail_by_the_database_alone(connection)

    def _shown_in(self, holder: str, *jobs: str) -> list[datetime]:
        """What the clock has shown since the first of these jobs, as this holder does them at present, has begun."""
        begins = [s.begun[holder, job] for s in self.schedulers for job in jobs if (holder, job) in s.begun]
        return self.database.readings_since(min(begins, default=0.0))

    def _no_reminder_early(self, connection: Any, holder: str) -> None:
        """What is written now is a reminder of a step whose day has come."""
        today = max(map(day_in_china, self._shown_in(holder, DEADLINES, RUNS)))
        last = self._ask("SELECT coalesce(max(id), 0) FROM alert")[0][0]
        query = "SELECT key FROM alert WHERE words = 'reminder' AND id > ?"
        for (key,) in self.database.ask_inside(connection, query, last):
            _, _, last_day, step = key.split("/")
            if date.fromisoformat(last_day) - timedelta(days=int(step)) > today:
                raise Violation(f"{key} is written on {today}, before its day")

    def _jobs_fail_by_the_database_alone(self, connection: Any) -> None:
        """Whatever people, mail and processes do, no job fails but by what the database refuses."""
        query = "SELECT name, problem FROM scheduled_job WHERE problem IS NOT NULL"
        for name, kept in self.database.ask_inside(connection, query):
            problem = read_text(kept).message()
            if not any(text in problem for text in REFUSALS):
                raise Violation(f"{name} fails: {problem}")

    def _nothing_dropped_too_soon(self, connection: Any, holder: str) -> None:
        """What is said to be told too late now was of use until a day before any that the clock has shown in this pass."""
        today = max(map(day_in_china, self._shown_in(holder, DELIVERY))).isoformat()
        query = (
            "SELECT c.alert_id, c.person FROM alert_copy c JOIN alert a ON a.id = c.alert_id"
            " WHERE c.dropped = 'too late' AND a.useful_until >= ?"
        )
        if new := {*self.database.ask_inside(connection, query, today)} - {*self._ask(query, today)}:
            raise Violation(f"dropped as too late on {today}, but still of use: {sorted(new)}")

    def _note_new_messages(self, connection: Any) -> None:
        query = "SELECT message_id, alert_id FROM alert_copy WHERE message_id > ?"
        last = max(self._made_of, default=0)
        for message, alert in self.database.ask_inside(connection, query, last):
            self._made_of.setdefault(message, set()).add(alert)

    def _lease_changes(self, connection: Any, before: tuple[str | None, int]) -> None:
        columns = "SELECT holder, token, beat FROM lease"
        (after,) = self.database.ask_inside(connection, columns)
        if self._ask(columns) == [after]:
            return
        silent = self.timeline.now - self._last_beat
        if after[:2] != before and after[0] is not None:
            if before[0] is not None and silent < LEASE_SECONDS * 0.98:
                raise Violation(f"{after} took the lease from {before}, who was heard of {silent:.1f} s ago")
            self.seen["taken over" if before[0] else "taken when free"] += 1
        self._last_beat = self.timeline.now

    def _only_answers(self, connection: Any, process: str) -> bool:
        """Of messages that this process sent, under whichever of its leases: any of its threads writes down what is not yet."""
        columns = "SELECT id, status, sender, person, body, subject, attempts FROM message"
        before = {row[0]: row for row in self._ask(columns)}
        after = self.database.ask_inside(connection, columns)
        return all(before[row[0]] == row or _process_of(before[row[0]][2]) == process for row in after)

    # none twice unmarked, none early

    def arrives(self, person: str, key: str, marked: bool) -> None:
        """A mail was taken by the server."""
        rows = self._ask(
            "SELECT a.id, a.created_at, a.urgent, m.id, a.useful_until FROM alert a JOIN alert_copy c ON c.alert_id = a.id"
            " JOIN message m ON m.id = c.message_id WHERE m.key = ? AND m.person = ? AND c.dropped IS NULL",
            *(key, person),
        )
        if not rows:
            raise Violation(f"a mail to {person} carries nothing that the store knows of: {key}")
        self.timeline.note(f"arrives {person} message {rows[0][3]} {marked}")
        for number, *_ in rows:
            marks = self.arrived[person, number]
            marks.append(marked)
            if marks.count(False) > 1:
                raise Violation(f"{person} was told alert {number} {len(marks)} times, not marked: {marks}")
        self.seen["arrived marked" if marked else "arrived"] += 1
        again = self._ask("SELECT attempts FROM message WHERE key = ?", key)[0][0] > 1
        again = again and any(number in self._made_of[rows[0][3]] for number, *_ in rows)
        self._not_early(person, [(_moment(at), bool(urgent)) for _, at, urgent, *_ in rows], again)
        if not marked:  # what may have arrived before goes out as it was
            self._of_use(person, [useful_until for *_, useful_until in rows if useful_until])

    def _of_use(self, person: str, last_days: list[str]) -> None:
        task = self.timeline.current
        assert task is not None and task.holder is not None
        today = min(map(day_in_china, self._shown_in(task.holder, DELIVERY))).isoformat()
        if last_days and min(last_days) < today:
            raise Violation(f"{person} was told on {today} what was of use until {min(last_days)}")

    def _not_early(self, person: str, alerts: list[tuple[datetime, bool]], again: bool) -> None:
        """``again``: something in it was to be told before, so that it is late, not early."""
        task = self.timeline.current
        assert task is not None and task.holder is not None
        if not any(_may_arrive(person, at, alerts, again) for at in self._shown_in(task.holder, DELIVERY)):
            raise Violation(f"{person} was told at {self.database.time().astimezone(CHINA)}: {alerts}")

    # no alert lost

    def after_job(self, name: str, begun: datetime) -> None:
        """When the deadlines of a day were done, each open obligation has been reminded of as the day wants."""
        if name != DEADLINES:
            return
        done = self._ask("SELECT succeeded_at FROM scheduled_job WHERE name = ?", DEADLINES)
        if not done or done[0][0] is None or _moment(done[0][0]) < begun or begun > self.database.time():
            return
        today = min(day_in_china(begun), day_in_china(self.database.time()))
        steps = defaultdict(list)
        for (key,) in self._ask("SELECT key FROM alert WHERE words = 'reminder'"):
            _, number, day, step = key.split("/")
            steps[int(number.partition(".")[0]), day].append(int(step))
        open_ones = self._ask(
            "SELECT id, last_day, state FROM obligation o WHERE state IN ('upcoming', 'due_soon', 'overdue')"
            " AND NOT EXISTS (SELECT 1 FROM solo_filing f WHERE f.is_current AND f.entity_id = o.party_id"
            " AND f.period_end = o.period_end AND (o.obligation = 'solo-quarterly-report'"
            " OR o.obligation = 'solo-audited-q4' AND f.basis = 'annual'))"
        )  # what was filed already is not reminded of
        self.seen["days of deadlines"] += 1
        for number, last_day, _ in open_ones:
            left = (date.fromisoformat(last_day) - today).days
            wanted = left if left < 0 else min((s for s in self.steps if left <= s), default=None)
            if wanted is not None and min(steps[number, last_day], default=999) > wanted:
                raise Violation(f"obligation {number} was not reminded of on {today}: {left} days left")

    def _no_job_fails(self) -> None:
        """When all has been well for a while, no job fails, and the deadlines of the day are done."""
        jobs = self._ask("SELECT name, failures, problem, succeeded_at FROM scheduled_job")
        for name, failures, problem, _ in jobs:
            if failures:
                raise Violation(f"{name} still fails at the end, {failures} times in a row: {problem}")
        done = next((at for name, _, _, at in jobs if name == DEADLINES and at), None)
        if done is None or day_in_china(_moment(done)) < day_in_china(self.database.time()):
            raise Violation(f"the deadlines were last done at {done}")

    def at_the_end(self) -> None:
        """All alerts have reached all who hear of them, or were left out for a reason that holds."""
        kept = {
            key: said for key, *said in self._ask("SELECT key, escalated, urgent, useful_until FROM alert")
        }
        for key, alert in self.office.raised.items():
            if key not in kept:
                raise Violation(f"the store took alert {key} and does not have it")
            said = [alert.escalated, alert.urgent, alert.useful_until and alert.useful_until.isoformat()]
            if kept[key] != said:
                raise Violation(f"the store took alert {key} as {said} and has {kept[key]}")
        waiting = self._ask("SELECT id, status, problem FROM message WHERE status NOT IN ('sent', 'void')")
        if waiting:
            raise Violation(f"not sent at the end: {waiting}")
        self._no_job_fails()
        copies = defaultdict(dict)
        for number, person, message, dropped in self._ask(
            "SELECT alert_id, person, message_id, dropped FROM alert_copy"
        ):
            copies[number][person] = (message, dropped)
        for number, topic, party, escalated, useful_until, obligation, at, urgent in self._ask(
            "SELECT id, topic, party_id, escalated, useful_until, obligation_id, created_at, urgent FROM alert"
        ):
            alert = (_moment(at), bool(urgent))
            if set(copies[number]) != who_hears(topic, party, bool(escalated)):
                raise Violation(f"alert {number} {topic, party, escalated} went to {sorted(copies[number])}")
            for person, (message, dropped) in copies[number].items():
                waits = message is None and not _may_arrive(person, self.database.time(), [alert], False)
                if waits and dropped is None:
                    self.seen["wait for their hour"] += 1
                elif not self.arrived.get((person, number)):
                    self._left_out(number, person, dropped, useful_until, obligation)
        self._jobs_are_done()
        self.seen["alerts"] += len(kept)
        self.seen["copies"] += sum(map(len, copies.values()))

    # sets, runs and flags

    def _jobs_are_done(self) -> None:
        """In a seed whose schedulers have all jobs: no set, run or flag was lost, no data was run twice."""
        sets = self._ask("SELECT place, status, problem FROM watched_set")
        if not sets:
            return
        self.seen["sets"] += len(sets)
        for place, status, problem in sets:
            died_twice = problem is not None and read_text(problem) == DIED_TWICE
            if status not in (CONSOLIDATED, KNOWN) and not died_twice:
                raise Violation(f"{place} is {status} at the end: {problem}")
        twice = self._ask(
            "SELECT s.data_hash, count(*) FROM run r JOIN input_set s ON s.id = r.input_set_id"
            " GROUP BY s.data_hash HAVING count(*) > 1"
        )
        if twice:
            raise Violation(f"run more than once: {twice}")
        ends = dict(self._ask("SELECT name, cursor FROM scheduled_job"))
        runs, events = self._ask("SELECT max(r.id), (SELECT max(id) FROM flag_event) FROM run r")[0]
        if (ends[RUNS], ends.get(CURSOR)) != (runs, events):  # without any event of flags nobody has told any
            raise Violation(f"{ends}: there are {runs} runs and {events} events of flags")
        self.seen["runs"] += runs
        self.seen["events of flags"] += events or 0

    def _left_out(
        self, alert: int, person: str, dropped: str | None, useful_until: str | None, obligation: int | None
    ) -> None:
        what = f"{person} was not told alert {alert} ({dropped})"
        if dropped == "too late":
            last = max(day_in_china(at) for at in self.database.readings_since(0.0))
            if useful_until is None or date.fromisoformat(useful_until) >= last:
                raise Violation(f"{what}: it was of use until {useful_until}")
        elif dropped == "done":
            state = self._ask("SELECT state FROM obligation WHERE id = ?", obligation)[0][0]
            if state in ("upcoming", "due_soon", "overdue"):
                raise Violation(f"{what}: the obligation is {state}")
        elif dropped == "superseded":
            later = self._ask(
                "SELECT max(alert_id) FROM alert_copy c JOIN alert a ON a.id = c.alert_id WHERE a.obligation_id = ?"
                " AND c.person = ? AND (c.dropped IS NULL OR c.dropped = 'done')",
                *(obligation, person),
            )[0][0]
            if later is None or later < alert:
                raise Violation(f"{what}: nothing later was told")
        else:
            raise Violation(what)
        self.seen[f"left out: {dropped}"] += 1


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _may_arrive(person: str, at: datetime, alerts: list[tuple[datetime, bool]], again: bool) -> bool:
    """Whether a mail may reach somebody then: outside the quiet hours, and not before the hour of the digest."""
    who, local = RECIPIENTS.people[person], at.astimezone(CHINA)
    if who.quiet is not None and (local.hour >= 22 or local.hour < 7):
        return False
    if who.digest is None or again or any(urgent for _, urgent in alerts):
        return True
    hour = local.replace(hour=9, minute=0, second=0, microsecond=0)
    last_hour = hour if hour <= local else hour - timedelta(days=1)
    return any(since <= last_hour for since, _ in alerts)
