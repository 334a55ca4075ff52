"""A mail about a group shows its ratios and what changed, as HTML with the plain text beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from jobs.delivery import letter as letters
from jobs.delivery.digest import render
from monitoring.alerts.content import MessageItem
from monitoring.flags.consequences.alerts import MEASURES
from monitoring.store.store import Store
from tests.build import Q2, Q4, filing, rows
from tests.jobs.delivery.post import a_post_office, whole_text
from tests.jobs.delivery.test_delivery import a_sender, news, person, raised, recipients
from tests.monitoring.reports.test_documents import small


def test_a_mail_about_a_group_arrives_with_its_chart_and_what_changed(
    tmp_path: Path, without_readings: None
) -> None:
    """By real SMTP: 200% in the half-year, 180% at its end, in HTML and in plain text; a name is no markup."""
    store = small(
        tmp_path,
        groups=rows("groups", "G,集团 <b>,mixed"),
        entities=rows("entities", "S,寿险,life"),
        group_members=rows("group_members", "G,S,subsidiary"),
        solo_filings=[filing("S", Q2, 1000, 500, kind="life"), filing("S", Q4, 900, 500, kind="life")],
    )
    raised(store, replace(news("<i>"), party_id="G"))
    with a_post_office() as office:
        a_sender(store).deliver(recipients(office, person(language="zh")))
    (mail,) = office.arrived
    html = mail.get_body(("html",))
    assert mail.get_content_type() == "multipart/alternative" and html is not None
    told = html.get_content()
    assert "集团 &lt;b&gt;" in told and "&lt;i&gt;" in told and "<b>" not in told and "<i>" not in told
    row = r"综合偿付能力充足率</td>.*?>200\.00%</td>.*?>180\.00%</td>.*?>-20\.00 个百分点</td>"
    assert re.search(row, told)
    (chart,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{str(chart['Content-ID']).strip('<>')}" in told
    assert chart.get_payload(decode=True)[:4] == b"\x89PNG"  # type: ignore[index]
    assert "\n".join(
        [
            "集团 <b>, 2023-06-30 → 2023-12-31 (金额单位：万元)",
            "- 实际资本: 1,000.00 → 900.00 (-100.00)",
            "- 最低资本: 500.00 → 500.00 (0.00)",
            "- 核心偿付能力充足率: 200.00% → 180.00% (-20.00 个百分点)",
            "- 综合偿付能力充足率: 200.00% → 180.00% (-20.00 个百分点)",
        ]
    ) in whole_text(mail)
    english = letters.letter(store, 1, "- news", "en").text
    assert "集团 <b>, 2023-06-30 → 2023-12-31 (amounts in CNY million)" in english
    assert "- Actual capital: 10.00 → 9.00 (-1.00)" in english
    store.close()


def test_a_message_about_no_group_has_headings_and_each_thing_leads_to_its_page(sqlite_store: Store) -> None:
    body = "【逾期】\n- 甲 <b>\n  https://rule19.example.com/deadlines?obligation=a&lang=en\n\n记录链头"
    shown = letters.letter(sqlite_store, 1, body, "zh")
    to = "https://rule19.example.com/deadlines?obligation=a&amp;lang=en"
    assert f'<h3>【逾期】</h3><p>• 甲 &lt;b&gt; <a href="{to}">打开</a></p><p style=' in shown.html
    assert shown.html.endswith("记录链头</p></body></html>")
    assert (shown.pictures, shown.text) == ({}, body)


def test_the_measures_that_follow_a_flag_stand_below_it_in_a_list(sqlite_store: Store) -> None:
    """In the text and in HTML; where the channel has no room for a list they follow in the line."""
    lists = [("应当采取：", ("监管谈话", "限制董事薪酬 <b>")), ("可以采取：", ("接管",))]
    flag = MessageItem("flag_raised", {"flag": 7, "says": "低于标准。", MEASURES: lists}, None, alert=7)
    (page,) = render([flag], "zh", Q4, 100_000)
    assert page.body.split("\n") == [
        *(
            "- 警示 7：低于标准。",
            "  应当采取：",
            "  · 监管谈话",
            "  · 限制董事薪酬 <b>",
            "  可以采取：",
            "  · 接管",
        )
    ]
    address = "  https://rule19.example.com/flags"
    shown = letters.letter(sqlite_store, 1, f"{page.body}\n{address}\n- 另一项", "zh").html
    assert (
        f'<p>• 警示 7：低于标准。 <a href="{address.strip()}">打开</a></p>'
        "<p>应当采取：</p><ul><li>监管谈话</li><li>限制董事薪酬 &lt;b&gt;</li></ul>"
        "<p>可以采取：</p><ul><li>接管</li></ul><p>• 另一项</p>"
    ) in shown
    (short,) = render([flag], "zh", Q4, 200)
    assert short.body == "- 警示 7：低于标准。 应当采取： 监管谈话、限制董事薪酬 <b> 可以采取： 接管"
