from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from deals.models import Deal, Fetch, Source
from tests.deals.making import make_deal, make_source

pytestmark = pytest.mark.django_db

NEW = {
    "name": "new-feed",
    "title": "New feed",
    "url": "https://new.example/feed",
    "marketplace": "new",
    "interval_seconds": 600,
}


def test_everybody_sees_how_sources_do(api: Any, owner: User, stranger: User, operator: User) -> None:
    source = make_source(
        url="https://shop.example/feed?key=secret", last_success_at=timezone.now(), last_error="It broke."
    )
    Fetch.objects.create(source=source, outcome="ok")
    Fetch.objects.create(source=source, outcome="failed")
    make_deal()
    for reader in (None, owner, stranger):
        [row] = api(reader).get("/api/v1/sources").json()["results"]
        assert row["url"] == "https://shop.example/feed"
        assert "config" not in row and "last_error" not in row
        assert row["health"]["success_rate"] == 0.5 and row["health"]["deals"] == 1
        assert row["health"]["last_success_at"] and row["health"]["next_run_at"]
        assert api(reader).get(f"/api/v1/sources/{source.pk}").json() == row
    [row] = api(operator).get("/api/v1/sources/").json()["results"]
    assert (row["url"], row["last_error"]) == ("https://shop.example/feed?key=secret", "It broke.")


def test_only_operators_change_sources(api: Any, owner: User) -> None:
    source = make_source()
    for client, code in ((api(), 401), (api(owner), 403)):
        assert client.post("/api/v1/sources", NEW).status_code == code
        assert client.patch(f"/api/v1/sources/{source.pk}", {"state": "paused"}).status_code == code
        assert client.delete(f"/api/v1/sources/{source.pk}").status_code == code
    assert Source.objects.get().state == "active"


def test_an_operator_adds_pauses_resumes_and_removes_a_source(api: Any, operator: User) -> None:
    made = api(operator).post("/api/v1/sources", NEW)
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["kind"], row["state"], row["default_currency"]) == ("feed", "active", "USD")
    assert Source.objects.get().next_run_at <= timezone.now()
    address = f"/api/v1/sources/{row['id']}"
    paused = api(operator).patch(address, {"state": "paused"}).json()
    assert paused["state"] == "paused" and paused["health"]["next_run_at"] is None
    Source.objects.update(next_run_at=timezone.now() + timezone.timedelta(days=1), etag="x")
    assert api(operator).patch(address, {"state": "active"}).status_code == 200
    again = Source.objects.get()
    assert again.next_run_at <= timezone.now() and again.etag == ""
    deal = make_deal(source=again)
    assert api(operator).delete(address).status_code == 204
    assert Deal.objects.get(pk=deal.pk).source is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "not a slug!"}, "name"), ({"name": "shop"}, "name"), ({"url": "ftp://x.example/"}, "url"), ({"url": ""}, "url"),
        ({"url": "javascript:alert(1)"}, "url"), ({"kind": "oracle"}, "kind"), ({"interval_seconds": 1}, "interval_seconds"),
        ({"config": {"shoe_size": 9}}, "config.shoe_size"), ({"config": []}, "config"), ({"state": "asleep"}, "state"),
        ({"marketplace": ""}, "marketplace"),
        ({"default_currency": "DOLLARS"}, "default_currency"), ({"feed": "x"}, "feed"),
    ],
)  # fmt: skip
def test_an_unusable_source_is_refused_by_field(api: Any, operator: User, change: Any, field: str) -> None:
    make_source()
    answer = api(operator).post("/api/v1/sources", NEW | change)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["errors"]) == [field]
    assert Source.objects.count() == 1


def test_the_list_costs_a_fixed_number_of_queries(api: Any, django_assert_num_queries: Any) -> None:
    for number in range(25):
        make_source(f"s{number}")
    with django_assert_num_queries(4):
        page = api().get("/api/v1/sources").json()
    assert (page["count"], len(page["results"])) == (25, 20)


def test_a_source_of_any_kind_is_made_by_its_configuration(api: Any, operator: User, owner: User) -> None:
    search = {
        "name": "desks",
        "title": "Desks",
        "kind": "craigslist",
        "marketplace": "craigslist",
        "config": {"city": "sfbay", "query": "desk"},
    }
    row = api(operator).post("/api/v1/sources", search, format="json").json()
    assert (
        row["url"] == "https://sfbay.craigslist.org/search/sss?query=desk&sort=date"
        and row["config"] == search["config"]
    )
    address = f"/api/v1/sources/{row['id']}"
    changed = api(operator).patch(address, {"config": {"city": "boston"}}, format="json").json()
    assert changed["url"] == "https://boston.craigslist.org/search/sss?sort=date"
    wrong = api(operator).patch(address, {"config": {"city": "not a city", "max_price": "lots"}}, format="json")
    assert sorted(wrong.json()["errors"]) == ["config.city", "config.max_price"]
    assert {kind["kind"] for kind in api(owner).get("/api/v1/sources/kinds").json()} >= {
        "ebay",
        "facebook",
        "feed",
        "page",
    }


def test_a_secret_is_write_only(api: Any, operator: User) -> None:
    config = {"client_id": "app", "client_secret": "cert-id", "query": "camera"}
    answer = api(operator).post(
        "/api/v1/sources",
        {"name": "e", "title": "E", "kind": "ebay", "marketplace": "ebay", "config": config},
        format="json",
    )
    assert answer.status_code == 201 and answer.json()["config"] == config | {"client_secret": "set"}
    address = f"/api/v1/sources/{answer.json()['id']}"
    sealed = Source.objects.get().config["client_secret"]
    assert sealed.startswith("sealed:") and b"cert-id" not in api(operator).get(address).content
    kept = api(operator).patch(
        address, {"config": {"client_id": "app", "query": "lens", "client_secret": "set"}}, format="json"
    )
    assert kept.status_code == 200 and kept.json()["config"]["client_secret"] == "set"
    from agents.scanning.actions.sources import kind_and_config

    assert kind_and_config(Source.objects.get())[1].client_secret.get_secret_value() == "cert-id"  # type: ignore[attr-defined]
