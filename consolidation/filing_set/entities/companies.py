"""Companies through time: one company under several names, and where one ends (``entities``: successor_id, valid_to, ended_by).

A row that was ``renamed`` is an earlier name of its successor, the same company; one that was merged, dissolved or lost its
licence ends on ``valid_to``, whoever goes on with its business. This is the one place that resolves ids through time:
:meth:`Companies.on` for a statement of a day, which keeps the name of the time, :meth:`Companies.now` for a history.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

RENAMED = "renamed"


class Companies:
    """The names and ends of the companies of ``entities``, which may be empty."""

    def __init__(self, entities: pl.DataFrame) -> None:
        """Take the rows of ``entities``; one that is renamed to nobody, or in a circle, is no name of another."""
        self._next: dict[str, str] = {}
        self._last: dict[str, date] = {}
        self._ends: dict[str, date] = {}
        columns = ("entity_id", "successor_id", "valid_to", "ended_by")
        told = entities.filter(pl.col("ended_by").is_not_null()).select(columns)
        for entity, successor, valid_to, ended_by in told.sort("entity_id").iter_rows():
            if ended_by != RENAMED:
                if valid_to is not None:
                    self._ends[entity] = valid_to
            elif successor and entity not in self._chain(successor):
                self._next[entity] = successor
                if valid_to is not None:
                    self._last[entity] = valid_to
        self._former: dict[str, list[str]] = {}
        for entity in self._next:
            self._former.setdefault(self.now(entity), []).append(entity)

    def _chain(self, entity: str) -> list[str]:
        chain = [entity]
        while (following := self._next.get(chain[-1])) is not None:
            chain.append(following)
        return chain

    def now(self, entity: str) -> str:
        """The newest name of the company."""
        return self._chain(entity)[-1]

    def on(self, entity: str, day: date) -> str:
        """The name of the company on a day: of its names the earliest that had not ended, whichever it is called by."""
        newest = self.now(entity)
        former = [name for name in self._former.get(newest, ()) if self._last.get(name, date.min) >= day]
        return min(former, key=lambda name: self._last[name], default=newest)

    def names(self, entity: str) -> list[str]:
        """All names of the company, the newest first."""
        newest = self.now(entity)
        return [newest, *self._former.get(newest, ())]

    def end(self, entity: str) -> date | None:
        """The last day of a company that was merged, dissolved or lost its licence; None while it goes on."""
        return self._ends.get(self.now(entity))

    def former_names(self) -> list[str]:
        """The ids that are no company's newest name."""
        return sorted(self._next)

    def ended(self, day: date) -> list[str]:
        """The companies, by their newest names, that had ended before ``day``."""
        return sorted(entity for entity, last in self._ends.items() if last < day)

    def under_current_names(self, frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """The frame with its ids by the newest name, for one history through a change of name."""
        if not self._next:
            return frame
        newest = {entity: self.now(entity) for entity in self._next}
        return frame.with_columns(pl.col(columns or ("entity_id",)).replace(newest))

    def under_names_of_the_day(
        self, frame: pl.DataFrame, day: str, columns: Iterable[str] = ("entity_id",)
    ) -> pl.DataFrame:
        """The frame with its ids by the name that the company had on the day of each row; where that is empty, as they are."""
        for column in columns:
            known = sorted({*self._next, *self._former})
            pairs = frame.filter(pl.col(column).is_in(known), pl.col(day).is_not_null()).select(column, day)
            rows = [(entity, on, self.on(entity, on)) for entity, on in pairs.unique().iter_rows()]
            if not rows:
                continue
            schema = {column: pl.String, day: pl.Date, "name_of_the_day": pl.String}
            names = pl.DataFrame(rows, schema=schema, orient="row")
            order = frame.columns
            frame = frame.join(names, on=[column, day], how="left", maintain_order="left")
            frame = frame.with_columns(pl.coalesce("name_of_the_day", column).alias(column)).select(order)
        return frame

    def until_their_end(self, frame: pl.DataFrame, day: str, column: str = "entity_id") -> pl.DataFrame:
        """Without the rows about a company for a day after its end."""
        if not self._ends:
            return frame
        last = {name: end for entity, end in self._ends.items() for name in self.names(entity)}
        ended = pl.col(column).replace_strict(last, default=None, return_dtype=pl.Date)
        return frame.filter((pl.col(day) <= ended).fill_null(True))
