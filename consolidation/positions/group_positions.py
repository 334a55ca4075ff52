"""From the sums over all positions to what each group has: its parties, what was left out, who holds what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, Severity, from_rows, info, warning
from consolidation.minimum_capital.concentration import COUNTERPARTY, LARGEST_LISTED, SECTOR, floor_amount
from consolidation.money import PLACES, ZERO, add, less
from consolidation.positions.context import AggregationContext
from consolidation.positions.exact_sums import NO_SUMS, KeySums, Numbers
from consolidation.positions.exclusions import ASSET_MANAGER, NO_MANAGER
from consolidation.positions.partial_sums import (
    LARGEST_LEFT_OUT,
    PARTY,
    ExposureTotals,
    PartialSums,
    codes_used,
    ids,
    parties_frame,
)
from consolidation.provenance import Cell, Input, Step
from consolidation.results.schemas import Holders, LargestPositions

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
        highest = {index: _highest(sums.get(index, NO_SUMS), limits[index]) for index in sorted(limits)}
        parties = parties_frame(highest, self.sums.name).with_columns(pl.col("party").cast(pl.String))
        sizes = [len(of_one.keys) for of_one in highest.values()]
        return {
            index: parties.slice(end - size, size).select("party", "amount")
            for index, size, end in zip(highest, sizes, accumulate(sizes), strict=True)
        }

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
        of_sectors = parties_frame(self.sums.sector.sums, self.sums.name)
        for index, party, amount in of_sectors.select(*PARTY, "amount").iter_rows():
            sectors.setdefault(index, []).append((party, amount))
        for index in self._kinds:
            found += self._without_sector(index, sectors.get(index, []))
        return found

    def _unlisted(self, counterparties: pl.DataFrame) -> list[Finding]:
        """One warning a counterparty that ``counterparties`` does not have, for the largest; the rest in one."""
        unlisted = self._parties_and_debtors
        listed = ids(counterparties["counterparty_id"].cast(self.sums.name))
        unlisted[listed[listed < len(unlisted)]] = False
        if not unlisted.any():
            return []
        by_party = (
            self._exposures_to(unlisted)
            .group_by("party")
            .agg(pl.col("amount").sum(), groups=pl.col("group_period_index").n_unique())
            .with_columns(name=pl.col("party").cast(pl.String))
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
        in_error_codes = ids(pl.Series(in_error, dtype=pl.String).cast(self.sums.name))
        exposed = self._exposures_to(codes_used([in_error_codes]))
        exposed = exposed.select("group_period_index", name=pl.col("party").cast(pl.String))
        exposed = exposed.unique().sort("group_period_index", "name")
        return from_rows(
            Severity.ERROR,
            "counterparty-in-error",
            exposed.join(self._numbered_group_periods, on="group_period_index", maintain_order="left"),
            table="counterparties",
            column="counterparty_id",
            value=pl.col("name"),
            article="Rule 19 A26",
        )

    @property
    def _parties_and_debtors(self) -> Numbers:
        """By code whose class is looked at: counterparties, and debtors in whose place a guarantor stands."""
        parties = (sums.keys for sums in self.sums.counterparty.sums.values())
        return codes_used([*parties, ids(self._debtors["party"])])

    @cached_property
    def _debtors(self) -> pl.DataFrame:
        return self.sums.issuers.filter(~pl.col("kind").is_in(self._own_product_kinds))

    def _exposures_to(self, wanted: Numbers) -> pl.DataFrame:
        """group_period_index, party, amount of the counterparties and debtors that are ``wanted`` (by code)."""
        columns = (*PARTY, "amount")
        sums = _of_parties(self.sums.counterparty.sums, wanted)
        debtors = _rows_of_parties(self._debtors, wanted)
        return pl.concat([parties_frame(sums, self.sums.name).select(columns), debtors.select(columns)])

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
        parties = np.count_nonzero(codes_used(sums.keys for sums in self.sums.counterparty.sums.values()))
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
        """Who holds each listed counterparty and sector, the largest first; see :class:`~consolidation.results.schemas.Holders`."""
        frames: list[pl.DataFrame] = [Holders.without_rows()]
        for test, listed in self._listed(concentration):
            totals = self.exposure_totals(test)
            held = self._of_listed(totals.holders, listed)
            by_party = held.group_by(PARTY).agg(held=pl.col("amount").sum(), seen=pl.col("positions").sum())
            rest = (
                self._of_listed(
                    parties_frame(_of_parties(totals.sums, self._codes_of(listed)), self.sums.name), listed
                )
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
        """The largest positions of each listed counterparty and sector; see :class:`~consolidation.results.schemas.LargestPositions`."""
        classes = pl.Series([kind.asset_class for kind in self.context.kinds])
        frames: list[pl.DataFrame] = [LargestPositions.without_rows()]
        for test, listed in self._listed(concentration):
            of_listed = self._of_listed(self.exposure_totals(test).largest, listed)
            named = of_listed.with_columns(asset_class=classes.gather(of_listed["kind"]))
            frames.append(named.select(LargestPositions.column_names()))
        return _in_order(pl.concat(frames), "file", "row")

    def _listed(self, concentration: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """group_id, period_end, group_period_index, test, party of each test."""
        keys = ["group_id", "period_end"]
        numbered = concentration.select(*keys, "test", "party").join(self._numbered_group_periods, on=keys)
        for test in (COUNTERPARTY, SECTOR):
            yield test, numbered.filter(pl.col("test") == test)

    def _codes_of(self, listed: pl.DataFrame) -> Numbers:
        return codes_used([ids(listed["party"].cast(self.sums.name))])

    def _of_listed(self, frame: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
        """The rows of listed parties, all ids as text."""
        numbered = listed.with_columns(pl.col("party").cast(self.sums.name))
        rows = _rows_of_parties(frame, self._codes_of(listed))
        return rows.join(numbered, on=PARTY).with_columns(pl.selectors.categorical().cast(pl.String))


def _of_parties(sums: Mapping[int, KeySums], wanted: Numbers) -> dict[int, KeySums]:
    """The sums of the parties that are ``wanted`` (by code)."""
    return {index: of_one.take(_is_wanted(of_one.keys, wanted)) for index, of_one in sums.items()}


def _rows_of_parties(frame: pl.DataFrame, wanted: Numbers) -> pl.DataFrame:
    """The rows of the parties that are ``wanted``: by an array of all codes, where a join would hash millions of rows."""
    codes = frame["party"].to_physical().fill_null(len(wanted)).to_numpy()
    return frame.filter(pl.Series(_is_wanted(codes, wanted)))


def _is_wanted(codes: Numbers, wanted: Numbers) -> Numbers:
    found: Numbers = wanted.take(codes, mode="clip") & (codes < len(wanted))
    return found


def _highest(sums: KeySums, limit: Decimal) -> KeySums:
    """The sums of all parties above a limit, and of the largest of the others."""
    high, low = divmod(int(floor_amount(limit).scaleb(PLACES)), 2**64)
    near = int(np.count_nonzero(sums.about() >= float(low) + high * 2.0**64))
    found = sums.take(sums.largest(near + LARGEST_LISTED))
    falling = np.lexsort((found.low, found.high))[::-1]
    above = np.count_nonzero((found.high > high) | ((found.high == high) & (found.low > low)))
    last = falling[: above + LARGEST_LISTED][-1:]  # none where there are no sums
    least_high, least_low = found.high[last], found.low[last]
    return found.take((found.high > least_high) | ((found.high == least_high) & (found.low >= least_low)))


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
