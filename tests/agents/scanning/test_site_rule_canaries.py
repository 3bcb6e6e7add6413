"""The page that a rule is known by must still have what the rule has to find on it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agents.scanning.pages.site_rules import SiteRule
from agents.scanning.watching.alarms import Watched
from agents.scanning.watching.site_rules import check_site_rules
from deals.models import Alarm, Deal
from tests.agents.scanning.local_server import LocalServer
from tests.deals.making import make_deal, make_source

pytestmark = pytest.mark.django_db

PAGE = b"<html><head><title>Lamp</title></head><body><h1>Desk lamp</h1><b id='p'>$12.50</b><i id='s'>L-77</i></body></html>"


@pytest.fixture
def rule(server: LocalServer) -> SiteRule:
    server.serve("/p/1", PAGE, Content_Type="text/html")
    return SiteRule.model_validate(
        {
            "name": "lamps",
            "hosts": ["127.0.0.1"],
            "path": "^/p/",
            "currency": "USD",
            "select": {"name": ["//h1"], "price": ["//b[@id='p']"], "sku": ["//i[@id='s']"]},
            "canary": {"url": f"{server.url}/p/1", "expect": ["name", "price", "sku"]},
        }
    )


def _asked(server: LocalServer) -> int:
    return sum(path == "/p/1" for path, _ in server.requests)


def test_a_rule_that_nobody_uses_asks_nobody(rule: SiteRule, server: LocalServer) -> None:
    make_source("elsewhere")
    make_source("paused", url=rule.canary.url, state="paused")
    assert check_site_rules([rule]) == Watched()
    assert _asked(server) == 0


def test_a_page_that_has_changed_is_an_alarm_until_the_rule_is_mended(
    rule: SiteRule, server: LocalServer, operator: Any
) -> None:
    make_source("lamps", url=rule.canary.url)
    assert check_site_rules([rule]) == Watched()
    server.serve("/p/1", PAGE.replace(b"id='s'", b"id='sku'"), Content_Type="text/html")
    assert check_site_rules([rule]) == Watched(raised=1)
    assert check_site_rules([rule]) == Watched()
    alarm = Alarm.objects.get()
    assert (alarm.source, alarm.subject, alarm.title) == (
        None,
        "rule:lamps",
        "The page of the rule lamps is not read as before",
    )
    assert "does not find any more: sku." in alarm.sentence
    assert operator.notifications.get().data["url"] == "/operations/"
    server.serve("/p/1", PAGE, Content_Type="text/html")
    assert check_site_rules([rule]) == Watched(ended=1)


def test_a_page_that_cannot_be_had_is_an_alarm_after_a_week(rule: SiteRule, server: LocalServer) -> None:
    make_source("lamps", url=rule.canary.url)
    server.serve("/p/1", b"", 403)
    now = timezone.now()
    for days, expected in ((0, Watched()), (6, Watched()), (7, Watched(raised=1)), (8, Watched())):
        with time_machine.travel(now + datetime.timedelta(days=days), tick=False):
            assert (days, check_site_rules([rule])) == (days, expected)
    assert "could not be looked at for 7 days" in Alarm.objects.get().sentence
    server.serve("/p/1", PAGE, Content_Type="text/html")
    with time_machine.travel(now + datetime.timedelta(days=9), tick=False):
        assert check_site_rules([rule]) == Watched(ended=1)
    server.serve("/p/1", b"", 403)
    with time_machine.travel(now + datetime.timedelta(days=10), tick=False):
        assert check_site_rules([rule]) == Watched()


def test_a_deal_of_the_shop_makes_its_rule_used(rule: SiteRule, server: LocalServer) -> None:
    from common.urls import marketplace_of

    make_deal(marketplace=marketplace_of(rule.canary.url), source=None)
    check_site_rules([rule])
    assert _asked(server) == 1
    Deal.objects.update(last_seen_at=timezone.now() - datetime.timedelta(days=31))
    check_site_rules([rule])
    assert _asked(server) == 1
