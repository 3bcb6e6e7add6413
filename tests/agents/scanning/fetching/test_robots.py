"""robots.txt: what it forbids, what it asks for, and what is done where it cannot be read."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from django.core.cache import cache

from agents.scanning.actions.scans import ScanError, scan_source
from agents.scanning.fetching.robots import RobotsRefusal, forget_rules, rules_for
from deals.models import Deal, Fetch, Source
from tests.agents.scanning.feeds import item, rss
from tests.agents.scanning.local_server import LocalServer

FEED = rss([item(1, "Desk lamp $12")])


@pytest.fixture(autouse=True)
def _no_rules() -> None:
    forget_rules()


def _paths(server: LocalServer) -> list[str]:
    return [path for path, _ in server.requests]


@pytest.mark.django_db
def test_what_robots_txt_forbids_is_not_asked_and_said_on_the_source(source: Source, server: LocalServer) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /feed\n")
    server.serve("/feed", FEED)
    with pytest.raises(ScanError, match=r"asks programs not to fetch this address \(in its robots\.txt\)"):
        scan_source(source.pk)
    source.refresh_from_db()
    assert "robots.txt" in source.last_error
    assert (source.next_run_at - Fetch.objects.get().started_at).total_seconds() > 5 * 3600
    assert "/feed" not in _paths(server)


@pytest.mark.django_db
def test_it_is_asked_for_once_and_its_words_for_us_count(source: Source, server: LocalServer) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /\n\nUser-agent: DealFinder\nDisallow: /private\n")
    server.serve("/feed", FEED)
    scan_source(source.pk)
    scan_source(source.pk)
    forget_rules()  # as another process would: the cache has it
    scan_source(source.pk)
    assert _paths(server).count("/robots.txt") == 1
    assert Deal.objects.count() == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_one_that_is_not_there_allows_everything(server: LocalServer, status: int) -> None:
    server.serve("/robots.txt", b"", status=status)
    rules_for(f"{server.url}/feed").check(f"{server.url}/feed")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_that_cannot_be_read_forbids_everything_for_a_while(server: LocalServer, status: int) -> None:
    server.serve("/robots.txt", b"", status=status)
    with pytest.raises(RobotsRefusal, match=f"cannot be read.*{status}") as caught:
        rules_for(f"{server.url}/feed").check(f"{server.url}/feed")
    assert caught.value.retry_after == 600


def test_the_copy_of_the_last_week_serves_while_it_cannot_be_read(server: LocalServer) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    rules_for(server.url)
    key = f"robots:{server.url}"
    cache.set(key, {**cache.get(key), "at": time.time() - 2 * 86_400})
    server.serve("/robots.txt", b"", status=500)
    forget_rules()
    rules = rules_for(f"{server.url}/")
    rules.check(f"{server.url}/feed")
    with pytest.raises(RobotsRefusal, match="asks programs not to"):
        rules.check(f"{server.url}/private/x")
    assert _paths(server).count("/robots.txt") == 2


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        (b"User-agent: *\nCrawl-delay: 10\n", 10.0),
        (b"User-agent: *\nRequest-rate: 1/20\n", 20.0),
        (b"User-agent: other\nCrawl-delay: 10\n", 0.0),
        (b"User-agent: *\nCrawl-delay: nonsense\n", 0.0),
        (b"User-agent: *\nCrawl-delay: -5\n", 0.0),
        (b"\xff\xfe\x00nonsense", 0.0),
        (b"<html>" * 10_000, 0.0),
    ],
)
def test_the_delay_that_it_asks_for(server: LocalServer, text: bytes, delay: float) -> None:
    server.serve("/robots.txt", text)
    assert rules_for(server.url).delay == delay


def test_redirects_are_followed_and_a_huge_one_is_not_read(server: LocalServer) -> None:
    server.serve("/robots.txt", b"", status=301, Location="/elsewhere")
    server.serve("/elsewhere", b"User-agent: *\nDisallow: /\n")
    with pytest.raises(RobotsRefusal, match="asks programs"):
        rules_for(server.url).check(f"{server.url}/feed")
    forget_rules()
    cache.clear()
    server.serve("/robots.txt", b"#" * 600_000)
    with pytest.raises(RobotsRefusal, match="cannot be read"):
        rules_for(server.url).check(f"{server.url}/feed")


def test_a_pattern_of_many_stars_takes_no_time(server: LocalServer) -> None:
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /" + b"*a" * 3_000 + b"*b$\n")
    began = time.process_time()
    with contextlib.suppress(RobotsRefusal):
        rules_for(server.url).check(f"{server.url}/" + "a" * 2_000)
    assert time.process_time() - began < 2.0


def test_the_cache_that_is_away_stops_nothing(server: LocalServer, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    server.serve("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    rules_for(server.url).check(f"{server.url}/feed")


def test_what_our_own_rules_forbid_is_not_remembered(server: LocalServer, settings: Any) -> None:
    """An operator who allows a network is not answered from before."""
    server.serve("/robots.txt", b"", status=404)
    allowed = settings.EGRESS_ALLOW_CIDRS
    settings.EGRESS_ALLOW_CIDRS = []
    with pytest.raises(RobotsRefusal, match="not on the public internet"):
        rules_for(f"{server.url}/feed").check(f"{server.url}/feed")
    settings.EGRESS_ALLOW_CIDRS = allowed
    rules_for(f"{server.url}/feed").check(f"{server.url}/feed")
