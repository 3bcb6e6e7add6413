from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import User
from notifications.models import Delivery, Notification

pytestmark = pytest.mark.django_db


def notification(user: User, title: str = "Found it", **fields: Any) -> Notification:
    values = {"reason": "match", "reason_text": "It meets your goal.", "body": "…", "state": "sent"} | fields
    made = Notification.objects.create(user=user, title=title, **values)
    Delivery.objects.create(notification=made, channel="email", state="sent", attempts=1)
    return made


def test_a_notification_says_why_and_how_it_went(api: Any, owner: User) -> None:
    made = notification(owner)
    page = api(owner).get("/api/v1/notifications").json()
    [row] = page["results"]
    assert row == api(owner).get(f"/api/v1/notifications/{made.pk}/").json()
    assert (row["reason"], row["reason_text"], row["read_at"]) == ("match", "It meets your goal.", None)
    assert [(delivery["channel"], delivery["state"]) for delivery in row["deliveries"]] == [("email", "sent")]


def test_only_its_reader_sees_a_notification(api: Any, owner: User, stranger: User, operator: User) -> None:
    address = f"/api/v1/notifications/{notification(owner).pk}"
    for other in (stranger, operator):
        assert api(other).get("/api/v1/notifications").json()["count"] == 0
        assert api(other).get(address).status_code == 404
        assert api(other).patch(address, {"read": True}).status_code == 404
        assert api(other).post("/api/v1/notifications/read", {}).json() == {"read": 0, "unread": 0}
        assert api(other).post("/api/v1/notifications/read", {"ids": [address.rpartition("/")[2]]}).json()["read"] == 0
    assert api().get("/api/v1/notifications").status_code == 401
    assert api().get(address).status_code == 401
    assert Notification.objects.get().read_at is None


def test_reading_one_some_and_all(api: Any, owner: User) -> None:
    rows = [notification(owner, str(number)) for number in range(5)]
    first = api(owner).patch(f"/api/v1/notifications/{rows[0].pk}", {"read": True})
    assert first.status_code == 200 and first.json()["read_at"]
    assert api(owner).patch(f"/api/v1/notifications/{rows[0].pk}", {"read": False}).status_code == 400
    assert api(owner).get("/api/v1/notifications?unread=true").json()["count"] == 4
    assert api(owner).get("/api/v1/notifications?unread=false").json()["count"] == 1
    some = api(owner).post("/api/v1/notifications/read", {"ids": [str(rows[1].pk), str(rows[0].pk), str(uuid.uuid4())]})
    assert some.json() == {"read": 1, "unread": 3}
    assert api(owner).post("/api/v1/notifications/read/", {}).json() == {"read": 3, "unread": 0}
    assert api(owner).post("/api/v1/notifications/read", {"ids": ["x"]}).status_code == 400
    assert api(owner).get("/api/v1/notifications?unread=maybe").status_code == 400


def test_a_list_costs_a_fixed_number_of_queries(api: Any, owner: User, django_assert_num_queries: Any) -> None:
    for number in range(22):
        notification(owner, str(number))
    with django_assert_num_queries(3):
        page = api(owner).get("/api/v1/notifications").json()
    assert (page["count"], len(page["results"])) == (22, 20)
