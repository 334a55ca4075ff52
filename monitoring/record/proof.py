"""Proof bundles: all that somebody needs to compute a statement again and to see that the record has just that.

A bundle holds the files of the filing set, the law as it was, the run, the statement, the hashes of the program's own files, and the
part of the chain from the run to the head, of the links between only their hashes. Who has the program computes the run again
from the files and compares digests; who has a later hash of the chain sees that the run was recorded before it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, select

from consolidation.filing_set import UnusableSet
from consolidation.rulebook import Rulebook, RulebookFault, files
from consolidation.rulebook.overlay import UnusableOverlay
from monitoring.record import bundle_file
from monitoring.record.bundle_file import MANIFEST
from monitoring.record.program import program_files
from monitoring.record.recompute import Recomputed, recompute, rulebook_of
from monitoring.store import frames
from monitoring.store.current import RUN
from monitoring.store.integrity import chain
from monitoring.store.integrity.chain import CHAIN, canonical
from monitoring.store.integrity.digests import COVERED, OF_RUN, covered_text
from monitoring.store.layout.filed_tables import Base
from monitoring.store.layout.result_tables import INPUT_FILE, STATEMENT
from monitoring.store.store import Store

INPUTS, LAW = "inputs", "rulebook"
RUN_FILE, STATEMENT_FILE, CHAIN_FILE, README = "run.json", "statement.json", "chain.json", "README.txt"
PROGRAM_FILE = "program.json"
_NAMED = 20
"""If more files of the program differ, it is another program, and they are not told one by one."""
_SET = Base.metadata.tables["input_set"]
_ABOUT = """规则第19号偿付能力结果的证明文件。用同一程序核对：rule19 verify 本文件
A proof of a statement under Rule No. 19. To check it with the same program: rule19 verify THIS FILE
"""


class NoProof(Exception):
    """A bundle cannot be made; the text says why for a person."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and whether it is the same. ``what`` is a key ``record.proof.<what>`` of the table of words."""

    what: str
    subject: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """What a check of a bundle found: whose statement it is, of which run, to which head its chain leads."""

    group_id: str
    period_end: str
    run_id: int
    head: str
    checks: tuple[Check, ...]

    @property
    def is_same(self) -> bool:
        """Whether everything is."""
        return all(check.is_same for check in self.checks)


def write_proof(
    store: Store,
    group_id: str,
    period_end: date,
    out: Path,
    *,
    run: int | None = None,
    place: str | None = None,
) -> int:
    """Write the bundle of a statement; gives the number of its run.

    :param run: the run that computed it; by default the one whose statement is current.
    :param place: where the filing set lies, if no longer where the run read it.
    :raises NoProof: where there is no such statement, or its files are no longer what the run read.
    :raises OSError: where the file cannot be written.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        with store.reading() as connection:
            number, explanation = _statement(connection, group_id, period_end, run)
            made = _made(connection, number)
            inputs = frames.read(connection, select(INPUT_FILE).where(INPUT_FILE.c.run_id == number))
            links = _links(connection, number)
        _take_inputs(place or made["source"], inputs.iter_rows(named=True), folder / INPUTS)
        (folder / LAW).mkdir()
        for file in files():
            shutil.copy(file, folder / LAW / file.name)
        if rulebook_of(made["arguments"], Rulebook.load()).hash != made["rulebook_hash"]:
            raise NoProof(
                f"run {number} was computed by another rulebook than this program's: use the program of then"
            )
        about = {"group_id": group_id, "period_end": period_end.isoformat(), **made}
        (folder / RUN_FILE).write_text(canonical(about), "utf-8")
        (folder / STATEMENT_FILE).write_text(explanation, "utf-8")
        (folder / PROGRAM_FILE).write_text(canonical(program_files()), "utf-8")
        (folder / CHAIN_FILE).write_text(canonical(links), "utf-8")
        (folder / README).write_text(_ABOUT, "utf-8")
        bundle_file.write(folder, out)
    return number


def _statement(connection: Connection, group_id: str, period_end: date, run: int | None) -> tuple[int, str]:
    table = STATEMENT.table
    query = select(table.c.run_id, table.c.explanation).where(
        table.c.group_id == group_id, table.c.period_end == period_end
    )
    query = query.where(table.c.is_current) if run is None else query.where(table.c.run_id == run)
    found = connection.execute(query).one_or_none()
    if found is None:
        of = "current" if run is None else f"in run {run}"
        raise NoProof(
            f"there is no statement of {group_id} for {period_end} {of}: `rule19 runs` lists the runs"
        )
    return found.run_id, found.explanation


def _made(connection: Connection, run: int) -> dict[str, Any]:
    """What the store says of the run, and the text that its digest in the chain is of."""
    row = connection.execute(
        select(RUN, _SET.c.data_hash).join(_SET, _SET.c.id == RUN.c.input_set_id).where(RUN.c.id == run)
    ).one()
    return {
        "run_id": run,
        "source": row.source,
        "arguments": json.loads(row.arguments),
        "rulebook_hash": row.rulebook_hash,
        "engine_version": row.engine_version,
        "data_hash": row.data_hash,
        "row": covered_text(connection, COVERED["run"], run),
    }


def _links(connection: Connection, run: int) -> dict[str, Any]:
    """The link of the run whole, of those after it the hashes of what they say."""
    first = (
        connection.execute(
            select(CHAIN).where(CHAIN.c.kind == "run", CHAIN.c.subject == str(run)).order_by(CHAIN.c.seq)
        )
        .mappings()
        .first()
    )
    if first is None:
        raise NoProof(f"run {run} is from before the chain of hashes: consolidate its set again")
    later = connection.execute(
        select(CHAIN).where(CHAIN.c.seq > first["seq"]).order_by(CHAIN.c.seq)
    ).mappings()
    payloads = [chain.payload_hash(dict(link)) for link in later]
    head = chain.head(connection)
    assert head is not None
    return {"link": {**first, "at": first["at"].isoformat()}, "payloads": payloads, "head": head[1]}


def _take_inputs(source: str, inputs: Any, folder: Path) -> None:
    """Copy the files that the run read, each only if it is what it was."""
    place = Path(source)
    root = place if place.is_dir() else place.parent
    for row in inputs:
        origin, target = root / row["path"], folder / row["path"]
        if not target.resolve().is_relative_to(folder.resolve()):
            raise NoProof(f"{row['path']}: a file outside of its filing set")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(origin, target)
            with target.open("rb") as opened:
                same = hashlib.file_digest(opened, "sha256").hexdigest() == row["sha256"]
        except OSError as fault:
            raise NoProof(f"{origin}: {fault.strerror}; name with --set where the filing set lies") from None
        if not same:
            raise NoProof(
                f"{origin}: is not the file that the run read; name with --set where the filing set of then lies"
            )


# --- checking ---------------------------------------------------------------------------------------------------------


def check_proof(file: Path) -> Proof:
    """Compute the bundle's run again and hold it against what the bundle says.

    :raises monitoring.record.bundle_file.UnusableBundle: if it is no bundle.
    :raises OSError: if it cannot be read.
    """
    with bundle_file.unpacked(file) as (folder, is_as_written):
        checks = [Check("file", name, False) for name in bundle_file.changed(folder)]
        if not is_as_written and not checks:
            checks.append(Check("file", file.name, False))
        if checks:
            return Proof("", "", 0, "", tuple(checks))
        try:
            about, links, said = (_json(folder / name) for name in (RUN_FILE, CHAIN_FILE, STATEMENT_FILE))
            covers = json.loads(links["link"]["covers"])
            checks += _of_chain(about, links, covers)
            checks += _of_program(about, _json(folder / PROGRAM_FILE))
            again = _again(folder, about)
            checks += _of_results(about, covers, again)
            key = (about["group_id"], date.fromisoformat(about["period_end"]))
            text = (folder / STATEMENT_FILE).read_text("utf-8")
            checks.append(
                Check("statement", " ".join(map(str, key)), again.statements.get(key) == text and bool(said))
            )
            return Proof(
                about["group_id"], about["period_end"], about["run_id"], links["head"], tuple(checks)
            )
        except (
            UnusableSet,
            UnusableOverlay,
            RulebookFault,
            KeyError,
            TypeError,
            ValueError,
            OSError,
        ) as fault:
            raise bundle_file.UnusableBundle(f"{file}: {fault}") from None


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _of_chain(about: Mapping[str, Any], links: Mapping[str, Any], covers: Mapping[str, str]) -> list[Check]:
    link = {**links["link"], "at": datetime.fromisoformat(links["link"]["at"])}
    hash = chain.link_hash(link["previous"], chain.payload_hash(link))
    is_bound = hash == link["hash"]
    for payload in links["payloads"]:
        hash = chain.link_hash(hash, payload)
    run = f"run/{about['run_id']}"
    row = dict(part.split("=", 1) for part in about["row"].split("\t"))
    names = ("rulebook_hash", "engine_version")
    is_row = hashlib.sha256(about["row"].encode()).hexdigest() == covers.get(run)
    is_row = is_row and all(row.get(name) == str(about[name]) for name in names)
    return [Check("chain", str(link["seq"]), is_bound and hash == links["head"]), Check("run", run, is_row)]


def _of_program(about: Mapping[str, Any], then: Mapping[str, str]) -> list[Check]:
    """Whether this is the program that wrote the bundle, by its version and by the content of its files."""
    now = program_files()
    changed = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    digest = hashlib.sha256(canonical(then).encode()).hexdigest()[:16]
    return [
        Check("program", about["engine_version"], about["engine_version"] == version("rule19")),
        Check("program_files", digest, not changed),
        *(Check("program_file", name, False) for name in changed if len(changed) <= _NAMED),
    ]


def _again(folder: Path, about: Mapping[str, Any]) -> Recomputed:
    law = Rulebook.from_files(sorted((folder / LAW).glob("*.yaml")))
    inputs, source = folder / INPUTS, Path(about["source"])
    workbook = inputs / source.name
    location = workbook if workbook.is_file() and source.suffix else inputs
    return recompute(str(location), about["arguments"], rulebook_of(about["arguments"], law))


def _of_results(about: Mapping[str, Any], covers: Mapping[str, str], again: Recomputed) -> Sequence[Check]:
    return [
        Check("data", about["data_hash"][:16], again.data_hash == about["data_hash"]),
        Check("rulebook", about["rulebook_hash"][:16], again.rulebook_hash == about["rulebook_hash"]),
        *(
            Check("table", name, again.digests[name] == covers.get(f"{name}/{about['run_id']}"))
            for name in OF_RUN
        ),
    ]


__all__ = ["MANIFEST", "Check", "NoProof", "Proof", "check_proof", "write_proof"]
