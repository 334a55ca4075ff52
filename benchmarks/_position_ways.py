"""The same work on the same files in several ways, each alone in its own process: ``python -m benchmarks._position_ways``.

The work: resolve issuer and counterparty (A28), leave out by the issuer what the law leaves out (A26, A29) and what companies
of one group owe each other, add up by counterparty and by sector with exact decimals, compare with the limits. Each way prints what
it took and what it found; :mod:`benchmarks.positions` sees to it that all found the same.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

ISSUERS_OUT = ("policy_bank", "government_supported", "state_owned_bank")
PRODUCTS_OUT = ("deposit", "equity", "financial_bond", "corporate_bond", "fund", "asset_management_product")

Answer = Mapping[str, str]
"""Number of counterparties and sectors with an exposure, what they add up to, and the charges of all groups together."""


def found(parties: int, exposure: Decimal, sectors: int, in_sectors: Decimal, charge: Decimal) -> Answer:
    return {
        "counterparties": str(parties),
        "exposure": f"{exposure:.6f}",
        "sectors": str(sectors),
        "in sectors": f"{in_sectors:.6f}",
        "charge": f"{charge:.6f}",
    }


def engine(folder: str, workers: int) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The engine of this program, the whole stage: plan, positions, charges with their explanations, holders."""
    import consolidation.positions.charges as stage
    from consolidation.filing_set import read_filing_set
    from consolidation.rulebook import Rulebook
    from consolidation.structure.scope import Scope, structure_of

    filing_set, rulebook = read_filing_set(folder), Rulebook.load()
    structure = structure_of(filing_set, rulebook, Scope())
    kept = []

    class KeptPositions(stage.GroupPositions):
        """Keeps the sums for the comparison."""

        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            kept.append(self.sums)

    stage.GroupPositions = KeptPositions  # type: ignore[misc]

    def run() -> object:
        return stage.group_specific_risk(filing_set, structure, rulebook, workers=workers)

    def check(result: object) -> Answer:
        (sums,) = kept
        charges = result.charges.values()  # type: ignore[attr-defined]
        return found(
            sums.counterparty.sums.height,
            sums.counterparty.sums["amount"].sum(),
            sums.sector.sums.height,
            sums.sector.sums["amount"].sum(),
            sum(c.counterparty.amount + c.sector.amount for c in charges),
        )

    return run, check


def polars(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """One streaming Polars query in one process, as a person who knows Polars writes it."""
    import polars as pl

    col = pl.col

    def run() -> object:
        members = pl.scan_csv(f"{folder}/group_members.csv").select("group_id", "entity_id")
        classes = pl.scan_csv(f"{folder}/counterparties.csv")
        classes = classes.select(issuer="counterparty_id", kind="class", manager="manager_id")
        money = pl.Decimal(38, 6)
        figures = pl.scan_csv(
            f"{folder}/group_financials.csv", schema_overrides={"total_assets": money}, try_parse_dates=True
        ).select("group_id", "period_end", "total_assets")
        small = (
            pl.scan_parquet(f"{folder}/exposures/*.parquet")
            .join(members, on="entity_id")
            .with_columns(
                issuer=pl.coalesce("counterparty_id", "issuer_id"),
                guarantor=pl.when("in_default").then("guarantor_id"),
            )
            .group_by(
                "group_id",
                "period_end",
                "issuer",
                "guarantor",
                "asset_class",
                "separate_account",
                "sector_scheme",
                "sector",
            )
            .agg(col("carrying_amount").sum())
            .collect(engine="streaming")
        )
        out = (
            (col("asset_class") == "government_bond")
            | (col("kind").is_in(ISSUERS_OUT) & col("asset_class").is_in(PRODUCTS_OUT))
            | (
                (col("kind") == "group_product")
                & (col("manager").is_null() | col("own_manager").is_not_null())
            )
            | col("separate_account")
        )
        exchange = (col("kind") == "exchange") & (col("asset_class") == "derivative")
        manages, guarantees = (
            members.rename({"entity_id": name}).with_columns(pl.lit(True).alias(f"own_{name}"))
            for name in ("manager", "guarantor")
        )
        classed = (
            small.lazy()
            .join(classes, on="issuer", how="left")
            .with_columns(col("kind").fill_null("other"))
            .join(members, left_on=["group_id", "issuer"], right_on=["group_id", "entity_id"], how="anti")
            .join(manages, on=["group_id", "manager"], how="left")
            .filter(~out)
        )
        owed = (
            classed.join(guarantees, on=["group_id", "guarantor"], how="left")
            .with_columns(
                party=pl.when(col("own_guarantor").is_null())
                .then(pl.coalesce("guarantor", "issuer"))
                .otherwise("issuer")
            )
            .filter((col("asset_class") != "investment_property") & ~exchange)
            .drop("kind")
            .join(classes.select(party="issuer", kind="kind"), on="party", how="left")
        )
        parties = owed.group_by("group_id", "period_end", "party", "kind").agg(col("carrying_amount").sum())
        sectors = (
            classed.filter((col("asset_class") != "reinsurance") & col("sector").is_not_null())
            .group_by("group_id", "period_end", "sector_scheme", "sector")
            .agg(col("carrying_amount").sum())
        )
        with_figures = [t.join(figures, on=["group_id", "period_end"]) for t in (parties, sectors)]
        return pl.collect_all(with_figures, engine="streaming")

    def check(result: object) -> Answer:
        parties, sectors = result  # type: ignore[misc]
        charge = Decimal(0)
        for kind, amount, assets in parties.select("kind", "carrying_amount", "total_assets").iter_rows():
            share, factor = ("0.05", "0.03") if kind == "joint_stock_bank" else ("0.03", "0.05")
            charge += max(amount - Decimal(share) * assets, Decimal(0)) * Decimal(factor)
        for amount, assets in sectors.select("carrying_amount", "total_assets").iter_rows():
            charge += max(amount - Decimal("0.1") * assets, Decimal(0)) * Decimal("0.05")
        return found(
            parties.height,
            parties["carrying_amount"].sum(),
            sectors.height,
            sectors["carrying_amount"].sum(),
            charge,
        )

    return run, check


DUCKDB = """
create table members as select group_id, entity_id from read_csv('{0}/group_members.csv');
create table classes as
    select counterparty_id party, class, manager_id manager from read_csv('{0}/counterparties.csv');
create table figures as select group_id, period_end, total_assets::decimal(38, 6) total_assets
    from read_csv('{0}/group_financials.csv', types = {{'total_assets': 'DECIMAL(38, 6)'}});
create table small as
    select group_id, period_end, asset_class, separate_account, sector_scheme, sector,
           coalesce(counterparty_id, issuer_id) as issuer, case when in_default then guarantor_id end as guarantor,
           sum(carrying_amount) as amount
    from read_parquet('{0}/exposures/*.parquet') join members using (entity_id)
    group by all;
create table classed as
    select small.*, coalesce(class, 'other') as class
    from small left join classes on classes.party = small.issuer
    where not exists (select 1 from members m where m.group_id = small.group_id and m.entity_id = small.issuer)
      and not (asset_class = 'government_bond'
               or (coalesce(class, 'other') in ('policy_bank', 'government_supported', 'state_owned_bank')
                   and asset_class in ('deposit', 'equity', 'financial_bond', 'corporate_bond', 'fund',
                                       'asset_management_product'))
               or (coalesce(class, 'other') = 'group_product'
                   and (manager is null or exists (
                       select 1 from members m where m.group_id = small.group_id and m.entity_id = manager)))
               or separate_account);
create table owed as
    select group_id, period_end, amount,
           case when guarantor is null or exists (
                    select 1 from members m where m.group_id = classed.group_id and m.entity_id = guarantor)
                then issuer else guarantor end as party
    from classed
    where asset_class <> 'investment_property' and not (class = 'exchange' and asset_class = 'derivative');
create table parties as
    select group_id, period_end, party, coalesce(class, 'other') as class, sum(amount) as amount
    from owed left join classes using (party) group by all;
create table sectors as
    select group_id, period_end, sector_scheme, sector, sum(amount) as amount from classed
    where asset_class <> 'reinsurance' and sector is not null group by all;
create table charges as
    select sum(greatest(amount - (case when class = 'joint_stock_bank' then 0.05 else 0.03 end)::decimal(3, 2)
                        * total_assets::decimal(30, 6), 0)
               * (case when class = 'joint_stock_bank' then 0.03 else 0.05 end)::decimal(3, 2)) as charge
    from parties join figures using (group_id, period_end)
    union all
    select sum(greatest(amount - 0.1::decimal(2, 1) * total_assets::decimal(30, 6), 0) * 0.05::decimal(3, 2))
    from sectors join figures using (group_id, period_end);
"""


def duckdb(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The same in DuckDB, in memory, all cores."""
    import duckdb as db

    connection = db.connect()
    connection.execute("set enable_progress_bar = false")

    def run() -> object:
        return connection.execute(DUCKDB.format(folder))

    def check(_: object) -> Answer:
        one = connection.execute("select count(*), sum(amount) from parties").fetchone()
        two = connection.execute("select count(*), sum(amount) from sectors").fetchone()
        charge = connection.execute("select sum(charge) from charges").fetchone()
        assert one and two and charge
        return found(one[0], one[1], two[0], two[1], charge[0])

    return run, check


def pandas(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The same in pandas; amounts as whole 10⁻⁶ 万元 in 64 bits, which is exact and by far its fastest way."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    def run() -> object:
        table = pq.read_table(f"{folder}/exposures")
        whole = pc.cast(
            pc.multiply(table["carrying_amount"].cast(pa.decimal128(18, 6)), 1_000_000), pa.int64()
        )
        frame = table.drop_columns("carrying_amount").append_column("amount", whole)
        positions = frame.to_pandas(strings_to_categorical=False)
        members = pd.read_csv(f"{folder}/group_members.csv")[["group_id", "entity_id"]]
        classes = pd.read_csv(f"{folder}/counterparties.csv")[["counterparty_id", "class", "manager_id"]]
        class_of = classes.set_index("counterparty_id")["class"]
        positions["issuer"] = positions["counterparty_id"].fillna(positions["issuer_id"])
        positions = positions.merge(members, on="entity_id")
        positions = positions.merge(classes, left_on="issuer", right_on="counterparty_id", how="left")
        kind = positions["class"].fillna("other")
        asset = positions["asset_class"]
        pairs = pd.MultiIndex.from_frame(members)

        def own(column: str) -> pd.Series[bool]:
            return pd.MultiIndex.from_frame(positions[["group_id", column]]).isin(pairs)

        guaranteed = positions["in_default"] & positions["guarantor_id"].notna() & ~own("guarantor_id")
        positions["party"] = np.where(guaranteed, positions["guarantor_id"], positions["issuer"])
        out = (
            (asset == "government_bond")
            | (kind.isin(ISSUERS_OUT) & asset.isin(PRODUCTS_OUT))
            | ((kind == "group_product") & (positions["manager_id"].isna() | own("manager_id")))
            | positions["separate_account"]
            | own("issuer")
        )
        exchange = (kind == "exchange") & (asset == "derivative")
        positions["kind"] = positions["party"].map(class_of).fillna("other")
        one = positions[~out & (asset != "investment_property") & ~exchange]
        two = positions[~out & (asset != "reinsurance") & positions["sector"].notna()]
        return (
            one.groupby(["group_id", "period_end", "party", "kind"])["amount"].sum(),
            two.groupby(["group_id", "period_end", "sector_scheme", "sector"])["amount"].sum(),
        )

    def check(result: object) -> Answer:
        one, two = result  # type: ignore[misc]
        whole = [Decimal(int(s.sum())).scaleb(-6) for s in (one, two)]
        return found(len(one), whole[0], len(two), whole[1], Decimal(-1))

    return run, check


def decode(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """Reading and decoding every column and nothing else: what no way can go below."""
    from concurrent.futures import ThreadPoolExecutor

    from pyarrow.parquet import ParquetFile

    def read(path: Path) -> int:
        rows = 0
        with ParquetFile(path) as file:
            coded = [f.name for f in file.schema_arrow if "string" in str(f.type)]
        with ParquetFile(path, read_dictionary=coded) as file:
            for group in range(file.num_row_groups):
                rows += len(file.read_row_group(group, use_threads=False))
        return rows

    def run() -> object:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(pool.map(read, sorted(Path(folder, "exposures").iterdir())))

    return run, lambda _: {}


WAYS: Mapping[str, Callable[[str], tuple[Callable[[], object], Callable[[object], Answer]]]] = {
    "engine, 1 worker": lambda folder: engine(folder, 1),
    "engine, 2 workers": lambda folder: engine(folder, 2),
    "Polars by hand": polars,
    "DuckDB": duckdb,
    "pandas": pandas,
    "decoding alone": decode,
}


def main() -> None:
    """Do it one way and print seconds, CPU seconds (children's too) and what was found, as JSON."""
    way, folder = sys.argv[1:]
    run, check = WAYS[way](folder)
    print("ready", flush=True)
    before, start = sum(os.times()[:4]), time.perf_counter()
    result = run()
    seconds, cpu = time.perf_counter() - start, sum(os.times()[:4]) - before
    print("done", flush=True)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "found": dict(check(result))}))


if __name__ == "__main__":
    main()
