"""The same work on the same files in several ways, each alone in its own process: ``python -m benchmarks._position_ways``.

The work: resolve issuer and counterparty (A28), leave out by the issuer what the law leaves out (A26, A29) and what companies
of one group owe each other, add up by counterparty and by sector with exact decimals, compare with the limits. Each way prints what
it took and what it found; :mod:`benchmarks.positions` sees to it that all found the same.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

REFILED_ROWS = 500_000
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


def engine(
    folder: str, workers: int, before: Callable[[str, Path], str] | None = None
) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The engine of this program, the whole stage: plan, positions, charges with their explanations, holders.

    :param before: what happens before the time is taken – it may fill a cache, which the engine then has – and gives the set.
    """
    import dask.threaded  # noqa: F401 - as the other ways, it has its libraries before the time is taken

    from consolidation.filing_set import read_filing_set
    from consolidation.inspection.process import end_waiting
    from consolidation.money import PLACES
    from consolidation.positions import SumsCache
    from consolidation.positions.charges import charges_on, positions_of_groups
    from consolidation.positions.execution.sums_cache import wait_until_written
    from consolidation.rulebook import Rulebook
    from consolidation.structure.scope import Scope, structure_of

    scratch = tempfile.TemporaryDirectory(prefix="rule19-bench-", dir=Path(folder).parent)
    used = before(folder, Path(scratch.name)) if before else folder
    since = time.time()
    filing_set, rulebook = read_filing_set(used), Rulebook.load()
    structure = structure_of(filing_set, rulebook, Scope())
    end_waiting()  # else what they took to look at the files counts as this process's where it ends them
    cache = SumsCache.of(Path(scratch.name) / "cache", since, filing_set.inputs) if before else None

    def run() -> object:
        found = positions_of_groups(filing_set, structure, rulebook, workers=workers, cache=cache)
        return found, charges_on(filing_set, structure, rulebook, found).charges

    def check(result: object) -> Answer:
        positions, charges = result  # type: ignore[misc]
        wait_until_written()
        scratch.cleanup()
        units = {
            test: [
                int(high) << 64 | int(low)
                for sums in by_group.values()
                for low, high in zip(sums.low, sums.high, strict=True)
            ]
            for test, by_group in positions.exposures.items()
        }
        return found(
            len(units["counterparty"]),
            Decimal(sum(units["counterparty"])).scaleb(-PLACES),
            len(units["sector"]),
            Decimal(sum(units["sector"])).scaleb(-PLACES),
            sum(c.counterparty.amount + c.sector.amount for c in charges.values()),
        )

    return run, check


def counted_before(folder: str, scratch: Path) -> str:
    """The set as it is, counted by a process before."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom consolidation.filing_set import read_filing_set\n"
        "from consolidation.positions import SumsCache, group_specific_risk\n"
        "from consolidation.rulebook import Rulebook\nfrom consolidation.structure.scope import Scope, structure_of\n"
        "s, b, t = read_filing_set(sys.argv[1]), Rulebook.load(), time.time()\n"
        "group_specific_risk(s, structure_of(s, b, Scope()), b, cache=SumsCache.of(Path(sys.argv[2]), t, s.inputs))"
    )
    subprocess.run([sys.executable, "-c", code, folder, str(scratch / "cache")], check=True)
    return folder


def refiled_before(folder: str, scratch: Path) -> str:
    """The set in parts of half a million positions, counted before; then one of them with its rows the other way round."""
    import polars as pl

    copy = scratch / "set"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("exposures"))
    (copy / "exposures").mkdir()
    for part in sorted(Path(folder, "exposures").iterdir()):
        frame = pl.scan_parquet(part)
        for start in range(0, frame.select(pl.len()).collect().item(), REFILED_ROWS):
            piece = frame.slice(start, REFILED_ROWS).collect()
            piece.write_parquet(copy / "exposures" / f"{part.stem}-{start:09}.parquet", statistics=True)
    counted_before(str(copy), scratch)
    parts = sorted((copy / "exposures").iterdir())
    part = parts[len(parts) // 2]
    pl.read_parquet(part).reverse().write_parquet(part, statistics=True)
    return str(copy)


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


def duckdb(folder: str, query: str = DUCKDB) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The same in DuckDB, in memory, all cores."""
    import duckdb as db

    connection = db.connect()
    connection.execute("set enable_progress_bar = false")

    def run() -> object:
        return connection.execute(query.format(folder))

    def check(_: object) -> Answer:
        one = connection.execute("select count(*), sum(amount) from parties").fetchone()
        two = connection.execute("select count(*), sum(amount) from sectors").fetchone()
        charge = connection.execute("select sum(charge) from charges").fetchone()
        assert one and two and charge
        return found(one[0], one[1], two[0], two[1], charge[0])

    return run, check


DATAFUSION = """
create table members as select group_id, entity_id from group_members;
create table classes as select counterparty_id as party, class, manager_id as manager from counterparties;
create table figures as
    select group_id, period_end, cast(total_assets as decimal(30, 6)) as total_assets from group_financials;
create table small as
    select group_id, period_end, asset_class, separate_account, sector_scheme, sector, issuer, guarantor,
           sum(carrying_amount) as amount
    from (select group_id, period_end, asset_class, separate_account, sector_scheme, sector, carrying_amount,
                 coalesce(counterparty_id, issuer_id) as issuer,
                 case when in_default then guarantor_id end as guarantor
          from exposures join members on exposures.entity_id = members.entity_id)
    group by group_id, period_end, asset_class, separate_account, sector_scheme, sector, issuer, guarantor;
create table classed as
    select small.*, coalesce(class, 'other') as class
    from small left join classes on classes.party = small.issuer
         left join members own on own.group_id = small.group_id and own.entity_id = small.issuer
         left join members manages on manages.group_id = small.group_id and manages.entity_id = classes.manager
    where own.entity_id is null and asset_class <> 'government_bond' and not separate_account
      and not (coalesce(class, 'other') in ('policy_bank', 'government_supported', 'state_owned_bank')
               and asset_class in ('deposit', 'equity', 'financial_bond', 'corporate_bond', 'fund',
                                   'asset_management_product'))
      and not (coalesce(class, 'other') = 'group_product' and (manager is null or manages.entity_id is not null));
create table owed as
    select classed.group_id, period_end, amount,
           case when guarantor is null or own.entity_id is not null then issuer else guarantor end as party
    from classed left join members own on own.group_id = classed.group_id and own.entity_id = guarantor
    where asset_class <> 'investment_property' and not (class = 'exchange' and asset_class = 'derivative');
create table parties as
    select group_id, period_end, owed.party, coalesce(class, 'other') as class, sum(amount) as amount
    from owed left join classes on classes.party = owed.party
    group by group_id, period_end, owed.party, coalesce(class, 'other');
create table sectors as
    select group_id, period_end, sector_scheme, sector, sum(amount) as amount from classed
    where asset_class <> 'reinsurance' and sector is not null
    group by group_id, period_end, sector_scheme, sector;
create table charges as
    select sum(case when over > 0 then over * factor else 0 end) as charge
    from (select amount - limit_share * total_assets as over, factor
          from (select parties.*, case when class = 'joint_stock_bank' then cast(0.05 as decimal(3, 2))
                                       else cast(0.03 as decimal(3, 2)) end as limit_share,
                       case when class = 'joint_stock_bank' then cast(0.03 as decimal(3, 2))
                            else cast(0.05 as decimal(3, 2)) end as factor
                from parties) p
               join figures on figures.group_id = p.group_id and figures.period_end = p.period_end
          union all
          select amount - cast(0.1 as decimal(3, 2)) * total_assets as over, cast(0.05 as decimal(3, 2)) as factor
          from sectors join figures on figures.group_id = sectors.group_id and figures.period_end = sectors.period_end);
"""

TUNED = """
create table small as
    select group_id, period_end, asset_class, sector_scheme, sector,
           coalesce(counterparty_id, issuer_id) as issuer, case when in_default then guarantor_id end as guarantor,
           false as separate_account, sum(carrying_amount::decimal(18, 6))::decimal(38, 6) as amount
    from read_parquet('{0}/exposures/*.parquet') join members using (entity_id)
    where not separate_account and asset_class <> 'government_bond'
    group by all;
"""


def duckdb_tuned(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """DuckDB by a person who has timed it: amounts of 64 bits, and what both tests leave out is not grouped.

    Enums for ids, classes and sectors were tried and cost more than they save: a text of each row is looked up.
    """
    start = DUCKDB.index("create table small")
    return duckdb(folder, DUCKDB[:start] + TUNED + DUCKDB[DUCKDB.index("create table classed") :])


def datafusion(folder: str) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """The same in DataFusion, in memory, all cores."""
    from datafusion import SessionContext

    context = SessionContext()

    def run() -> object:
        for name in ("group_members", "counterparties", "group_financials"):
            context.register_csv(name, f"{folder}/{name}.csv")
        context.register_parquet("exposures", f"{folder}/exposures")
        for statement in DATAFUSION.split(";")[:-1]:
            context.sql(statement).collect()
        return context

    def check(_: object) -> Answer:
        def one(query: str) -> list[Decimal]:
            (row,) = context.sql(query).to_pylist()
            return list(row.values())

        parties = one("select count(*) as n, sum(amount) as a from parties")
        sectors = one("select count(*) as n, sum(amount) as a from sectors")
        return found(
            int(parties[0]),
            parties[1],
            int(sectors[0]),
            sectors[1],
            one("select sum(charge) as c from charges")[0],
        )

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


def decode(folder: str, proven: bool = False) -> tuple[Callable[[], object], Callable[[object], Answer]]:
    """Reading and decoding the columns and nothing else: what no way can go below.

    :param proven: without the columns that the statistics prove to have one value, which the engine does not decode either.
    """
    from concurrent.futures import ThreadPoolExecutor

    from pyarrow import csv
    from pyarrow.parquet import ParquetFile

    from consolidation.positions.readers.parquet_reader import constant_columns

    text = Path(folder, "exposures.csv")

    def read(path: Path) -> int:
        rows = 0
        with ParquetFile(path) as file:
            coded = [f.name for f in file.schema_arrow if "string" in str(f.type)]
        with ParquetFile(path, read_dictionary=coded) as file:
            for group in range(file.num_row_groups):
                without = constant_columns(file, [group]) if proven else {}
                names = [name for name in file.schema_arrow.names if name not in without]
                rows += len(file.read_row_group(group, columns=names, use_threads=False))
        return rows

    def run() -> object:
        if text.exists():
            return sum(map(len, csv.open_csv(text, csv.ReadOptions(block_size=32 << 20))))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return sum(pool.map(read, sorted(Path(folder, "exposures").iterdir())))

    return run, lambda _: {}


WAYS: Mapping[str, Callable[[str], tuple[Callable[[], object], Callable[[object], Answer]]]] = {
    "engine, 1 worker": lambda folder: engine(folder, 1),
    "engine, 2 workers": lambda folder: engine(folder, 2),
    "engine, second run": lambda folder: engine(folder, 1, counted_before),
    "engine, part refiled": lambda folder: engine(folder, 1, refiled_before),
    "Polars by hand": polars,
    "DuckDB": duckdb,
    "DuckDB tuned": duckdb_tuned,
    "DataFusion": datafusion,
    "pandas": pandas,
    "decoding alone": decode,
    "decoding, not proven": lambda folder: decode(folder, proven=True),
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
