"""From the sums over all positions to what each group has: its parties, what was left out, who holds what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding, Severity, from_rows, info, warning
from consolidation.minimum_capital.concentration import ARTICLES, COUNTERPARTY, LARGEST_LISTED, SECTOR
from consolidation.money import EXACT, PLACES, ZERO, add, assert_exact, floor_amount, less
from consolidation.positions.context import AggregationContext
from consolidation.positions.exact_sums import NO_SUMS, KeySums, Numbers, largest, to_amounts
from consolidation.positions.exclusions import ASSET_MANAGER, MANAGED, NO_MANAGER
from consolidation.positions.partial_sums import (
    LARGEST_LEFT_OUT,
    PARTY,
    PartialSums,
    codes_used,
    ids,
)
from consolidation.provenance import Cell, Input, Step
from consolidation.results.schemas import Holders, LargestPositions
from consolidation.structure.membership import GroupPeriod

MOST_UNLISTED = 50
"""Counterparties missing from ``counterparties`` that are told by name, the largest first."""

_HOLDERS = {COUNTERPARTY: "holders", SECTOR: "sectors"}
_LARGEST = {COUNTERPARTY: "largest", SECTOR: "largest_of_sectors"}
"""By test the tables of the sums."""


def numbered(group_periods: Sequence[GroupPeriod]) -> pl.DataFrame:
    """group_period_index, group_id, period_end."""
    return pl.DataFrame(
        [(index, *key) for index, key in enumerate(group_periods)],
        schema={"group_period_index": pl.UInt32, "group_id": pl.String, "period_end": pl.Date},
        orient="row",
    )


@dataclass(frozen=True)
class GroupPositions:
    """The positions of all groups, summed."""

    context: AggregationContext
    sums: PartialSums

    @cached_property
    def exposures(self) -> Mapping[str, Mapping[int, KeySums]]:
        """By test and group_period_index what there is to every counterparty and sector."""
        return {COUNTERPARTY: self.sums.parties, SECTOR: self.sums.of_sectors()}

    def parties(self, test: str, limits: Mapping[int, Decimal]) -> Mapping[int, list[tuple[str, Decimal]]]:
        """Party and amount by group and period: every party above the limit of its group and period, and enough of the others to list."""
        sums = self.exposures[test]
        highest = {index: _highest(sums.get(index, NO_SUMS), limit) for index, limit in limits.items()}
        found: dict[int, list[tuple[str, Decimal]]] = {index: [] for index in limits}
        for index, party, amount in self._named(highest):
            found[index].append((party, amount))
        return found

    def _named(self, sums: Mapping[int, KeySums]) -> Iterator[tuple[int, str, Decimal]]:
        """group_period_index, party, amount of parties that are few."""
        codes = [code for of_one in sums.values() for code in of_one.keys.tolist()]
        names = iter(pl.Series(codes, dtype=pl.UInt32).cat.to(self.sums.name).cast(pl.String).to_list())
        for index, of_one in sums.items():
            for low, high in zip(of_one.low.tolist(), of_one.high.tolist(), strict=True):
                yield index, next(names), EXACT.scaleb(Decimal(high << 64 | low), -PLACES)

    def any_for(self, index: int) -> bool:
        """Whether a company of the group has any position that day."""
        return index in self._measured

    @cached_property
    def _measured(self) -> Mapping[int, Decimal]:
        """By group and period what its companies hold and the test of sectors measures."""
        found: dict[int, Decimal] = {}
        for index, reason, amount, _ in self._by_reason[SECTOR].iter_rows():
            found[index] = found.get(index, ZERO) if reason else amount
        return found

    @cached_property
    def _by_reason(self) -> Mapping[str, pl.DataFrame]:
        """By test group_period_index, reason, amount, positions: what is left out for which reason; null: what is measured."""
        keys = ("group_period_index", "reason")
        return {
            test: _summed(self._with_reason(test, self.sums.frame("kinds")), *keys).sort(keys)
            for test in (COUNTERPARTY, SECTOR)
        }

    def _with_reason(self, test: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows with the reason why the test leaves their kind of position out that day; null where it does not."""
        kinds = self.context.kinds
        by_law = (law.counterparty if test == COUNTERPARTY else law.sector for law in self.context.exclusions)
        reasons = [
            "within_group" if kind.within else kind.reason(rules) for rules in by_law for kind in kinds
        ]
        law = pl.Series(self.context.exclusions_index, dtype=pl.UInt32).gather(frame["group_period_index"])
        return frame.with_columns(
            reason=pl.Series(reasons, dtype=pl.String).gather(law * len(kinds) + frame["kind"])
        )

    @cached_property
    def left_out(self) -> Mapping[str, Mapping[int, tuple[Input, ...]]]:
        """By test and group and period what is not measured, by reason, and what companies of the group owe each other.

        Under each reason its largest positions, each with who issued it.
        """
        falling = self.sums.frame("left_out").sort("amount", "file", "row", descending=[True, False, False])
        return {test: self._left_out(test, falling) for test in (COUNTERPARTY, SECTOR)}

    def _left_out(self, test: str, falling: pl.DataFrame) -> dict[int, tuple[Input, ...]]:
        by_reason = self._with_reason(test, falling).group_by(
            "group_period_index", "reason", maintain_order=True
        )
        largest: dict[tuple[int, str], list[Step]] = {}
        for index, reason, _, *position in by_reason.head(LARGEST_LEFT_OUT).iter_rows():
            day = self.context.group_periods[index][1]
            largest.setdefault((index, reason), []).append(_issued_by(day, *position))
        found: dict[int, tuple[Input, ...]] = {}
        for index, reason, amount, positions in self._by_reason[test].iter_rows():
            if reason is None:
                continue
            steps = largest.get((index, reason), [])
            if further := positions - len(steps):
                rest = less(amount, *(step.amount for step in steps if step.amount is not None))
                steps.append(Step("further_positions", rest, note=f"{further:,}"))
            step = Step("left_out", amount, article=ARTICLES[test], inputs=tuple(steps), note=reason)
            found[index] = (*found.get(index, ()), step)
        return found

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
        for index, party, amount in self._named(self.exposures[SECTOR]):
            sectors.setdefault(index, []).append((party, amount))
        for index, measured in self._measured.items():
            found += self._without_sector(index, measured, sectors.get(index, []))
        return found

    def _unlisted(self, counterparties: pl.DataFrame) -> list[Finding]:
        """One warning a counterparty that ``counterparties`` does not have, for the largest; the rest in one."""
        by_party = (
            self._exposures_to(~self._by_code(counterparties["counterparty_id"]))
            .lazy()
            .group_by("party")
            .agg(pl.col("amount").sum(), groups=pl.col("group_period_index").n_unique())
            .with_columns(name=pl.col("party").cast(pl.String))
            .sort("amount", "name", descending=[True, False])
            .collect()
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
        exposed = self._exposures_to(self._by_code(pl.Series(in_error, dtype=pl.String)))
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

    def _by_code(self, parties: pl.Series) -> Numbers:
        """By code whether it is one of these parties; the last stands for every code beyond, which is none of them."""
        return np.append(codes_used([ids(parties.cast(self.sums.name))]), False)

    def _exposures_to(self, wanted: Numbers) -> pl.DataFrame:
        """group_period_index, party, amount of those that are ``wanted`` (by code).

        Counterparties, and debtors in whose place a guarantor stands: the class of both is looked at.
        """
        columns = (*PARTY, "amount")
        sums = _of_parties(self.sums.parties, wanted)
        debtors = self._issuers.filter(~self._is_own_product).drop_nulls("party")
        at = np.flatnonzero(wanted.take(ids(debtors["party"]), mode="clip")).tolist()
        return pl.concat([self._frame(sums).select(columns), debtors[at].select(columns)])

    def _frame(self, sums: Mapping[int, KeySums]) -> pl.DataFrame:
        """group_period_index, party, amount, positions of parties by group and period."""
        keys, low, high, positions = map(np.concatenate, zip(NO_SUMS, *sums.values(), strict=True))
        sizes = [len(of_one.keys) for of_one in sums.values()]
        return pl.DataFrame(
            [
                pl.Series("group_period_index", np.repeat([*sums], sizes), pl.UInt32),
                pl.Series("party", keys).cast(pl.UInt32).cat.to(self.sums.name),
                to_amounts(low, high),
                pl.Series("positions", positions).cast(pl.UInt64),
            ]
        )

    @cached_property
    def _issuers(self) -> pl.DataFrame:
        return self.sums.frame("issuers")

    @property
    def _is_own_product(self) -> pl.Expr:
        """Of issuers, whether they are the products of a group's own managers."""
        return pl.col("kind").is_in([n for n, kind in enumerate(self.context.kinds) if kind.own_manager])

    def _unclear_managers(self, counterparties: pl.DataFrame, kinds: pl.DataFrame) -> list[Finding]:
        """Products that are exempt although it is not said whose they are, or their manager is no asset manager.

        One warning a group and product, for the largest; the rest of each sort in one.
        """
        managers = kinds.lazy().select(manager_id="entity_id", manager_kind="kind")
        products = (
            counterparties.lazy()
            .filter(pl.col("class") == MANAGED)
            .with_columns(pl.col("manager_id").fill_null(NO_MANAGER))
            .join(managers, on="manager_id", how="left")
        )
        held = (
            self._issuers.lazy()
            .filter(self._is_own_product)
            .group_by(PARTY)
            .agg(pl.col("amount").sum())
            .join(self._numbered_group_periods.lazy(), on="group_period_index")
            .group_by("group_id", counterparty_id=pl.col("party").cast(pl.String))
            .agg(pl.col("amount").max())
            .join(products, on="counterparty_id")
            .sort("amount", "group_id", "counterparty_id", descending=[True, False, False])
            .collect()
        )
        said = pl.col("manager_id") != NO_MANAGER
        is_manager = pl.col("manager_kind").eq_missing(ASSET_MANAGER)
        unknown, no_manager = held.filter(~said), held.filter(said, ~is_manager)
        return [
            *_of_products("product-manager-unknown", unknown, "manager_id"),
            *_of_products("product-manager-no-asset-manager", no_manager, ASSET_MANAGER),
        ]

    @cached_property
    def _numbered_group_periods(self) -> pl.DataFrame:
        return numbered(self.context.group_periods)

    def _none_listed(self) -> list[Finding]:
        parties = np.count_nonzero(codes_used(sums.keys for sums in self.sums.parties.values()))
        if not parties:
            return []
        return [warning("counterparties-not-given", table="counterparties", value=str(parties))]

    def _without_sector(
        self, index: int, measured: Decimal, sectors: Sequence[tuple[str, Decimal]]
    ) -> list[Finding]:
        group_id, day = self.context.group_periods[index]
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
        frames: list[pl.LazyFrame] = []
        for test, listed in self._listed(concentration):
            sums = _of_parties(self.exposures[test], self._by_code(listed["party"]))
            held = _of_listed(self.sums.frame(_HOLDERS[test]), listed)
            by_party = held.group_by(PARTY).agg(held=pl.col("amount").sum(), seen=pl.col("positions").sum())
            rest = (
                _of_listed(self._frame(sums), listed)
                .join(by_party, on=PARTY, how="left")
                .with_columns(
                    amount=pl.col("amount") - pl.col("held").fill_null(0),
                    positions=pl.col("positions") - pl.col("seen").fill_null(0),
                    entity_id=pl.lit(""),
                )
                .filter(pl.col("positions") > 0)
            )
            frames += [held, rest]
        return _in_order(frames, Holders.column_names())

    def positions(self, concentration: pl.DataFrame) -> pl.DataFrame:
        """The largest positions of each listed counterparty and sector; see :class:`~consolidation.results.schemas.LargestPositions`."""
        classes = pl.lit(pl.Series([kind.asset_class for kind in self.context.kinds], dtype=pl.String))
        frames = [
            _of_listed(self.sums.frame(_LARGEST[test]), listed).with_columns(
                asset_class=classes.gather(pl.col("kind"))
            )
            for test, listed in self._listed(concentration)
        ]
        return _in_order(frames, LargestPositions.column_names(), "file", "row")

    def _listed(self, concentration: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
        """Of each test place, group_id, period_end, test, party, group_period_index; the place is that in the order of all."""
        keys = ["group_id", "period_end", "test", "party"]
        placed = concentration.select(keys).sort(keys).with_row_index("place")
        listed = placed.join(self._numbered_group_periods, on=keys[:2])
        for test in (COUNTERPARTY, SECTOR):
            yield test, listed.filter(test=test).with_columns(pl.col("party").cast(self.sums.name))


def _summed(sums: pl.DataFrame, *keys: str) -> pl.DataFrame:
    summed = sums.group_by(*keys).agg(pl.col("amount", "positions").sum())
    assert_exact(summed, "amount")
    return summed


def _of_parties(sums: Mapping[int, KeySums], wanted: Numbers) -> dict[int, KeySums]:
    """The sums of the parties that are ``wanted`` (by code)."""
    return {
        index: of_one.take(np.flatnonzero(wanted.take(of_one.keys, mode="clip")))
        for index, of_one in sums.items()
    }


def _of_listed(frame: pl.DataFrame, listed: pl.DataFrame) -> pl.LazyFrame:
    """The rows of listed parties, all ids as text."""
    rows = frame.lazy().join(listed.lazy(), on=PARTY)
    return rows.with_columns(pl.selectors.categorical().cast(pl.String))


def _highest(sums: KeySums, limit: Decimal) -> KeySums:
    """The sums of all parties above a limit, of the largest of the others, and of those that are as large to 15 digits."""
    high, low = divmod(int(floor_amount(limit).scaleb(PLACES)), 2**64)
    amounts = sums.about()
    near = int(np.count_nonzero(amounts >= float(low) + high * 2.0**64))
    return sums.take(largest(amounts, near + LARGEST_LISTED))


def _issued_by(day: date, party: str | None, entity_id: str, amount: Decimal, file: str, row: int) -> Step:
    key = {"entity_id": entity_id, "period_end": day.isoformat()}
    at = Cell(EXPOSURES, key, "carrying_amount", file, row, f"{amount:f}")
    return Step("issued_by", amount, inputs=(at,), note=party or "")


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
            "kind": pl.col("manager_kind").fill_null("–"),
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


def _in_order(frames: Sequence[pl.LazyFrame], columns: Sequence[str], *last: str) -> pl.DataFrame:
    """The columns of all frames: by group, period, test and party, which their place stands for, the largest first."""
    keys = ["place", "amount", "entity_id", *last]
    rows = pl.concat([frame.select("place", *columns) for frame in frames])
    return rows.sort(keys, descending=[k == "amount" for k in keys]).drop("place").collect()
