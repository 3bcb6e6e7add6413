from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from accounts.actions.preferences import update_preferences
from accounts.models import User
from common.outbox import Amount, record
from common.relay import place_events
from deals.events import InteractionRecorded, OpportunityFound, ScanStarted
from notifications.events import NotificationSent

pytestmark = pytest.mark.django_db


def happen(*names: tuple[str, User | None]) -> None:
    with transaction.atomic():
        for name, user in names:
            if user is None:
                record(ScanStarted(source=name, title=name))
            else:
                record(NotificationSent(notification_id="1", title=name, body="", deal_id=None), user_id=user.pk)
        record(InteractionRecorded(user_id="somebody", deal_id="1", kind="view"))
    place_events(1000)


def read(client: Any, query: str = "") -> Any:
    answer = client.get(f"/api/v1/events{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_each_reads_the_public_events_and_their_own(api: Any, owner: User, stranger: User, operator: User) -> None:
    happen(("a", None), ("mine", owner), ("b", None), ("theirs", stranger))
    got = {
        user.email: [(row["seq"], row["data"]["title"]) for row in read(api(user))["results"]]
        for user in (owner, stranger, operator)
    }
    assert got == {
        "owner@example.com": [(1, "a"), (2, "mine"), (3, "b")],
        "stranger@example.com": [(1, "a"), (2, "b"), (3, "theirs")],
        "operator@example.com": [(1, "a"), (2, "b")],
    }
    row = read(api(owner))["results"][0]
    assert set(row) == {"type", "version", "seq", "at", "data"}
    assert (row["type"], row["version"]) == ("scan.started", 1)


def test_what_was_missed_comes_page_by_page_without_a_gap(
    api: Any, owner: User, django_assert_num_queries: Any
) -> None:
    happen(*[(str(number), owner if number % 3 == 0 else None) for number in range(50)])
    client = api(owner)
    seen, page = [], read(client, "?after=5")
    while True:
        seen += [row["seq"] for row in page["results"]]
        if page["next"] is None:
            break
        page = client.get(page["next"]).json()
    assert seen == list(range(6, 51))
    assert page["seq"] == 50
    with django_assert_num_queries(2):
        assert len(read(client, "?after=30")["results"]) == 20
    assert read(client, "?after=50") == {"next": None, "previous": None, "seq": 50, "results": []}
    assert read(client, "/?after=49&page_size=1")["results"][0]["seq"] == 50


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999999999", "before=3", "page_size=0"])
def test_a_query_that_means_nothing(api: Any, owner: User, query: str) -> None:
    answer = api(owner).get(f"/api/v1/events?{query}")
    assert answer.status_code == 400 and list(answer.json()["errors"]) == [query.split("=")[0]]


def test_visitors_have_no_stream_of_their_own(api: Any) -> None:
    assert api().get("/api/v1/events").status_code == 401


def test_opportunities_below_ones_own_threshold_are_left_out(api: Any, owner: User, stranger: User) -> None:
    def usd(amount: str) -> Amount:
        return Amount(amount=amount, currency="USD")

    with transaction.atomic():
        record(
            OpportunityFound(
                deal_id="1", title="Lamp", price=usd("10.00"), marketplace="shop", merchant="", category="", url="/", worth=usd("90.00"),
                low=usd("80.00"), high=usd("99.00"), discount=usd("80.00"), discount_percent="88", discount_usd="80.00", score=9,
                verdict="good", is_sample=False,
            )
        )  # fmt: skip
    place_events(10)
    update_preferences(owner, opportunity_threshold=100)
    assert read(api(owner)) == {"next": None, "previous": None, "seq": 1, "results": []}
    assert [row["type"] for row in read(api(stranger))["results"]] == ["opportunity.found"]
