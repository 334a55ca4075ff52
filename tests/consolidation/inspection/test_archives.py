"""A file that calls itself a workbook is looked at before anything opens it."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter

from consolidation.inspection.archives import refuse_bomb, refuse_workbook
from consolidation.inspection.process import Question, look


def small_workbook(path: Path, *cells: tuple[int, int]) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("S01")
    for row, column in cells or ((0, 0),):
        sheet.write_number(row, column, 1)
    book.close()
    return path


def code(path: Path) -> str | None:
    finding = refuse_workbook(path)
    return finding.code if finding else None


def test_an_ordinary_workbook_is_let_in(tmp_path: Path) -> None:
    assert refuse_workbook(small_workbook(tmp_path / "a.xlsx")) is None


def test_a_stray_cell_far_below_a_narrow_table_and_one_far_to_its_right_are_ordinary(tmp_path: Path) -> None:
    assert refuse_workbook(small_workbook(tmp_path / "tall.xlsx", (0, 0), (1_048_575, 2))) is None
    assert refuse_workbook(small_workbook(tmp_path / "wide.xlsx", (0, 0), (200, 16_383))) is None


def test_one_cell_at_the_end_of_a_wide_table_is_refused_as_its_empty_rows_would_be_laid_out(
    tmp_path: Path,
) -> None:
    assert code(small_workbook(tmp_path / "far.xlsx", (0, 0), (1_048_575, 25))) == "workbook-grid-too-large"


@pytest.mark.parametrize(
    "cell",
    [
        b'<row r="4294967295"><c r="A1"><v>1</v></c></row>',
        b'<row r="1"><c r="A4294967295"><v>1</v></c></row>',
        b'<row r="1"><c s="0" r = \'A9999999\'><v>1</v></c></row>',
        b'<x:row r="1"><x:c r="A0000001048577"><x:v>1</x:v></x:c></x:row>',
        b'<row r="1"><c r="XFE1"><v>1</v></c></row>',
        b'<row r="1"><c r="zzzzzz1"><v>1</v></c></row>',
    ],
)
def test_a_cell_that_no_worksheet_has_is_refused_by_its_name(tmp_path: Path, cell: bytes) -> None:
    path = tmp_path / "beyond.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<sheetData>" + cell + b"</sheetData>")
    refusal = refuse_workbook(path)
    assert refusal is not None and refusal.code == "workbook-cell-outside"
    assert str(refusal.fields["value"]).startswith("xl/worksheets/sheet1.xml ")


def test_two_cells_in_opposite_corners_are_refused(tmp_path: Path) -> None:
    assert (
        code(small_workbook(tmp_path / "corners.xlsx", (0, 0), (1_048_575, 16_383)))
        == "workbook-grid-too-large"
    )


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(16):
            part.write(bytes(1 << 20))
    finding = refuse_bomb(path, most_bytes=8 << 20)
    assert finding is not None and finding.code == "workbook-too-large"
    assert refuse_bomb(path, most_bytes=128 << 20) is None


def test_a_small_archive_that_unpacks_to_hundreds_of_times_its_size_is_refused_below_every_other_limit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(64):
            part.write(bytes(1 << 20))
    assert code(path) == "workbook-too-large"


def lying_archive(path: Path, stream: bytes) -> Path:
    """An archive of one part whose directory says 10 bytes, with the right checksum for ten zeros."""
    name = b"xl/worksheets/sheet1.xml"
    sizes = struct.pack("<LLL", zlib.crc32(bytes(10)), len(stream), 10)
    local = (
        b"PK\x03\x04"
        + struct.pack("<HHHHH", 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HH", len(name), 0)
        + name
    )
    central = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sizes
    central += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local) + len(stream), 0)
    path.write_bytes(local + stream + central + end)
    return path


def test_a_zip_bomb_that_lies_about_its_size_is_refused_by_what_it_unpacks_to(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    two_gigabytes = (packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)) * 128
    path = lying_archive(tmp_path / "liar.xlsx", two_gigabytes)
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].file_size == 10
    assert path.stat().st_size < 4 << 20
    assert code(path) == "workbook-too-large"


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_workbook_is_named_as_such(tmp_path: Path, share: float) -> None:
    whole = small_workbook(tmp_path / "whole.xlsx").read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert code(path) == "workbook-truncated"


def test_an_empty_file_a_text_a_folder_and_a_missing_file_are_each_named(tmp_path: Path) -> None:
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "text.xlsx").write_text("行次,项目", "utf-8")
    assert code(tmp_path / "empty.xlsx") == "workbook-empty"
    assert code(tmp_path / "text.xlsx") == "workbook-not-a-workbook"
    assert code(tmp_path) == "workbook-not-readable"
    assert code(tmp_path / "missing.xlsx") == "workbook-not-readable"


def test_the_old_format_and_a_password_are_told_apart(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    (tmp_path / "old.xlsx").write_bytes(ole + bytes(4096) + "Workbook".encode("utf-16-le"))
    (tmp_path / "locked.xlsx").write_bytes(ole + bytes(4096) + "EncryptedPackage".encode("utf-16-le"))
    assert code(tmp_path / "old.xlsx") == "workbook-old-format"
    assert code(tmp_path / "locked.xlsx") == "workbook-encrypted"


def test_every_refusal_reads_as_a_sentence_in_both_languages(tmp_path: Path) -> None:
    finding = look(
        Question(small_workbook(tmp_path / "角.xlsx", (0, 0), (1_048_575, 16_383)), "form"), file="角.xlsx"
    )
    assert finding is not None
    assert finding.message("zh").startswith("角.xlsx：xl/worksheets/sheet1.xml 的单元格相距过远")
    assert "lie too far apart" in finding.message("en")
