"""The demo industry as filing sets: what ``rule19 demo-data`` writes and ``make demo`` works on.

``write_demo`` makes two complete sets side by side, ``filings`` and ``refiled``; the second differs from the first in
one insurer's last filing. The same seed gives the same bytes. Who and what is in them: :mod:`jobs.demo.industry`; what
is wrong with them on purpose: :data:`jobs.demo.planted.PLANTED` and docs/demo.md.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from consolidation.rulebook import Rulebook
from jobs.demo.industry.accounts import gives_capital_sheet
from jobs.demo.industry.published import publish
from jobs.demo.industry.tables import COLUMNS, Row, sound_tables
from jobs.demo.planted import PLANTED, PlantedFault, plant, refile
from jobs.demo.writing import write_positions, write_table

OWN_SCENARIOS, RECIPIENTS = "own_scenarios.yaml", "demo_recipients.yaml"
_SETS = ("filings", "refiled")
_NOTE = "about-this-demo.txt"
_NOTE_TEXT = "The demo industry of rule19, seed {seed}: fictional companies only. filings/ as first sent, refiled/ after a re-filing.\n"


@dataclass(frozen=True)
class DemoIndustry:
    """Where the two filing sets are, and what was planted in them."""

    filings: Path
    refiled: Path
    planted: tuple[PlantedFault, ...] = PLANTED


def write_demo(folder: Path, seed: int = 19) -> DemoIndustry:
    """Write the demo industry into ``folder/filings`` and ``folder/refiled``.

    Beside them stand scenarios of one's own for ``rule19 stress``, :data:`OWN_SCENARIOS`, and which groups owe reports,
    :data:`RECIPIENTS`. An earlier demo there is replaced; nothing else in ``folder`` is touched.

    :raises FileExistsError: where ``folder`` has such folders that are no earlier demo: somebody's own filings.
    :raises OSError: where the folder cannot be written.
    """
    filings, refiled = _room_for(folder)
    rulebook = Rulebook.load()
    industry = sound_tables(seed, rulebook)
    tables = industry.tables
    (folder / _NOTE).write_text(_NOTE_TEXT.format(seed=seed), encoding="utf-8")
    for given in (OWN_SCENARIOS, RECIPIENTS):
        shutil.copyfile(Path(__file__).parent / given, folder / given)
    write_positions(filings / "exposures", industry.positions)
    write_tables(filings, tables)
    tables["group_filings"], tables["group_filing_lines"] = publish(filings, rulebook)
    tables["group_capital"] = list(filter(gives_capital_sheet, tables["group_capital"]))
    plant(tables, rulebook)
    write_tables(filings, tables)
    shutil.copytree(filings, refiled)
    refile(tables, rulebook)
    write_tables(refiled, {"solo_filings": tables["solo_filings"]})
    return DemoIndustry(filings, refiled)


def write_tables(folder: Path, tables: Mapping[str, Iterable[Row]]) -> None:
    """One CSV a table, the columns as :data:`COLUMNS` has them."""
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", COLUMNS[name], rows)


def _room_for(folder: Path) -> tuple[Path, Path]:
    """The folders of the two sets, an earlier demo cleared away."""
    filings, refiled = (folder / name for name in _SETS)
    for earlier in (filings, refiled):
        if earlier.exists():
            if not (folder / _NOTE).exists():
                raise FileExistsError(
                    errno.EEXIST, "is there already and is no demo; choose another folder", str(earlier)
                )
            shutil.rmtree(earlier)
    folder.mkdir(parents=True, exist_ok=True)
    return filings, refiled
