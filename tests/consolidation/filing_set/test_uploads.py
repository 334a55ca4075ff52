"""An uploaded file is laid out for intake or refused in one line, and never writes outside its own folder."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.filing_set import UnusableSet, read_filing_set
from consolidation.filing_set.uploads import safe_name, unpacked
from consolidation.words import table

GROUPS = b"group_id,name,type,parent_id\nG,Group,mixed,\n"


def zipped(parts: Mapping[str, bytes]) -> io.BytesIO:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    data.seek(0)
    return data


def refusal(data: io.BytesIO, name: str = "set.zip", **more: int) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(UnusableSet) as caught, unpacked(data, name, **more):
        pass
    assert "\n" not in str(caught.value)
    assert caught.value.message("zh") != caught.value.message("en")
    return str(caught.value)


@pytest.mark.parametrize("inside", ["", "my set/", "outer/inner/"])
def test_a_zip_of_tables_is_read_wherever_in_it_they_stand(inside: str) -> None:
    parts = {f"{inside}groups.csv": GROUPS, "__MACOSX/groups.csv": b"x", f"{inside}.DS_Store": b"x"}
    with unpacked(zipped(parts), "set.zip") as place:
        read = read_filing_set(str(place))
    assert read.tables["groups"]["group_id"].to_list() == ["G"]
    assert [i.path for i in read.inputs] == ["groups.csv"]
    assert read.findings == ()


def test_a_folder_that_is_a_table_stays_a_folder() -> None:
    with unpacked(zipped({"exposures/part-0.parquet": b"x"}), "set.zip") as place:
        assert [p.name for p in place.iterdir()] == ["exposures"]


def test_a_single_table_and_a_workbook_keep_their_names() -> None:
    with unpacked(io.BytesIO(GROUPS), "C:\\files\\groups.csv") as place:
        assert read_filing_set(str(place)).tables["groups"].height == 1
    with unpacked(io.BytesIO(b"no workbook"), "报送 <b>.xlsx") as place:
        assert place.name == "报送 <b>.xlsx"


def test_nothing_is_left_behind_and_nobody_else_may_look() -> None:
    with unpacked(zipped({"groups.csv": GROUPS}), "set.zip") as place:
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert not place.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../groups.csv",
        "a/../../groups.csv",
        "/etc/groups.csv",
        "C:\\groups.csv",
        "..\\groups.csv",
        "a/b/c/d/e.csv",
    ],
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    assert "leads out" in refusal(zipped({name: GROUPS}))


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("groups.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    data.seek(0)
    assert "no plain file" in refusal(data)


def test_too_much_is_refused_by_what_comes_out_not_by_what_is_declared() -> None:
    honest = zipped({"groups.csv": b"0" * 2_000_000})
    assert len(honest.getvalue()) < 10_000
    assert "more than" in refusal(honest, most_bytes=1_000_000)
    small = bytes(honest.getvalue()).replace((2_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert "damaged" in refusal(io.BytesIO(small), most_bytes=1_000_000)
    both = zipped({"a.csv": b"0" * 600_000, "b.csv": b"0" * 600_000})
    assert "more than" in refusal(both, most_bytes=1_000_000)


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consolidation.filing_set.uploads.MOST_PARTS", 3)
    assert "4 files" in refusal(zipped({f"{n}.csv": b"" for n in range(4)}))


def test_names_that_differ_in_case_only_are_refused() -> None:
    assert "twice" in refusal(zipped({"groups.csv": GROUPS, "Groups.csv": GROUPS}))


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(zipped({"groups.csv": GROUPS}).getvalue())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    assert "encrypted" in refusal(io.BytesIO(bytes(data)))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18, b"hello"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert "damaged" in refusal(io.BytesIO(data))


@pytest.mark.parametrize("name", ["set.rar", "set", "set.zip.exe", ".zip", "", "evil\x00.sh"])
def test_other_files_are_refused_by_their_ending(name: str) -> None:
    assert "upload one of" in refusal(zipped({"groups.csv": GROUPS}), name)


def test_names_written_in_gb18030_are_read_as_such() -> None:
    part = zipfile.ZipInfo("groups.csv")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(part, GROUPS)
        archive.writestr(zipfile.ZipInfo("aaaa.csv"), GROUPS)
    raw = data.getvalue().replace(b"aaaa.csv", "说明".encode("gb18030") + b".csv")
    with unpacked(io.BytesIO(raw), "set.zip") as place:
        assert sorted(p.name for p in place.iterdir()) == ["groups.csv", "说明.csv"]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    whole = zipped({"groups.csv": GROUPS}).getvalue()
    for broken in (data, whole[:40] + data, data.join((whole[:60], whole[60:]))):
        try:
            with unpacked(io.BytesIO(broken), "set.zip") as place:
                assert place.is_dir()
        except UnusableSet:
            pass


@given(st.text(max_size=400))
def test_a_safe_name_is_one_step_and_fits_every_file_system(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe or safe == ""
    assert len(safe.encode()) <= 255
    assert not safe.startswith(".") and "\x00" not in safe


def test_every_refusal_has_words_in_both_languages() -> None:
    assert all(
        set(text) == {"zh", "en"} for key, text in table().items() if key.startswith("unusable.upload")
    )
