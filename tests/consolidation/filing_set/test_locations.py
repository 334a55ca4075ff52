"""Where the files of a set lie: what must not be opened is named and left alone, and a place without a set is one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import fsspec
import fsspec.implementations.memory
import pytest

from consolidation.filing_set import UnusableSet, read_filing_set
from consolidation.findings import Severity
from tests.build import read, write_set
from tests.consolidation.filing_set.forms import as_workbook, typed
from tests.consolidation.filing_set.small_sets import GUARANTEES, SOUND, beside_good, only_finding


def _link_out(folder: Path) -> None:
    outside = folder.parent / "outside.csv"
    outside.write_text(GUARANTEES)
    (folder / "guarantees.csv").symlink_to("../outside.csv")


def _folder_link_out(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    typed("guarantees", GUARANTEES).write_parquet(folder.parent / "elsewhere" / "p.parquet")
    (folder / "guarantees").symlink_to("../elsewhere", target_is_directory=True)


def _part_link_out(folder: Path) -> None:
    typed("guarantees", GUARANTEES).write_parquet(folder.parent / "p.parquet")
    (folder / "guarantees").mkdir()
    typed("guarantees", GUARANTEES).write_parquet(folder / "guarantees" / "a.parquet")
    (folder / "guarantees" / "b.parquet").symlink_to("../../p.parquet")


def _broken_link(folder: Path) -> None:
    (folder / "guarantees.csv").symlink_to("guarantees-2023.csv")


def _circle(folder: Path) -> None:
    (folder / "guarantees.csv").symlink_to("guarantees.csv")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "guarantees.csv")


def _folder_as_file(folder: Path) -> None:
    (folder / "guarantees.csv").mkdir()


def _empty_folder(folder: Path) -> None:
    (folder / "guarantees").mkdir()


def _both_forms(folder: Path) -> None:
    (folder / "guarantees.csv").write_text(GUARANTEES)
    typed("guarantees", GUARANTEES).write_parquet(folder / "guarantees.parquet")


def _not_parquet(folder: Path) -> None:
    (folder / "guarantees.parquet").write_text(GUARANTEES)


PLACES: list[tuple[Callable[[Path], None], str, str, str]] = [
    (_link_out, "outside-the-set", "guarantees.csv", "../outside.csv"),
    (_folder_link_out, "outside-the-set", "guarantees", "../elsewhere"),
    (_part_link_out, "outside-the-set", "guarantees/b.parquet", "../../p.parquet"),
    (_broken_link, "cannot-be-read", "guarantees.csv", "No such file or directory"),
    (_pipe, "not-a-plain-file", "guarantees.csv", ""),
    (_folder_as_file, "folder-named-as-file", "guarantees.csv", ""),
    (_empty_folder, "folder-without-parts", "guarantees", ""),
    (_both_forms, "table-twice", "guarantees.csv", "guarantees.csv, guarantees.parquet"),
    (_not_parquet, "file-damaged", "guarantees.parquet", ""),
]


@pytest.mark.parametrize(
    ("arrange", "code", "file", "value"), PLACES, ids=lambda x: getattr(x, "__name__", "")
)
def test_what_must_not_or_cannot_be_opened_is_named_and_the_rest_is_read(
    arrange: Callable[[Path], None], code: str, file: str, value: str, tmp_path: Path
) -> None:
    folder = beside_good(tmp_path / "set")
    arrange(folder)

    filing_set = read(folder)

    finding = only_finding(filing_set)
    assert (finding.code, finding.severity, finding.table) == (code, Severity.ERROR, "guarantees")
    assert (finding.file, finding.value) == (file, value)
    assert "guarantees" in filing_set.given


def test_links_in_a_circle_are_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    folder = beside_good(tmp_path / "set")
    _circle(folder)

    assert only_finding(read(folder)).code == "cannot-be-read"


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated at the place that opens files: an administrator may read everything."""
    folder = write_set(beside_good(tmp_path), {"guarantees": GUARANTEES})
    opened = Path.open

    def refuse(path: Path, *mode: str, **how: str) -> object:
        if path.name == "guarantees.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)

    finding = only_finding(read(folder))

    assert (finding.code, finding.file, finding.value) == (
        "cannot-be-read",
        "guarantees.csv",
        "Permission denied",
    )


def test_files_that_are_no_table_are_named_and_ignored(tmp_path: Path) -> None:
    folder = beside_good(tmp_path)
    (folder / "notes.txt").touch()
    (folder / "solo_filing.csv").touch()
    (folder / ".hidden").touch()
    (folder / "~$book.xlsx").touch()
    (folder / "old").mkdir()
    as_workbook(tmp_path / "x", {"guarantees": GUARANTEES})
    (folder / "link").symlink_to("/etc/hostname")
    findings = read(folder).findings

    assert [(f.code, f.severity.value, f.file, f.expected) for f in findings] == [
        ("file-misspelt", "warning", "solo_filing.csv", "solo_filings"),
        ("file-unknown", "info", "link", ""),
        ("file-unknown", "info", "notes.txt", ""),
        ("file-unknown", "info", "old", ""),
        ("file-unknown", "info", "x", ""),
    ]


def test_where_there_is_no_set_one_line_says_so(tmp_path: Path) -> None:
    empty = write_set(tmp_path / "empty", {})
    bomb = write_set(tmp_path / "bomb", {})
    (bomb / "set.xlsx").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "only.xlsx").write_text("not a workbook")
    said = {}
    for location in ("nowhere", "empty", "bomb", "only.xlsx"):
        with pytest.raises(UnusableSet) as refused:
            read(tmp_path / location)
        said[location] = str(refused.value)
        assert "\n" not in said[location] and refused.value.message("zh") != said[location]

    assert "nothing is there" in said["nowhere"]
    assert f"{empty} holds no table of a filing set" in said["empty"]
    assert "set.xlsx: the workbook is damaged" in said["bomb"]
    assert "only.xlsx: not an Excel workbook" in said["only.xlsx"]


@pytest.mark.parametrize(
    "url",
    ["memory://nothing/here", "nosuch://x/y", "s3://", "http://127.0.0.1:1/x", "file:///nowhere/at/all"],
)
def test_a_url_that_leads_nowhere_is_one_line(url: str) -> None:
    with pytest.raises(UnusableSet) as refused:
        read_filing_set(url)

    assert url in str(refused.value) and "\n" not in str(refused.value)


def test_an_object_whose_name_climbs_out_of_the_set_is_not_opened() -> None:
    store = fsspec.filesystem("memory")
    store.pipe_file("/climbing/set/group_capital.csv", SOUND["group_capital"].encode())
    store.store["/climbing/set/../guarantees.csv"] = store.store["/climbing/set/group_capital.csv"]

    filing_set = read_filing_set("memory://climbing/set")

    assert [(f.code, f.file) for f in filing_set.findings] == [("outside-the-set", "..")]
    assert filing_set.given == {"group_capital"}


class BrokenStore(fsspec.implementations.memory.MemoryFileSystem):  # type: ignore[misc]
    """An object store whose connection breaks, with an error of its own kind."""

    protocol = "broken"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        stripped: str = super()._strip_protocol(path.replace("broken://", "memory://"))
        return stripped

    def _open(self, path: str, mode: str = "rb", **more: object) -> object:
        if mode == "rb" and path.endswith("guarantees.csv"):
            raise RuntimeError("connection reset\nby peer")
        return super()._open(path, mode, **more)


def test_an_object_store_that_breaks_is_a_file_that_cannot_be_read() -> None:
    fsspec.register_implementation("broken", BrokenStore, clobber=True)
    store = fsspec.filesystem("broken")
    store.pipe_file("/breaking/group_capital.csv", SOUND["group_capital"].encode())
    store.pipe_file("/breaking/guarantees.csv", GUARANTEES.encode())

    finding = only_finding(read_filing_set("broken://breaking"))

    assert (finding.code, finding.file, finding.value) == (
        "cannot-be-read",
        "guarantees.csv",
        "RuntimeError: connection reset",
    )
