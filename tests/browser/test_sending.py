"""The button for the browser, in a browser: a page of one origin is handed to our window of another, and sent from there."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from agents.scanning.actions.submissions import read_submission
from deals.models import Deal, Submission
from deals.web.submitting import bookmarklet
from tests.agents.scanning.local_server import local_server
from tests.agents.scanning.sources import bodies

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _click_bookmark(page: Any, site: str) -> Any:
    """What the browser does with the bookmark; returns the window that opens."""
    with override_settings(PUBLIC_URL=site):
        code = unquote(str(bookmarklet()).removeprefix("javascript:"))
    with page.expect_popup() as opened:
        page.evaluate(code.removesuffix("()") + "()" if code.endswith(")()") else code)
    return opened.value


def test_a_page_is_handed_over_shown_and_sent(page: Any, site: str, sign_in_browser: Any, owner: Any) -> None:
    sign_in_browser(owner)
    with local_server() as shop:
        url = shop.serve(
            "/kettle", bodies.PRODUCT, Content_Type="text/html", Content_Security_Policy="default-src 'none'"
        )
        page.goto(url)
        window = _click_bookmark(page, site)
        expect(window.locator("#handed")).to_contain_text(url, timeout=60_000)
        assert not Submission.objects.exists()
        window.get_by_role("button", name="Send this page").click()
        window.wait_for_url("**/submit/*/")
        sent = Submission.objects.get()
        assert (sent.user, sent.url) == (owner, url) and sent.size > 0
        read_submission(sent.pk)
        window.get_by_role("link", name="Kettle Pro").wait_for()
        assert Deal.objects.get().title == "Kettle Pro"


def test_a_site_that_cuts_the_link_leaves_its_address(page: Any, site: str, sign_in_browser: Any, owner: Any) -> None:
    sign_in_browser(owner)
    with local_server() as shop:
        url = shop.serve("/kettle", bodies.PRODUCT, Content_Type="text/html", Cross_Origin_Opener_Policy="same-origin")
        page.goto(url)
        window = _click_bookmark(page, site)
        expect(window.locator("#id_url")).to_have_value(url, timeout=60_000)


def test_a_page_cannot_speak_for_another(page: Any, site: str, sign_in_browser: Any, owner: Any) -> None:
    sign_in_browser(owner)
    with local_server() as shop:
        page.goto(shop.serve("/evil", bodies.PRODUCT, Content_Type="text/html"))
        with page.expect_popup() as opened:
            page.evaluate(
                "home => { addEventListener('message', event => event.source.postMessage({type: 'deal-finder-page', title: 'x', "
                "html: '<p>x</p>', url: 'https://www.amazon.com/dp/B000000001'}, home)); open(home + '/submit/'); }",
                site,
            )
        opened.value.wait_for_timeout(1_500)
        assert opened.value.locator("#handed").is_hidden()
