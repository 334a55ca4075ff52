"""What a screen says is so: seen in a real browser, on every page over the published filings."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from dashboard.app.navigation import NAVIGATION
from dashboard.queries import headlines
from monitoring.access.accounts import Role
from monitoring.flags.store import current_flags
from tests.dashboard.browsing import *  # noqa: F403
from tests.dashboard.browsing import Room, no_fault, put_in, settle
from tests.dashboard.conftest import session_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # a real Chromium


@pytest.mark.parametrize(
    ("language", "published", "beside"),
    [
        ("en", "Published", "computed 374.18%, incomplete: 4 members, 55.6% of the published requirement"),
        ("zh", "公布数", "计算 374.18%，成员不齐：4 家，占公布最低资本的 55.6%"),
    ],
)
def test_a_group_that_lacks_members_is_shown_by_what_it_published(
    real: Room, language: str, published: str, beside: str
) -> None:
    page = real.shared(Role.SUPERVISOR)
    real.follow(page, "group", group="平安集团", period="2023-12-31", lang=language)
    no_fault(page, "group")
    tile = page.locator(".r19-figures > div").first
    assert published in tile.locator(".label").inner_text()
    assert tile.locator(".figure").inner_text() == "208.03%"
    assert tile.locator(".state").inner_text().startswith("✓")  # of the published ratio
    assert beside in tile.inner_text()
    assert "✓" not in tile.inner_text().split("374.18%")[1]
    partial = beside.partition("，" if language == "zh" else ", ")[2]
    below = page.locator("p.small[role='note']").filter(has_text=partial)
    assert below.count() == 2, "below the way from the solos and below the readings, which only it can show"
    real.follow(page, "group", group="阳光集团", period="2023-12-31", lang=language)
    page.wait_for_url(f"**group={quote('阳光集团')}*")  # the page before is one of a group, too
    settle(page)
    assert published not in page.locator(".r19-figures > div").first.inner_text()


def test_every_page_stands_and_says_as_of_when_its_figures_are_and_what_is_due_but_absent(real: Room) -> None:
    chinese = ("数据截至运行 1（", "最新报告期 2023-12-31", "已到期而库中没有任何报送：", "26Q2")
    english = ("as of run 1 (", "newest period 2023-12-31", "due, but nothing in the store: ", "26Q2")
    page = real.open(Role.SUPERVISOR)  # of somebody who has seen no group yet
    real.goto(page, "today")
    main = page.locator(".stMain")
    late = set(current_flags(real.store, codes=["not_filed"])["subject_id"])
    assert len(late) == 4 and set(main.locator("table").last.locator("tbody th").all_inner_texts()) == late
    opens_on = {
        "group": (page.locator("h1"), headlines.worst_group(session_of(real.store, Role.SUPERVISOR))),
        "entities": (main.locator("table.heat tbody th").first, "安心财产"),  # −884%, its latest
        "industry": (page.locator(".r19-head"), "2023-12-31"),
    }
    for entry in NAVIGATION:
        if entry.right is None:
            real.follow(page, entry.url_path, lang="zh")
            no_fault(page, entry.url_path)
            told = page.locator(".r19-as-of").inner_text()
            assert all(words in told for words in chinese), (entry.url_path, told)
            if entry.url_path in opens_on:
                where, words = opens_on[entry.url_path]
                assert words is not None and words in where.inner_text(), entry.url_path
    real.follow(page, "today", lang="en")
    told = page.locator(".r19-as-of").inner_text()
    assert all(words in told for words in english), told
    page.context.close()


def test_what_a_reverse_answer_says_put_in_gives_exactly_that_ratio(real: Room) -> None:
    assert put_in(real, "+", group="阳光集团", period="2023-12-31", target="300") == "300.00%"


def test_an_implied_ratio_that_cannot_be_disproves_the_assumption(real: Room) -> None:
    """Property insurers, June 2023: the one silent company of known size would be at −58,334%."""
    page = real.shared(Role.SUPERVISOR)
    real.follow(page, "industry", period="2023-06-30", kind="property", lang="en")
    no_fault(page, "industry")
    rows = page.locator("tr").filter(has_text="2023-06-30").filter(has_text="disproves it")
    assert rows.count() == 1
    assert "%–" not in rows.inner_text() and "−583" not in page.locator(".stMain").inner_text()


def test_nothing_has_a_tick_that_nobody_looked_at(real: Room) -> None:
    """Duties that are not tracked are not "none"; a line without data is a dash, and the total says that it lacks it."""
    page = real.shared(Role.SUPERVISOR)
    real.follow(page, "today", lang="en")
    assert "Duties are not tracked here" in page.locator(".stMain").inner_text()
    real.follow(page, "group", group="阳光集团", period="2023-12-31", lang="en")
    row = page.locator("table.statement tr", has_text="Contagion").first
    assert "no data" in row.inner_text() and "–" in row.inner_text() and "0.00" not in row.inner_text()
    total = page.locator("table.statement tr.total", has_text="without what is missing")
    assert total.count() > 0
