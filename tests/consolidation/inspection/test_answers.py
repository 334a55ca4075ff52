"""What a look found is remembered by the bytes of the file; a file that is not known by them is looked at."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from consolidation.filing_set import read_filing_set
from consolidation.filing_set.schemas.tables import EXPOSURES
from consolidation.findings import Finding
from consolidation.inspection import process
from consolidation.inspection.answers import RememberedAnswers, status_of
from consolidation.inspection.process import Question, look
from tests.build import one_group, rows, write_set


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return tmp_path / "answers"


def known(path: Path, answers: Path) -> RememberedAnswers:
    return RememberedAnswers(answers, hashlib.sha256(path.read_bytes()).hexdigest(), status_of(path))


def looked_at(path: Path, remembered: RememberedAnswers, encoding: str = "utf-8") -> Finding | None:
    return look(Question(path, "csv", ("group_id",), encoding), file=path.name, remembered=remembered)


def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that remembers nothing itself, and whose children die when they are asked."""
    monkeypatch.setattr(process, "_ANSWERS", {})
    monkeypatch.setattr(process, "_START", "import os, sys; sys.stdin.readline(); os.abort()")
    monkeypatch.setattr(process, "_CHILDREN", process._Children())


def test_the_same_bytes_are_not_looked_at_again_whatever_the_file_is_called(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = tmp_path / "a.csv", tmp_path / "b.csv"
    for path in (first, again):
        path.write_text("group_id\nG\n", "utf-8")
    assert looked_at(first, known(first, answers)) is None
    nobody_to_ask(monkeypatch)
    assert looked_at(again, known(again, answers)) is None


def test_a_refusal_is_remembered_with_what_it_says(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("x" + ",x" * 20_000, "utf-8")
    told = looked_at(wide, known(wide, answers))
    nobody_to_ask(monkeypatch)
    assert told is not None and told.code == "columns-too-many"
    assert looked_at(wide, known(wide, answers)) == told


@pytest.mark.parametrize("other", ["bytes", "question", "program", "damaged"])
def test_whatever_else_is_asked_is_looked_at(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("group_id\nG\n", "utf-8")
    assert looked_at(path, known(path, answers)) is None
    nobody_to_ask(monkeypatch)
    if other == "bytes":
        path.write_text("group_id\nH\n", "utf-8")
    if other == "program":
        monkeypatch.setattr("consolidation.inspection.answers._program", lambda: "another")
    if other == "damaged":
        for file in answers.iterdir():
            file.write_bytes(b"{")
    found = looked_at(path, known(path, answers), "gb18030" if other == "question" else "utf-8")
    assert found is not None and found.code == "reader-ended"


def test_of_a_file_that_changed_after_it_was_hashed_nothing_is_known_and_nothing_kept(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("group_id\nG\n", "utf-8")
    hashed = known(path, answers)
    os.utime(path, ns=(1, 1))
    assert looked_at(path, hashed) is None
    assert not answers.exists()
    assert looked_at(path, known(path, answers)) is None
    before = known(path, answers)
    nobody_to_ask(monkeypatch)
    os.utime(path, ns=(2, 2))
    assert looked_at(path, before) is not None


def test_what_may_go_well_another_time_is_not_kept(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("group_id\nG\n", "utf-8")
    nobody_to_ask(monkeypatch)
    assert looked_at(path, known(path, answers)) is not None
    assert not answers.exists()


def test_positions_that_were_looked_at_are_read_without_and_others_with_a_look(
    tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = process._Children.ask

    def listening(self: process._Children, path: Path, question: dict[str, object]) -> dict[str, object]:
        asked.append(path.name)
        return ask(self, path, question)

    monkeypatch.setattr(process._Children, "ask", listening)
    positions = rows("exposures", *(f"P,2023-12-31,C{n},equity,SWS,银行,{n}" for n in range(1, 60)))
    folder = write_set(tmp_path / "set", one_group(exposures=positions), part_rows=30)
    parts = {part.name for part in (folder / EXPOSURES).iterdir()}
    first = read_filing_set(str(folder), answers=answers)
    assert parts <= {*asked}
    for remembering, is_asked in ((answers, False), (None, True)):
        monkeypatch.setattr(process, "_ANSWERS", {})
        asked.clear()
        again = read_filing_set(str(folder), answers=remembering)
        assert parts & {*asked} == (parts if is_asked else set())
        assert (again.inputs, again.exposures) == (first.inputs, first.exposures)
