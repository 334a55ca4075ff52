"""A proof bundle computes again to the same bits, and one changed byte anywhere is told."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import tomllib
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

import consolidation
from monitoring.record import bundle_file, proof
from monitoring.record.bundle_file import UnusableBundle
from monitoring.record.program import ROOMS, program_files
from monitoring.record.proof import NoProof, Proof, check_proof, write_proof
from monitoring.record.verify import verify
from monitoring.store.store import Store, open_store
from tests.monitoring.record.kept_stores import GROUP, a_set, keep

DAY = date(2023, 12, 31)
CHANGES = 12


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Path]:
    """A store with one run, and its filing set."""
    folder = tmp_path_factory.mktemp("filed")
    store = open_store(f"sqlite:///{folder / 'rule19.db'}")
    place = a_set(folder / "set", "450")
    keep(store, place)
    return store, place


@pytest.fixture(scope="module")
def bundle(filed: tuple[Store, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "proof.zip"
    write_proof(filed[0], GROUP, DAY, file)
    return file


def different(proof: Proof) -> list[tuple[str, str]]:
    return [(check.what, check.subject) for check in proof.checks if not check.is_same]


def test_a_bundle_computes_again_to_the_same_bits_without_store_or_set(filed, bundle: Path) -> None:
    found = check_proof(bundle)
    assert different(found) == []
    assert (found.group_id, found.run_id, found.head) == (GROUP, 1, verify(filed[0]).head)
    assert {"chain", "run", "program", "program_files", "data", "rulebook", "table", "statement"} == {
        c.what for c in found.checks
    }


def test_the_same_bundle_is_written_byte_by_byte(filed, bundle: Path, tmp_path: Path) -> None:
    write_proof(filed[0], GROUP, DAY, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()


def test_one_changed_byte_is_told_wherever_it_is(bundle: Path, tmp_path: Path) -> None:
    whole, chance, changed = bundle.read_bytes(), random.Random(19), tmp_path / "changed.zip"
    for _ in range(CHANGES):
        at = chance.randrange(len(whole))
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with suppress(UnusableBundle):
            assert different(check_proof(changed)), at


def repacked(bundle: Path, to: Path, *changes: tuple[str, str, str]) -> Path:
    """The bundle with texts of its files replaced and its manifest made anew, as a forger would."""
    folder = to / "forged"
    with zipfile.ZipFile(bundle) as packed:
        packed.extractall(folder)
    for name, old, new in changes:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")
    bundle_file.write(folder, to / "forged.zip")
    return to / "forged.zip"


def test_a_forged_filing_gives_other_results_than_the_chain_has(bundle: Path, tmp_path: Path) -> None:
    told = different(check_proof(repacked(bundle, tmp_path, ("inputs/solo_filings.csv", ",500", ",600"))))
    assert {("table", "input_file"), ("table", "statement_line"), ("statement", "G 2023-12-31")} <= set(told)


def test_a_forged_statement_and_a_forged_link_are_told(bundle: Path, tmp_path: Path) -> None:
    statement = ("statement.json", '"name": "Group"', '"name": "Troup"')
    forged = repacked(bundle, tmp_path, statement, ("chain.json", '"who":"amy"', '"who":"eve"'))
    assert different(check_proof(forged)) == [("chain", "1"), ("statement", "G 2023-12-31")]


def test_a_forged_rulebook_is_not_that_of_the_run(bundle: Path, tmp_path: Path) -> None:
    forged = repacked(bundle, tmp_path, ("rulebook/solvency.yaml", "value: 0.5", "value: 0.4"))
    assert ("rulebook", json.loads(_of(forged, "run.json"))["rulebook_hash"][:16]) in different(
        check_proof(forged)
    )


@pytest.mark.parametrize("name", ["consolidation/statement.py", "consolidation/rulebook/solvency.yaml"])
def test_a_program_of_the_same_version_with_one_byte_changed_is_told(
    name: str, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(consolidation.__file__).parent.parent
    for room in ROOMS:
        shutil.copytree(root / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(proof, "program_files", lambda: program_files(tmp_path))
    assert different(check_proof(bundle)) == []
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    digest = hashlib.sha256(_of(bundle, "program.json").encode()).hexdigest()[:16]
    assert different(check_proof(bundle)) == [("program_files", digest), ("program_file", name)]


def test_the_programs_files_are_those_of_the_packages_that_are_installed() -> None:
    root = Path(consolidation.__file__).parent.parent
    packages = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    assert sorted(ROOMS) == sorted(packages["targets"]["wheel"]["packages"])
    assert {"jobs/words/record.yaml", "dashboard/app/navigation.py", "monitoring/record/proof.py"} <= set(
        program_files()
    )


def _of(file: Path, name: str) -> str:
    with zipfile.ZipFile(file) as packed:
        return packed.read(name).decode("utf-8")


def test_a_set_that_has_changed_since_gives_no_proof_but_the_one_of_then_does(
    filed, bundle: Path, tmp_path: Path
) -> None:
    store, place = filed
    moved = place.rename(place.with_name("moved"))
    try:
        a_set(place, "460")
        with pytest.raises(
            NoProof, match=r"solo_filings.csv: is not the file that the run read; name with --set"
        ):
            write_proof(store, GROUP, DAY, tmp_path / "p.zip")
        assert not (tmp_path / "p.zip").exists()
        write_proof(store, GROUP, DAY, tmp_path / "p.zip", place=str(moved))
        assert (tmp_path / "p.zip").read_bytes() == bundle.read_bytes()
        with pytest.raises(NoProof, match="there is no statement of X"):
            write_proof(store, "X", DAY, tmp_path / "p.zip")
    finally:
        shutil.rmtree(place)
        moved.rename(place)


def test_what_is_no_bundle_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(UnusableBundle, match="not a proof bundle"):
        check_proof(tmp_path / "x")
