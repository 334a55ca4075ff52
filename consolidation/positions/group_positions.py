"""From the sums over all positions to what each group has: its parties, what was left out, who holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, Severity, from_rows, info, warning
from consolidation.minimum_capital.concentration import COUNTERPARTY, LARGEST_LISTED, SECTOR, floor_amount
from consolidation.money import AMOUNT, ZERO, add, less
from consolidation.positions.context import AggregationContext
from consolidation.positions.exclusions import ASSET_MANAGER, NO_MANAGER
from consolidation.positions.partial_sums import LARGEST_LEFT_OUT, PARTY, ExposureTotals, PartialSums
from consolidation.provenance import Cell, Input, Step
from consolidation.result_schemas import Holders, LargestPositions

MOST_UNLISTED = 50
"""Counterparties missing from ``counterparties`` that are told by name, the largest first."""


@dataclass(frozen=True)
class GroupPositions:
    """The positions of all groups, summed."""

    context: AggregationContext
    sums: PartialSums

    def exposure_totals(self, test: str) -> ExposureTotals:
        """The sums that a test of counterparties or sectors goes by."""
        return self.sums.counterparty if test == COUNTERPARTY else self.sums.sector

    def parties(self, test: str, limits: Mapping[int, Decimal]) -> Mapping[int, pl.DataFrame]:
        """party, amount by group and period: every party above the limit of its group and period, and enough of the others to list."""
        sums = self.exposure_totals(test).sums
        return {index: _above_and_largest(_of_group_period(sums, index), limits[index]) for index in limits}

    @cached_property
    def _kinds(self) -> Mapping[int, Sequence[tuple[int, Decimal, int]]]:
        """Number of the kind, amount and number of positions by group and period."""
        found: dict[int, list[tuple[int, Decimal, int]]] = {}
        for index, kind, amount, positions in self.sums.kinds.sort("group_period_index", "kind").iter_rows():
            found.setdefault(index, []).append((kind, amount, positions))
        return found

    def any_for(self, index: int) -> bool:
        """Whether a company of the group has any position that day."""
        return index in self._kinds

    def left_out(self, test: str, index: int, article: str) -> tuple[Input, ...]:
        """What the test does not measure, by reason, and what companies of the group owe each other.

        Under each reason its largest positions, each with who issued it.
        """
        day = self.context.group_periods[index][1]
        reasons = self._reasons(test, index)
        by_reason: dict[str, _LeftOut] = {}
        for kind, amount, positions in self._kinds.get(index, ()):
            reason = reasons[kind]
            if reason is not None:
                of_reason = by_reason.setdefault(reason, _LeftOut())
                of_reason.amounts.append(amount)
                of_reason.positions += positions
                of_reason.largest += self._largest_left_out.get((index, kind), ())
        return tuple(
            Step("left_out", add(found.amounts), article=article, inputs=found.shown(day), note=reason)
            for reason, found in sorted(by_reason.items())
        )

    @cached_property
    def _largest_left_out(self) -> Mapping[tuple[int, int], Sequence[_Position]]:
        """The largest positions by group and period and number of the kind."""
        found: dict[tuple[int, int], list[_Position]] = {}
        for index, kind, *position in self.sums.left_out.iter_rows():
            found.setdefault((index, kind), []).append(_Position(*position))
        return found

    def _reasons(self, test: str, index: int) -> Sequence[str | None]:
        """By number of the kind why a test leaves it out that day; None where it does not."""
        return self._reasons_by_test[test][self.context.exclusions_index[index]]

    @cached_property
    def _reasons_by_test(self) -> Mapping[str, Sequence[Sequence[str | None]]]:
        """The same for each of the different exclusions."""
        laws, kinds = self.context.exclusions, self.context.kinds
        by_test = {COUNTERPARTY: [law.counterparty for law in laws], SECTOR: [law.sector for law in laws]}
        return {
            test: [
                ["within_group" if kind.within else kind.reason(rules) for kind in kinds] for rules in by_law
            ]
            for test, by_law in by_test.items()
        }

    def findings(
        self,
        counterparties: pl.DataFrame,
        given: bool,
        kinds: pl.DataFrame,
        in_error: Sequence[str] = (),
    ) -> list[Finding]:
        """Counterparties without a class, products of whom is not clear, and positions without a sector.

        :param kinds: entity_id, kind of the companies of all groups.
        :param in_error: counterparties whose row was set aside: of what class they are, nobody can say.
        """
        found = self._unlisted(counterparties) if given else self._none_listed()
        found += self._of_unknown_class(in_error)
        found += self._unclear_managers(counterparties, kinds)
        sectors: dict[int, list[tuple[str, Decimal]]] = {}
        for index, party, amount in self.sums.sector.sums.select(*PARTY, "amount").iter_rows():
            sectors.setdefault(index, []).append((party, amount))
        for index in self._kinds:
            found += self._without_sector(index, sectors.get(index, []))
        return found

    def _unlisted(self, counterparties: pl.DataFrame) -> list[Finding]:
        """One warning a counterparty that ``counterparties`` does not have, for the largest; the rest in one."""
        sums = self._parties_and_debtors
        parties = pl.DataFrame({"party": _each_once(sums["party"])})
        names = parties.with_columns(name=pl.col("party").cast(pl.String))
        strange = names.join(counterparties.select(name="counterparty_id"), on="name", how="anti")
        by_party = (
            _of_parties(sums, strange["party"])
            .join(strange, on="party")
            .group_by("name")
            .agg(pl.col("amount").sum(), groups=pl.col("group_period_index").n_unique())
            .sort("amount", "name", descending=[True, False])
        )
        where = {"table": "counterparties", "column": "counterparty_id", "article": "Rule 19 A26"}
        found = from_rows(
            Severity.WARNING,
            "counterparty-not-listed",
            by_party.head(MOST_UNLISTED),
            value=pl.col("name"),
            expected="class",
            detail={"amount": pl.col("amount"), "groups": pl.col("groups")},
            **where,
        )
        rest = by_party.slice(MOST_UNLISTED)
        if len(rest):
            total = {"amount": f"{add(rest['amount']):f}"}
            found.append(warning("counterparties-not-listed", value=str(len(rest)), detail=total, **where))
        return found

    def _of_unknown_class(self, in_error: Sequence[str]) -> list[Finding]:
        """An error for each group that is exposed to one of these counterparties: limit and factor depend on the class."""
        if not in_error:
            return []
        exposed = self._parties_and_debtors.select("group_period_index", name=pl.col("party").cast(pl.String))
        exposed = exposed.filter(pl.col("name").is_in(in_error)).unique().sort("group_period_index", "name")
        return from_rows(
            Severity.ERROR,
            "counterparty-in-error",
            exposed.join(self._numbered_group_periods, on="group_period_index", maintain_order="left"),
            table="counterparties",
            column="counterparty_id",
            value=pl.col("name"),
            article="Rule 19 A26",
        )

    @cached_property
    def _parties_and_debtors(self) -> pl.DataFrame:
        """group_period_index, party, amount: whose class is looked at – counterparties, and debtors in whose place a guarantor stands."""
        columns = (*PARTY, "amount")
        debtors = self.sums.issuers.filter(~pl.col("kind").is_in(self._own_product_kinds))
        return pl.concat([self.sums.counterparty.sums.select(columns), debtors.select(columns)])

    @cached_property
    def _own_product_kinds(self) -> Sequence[int]:
        return [number for number, kind in enumerate(self.context.kinds) if kind.own_manager]

    def _unclear_managers(self, counterparties: pl.DataFrame, kinds: pl.DataFrame) -> list[Finding]:
        """Products that are exempt although it is not said whose they are, or their manager is no asset manager.

        One warning a group and product, for the largest; the rest of each sort in one.
        """
        products = self.context.products.join(kinds, left_on="manager_id", right_on="entity_id", how="left")
        rows = counterparties.select("counterparty_id", "source_file", "source_row")
        held = (
            self.sums.issuers.filter(pl.col("kind").is_in(self._own_product_kinds))
            .with_columns(counterparty_id=pl.col("party").cast(pl.String))
            .join(self._numbered_group_periods, on="group_period_index")
            .join(products, on="counterparty_id")
            .join(rows, on="counterparty_id")
            .group_by(
                "group_period_index",
                "group_id",
                "counterparty_id",
                "manager_id",
                "kind_right",
                "source_file",
                "source_row",
            )
            .agg(pl.col("amount").sum())
            .group_by("group_id", "counterparty_id", "manager_id", "kind_right", "source_file", "source_row")
            .agg(pl.col("amount").max())
            .sort("amount", "group_id", "counterparty_id", descending=[True, False, False])
        )
        said = pl.col("manager_id") != NO_MANAGER
        sorts = (
            ("product-manager-unknown", held.filter(~said), "manager_id"),
            (
                "product-manager-no-asset-manager",
                held.filter(said & pl.col("kind_right").ne_missing(ASSET_MANAGER)),
                ASSET_MANAGER,
            ),
        )
        return [finding for sort in sorts for finding in _of_products(*sort)]

    @cached_property
    def _numbered_group_periods(self) -> pl.DataFrame:
        """group_period_index, group_id, period_end."""
        return pl.DataFrame(
            [(index, *key) for index, key in enumerate(self.context.group_periods)],
            schema={"group_period_index": pl.UInt32, "group_id": pl.String, "period_end": pl.Date},
            orient="row",
        )

    def _none_listed(self) -> list[Finding]:
        parties = self.sums.counterparty.sums["party"].n_unique()
        if not parties:
            return []
        return [warning("counterparties-not-given", table="counterparties", value=str(parties))]

    def _without_sector(self, index: int, sectors: Sequence[tuple[str, Decimal]]) -> list[Finding]:
        group_id, day = self.context.group_periods[index]
        reasons = self._reasons(SECTOR, index)
        measured = add(amount for kind, amount, _ in self._kinds[index] if reasons[kind] is None)
        where: dict[str, Any] = {
            "table": EXPOSURES,
            "group_id": group_id,
            "period_end": day,
            "article": "Rule 19 A31",
        }
        found = []
        nowhere = less(measured, *(amount for _, amount in sectors))
        if nowhere > ZERO:
            found.append(info("positions-without-sector", column="sector", value=f"{nowhere:f}", **where))
        unnamed = add(amount for party, amount in sectors if party.startswith("/"))
        if unnamed > ZERO:
            where |= {"column": "sector_scheme", "expected": "SWS | GICS"}
            found.append(warning("sector-without-scheme", value=f"{unnamed:f}", **where))
        return found

    def holders(self, concentration: pl.DataFrame) -> pl.DataFrame:
        """Who holds each listed counterparty and sector, the largest first; see :class:`~consolidation.result_schemas.Holders`."""
        frames: list[pl.DataFrame] = [Holders.create_empty()]
        for test in (COUNTERPARTY, SECTOR):
            listed = self._listed(concentration, test)
            held = self._of_listed(self.exposure_totals(test).holders, listed)
            by_party = held.group_by(PARTY).agg(held=pl.col("amount").sum(), seen=pl.col("positions").sum())
            rest = (
                self._of_listed(self.exposure_totals(test).sums, listed)
                .join(by_party, on=PARTY, how="left")
                .with_columns(
                    amount=pl.col("amount") - pl.col("held").fill_null(0),
                    positions=pl.col("positions") - pl.col("seen").fill_null(0),
                    entity_id=pl.lit(""),
                )
                .filter(pl.col("positions") > 0)
            )
            frames += [frame.select(Holders.column_names()) for frame in (held, rest)]
        return _in_order(pl.concat(frames))

    def positions(self, concentration: pl.DataFrame) -> pl.DataFrame:
        """The largest positions of each listed counterparty and sector; see :class:`~consolidation.result_schemas.LargestPositions`."""
        classes = pl.Series([kind.asset_class for kind in self.context.kinds])
        frames: list[pl.DataFrame] = [LargestPositions.create_empty()]
        for test in (COUNTERPARTY, SECTOR):
            listed = self._listed(concentration, test)
            of_listed = self._of_listed(self.exposure_totals(test).largest, listed)
            named = of_listed.with_columns(asset_class=classes.gather(of_listed["kind"]))
            frames.append(named.select(LargestPositions.column_names()))
        return _in_order(pl.concat(frames), "file", "row")

    def _listed(self, concentration: pl.DataFrame, test: str) -> pl.DataFrame:
        return (
            concentration.filter(pl.col("test") == test)
            .join(self._numbered_group_periods, on=["group_id", "period_end"])
            .select("group_id", "period_end", "group_period_index", "test", "party")
        )

    def _of_listed(self, frame: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
        """The rows of listed parties, all ids as text."""
        numbered = listed.with_columns(pl.col("party").cast(frame.schema["party"]))
        of_parties = _of_parties(frame, numbered["party"])
        return of_parties.join(numbered, on=PARTY).with_columns(pl.selectors.categorical().cast(pl.String))


def _of_parties(frame: pl.DataFrame, parties: pl.Series) -> pl.DataFrame:
    """The rows of some parties (Categorical): by an array of all codes, where a join would hash millions of rows."""
    codes, wanted = (ids.to_physical().fill_null(0).to_numpy() for ids in (frame["party"], parties))
    is_wanted = np.zeros(1 + max(codes.max(initial=0), wanted.max(initial=0)), np.bool_)
    is_wanted[wanted] = True
    return frame.filter(pl.Series(is_wanted.take(codes)))


def _each_once(ids: pl.Series) -> pl.Series:
    """Each id (Categorical) once, none of nobody."""
    codes = ids.to_physical().drop_nulls().to_numpy()
    found = np.zeros(1 + int(codes.max(initial=0)), np.bool_)
    found[codes] = True
    return pl.Series(np.flatnonzero(found)).cast(pl.UInt32).cat.to(ids.dtype)


def _of_group_period(sums: pl.DataFrame, index: int) -> pl.DataFrame:
    """The rows of one group and period of sums that stand in the order of these: a view, where a filter would copy millions."""
    bounds = pl.Series([index, index + 1], dtype=pl.UInt32)
    start, end = sums["group_period_index"].search_sorted(bounds, side="left")
    return sums.slice(start, end - start)


def _above_and_largest(sums: pl.DataFrame, limit: Decimal) -> pl.DataFrame:
    """party, amount of every party above a limit, and of the largest of the others."""
    is_above = pl.col("amount") > pl.lit(floor_amount(limit), AMOUNT)
    below = sums.filter(~is_above)
    least = below["amount"].top_k(LARGEST_LISTED).min()
    largest = below.filter(pl.col("amount") >= pl.lit(least, AMOUNT))
    return pl.concat([sums.filter(is_above), largest]).select(pl.col("party").cast(pl.String), "amount")


class _Position(NamedTuple):
    """A row of :attr:`~consolidation.positions.partial_sums.PartialSums.left_out`."""

    party: str | None
    entity_id: str
    amount: Decimal
    file: str
    row: int


@dataclass(slots=True)
class _LeftOut:
    """What a test leaves out for one reason."""

    amounts: list[Decimal] = field(default_factory=list)
    positions: int = 0
    largest: list[_Position] = field(default_factory=list)

    def shown(self, day: date) -> tuple[Step, ...]:
        """The largest positions, and what the others come to."""
        first = sorted(self.largest, key=lambda p: (-p.amount, p.file, p.row))[:LARGEST_LEFT_OUT]
        shown = tuple(_issued_by(position, day) for position in first)
        further = self.positions - len(shown)
        if not further:
            return shown
        rest = less(add(self.amounts), *(position.amount for position in first))
        return (*shown, Step("further_positions", rest, note=f"{further:,}"))


def _issued_by(position: _Position, day: date) -> Step:
    key = {"entity_id": position.entity_id, "period_end": day.isoformat()}
    value = f"{position.amount:f}"
    at = Cell(EXPOSURES, key, "carrying_amount", position.file, position.row, value)
    return Step("issued_by", position.amount, inputs=(at,), note=position.party or "")


def _of_products(code: str, held: pl.DataFrame, expected: str) -> list[Finding]:
    """One warning for each group and product, the largest; the rest in one."""
    where: dict[str, Any] = {"table": "counterparties", "column": "manager_id", "article": "Rule 19 A26(四)"}
    found = from_rows(
        Severity.WARNING,
        code,
        held.head(MOST_UNLISTED),
        value=pl.col("counterparty_id"),
        expected=expected,
        detail={
            "amount": pl.col("amount"),
            "manager": pl.col("manager_id"),
            "kind": pl.col("kind_right").fill_null("–"),
        },
        **where,
    )
    # What is left is said at the first row that is not named, of no group: it may be of several.
    return found + from_rows(
        Severity.WARNING,
        "more-of-the-same",
        held.slice(MOST_UNLISTED, 1).select("source_file", "source_row"),
        value=str(len(held) - MOST_UNLISTED),
        detail={"code": code},
        **where,
    )


def _in_order(frame: pl.DataFrame, *last: str) -> pl.DataFrame:
    keys = ["group_id", "period_end", "test", "party", "amount", "entity_id", *last]
    return frame.sort(keys, descending=[k == "amount" for k in keys])
