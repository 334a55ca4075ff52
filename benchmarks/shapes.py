"""The positions of one set in other shapes of files: what the engine takes a position, and what reading them alone takes.

``python -m benchmarks.shapes 20_000_000`` for another number of positions. A shape may cost twice what the generator's
costs; where it costs more, the column beside it says whether the files themselves take so long to read.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
from pyarrow import parquet

from benchmarks.positions import Cost, measured
from jobs.demo.bench_data import ROW_GROUP_ROWS, Size, write_bench_set

POSITIONS = 5_000_000
ROUNDS = 3
TINY_ROWS = 5_000
FAULTY = 10
"""Every so manieth row has a fault."""

Shape = Callable[[Path, Path], None]
"""Writes the positions of a folder of parts anew, at another place."""


def _parts(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir())


def as_generated(parts: Path, to: Path) -> None:
    """Parts of two million rows, row groups of half a million, company after company."""
    shutil.copytree(parts, to)


def one_company_a_file(parts: Path, to: Path) -> None:
    """A part for each company, as they file."""
    to.mkdir()
    whole = pl.concat(pl.read_parquet(part) for part in _parts(parts))
    for (company,), rows in whole.partition_by("entity_id", as_dict=True, maintain_order=True).items():
        rows.write_parquet(to / f"{company}.parquet", row_group_size=ROW_GROUP_ROWS, statistics=True)


def unsorted(parts: Path, to: Path) -> None:
    """Rows in no order: every row group has every company."""
    to.mkdir()
    frames = [pl.read_parquet(part) for part in _parts(parts)]
    shuffled = pl.concat(frames).sample(fraction=1, shuffle=True, seed=19)
    start = 0
    for part, frame in zip(_parts(parts), frames, strict=True):
        rows = shuffled.slice(start, len(frame))
        rows.write_parquet(to / part.name, row_group_size=ROW_GROUP_ROWS, statistics=True)
        start += len(frame)


def tiny_row_groups(parts: Path, to: Path) -> None:
    """Row groups of five thousand rows."""
    _each(parts, to, lambda frame: frame, row_group_size=TINY_ROWS)


def plain_texts(parts: Path, to: Path) -> None:
    """Every text in full in every row, no dictionaries."""
    to.mkdir()
    for part in _parts(parts):
        table = parquet.read_table(part)
        parquet.write_table(table, to / part.name, row_group_size=ROW_GROUP_ROWS, use_dictionary=False)


def two_places(parts: Path, to: Path) -> None:
    """Amounts of two places, ``Decimal(18, 2)``: rounded, so what they come to is another amount."""
    _each(parts, to, lambda frame: frame.with_columns(pl.col("carrying_amount").cast(pl.Decimal(18, 2))))


def a_tenth_faulty(parts: Path, to: Path) -> None:
    """Every tenth row of an asset class that there is not."""
    is_faulty = pl.int_range(pl.len()) % FAULTY == 0
    fault = pl.when(is_faulty).then(pl.lit("nothing")).otherwise("asset_class").alias("asset_class")
    _each(parts, to, lambda frame: frame.with_columns(fault))


def as_csv(parts: Path, to: Path) -> None:
    """One CSV file, which is one task."""
    pl.scan_parquet(parts / "*.parquet").sink_csv(to.with_suffix(".csv"))


def _each(
    parts: Path,
    to: Path,
    changed: Callable[[pl.DataFrame], pl.DataFrame],
    row_group_size: int = ROW_GROUP_ROWS,
) -> None:
    to.mkdir()
    for part in _parts(parts):
        frame = changed(pl.read_parquet(part))
        frame.write_parquet(to / part.name, row_group_size=row_group_size, statistics=True)


SHAPES: dict[str, Shape] = {
    "as the generator writes": as_generated,
    "one company a file": one_company_a_file,
    "unsorted": unsorted,
    "row groups of 5,000": tiny_row_groups,
    "all texts plain": plain_texts,
    "Decimal(18, 2)": two_places,
    "a tenth of the rows faulty": a_tenth_faulty,
    "CSV": as_csv,
}
_OTHER_RESULT = (two_places, a_tenth_faulty)


def main(positions: int = POSITIONS, rounds: int = ROUNDS) -> None:
    """Print the table: by shape nanoseconds of wall and processor a position, beside reading alone."""
    print(f"{positions:,} positions; ns a position, medians of {rounds}")
    print(f"{'':28} {'wall':>7} {'CPU':>7} {'÷ first':>8} {'reading wall':>13} {'CPU':>7} {'peak MB':>8}")
    first: Cost | None = None
    with tempfile.TemporaryDirectory(prefix="rule19-bench-") as scratch:
        made = Path(scratch) / "made"
        write_bench_set(made, Size(positions), lambda _: None)
        for name, shape in SHAPES.items():
            folder = Path(scratch) / "shape"
            shutil.copytree(made, folder, ignore=shutil.ignore_patterns("exposures"))
            shape(made / "exposures", folder / "exposures")
            cost = measured("engine, 1 worker", folder, rounds)
            reading = measured("decoding alone", folder, rounds)
            assert cost is not None and reading is not None, "the engine is installed"
            first = first or cost
            if shape not in _OTHER_RESULT:
                assert cost.found == first.found, f"{name}: another result: {cost.found}"
            wall, cpu, read, read_cpu = (
                seconds / positions * 1e9
                for seconds in (cost.seconds, cost.cpu, reading.seconds, reading.cpu)
            )
            times = cost.seconds / first.seconds
            print(
                f"{name:28} {wall:7.0f} {cpu:7.0f} {times:8.2f} {read:13.0f} {read_cpu:7.0f} {cost.megabytes:8,.0f}",
                flush=True,
            )
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(*(int(argument.replace("_", "")) for argument in sys.argv[1:]))
