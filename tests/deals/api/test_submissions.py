"""Sending what was seen elsewhere: through the API, by its owner, a stranger and an operator, and what it may and may not change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from accounts.actions.keys import create_key
from accounts.models import User
from agents.scanning.actions.submissions import read_submission, read_waiting
from common.models import DeadLetter
from deals.models import Deal, PricePoint, Source, Submission
from deals.submission_actions import LARGEST_PAGE, MOST_WAITING
from tests.agents.scanning.local_server import LocalServer, local_server
from tests.agents.scanning.sources import bodies
from tests.deals.making import make_deal

pytestmark = pytest.mark.django_db
KETTLE = "https://shop.example/kettle"
DRONE = "https://www.facebook.com/marketplace/item/628088039705732/"


@pytest.fixture
def server(settings: Any) -> Iterator[LocalServer]:
    settings.EGRESS_ALLOW_CIDRS = ["127.0.0.0/8"]
    with local_server() as running:
        running.serve("/robots.txt", b"", status=404)
        yield running


def _product(price: str, name: str = "Kettle Pro") -> str:
    return bodies.PRODUCT.decode().replace("49.90", price).replace("Kettle Pro", name)


def _send(client: Any, url: str = KETTLE, html: str | None = None) -> Any:
    return client.post("/api/v1/deals", {"url": url} | ({} if html is None else {"html": html}), format="json")


def _sent_and_read(client: Any, url: str = KETTLE, html: str | None = None) -> Submission:
    answer = _send(client, url, html)
    assert answer.status_code in (200, 202), answer.content
    sent = Submission.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])
    read_submission(sent.pk)
    sent.refresh_from_db()
    return sent


def test_a_page_is_taken_and_read_later(
    api: Any,
    owner: User,
    stranger: User,
    operator: User,
    sent_tasks: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = _send(api(owner), html=_product("49.90"))
    assert answer.status_code == 202 and answer.json()["state"] == "waiting"
    assert ("submission.read", (answer.json()["id"],), "scan") in [
        (task.name, task.args, task.queue) for task in sent_tasks
    ]
    assert not Deal.objects.exists()
    assert read_submission(Submission.objects.get().pk) == "read"
    place = f"/api/v1/submissions/{answer.json()['id']}"
    assert answer["Location"].endswith(place)
    row = api(owner).get(place).json()
    assert (row["state"], [one["outcome"] for one in row["evidence"]]) == ("read", ["new"])
    for other in (stranger, operator):
        assert api(other).get(place).status_code == 404
        assert api(other).get("/api/v1/submissions").json()["results"] == []
    assert api().get(place).status_code == 401
    assert Submission.objects.get().page is None
    deal = Deal.objects.select_related("source").get()
    assert (deal.price, deal.currency, deal.source.kind, deal.marketplace) == (
        Decimal("49.90"),
        "EUR",
        "submitted",
        "shop.example",
    )
    assert read_submission(Submission.objects.get().pk) == "busy"


def test_a_known_offer_is_answered_with_itself(api: Any, owner: User) -> None:
    deal = make_deal(canonical_url=KETTLE)
    answer = _send(api(owner), f"{KETTLE}?utm_source=mail#top")
    assert answer.status_code == 200 and answer.json()["id"] == str(deal.pk)
    assert not Submission.objects.exists()


def test_a_visitor_sends_nothing_and_a_key_needs_a_scope_for_it(api: Any, owner: User) -> None:
    assert _send(api()).status_code == 401
    for scopes, code in ((["read"], 403), (["write"], 202), (["submit"], 202), (["read", "submit"], 202)):
        _, secret = create_key(owner, "phone", scopes)
        client = api()
        client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
        assert _send(client).status_code == code
        if scopes == ["submit"]:
            assert client.get("/api/v1/goals").status_code == 403
            assert client.post("/api/v1/goals", {"title": "x"}, format="json").status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"), ({"url": ""}, "url"), ({"url": "ftp://shop.example/x"}, "url"), ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "kettle"}, "url"),
        ({"url": "https://shop.example/" + "x" * 2_000}, "url"), ({"url": KETTLE, "html": ["x"]}, "html"),
        ({"url": KETTLE, "price": "1"}, "price"),
        ({"url": KETTLE, "html": "x" * (LARGEST_PAGE + 1)}, "html"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_field(api: Any, owner: User, body: Any, field: str) -> None:
    answer = api(owner).post("/api/v1/deals", body, format="json")
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert not Submission.objects.exists()


def test_a_flood_is_stopped(api: Any, owner: User, stranger: User) -> None:
    answers = [_send(api(owner), f"https://shop.example/{number}") for number in range(21)]
    assert [answer.status_code for answer in answers] == [202] * 20 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert _send(api(stranger)).status_code == 202
    assert api(owner).get("/api/v1/deals").status_code == 200
    Submission.objects.bulk_create(
        [Submission(user=stranger, url=KETTLE, canonical_url=f"{KETTLE}{n}") for n in range(MOST_WAITING)]
    )
    refused = _send(api(stranger), "https://shop.example/more")
    assert refused.status_code == 429 and "still wait" in refused.json()["detail"]


def test_the_same_page_sent_twice_waits_once(api: Any, owner: User) -> None:
    first, second = _send(api(owner)), _send(api(owner), html=_product("49.90"))
    assert first.json()["id"] == second.json()["id"] and Submission.objects.get().size > 0


def test_a_page_cannot_change_what_was_found_by_scanning(
    api: Any, owner: User, sent_tasks: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    deal = make_deal(canonical_url=KETTLE, price="60.00", currency="EUR")
    with django_capture_on_commit_callbacks(execute=True):
        sent = _sent_and_read(api(owner), html=_product("1.99", "Anything else"))
    deal.refresh_from_db()
    assert (deal.price, deal.title) == (Decimal("60.00"), "Sony headphones")
    assert [(row["outcome"], row["price"]) for row in sent.evidence] == [("differs", "1.99")]
    assert not PricePoint.objects.exists()
    assert ("scan.source", (str(deal.source_id),)) in [(task.name, task.args) for task in sent_tasks]
    assert [row["outcome"] for row in _sent_and_read(api(owner), html=_product("60.00")).evidence] == ["agrees"]


def test_what_one_user_sent_another_changes_only_with_a_second(
    api: Any, owner: User, stranger: User, operator: User
) -> None:
    _sent_and_read(api(owner), html=_product("49.90"))
    deal = Deal.objects.get()

    def sent_by(user: User, price: str) -> tuple[str, Decimal]:
        outcome = _sent_and_read(api(user), html=_product(price)).evidence[0]["outcome"]
        deal.refresh_from_db()
        return outcome, deal.price

    assert sent_by(stranger, "5.00") == ("differs", Decimal("49.90"))
    assert sent_by(stranger, "5.00") == ("differs", Decimal("49.90"))
    assert sent_by(owner, "45.00") == ("updated", Decimal("45.00"))
    assert sent_by(operator, "44.00") == ("updated", Decimal("44.00"))
    third = User.objects.create_user(email="third@example.com")
    assert sent_by(third, "5.00") == ("updated", Decimal("5.00"))


def test_a_page_speaks_for_no_other_place_than_its_own(api: Any, owner: User) -> None:
    amazon = make_deal(
        canonical_url="https://www.amazon.com/dp/B000000001", price="60.00", currency="EUR", marketplace="amazon"
    )
    lying = _product("1.00").replace('"sku"', '"url": "https://www.amazon.com/dp/B000000001", "sku"')
    _sent_and_read(api(owner), "https://evil.example/page", lying)
    amazon.refresh_from_db()
    assert amazon.price == Decimal("60.00")
    assert {deal.marketplace for deal in Deal.objects.exclude(pk=amazon.pk)} == {"evil.example"}
    mixed = (
        "<ul>" + "".join(bodies.card(n).replace('href="/', 'href="https://www.amazon.com/') for n in range(8)) + "</ul>"
    )
    sent = _sent_and_read(api(owner), "https://evil.example/search?q=x", bodies.page(mixed).decode())
    assert sent.state == "refused" and not Deal.objects.filter(marketplace="amazon").exclude(pk=amazon.pk).exists()


def test_a_page_of_facebook_comes_from_a_browser_only(api: Any, owner: User) -> None:
    sent = _sent_and_read(api(owner), DRONE)
    assert sent.state == "refused" and "forbids robots" in sent.reason
    sent = _sent_and_read(
        api(owner), "https://www.facebook.com/marketplace/houston/search?query=drone", bodies.FACEBOOK_SEARCH.decode()
    )
    assert sent.state == "read" and len(sent.evidence) == 2
    assert _send(api(owner), DRONE).json()["marketplace"] == "facebook"


def test_an_address_alone_is_fetched_and_may_bring_a_deal_up_to_date(
    api: Any, owner: User, server: LocalServer
) -> None:
    url = server.serve("/kettle", bodies.PRODUCT, Content_Type="text/html")
    sent = _sent_and_read(api(owner), url)
    assert (sent.state, [row["outcome"] for row in sent.evidence]) == ("read", ["new"]), sent.reason
    assert Source.objects.get().kind == "page" and Source.objects.get().state == "paused"


def test_a_private_address_is_not_fetched(api: Any, owner: User, settings: Any) -> None:
    settings.EGRESS_ALLOW_CIDRS = []
    sent = _sent_and_read(api(owner), "http://127.0.0.1:9/admin")
    assert sent.state != "read" and not Deal.objects.exists()


def test_a_page_that_is_gone_is_refused_and_a_server_that_fails_is_tried_again(
    api: Any, owner: User, server: LocalServer
) -> None:
    assert _sent_and_read(api(owner), server.serve("/gone", b"", status=404)).state == "refused"
    sent = _sent_and_read(api(owner), server.serve("/broken", b"", status=500))
    for _ in range(2):
        assert sent.state == "waiting" and "500" in sent.reason
        Submission.objects.update(leased_until=None)
        read_submission(sent.pk)
        sent.refresh_from_db()
    assert sent.state == "failed" and DeadLetter.objects.get().task == "submission.again"


def test_what_was_left_lying_is_read_by_the_sweep(api: Any, owner: User) -> None:
    _send(api(owner), html=_product("49.90"))
    assert read_waiting() == 0
    Submission.objects.update(created_at="2026-01-01T00:00:00Z")
    assert read_waiting() == 1 and Deal.objects.count() == 1


def test_a_page_without_an_offer_says_why(api: Any, owner: User) -> None:
    def reason(html: str) -> str:
        sent = _sent_and_read(api(owner), html=html)
        assert sent.state == "refused"
        return sent.reason

    assert "no name" in reason("<html><body></body></html>")
    assert "states no price" in reason(bodies.page("<h1>Kettle</h1>", title="Kettle").decode())
    assert "login" in reason(bodies.page("Sign in <input type=password>", title="Sign in").decode())


def test_what_was_sent_goes_with_its_sender_and_into_the_export(api: Any, owner: User) -> None:
    _sent_and_read(api(owner), html=_product("49.90"))
    from dealfinder.api.export import exported

    assert exported(owner)["submissions"][0]["url"] == KETTLE
    owner.delete()
    assert not Submission.objects.exists() and Deal.objects.count() == 1
