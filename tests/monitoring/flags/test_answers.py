"""What people do about a flag beside answering: whose it is, files beside it, measures that become duties."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from monitoring.flags.answers.answering import FlagChangeDenied, assign
from monitoring.flags.answers.attachments import MOST_BYTES, AttachmentDenied, attach, attachments, content_of
from monitoring.flags.answers.orders import order, ordered
from monitoring.flags.store import current_flags, flag_history, update_flags
from monitoring.obligations import register
from monitoring.obligations.presentation.wording import title
from monitoring.obligations.reversals import reverse
from monitoring.obligations.states import ObligationState
from monitoring.store.store import Store
from tests.monitoring.flags.test_flag_store import Q1, filing, record

DAY, TODAY = date(2024, 6, 30), date(2024, 5, 6)
REQUIRED = ["A26(一)", "A26(二)"]


@pytest.fixture
def flag(store: Store) -> int:
    update_flags(store, record(store, "a", filing("甲", Q1, 90, core=80)))
    return int(current_flags(store, codes=["breach"])["flag_id"][0])


def ordering(store: Store, flag: int, items: list[str], last_day: date = DAY) -> list[str]:
    return order(store, flag, items, last_day, "由董事会提交", "王芳", TODAY, party_name="甲公司")


def test_an_assignment_stays_when_the_flag_is_raised_again(store: Store, flag: int) -> None:
    assign(store, flag, "王芳", "李明", DAY)
    update_flags(store, record(store, "b", filing("甲", Q1, 40, core=30)))
    head = current_flags(store).filter(flag_id=flag).row(0, named=True)
    assert (head["assignee"], head["answer_by"]) == ("李明", DAY)
    assert flag_history(store, flag).filter(what="assigned").select(
        "who", "assignee", "answer_by"
    ).rows() == [("王芳", "李明", DAY)]


def test_a_measure_ordered_is_a_duty_once_until_it_is_taken_back(store: Store, flag: int) -> None:
    """Regulation 2021 A26: the plan under (二) is due on the day that the order names."""
    first, second = ordering(store, flag, REQUIRED)
    owed = register.obligations(store, TODAY).filter(reference=second).row(0, named=True)
    assert (owed["last_day"], owed["note"], owed["article"]) == (
        DAY,
        "由董事会提交",
        "Regulation 2021 A26(二)",
    )
    assert "要求提交预防偿付能力充足率恶化或完善风险管理的计划" in title(owed, "zh")
    late = register.obligations(store, date(2024, 7, 1)).filter(reference=second)
    assert late["state"].item() == ObligationState.OVERDUE
    assert ordered(store, flag, Q1) == dict(zip(REQUIRED, (first, second), strict=True))
    with pytest.raises(FlagChangeDenied, match=r"A26\(二\) is ordered already"):
        ordering(store, flag, ["A26(二)"])
    reverse(store, second, "误操作", "王芳", TODAY)
    assert ordering(store, flag, ["A26(二)"]) == [f"{first}#3"]


def test_only_what_follows_the_flag_can_be_ordered_and_for_a_day_to_come(store: Store, flag: int) -> None:
    with pytest.raises(FlagChangeDenied, match="choose among the measures"):
        ordering(store, flag, ["A151(一)"])
    with pytest.raises(FlagChangeDenied, match="has passed"):
        ordering(store, flag, REQUIRED, date(2024, 5, 5))
    assert register.obligations(store, TODAY).is_empty()


def office_file(*parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return made.getvalue()


def test_a_file_is_what_its_bytes_say_and_has_no_macros(store: Store, flag: int) -> None:
    attach(store, flag, "王芳", "../../决议.PDF", b"%PDF-1.7 x")
    attach(store, flag, "王芳", "计划.docx", office_file("word/document.xml"))
    assert attachments(store, flag).select("name", "size").rows()[0] == ("决议.PDF", 10)
    assert content_of(store, flag, 1) == b"%PDF-1.7 x"
    refused = {
        "virus.exe": (b"MZ", "ending"),
        "a.pdf": (b"<html>", "not-that"),
        "empty.png": (b"", "not-that"),
        "plan.xlsx": (office_file("word/document.xml"), "not-that"),
        "macro.docx": (office_file("word/document.xml", "word/vbaProject.bin"), "not-that"),
        "large.pdf": (b"%PDF-" + b" " * MOST_BYTES, "too-large"),
    }
    for name, (content, code) in refused.items():
        with pytest.raises(AttachmentDenied) as denied:
            attach(store, flag, "王芳", name, content)
        assert denied.value.code == code, name
    assert attachments(store, flag).height == 2
