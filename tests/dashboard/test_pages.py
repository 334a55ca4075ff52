"""Each page's logic by Streamlit's AppTest, on the demo industry: what it says, to whom, and where its links lead."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import streamlit as st

from consolidation.sentence import in_words
from dashboard.auth import session
from monitoring.access import accounts, audit, second_factor, sign_in
from monitoring.access.accounts import Person, Role
from monitoring.alerts.messages import MESSAGE
from monitoring.store import queries as reading
from monitoring.store.integrity import chain
from monitoring.store.store import Store
from tests.dashboard.conftest import ADMINISTRATOR, Opened, text_of, token_of

DAY = "2025-12-31"
EVERYBODYS = ("today", "group", "entities", "account")
ADMINISTRATORS = ("accounts", "audit")


def links(text: str, page: str) -> list[dict[str, str]]:
    """The parameters of every link to a page."""
    found = (urlsplit(unescape(href)) for href in re.findall(r'href="([^"]*)" data-r19', text))
    return [{k: v[0] for k, v in parse_qs(f.query).items()} for f in found if f.path == page]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [*EVERYBODYS, *ADMINISTRATORS])
def test_every_page_opens_in_both_languages(
    demo_store: Store, page: Opened, name: str, language: str
) -> None:
    at = page(demo_store, token_of(demo_store, Role.ADMINISTRATOR), name, lang=language)
    assert not at.exception and not at.error
    chinese = len(re.findall("[一-鿿]", text_of(at).split("</h1>")[0]))
    assert (chinese > 0) is (language == "zh")


# --- signing in -------------------------------------------------------------------------------------------------------


def test_without_a_session_there_is_a_form_and_nothing_else(demo_store: Store, page: Opened) -> None:
    at = page(demo_store, None, group="瀛洲集团")
    assert [b.label for b in at.button] == ["登录"]
    assert "瀛洲" not in text_of(at)


def test_signing_in_by_the_form_opens_the_page(demo_store: Store, page: Opened) -> None:
    once = accounts.open_account(
        demo_store, ADMINISTRATOR, "zhao", display_name="赵敏", role=Role.SUPERVISOR, groups=None
    )
    assert once is not None
    at = page(demo_store, None)
    at.text_input[0].input("zhao")
    at.text_input[1].input("wrong")
    at.button[0].click().run()
    assert [e.value for e in at.error] == ["用户名或密码不正确。"]
    at.text_input[0].input("zhao")
    at.text_input[1].input(once)
    at.button[0].click().run()
    assert [b.label for b in at.button] == ["确定"]  # the one-time password has to be changed first
    assert "瀛洲" not in text_of(at)
    for field, value in zip(
        at.text_input, (once, "山重水复疑无路柳暗花明", "山重水复疑无路柳暗花明"), strict=True
    ):
        field.input(value)
    at.button[0].click().run()
    assert [e.value for e in at.error] == ["新密码至少 12 个字符。"]
    for field, value in zip(
        at.text_input, (once, "山重水复疑无路 柳暗花明", "山重水复疑无路 柳暗花明"), strict=True
    ):
        field.input(value)
    at.button[0].click().run()
    assert "瀛洲人寿保险集团" in text_of(at)


def test_a_session_that_has_ended_shows_nothing_more(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token)
    assert "瀛洲" in text_of(at)
    sign_in.sign_out(demo_store, token)
    at.run()
    assert "瀛洲" not in text_of(at)
    assert [b.label for b in at.button] == ["登录"]


def test_who_signs_in_next_in_the_same_browser_finds_nothing_of_the_one_before(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token, "group", group="云梦系")
    at.session_state["runs-checked"] = ("file", "what somebody looked at")
    sign_in.sign_out(demo_store, token)
    at.run()
    assert [b.label for b in at.button] == ["登录"]
    assert "runs-checked" not in at.session_state and "last-group" not in at.session_state


def test_signing_out_ends_the_session(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token)
    at.sidebar.button[0].click().run()
    assert sign_in.person(demo_store, token) is None
    assert [b.label for b in at.button] == ["登录"]


def test_language_and_unit_are_kept_in_the_account(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    at = page(demo_store, token)
    at.button_group(key="lang").set_value("en").run()
    at.button_group(key="unit").set_value("billion").run()
    person = sign_in.person(demo_store, token)
    assert person is not None
    assert (person.language, person.unit) == ("en", "billion")
    assert "What is wrong now" in text_of(page(demo_store, token))


class Provider:
    """Stands for ``st.user`` of a browser in which a provider's claims are."""

    is_logged_in = True

    def __init__(self, **claims: object) -> None:
        self.claims = claims

    def to_dict(self) -> dict[str, object]:
        return self.claims


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """OpenID Connect is configured, and the provider has told the browser these claims."""
    monkeypatch.setattr(session, "_provider_configured", lambda: True)
    monkeypatch.setattr(session, "_claim", lambda: "email")
    return lambda **claims: monkeypatch.setattr(st, "user", Provider(**claims))


def test_who_the_provider_knows_and_has_an_account_is_let_in(
    demo_store: Store, page: Opened, provider: Callable[..., None]
) -> None:
    accounts.open_account(
        demo_store,
        ADMINISTRATOR,
        "zhou",
        display_name="周芷",
        role=Role.OFFICER,
        groups=["归墟集团"],
        identity="Zhou@example.org",
    )
    provider(email="zhou@example.org", email_verified=True, iat=time.time())
    text = text_of(page(demo_store, None))
    assert "归墟再保险集团" in text and "瀛洲" not in text


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.org", "iat": time.time() + 60},
        {"email": "zhou@example.org", "iat": 1_600_000_000},
        {"email": "zhou@example.org"},
        {"email": "zhou@example.org", "email_verified": False, "iat": time.time() + 60},
    ],
)
def test_who_is_unknown_or_came_with_an_old_token_is_asked(
    demo_store: Store, page: Opened, provider: Callable[..., None], claims: dict[str, object]
) -> None:
    provider(**claims)
    at = page(demo_store, None)
    assert [b.label for b in at.button] == ["用单位统一身份登录", "登录"]
    assert "归墟" not in text_of(at)


# --- entities ---------------------------------------------------------------------------------------------------------


def _companies(text: str) -> list[str]:
    return [p["company"] for p in links(text.split('class="r19 heat')[1], "entities") if "company" in p]


def test_the_heat_map_has_the_worst_state_first_and_sorts_by_any_period(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "entities"))
    # 大荒人寿 has stopped filing: what it filed last counts.
    assert _companies(text)[:3] == ["归墟信保", "大荒人寿", "瀛洲人寿"]
    assert {p["sort"] for p in links(text, "entities") if "sort" in p} >= {"name", DAY, "2022-03-31"}
    by_old = _companies(text_of(page(demo_store, token, "entities", sort="2022-03-31")))
    filings = reading.solo_filings(demo_store, periods=[date(2022, 3, 31)]).sort(
        "comprehensive_solvency_ratio"
    )
    assert by_old[0] == filings["entity_id"][0]
    assert sorted(by_old) == sorted(_companies(text))


def test_filters_hold_the_heat_map_to_a_kind_a_group_or_a_name(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    kinds = dict(reading.entities(demo_store).select("entity_id", "kind").iter_rows())
    lives = _companies(text_of(page(demo_store, token, "entities", kind="life")))
    assert {kinds[c] for c in lives} == {"life"}
    members = reading.members(demo_store, groups=["归墟集团"])["entity_id"].unique()
    filers = set(reading.solo_filings(demo_store)["entity_id"]) & set(members)
    assert set(_companies(text_of(page(demo_store, token, "entities", of="归墟集团")))) == filers
    at = page(demo_store, token, "entities")
    at.text_input(key="entities-search").input("青丘人寿").run()
    assert _companies(text_of(at)) == ["青丘人寿"]


def test_states_stand_as_symbols_beside_the_colour(demo_store: Store, page: Opened) -> None:
    text = text_of(page(demo_store, token_of(demo_store, Role.SUPERVISOR), "entities"))
    for css, symbol in (("breach", "✖"), ("key", "▲"), ("watch", "◆")):
        cells = re.findall(rf'<td class="tint {css}"[^>]*>(.*?)</td>', text)
        assert cells and all(f"<b>{symbol}</b>" in cell for cell in cells)


def test_a_company_shows_its_filings_recomputation_groups_and_findings(
    demo_store: Store, page: Opened
) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "entities", company="不周财险", period="2025-06-30"))
    assert "不周财产保险股份有限公司" in text
    assert "复算（2025-06-30）" in text and "✖ 5 项不符" in text
    assert {"group": "不周集团", "period": DAY} in links(text, "group")
    assert text.count("solo_filings.csv 第") >= 16


def test_a_company_shows_what_its_minimum_capital_is_made_of(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    text = text_of(page(demo_store, token, "entities", company="稷下人寿", period="2025-12-31"))
    parts = text.split("最低资本构成 · 2025-12-31")[1].split("</table>")[0]
    for name in ("量化风险最低资本", "规模调节及舍入", "控制风险最低资本", "附加资本", "最低资本"):
        assert f">{name}</th>" in parts
    assert "✓ 全部相符" in text


def test_another_groups_company_is_not_there_for_an_officer(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.OFFICER, "归墟集团")
    for company in ("瀛洲人寿", "no such company"):
        at = page(demo_store, token, "entities", company=company)
        assert [i.value for i in at.info] == ["没有这项内容，或者不在您的权限范围内。"]
        assert "瀛洲" not in text_of(at)


# --- accounts and the audit log ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ADMINISTRATORS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OFFICER, Role.SUPERVISOR])
def test_only_an_administrator_has_these_pages(
    demo_store: Store, page: Opened, role: Role, name: str
) -> None:
    """Whoever else types their address lands on Today."""
    groups_ = ("青丘集团",) if role is Role.OFFICER else ()
    opened = page(demo_store, token_of(demo_store, role, *groups_), name)
    assert "<h1>今日</h1>" in text_of(opened)
    assert "<h1>今日</h1>" not in text_of(page(demo_store, token_of(demo_store, Role.ADMINISTRATOR), name))


def test_an_administrator_opens_and_closes_an_account(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.ADMINISTRATOR)
    at = page(demo_store, token, "accounts")
    at.text_input[0].input("qian")
    at.text_input[1].input("钱<i>二</i>")
    at.selectbox(key="accounts-role-new").select(Role.OFFICER)
    at.multiselect(key="accounts-groups-new").select("青丘集团")
    at.button[0].click().run()
    once = at.code[0].value
    assert sign_in.sign_in(demo_store, "qian", once)
    at = page(demo_store, token, "accounts")
    assert "钱&lt;i&gt;二&lt;/i&gt;" in text_of(at)
    at.selectbox(key="accounts-name").select("qian").run()
    at.toggle(key="accounts-open-qian").set_value(False)
    at.button[1].click().run()
    assert [s.value for s in at.success] == ["已完成。"]
    with pytest.raises(sign_in.SignInDenied, match="wrong"):
        sign_in.sign_in(demo_store, "qian", once)
    log = audit.entries(demo_store).filter(subject="qian")
    assert log["action"].to_list()[:4] == [
        "session.refused",
        "account.change",
        "session.begin",
        "account.open",
    ]


def test_an_officer_without_a_group_is_refused_in_words(demo_store: Store, page: Opened) -> None:
    at = page(demo_store, token_of(demo_store, Role.ADMINISTRATOR), "accounts")
    at.text_input[0].input("sun")
    at.selectbox(key="accounts-role-new").select(Role.OFFICER)
    at.button[0].click().run()
    assert [e.value for e in at.error] == ["集团经办人至少要有一个集团。"]


def test_the_log_stands_on_its_page(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.ADMINISTRATOR)
    with demo_store.writing() as connection:
        audit.record(connection, "<script>", "export.annex10", "=cmd", group_id="青丘集团")
        names = dict.fromkeys(("key", "person", "channel", "subject", "body"), "x")
        times = dict.fromkeys(("next_attempt_at", "created_at"), datetime.now(UTC))
        kept = in_words("secret.not-set", name="KEY", file="secrets.env").kept_as_text()
        connection.execute(
            MESSAGE.insert().values(status="dead", attempts=3, lost=0, problem=kept, **names, **times)
        )
    with demo_store.reading() as connection:
        last = chain.head(connection)
    text = text_of(page(demo_store, token, "audit"))
    assert "&lt;script&gt;" in text and "下载附件10工作簿" in text
    assert "KEY 尚未设置：请写入环境变量或 secrets.env" in text
    assert last is not None and f"第 {last[0]} 环 <code>{last[1]}</code>" in text


def test_an_administrator_takes_a_lost_second_factor_away(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.ADMINISTRATOR)
    accounts.open_account(
        demo_store, ADMINISTRATOR, "lost", display_name="", role=Role.SUPERVISOR, groups=None
    )
    secret, now = second_factor.new_secret(), datetime.now(UTC)
    person = Person("lost", "", Role.SUPERVISOR, None)
    second_factor.add(demo_store, person, secret, pyotp.TOTP(secret).at(now), now=now)
    at = page(demo_store, token, "accounts")
    at.selectbox(key="accounts-name").select("lost").run()
    at.button(key="accounts-second-factor").click().run()
    assert [s.value for s in at.success] == ["已完成。"]
    assert audit.entries(demo_store).row(0, named=True)["action"] == "account.second-factor-removed"
    assert not accounts.list_accounts(demo_store, ADMINISTRATOR).filter(name="lost")["second_factor"].item()


def test_the_log_tells_in_words_what_was_changed_from_what_to_what(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.ADMINISTRATOR)
    once = accounts.open_account(
        demo_store, ADMINISTRATOR, "feng", display_name="冯", role=Role.OFFICER, groups=["青丘集团"]
    )
    assert once is not None
    accounts.change_account(demo_store, ADMINISTRATOR, "feng", role=Role.VIEWER, groups=None, is_open=False)
    text = text_of(page(demo_store, token, "audit"))
    name = dict(reading.groups(demo_store).select("group_id", "name").iter_rows())["青丘集团"]
    assert f"集团：{name}；角色：集团经办人" in text
    assert f"集团：{name} → 全部集团；启用：是 → 否；角色：集团经办人 → 查看者" in text
    english = text_of(page(demo_store, token, "audit", lang="en"))
    assert "may sign in: yes → no" in english


def test_a_company_has_tiers_risk_parts_and_peers_of_ones_choice(demo_store: Store, page: Opened) -> None:
    token = token_of(demo_store, Role.SUPERVISOR)
    asked = {"company": "不周财险", "period": "2025-06-30", "item": "market_risk_minimum_capital"}
    at = page(demo_store, token, "entities", **asked, peers="不周人寿,蓬莱财险", lang="en")
    text = text_of(at)
    assert not at.exception
    for item in ("Core tier 1 capital", "Market risk", "Size adjustment and rounding"):
        assert f">{item}</th>" in text
    assert "row 319, column market_risk_minimum_capital" in text
    assert at.multiselect[0].value == ["不周人寿", "蓬莱财险"]
    beside = [p["company"] for p in links(text, "entities") if p.get("period") == "2025-06-30"]
    assert {"不周人寿", "蓬莱财险"} <= set(beside)
    assert {"company": "不周财险", "period": "2025-06-30", "since": "2025-03-31"} in links(text, "changes")
    assert any("obligation" in p for p in links(text, "deadlines"))
