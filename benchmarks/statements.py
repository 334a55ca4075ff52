"""The main job's speed: the command line, a whole run on published filings, re-computation, aggregation of a large group.

Run with ``make bench`` (the solvency2 package is installed in the benchmark's own environment only).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from consolidation.actual_capital.deduction_method import deduction_method
from consolidation.filing_set import FilingSet, read_filing_set
from consolidation.minimum_capital.members import members_minimum_capital
from consolidation.rulebook import Rulebook, files
from consolidation.solo.recompute import recompute
from consolidation.structure.group_structure import members_of
from consolidation.structure.membership import Group, kinds_of
from consolidation.structure.ownership import registers_on

PERIOD = date(2023, 12, 31)
ROUNDS = 7


def median_seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of ``rounds`` runs after one that warms up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def filings_folder() -> Path | None:
    """The real filings, where they are on this machine."""
    folder = Path(
        os.environ.get("RULE19_FILINGS", Path(__file__).resolve().parents[2] / "shared" / "filings")
    )
    return folder if (folder / "solo_filings.csv").exists() else None


def command(*arguments: str) -> Callable[[], object]:
    program = Path(sys.executable).with_name("rule19")
    return lambda: subprocess.run([program, *arguments], check=True, capture_output=True)


def large_group(folder: Path, size: int) -> FilingSet:
    """A mixed group of ``size`` insurers, every tenth a joint venture held by halves."""
    folder.mkdir()
    names = [f"C{i:05d}" for i in range(size)]
    with (folder / "groups.csv").open("w") as f:
        f.write("group_id,name,type\nG,Group,mixed\n")
    with (folder / "group_members.csv").open("w") as f:
        f.write("group_id,entity_id,relation\n")
        f.writelines(
            f"G,{n},{'joint_venture' if i % 10 == 9 else 'subsidiary'}\n" for i, n in enumerate(names)
        )
    with (folder / "ownership.csv").open("w") as f:
        f.write("owner_id,entity_id,valid_from,stake,relation\n")
        f.writelines(
            f"{names[0]},{n},2020-01-01,0.5,joint_venture\nX,{n},2020-01-01,0.5,joint_venture\n"
            for i, n in enumerate(names)
            if i % 10 == 9
        )
    with (folder / "solo_filings.csv").open("w") as f:
        f.write(
            "entity_id,kind,period_end,basis,actual_capital,core_tier1_capital,core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital\n"
        )
        f.writelines(
            f"{n},life,{PERIOD},annual,{2000 + i}.25,{2000 + i}.25,0,0,0,{1000 + i}.5\n"
            for i, n in enumerate(names)
        )
    return read_filing_set(str(folder))


def aggregate(filing_set: FilingSet, groups: dict[str, Group]) -> Callable[[], object]:
    """Requirement and capital of the group from its members, with every contribution kept."""
    rulebook = Rulebook.load()
    registers = registers_on(filing_set, [PERIOD])
    members, _ = members_of(filing_set, groups, kinds_of(filing_set), registers, rulebook)
    return lambda: (
        members_minimum_capital(filing_set, members, groups, rulebook),
        deduction_method(filing_set, members, rulebook),
    )


def solvency2_aggregate(filing_set: FilingSet) -> Callable[[], object] | None:
    """The PyPI package's method 2 on the same numbers, or None where it is not installed."""
    try:
        import solvency2.groups
    except ImportError:
        return None
    related = {
        row["entity_id"]: {
            "eligible_own_funds": float(row["actual_capital"]),
            "scr": float(row["minimum_capital"]),
            "share": 0.5 if i % 10 == 9 else 1.0,
            "participation_value": 0.0,
            "is_subsidiary": i % 10 != 9,
            "proportionate_deficit_approved": False,
            "approval_reference": None,
        }
        for i, row in enumerate(filing_set.tables["solo_filings"].sort("entity_id").iter_rows(named=True))
    }
    context = solvency2.Context("2025-12-31", "2026-01-31", "EUR", "EU-S2-DOCUMENTS-2024-2025-v0.1")
    return lambda: solvency2.groups.group_method2_component_surplus(
        0.0, 0.0, related, 0.0, 0.0, qualification_reference="benchmark", context=context
    )


def many_filings(folder: Path, count: int) -> pl.DataFrame:
    """``count`` filings: the real ones over again under other names."""
    filings = read_filing_set(str(folder)).tables["solo_filings"]
    copies = -(-count // filings.height)
    return pl.concat([filings.with_columns(pl.col("entity_id") + f"#{i}") for i in range(copies)]).head(count)


def main() -> None:
    """Print one table: what, median seconds, target."""
    rows: list[tuple[str, float | None, str]] = [
        ("rule19 --help", median_seconds(command("--help")), "0.4 s")
    ]
    real = filings_folder()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if real:

            def whole_run() -> None:
                shutil.rmtree(place / "out", ignore_errors=True)
                command(
                    "consolidate",
                    str(real),
                    "--out",
                    str(place / "out"),
                    "--store",
                    f"sqlite:///{place}/runs.db",
                    "--quiet",
                )()

            rows.append(("consolidate, 40 workbooks, store", median_seconds(whole_run, 5), "6 s"))
            filings, rulebook = many_filings(real, 3000), Rulebook.load()
            scores = pl.DataFrame(
                schema={"entity_id": pl.String, "period_end": pl.Date, "sarmra_score": pl.Float64}
            )
            rows.append(
                (
                    "recompute 3,000 filings in process",
                    median_seconds(lambda: recompute(filings, scores, rulebook)),
                    "0.1 s",
                )
            )
        group_set = large_group(place / "group", 10_000)
        group = {"G": Group("G", "Group", "mixed", None, True)}
        ours = median_seconds(aggregate(group_set, group))
        rows.append(("load the rulebook", median_seconds(lambda: Rulebook.from_files(files())), "0.03 s"))
        rows.append(("aggregate a group of 10,000 members", ours, "a quarter of solvency2"))
        other = solvency2_aggregate(group_set)
        theirs = median_seconds(other) if other else None
        rows.append(("the same by solvency2, method 2", theirs, ""))
    for what, seconds, target in rows:
        print(f"{what:42} {'–' if seconds is None else f'{seconds:8.3f} s'}   {target}")
    if theirs:
        print(f"ratio ours / solvency2: {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
