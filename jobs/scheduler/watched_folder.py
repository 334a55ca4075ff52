"""The watched folder: every filing set that lands there is consolidated, once.

A sub-folder is a set, and so is a workbook. It is complete when it holds a file ``_COMPLETE``, or when nothing in it has changed from one pass
to the next. A workbook of an annex is no set: who sent it is told what to do with it. What a set was like when it was dealt with is remembered (names, sizes, times of its files): it is taken up
again only when that changes. A set with data that a run already has (by hash, under the same rulebook) is not run again.
A set that cannot be used is reported once and not tried again until somebody changes it; neither is one at which the
program died twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import Row

from consolidation.findings import Finding
from consolidation.sentence import Part, Phrase, Sentence, in_words
from jobs.faults import sentence_of
from jobs.pipeline import FolderNotWritten
from monitoring.alerts.outbox import PROBLEM, NewAlert, insert_once, raise_alerts
from monitoring.clock import database_time
from monitoring.scheduling.lease import LeaseLost
from monitoring.scheduling.tables import WatchedSet
from monitoring.store.database import StoreError
from monitoring.store.layout.filed_tables import Base
from monitoring.store.store import REJECTED, RunRecord, Store

MARK = "_COMPLETE"
WATCHED = Base.metadata.tables[str(WatchedSet.__tablename__)]

TRYING, TRYING_AGAIN = "trying", "trying again"
CONSOLIDATED, WITH_ERRORS, KNOWN, REFUSED = "consolidated", "consolidated with errors", "known", "refused"
"""What became of a set; ``known``: a run with the same data was there already."""

_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et")

DIED_TWICE = in_words("watched.died-twice")

_log = logging.getLogger("rule19.watch")


class _Changing(Exception):
    """The set changed while it was read: it was not complete, the next pass looks again."""


@dataclass
class WatchedFolder:
    """The folder with what this process has seen of it.

    :param out: results go into a folder of the set's name in here.
    :param store: fenced, so that who was replaced records nothing (:class:`monitoring.scheduling.lease.FencedStore`).
    """

    folder: Path
    out: Path
    store: Store
    _seen: dict[str, str] = field(default_factory=dict)

    def consolidate_new(self) -> list[str]:
        """One pass; gives the names of the sets that were taken up.

        :raises StoreError: if the database cannot be used; the next pass goes on from there.
        :raises OSError: if the folder itself cannot be read.
        """
        return [place.name for place, seen in self._complete() if self._take_up(place, seen)]

    def _complete(self) -> Iterator[tuple[Path, str]]:
        before, self._seen = self._seen, {}
        for place in sorted(p for p in self.folder.iterdir() if _may_be_a_set(p)):
            seen = _fingerprint(place)
            if seen is None:
                continue
            self._seen[place.name] = seen
            if (place / MARK).exists() or before.get(place.name) == seen:
                yield place, seen

    def _take_up(self, place: Path, seen: str) -> bool:
        if not self._begin(place, seen):
            return False
        try:
            status, problem = self._consolidate(place, seen)
        except (StoreError, LeaseLost):
            raise
        except _Changing:
            self._forget(place)
            return False
        except FolderNotWritten as fault:
            status, problem = WITH_ERRORS, fault.sentence
        except Exception as fault:
            status, problem = REFUSED, sentence_of(fault)
        self._end(place, seen, status, problem)
        _log.info("%s: %s%s", place.name, status, f": {problem.message()}" if problem else "")
        return True

    def _begin(self, place: Path, seen: str) -> bool:
        """Whether the set is to be taken up now; remembers that it is, for whoever comes after a crash."""
        with self.store.reading() as connection:
            known = self._remembered(connection, place)
        before = known.status if known is not None and known.fingerprint == seen else None
        if before == TRYING_AGAIN:
            self._end(place, seen, REFUSED, DIED_TWICE)
            return False
        if before not in (None, TRYING):
            return False
        self._write(place, seen, TRYING_AGAIN if before else TRYING, None)
        return True

    def _consolidate(self, place: Path, seen: str) -> tuple[str, Sentence | None]:
        from consolidation.progress import Progress
        from consolidation.rulebook import Rulebook
        from consolidation.structure.scope import Scope
        from jobs.pipeline import run
        from jobs.pipeline.reading import usable_set
        from monitoring.flags.store import keep_run

        book, started_at = Rulebook.load(), datetime.now(UTC)
        filing_set = usable_set(str(place), "utf-8")
        if self._has_run(filing_set.data_hash, book.hash):
            return KNOWN, None

        def record_unless_changed(record: RunRecord) -> int:
            if _fingerprint(place) != seen:
                raise _Changing
            return keep_run(self.store, record)

        finished = run(
            filing_set,
            self.out / place.name,
            scope=Scope(),
            rulebook=book,
            started_at=started_at,
            arguments={"set": str(place), "watched": True},
            record=record_unless_changed,
            progress=Progress(),
        )
        blocked = finished.result.blocked
        if blocked:
            return WITH_ERRORS, _stopped(blocked)
        if finished.has_errors():
            return WITH_ERRORS, in_words("watched.findings")
        left_out = [f for f in filing_set.findings if f.code == "workbook-annex"]
        return (WITH_ERRORS, _one_after_the_other(left_out)) if left_out else (CONSOLIDATED, None)

    def _has_run(self, data_hash: str, rulebook_hash: str) -> bool:
        runs, sets = Base.metadata.tables["run"], Base.metadata.tables["input_set"]
        query = (
            select(runs.c.id)
            .join(sets, sets.c.id == runs.c.input_set_id)
            .where(sets.c.data_hash == data_hash, runs.c.rulebook_hash == rulebook_hash)
            .where(runs.c.rulebook_overlay.is_(None), runs.c.status != REJECTED)
        )
        with self.store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    # What is remembered

    def _remembered(self, connection: Connection, place: Path) -> Row[Any] | None:
        return connection.execute(select(WATCHED).where(WATCHED.c.place == str(place))).one_or_none()

    def _write(self, place: Path, seen: str, status: str, problem: Sentence | None) -> None:
        with self.store.writing() as connection:
            self._put(connection, place, seen, status, problem)

    def _end(self, place: Path, seen: str, status: str, problem: Sentence | None) -> None:
        """What became of the set, and word of it to people, in one transaction."""
        words = {REFUSED: "set_refused", WITH_ERRORS: "set_with_errors", CONSOLIDATED: "set_consolidated"}
        with self.store.writing() as connection:
            self._put(connection, place, seen, status, problem)
            if status in words:
                key = f"watched:{hashlib.sha256(str(place).encode()).hexdigest()[:16]}:{seen}"
                told = {PROBLEM: problem.calling(str(place), place.name).kept()} if problem else {}
                places = {"set": place.name} | told
                raise_alerts(
                    connection, [NewAlert(key, "run", words[status], places, urgent=status == REFUSED)]
                )

    def _put(
        self, connection: Connection, place: Path, seen: str, status: str, problem: Sentence | None
    ) -> None:
        now = database_time(connection)
        kept = problem.kept_as_text() if problem else None
        values = {"fingerprint": seen, "tried_at": now, "status": status, "problem": kept}
        if not insert_once(connection, WATCHED, [{"place": str(place), **values}], ["place"]):
            connection.execute(update(WATCHED).where(WATCHED.c.place == str(place)).values(values))

    def _forget(self, place: Path) -> None:
        with self.store.writing() as connection:
            connection.execute(WATCHED.delete().where(WATCHED.c.place == str(place)))

    def abandon(self) -> None:
        """What is being worked on was cut short on purpose, not by its own fault.

        :raises StoreError: if the database cannot be used.
        """
        with self.store.writing() as connection:
            connection.execute(WATCHED.delete().where(WATCHED.c.status.in_([TRYING, TRYING_AGAIN])))


def _stopped(blocked: Iterable[tuple[str, date]]) -> Sentence:
    each = [Phrase("watched.stopped.one", {"group": g, "period": day.isoformat()}) for g, day in blocked]
    return Sentence((Phrase("watched.stopped"), *_with_between(each, Phrase("alert.and"))))


def _one_after_the_other(findings: Iterable[Finding]) -> Sentence:
    return Sentence(tuple(_with_between(findings, " ")))


def _with_between(parts: Iterable[Part], between: Part) -> list[Part]:
    return [each for part in parts for each in (between, part)][1:]


def _may_be_a_set(place: Path) -> bool:
    """A folder or a workbook, and nothing hidden, open in Excel or still arriving under such a name."""
    if place.name.startswith((".", "~$")):
        return False
    return place.is_dir() or (place.suffix.lower() in _WORKBOOKS and place.is_file())


def _fingerprint(place: Path) -> str | None:
    """Names, sizes and times of all files of a set, as one text; None where there is none or it is being moved."""
    try:
        files = [
            (path.relative_to(place).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
            for path in ([place] if place.is_file() else sorted(place.rglob("*")))
            if path.is_file() and path.name != MARK
        ]
    except OSError:
        return None
    return hashlib.sha256(repr(files).encode()).hexdigest() if files else None
