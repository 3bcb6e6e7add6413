"""The pages in a real browser: live deals, work without JavaScript, and a phone's width."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Goal
from common.outbox import record
from common.relay import Relay
from deals.events import DealValued, OpportunityFound, valuation_facts
from deals.models import DealMark
from notifications.events import NotificationSent
from notifications.models import Notification
from tests.deals.making import make_deal, make_valuation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


def _valued(title: str, price: str = "129.00") -> Any:
    deal = make_deal(title, price)
    make_valuation(deal)
    return deal


def _appears(title: str) -> Any:
    """A deal that is valued while pages are open, published as the relay does."""
    with transaction.atomic():
        deal = _valued(title)
        for kind in (DealValued, OpportunityFound):
            record(kind(**valuation_facts(deal, deal.valuation)))
    # In a thread of its own, since Playwright keeps an event loop in this one.
    relay = Thread(target=_publish)
    relay.start()
    relay.join()
    return deal


def _publish() -> None:
    with Relay() as relay:
        relay.publish_pending()
    connection.close()


def _shift(page: Any) -> float:
    """The cumulative layout shift since the page was opened, without what the reader caused."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
                let sum = 0;
                new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; })
                    .observe({ type: "layout-shift", buffered: true });
                setTimeout(() => done(sum), 150);
            })"""
        )
    )


def test_a_new_deal_waits_behind_the_pill_and_moves_nothing(site: str, page: Any) -> None:
    _valued("There from the start")
    page.goto(site)
    page.locator("#live-state[data-state=open]").wait_for()
    _appears("Found while you look")
    pill = page.get_by_role("button", name="1 new")
    pill.wait_for()
    assert page.get_by_text("Found while you look").count() == 0
    assert _shift(page) < 0.05
    pill.click()
    first = page.locator("#cards li.deal-card").first
    first.get_by_text("Found while you look").wait_for()
    assert page.locator("#cards li.deal-card").count() == 2
    pill.wait_for(state="hidden")


def test_a_new_opportunity_is_told_on_the_page_of_opportunities(site: str, page: Any) -> None:
    page.goto(f"{site}/opportunities/")
    page.locator("#live-state[data-state=open]").wait_for()
    _appears("Large discount")
    page.get_by_role("button", name="1 new").click()
    page.locator("li.deal-card", has_text="Large discount").wait_for()


def test_the_pill_heeds_the_filters(site: str, page: Any) -> None:
    _valued("Sony headphones")
    page.goto(f"{site}/?search=sony")
    page.locator("#live-state[data-state=open]").wait_for()
    _appears("Dyson vacuum")
    _appears("Sony soundbar")
    page.get_by_role("button", name="1 new").click()
    page.locator("#cards").get_by_text("Sony soundbar").wait_for()
    assert page.get_by_text("Dyson vacuum").count() == 0


def test_filters_change_the_list_alone_and_the_way_back_leads_to_the_whole_page(site: str, page: Any) -> None:
    _valued("Sony headphones")
    _valued("Dyson vacuum")
    page.goto(f"{site}/?search=sony+or+dyson")
    page.get_by_role("searchbox").fill("sony")
    page.get_by_role("button", name="Search").click()
    page.locator("#cards", has_not_text="Dyson").wait_for()
    assert "search=sony" in page.url
    page.go_back()
    page.locator("#cards", has_text="Dyson").wait_for()
    assert page.get_by_role("heading", level=1).is_visible()


def test_what_came_while_the_connection_was_away_is_caught_up(site: str, page: Any) -> None:
    page.add_init_script(
        "const Real = WebSocket; window.sockets = [];"
        "window.WebSocket = class extends Real { constructor(url) { super(url); window.sockets.push(this); } };"
    )
    _valued("There from the start")
    page.goto(site)
    page.locator("#live-state[data-state=open]").wait_for()
    page.evaluate("window.sockets.at(-1).close()")
    page.locator("#live-state[data-state=away]").wait_for()
    _appears("Missed")
    page.get_by_role("button", name="1 new").wait_for()


def test_a_deal_is_saved_without_leaving_the_list(
    site: str, page: Any, owner: Any, sign_in_browser: Callable[[Any], None]
) -> None:
    deal = _valued("Sony headphones")
    sign_in_browser(owner)
    page.goto(site)
    page.get_by_role("button", name="Save Sony headphones").click()
    page.get_by_role("button", name="Take Sony headphones off your saved deals").wait_for()
    assert DealMark.objects.get(deal=deal).saved_at is not None
    page.get_by_role("button", name="Dismiss Sony headphones").click()
    page.get_by_text("Dismissed: Sony headphones.").wait_for()


def test_on_a_wide_screen_the_chosen_deal_stands_beside_the_list(site: str, page: Any) -> None:
    _valued("First thing")
    _valued("Second thing")
    page.goto(site)
    pane = page.locator("#pane")
    assert pane.get_by_role("heading", name="Second thing").is_visible()
    page.get_by_role("link", name="First thing").first.click()
    pane.get_by_role("heading", name="First thing").wait_for()
    assert page.url == f"{site}/"


def test_a_picture_that_cannot_be_loaded_gives_way_to_the_drawn_sign(site: str, page: Any) -> None:
    make_deal("Sony headphones", image_url=f"{site}/static/img/missing.png")
    page.goto(site)
    page.locator(".deal-card .picture img").wait_for(state="detached")
    assert page.locator(".deal-card .picture .glyph").is_visible()


def test_everything_works_without_javascript(site: str, browser: Any, owner: Any, password: str) -> None:
    deal = _valued("Sony headphones")
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{site}/saved/")
    page.get_by_label("E-mail address").fill(owner.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    assert page.url == f"{site}/saved/"
    page.goto(site)
    page.get_by_role("searchbox").fill("sony")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Save Sony headphones").click()
    assert DealMark.objects.get(deal=deal).saved_at is not None
    page.get_by_role("link", name="Sony headphones").click()
    assert page.url == f"{site}/deals/{deal.pk}/"
    page.get_by_role("link", name="Make a goal like this").click()
    page.get_by_role("button", name="Set this goal").click()
    assert re.fullmatch(rf"{site}/goals/[0-9a-f-]+/", page.url)
    assert Goal.objects.get().title == "Sony headphones"
    context.close()


def test_every_page_fits_a_phone_and_logs_no_error(
    site: str, browser: Any, operator: Any, sign_in_browser: Callable[[Any], None], page: Any
) -> None:
    deal = _valued("Sony headphones with an extraordinarilylongunbreakablewordinthetitle " * 4)
    goal = Goal.objects.create(user=operator, title="x" * 200)
    sign_in_browser(operator)
    page.set_viewport_size(PHONE)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    addresses = (
        "/", f"/deals/{deal.pk}/", "/opportunities/", "/saved/", "/compare/", "/worth/", "/goals/", "/goals/new/",
        f"/goals/{goal.pk}/", "/alerts/", "/you/", "/settings/", "/settings/keys/", "/accounts/email/",
        "/accounts/password/change/", "/agents/", "/operations/", "/about/", "/about/privacy/",
    )  # fmt: skip
    for address in addresses:
        page.goto(site + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        assert page.title().endswith("Deal Finder"), address
        assert page.get_by_role("heading", level=1).count() == 1, address
    assert errors == []


def test_the_first_stop_of_the_keyboard_skips_to_the_content(site: str, page: Any) -> None:
    page.goto(f"{site}/about/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_count_of_unread_alerts_is_live_on_every_page(
    site: str, page: Any, owner: Any, sign_in_browser: Callable[[Any], None]
) -> None:
    sign_in_browser(owner)
    with page.expect_websocket() as socket, page.expect_response("**/alerts/unread/"):
        page.goto(f"{site}/about/")
    assert socket.value.url.endswith("/ws/v1/feed/")
    assert page.locator(".rail [data-count]").is_hidden()
    with transaction.atomic():
        told = Notification.objects.create(user=owner, reason="match", reason_text="", title="Lamp", body="")
        event = NotificationSent(notification_id=str(told.pk), title="Lamp", body="", deal_id=None)
        record(event, user_id=owner.pk)
    relay = Thread(target=_publish)
    relay.start()
    relay.join()
    page.locator(".rail [data-count]", has_text="1 unread").wait_for()
    page.goto(f"{site}/alerts/")
    page.get_by_role("button", name="Mark all as read").click()
    page.locator(".rail [data-count]").wait_for(state="hidden")
