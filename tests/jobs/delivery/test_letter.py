"""A mail about a group shows its ratios and what changed, as HTML with the plain text beside it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.delivery import letter as letters
from jobs.delivery.channels.mail import Mail
from jobs.delivery.channels.outgoing_message import OutgoingMessage
from monitoring.store.store import Store
from tests.monitoring.reports.test_life import with_its_duties

BODY = "- 集团 <b>: 200%\n- 第二行"


@pytest.fixture
def of_group(sqlite_store: Store, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a group's statement, and a message that tells of that group and of a company."""
    monkeypatch.setattr(letters, "_groups", lambda *_: ["G"])
    return with_its_duties(sqlite_store, tmp_path)


def test_the_mail_has_text_html_and_pictures(of_group: Store) -> None:
    shown = letters.letter(of_group, 1, BODY, "zh")
    plugin = SimpleNamespace(from_addr=("规则", "rule19@example.com"), smtp_host="h")
    channel = Mail(cast(Any, plugin), cast(Any, SimpleNamespace(mail="a@example.com")), cast(Any, None))
    picture = {**shown.pictures, "ratios9": b"\x89PNG"}
    sent = OutgoingMessage(
        "k", "主题", BODY, False, datetime.now(UTC), letters.Letter(shown.html, picture, shown.text)
    )
    mail = cast(EmailMessage, message_from_bytes(channel._text(sent), policy=policy.default))
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and plain.get_content().splitlines() == [
        *BODY.splitlines(),
        "",
        "集团, – → 2023-12-31 (金额单位：万元)",
        "- 实际资本: – → 1,000.00 (–)",
        "- 最低资本: – → 500.00 (–)",
        "- 核心偿付能力充足率: – → 200.00% (–)",
        "- 综合偿付能力充足率: – → 200.00% (–)",
    ]
    assert html is not None
    told = html.get_content()
    assert "集团 &lt;b&gt;: 200%" in told and "<b>" not in told
    assert re.search(r"综合偿付能力充足率</td>.*?>200\.00%</td>", told)
    related = [p for p in mail.walk() if p.get_content_type() == "image/png"]
    assert [p["Content-ID"] for p in related] == ["<ratios9>"]


def test_a_message_about_no_group_has_headings_and_each_thing_leads_to_its_page(sqlite_store: Store) -> None:
    body = "【逾期】\n- 甲 <b>\n  https://rule19.example.com/deadlines?obligation=a&lang=en\n\n记录链头"
    shown = letters.letter(sqlite_store, 1, body, "zh")
    to = "https://rule19.example.com/deadlines?obligation=a&amp;lang=en"
    assert f'<h3>【逾期】</h3><p>• 甲 &lt;b&gt; <a href="{to}">打开</a></p><p style=' in shown.html
    assert shown.html.endswith("记录链头</p></body></html>")
    assert (shown.pictures, shown.text) == ({}, body)
