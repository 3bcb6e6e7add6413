"""Quiet hours, snoozes and mutes through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Delivery, MutedMerchant, Quiet, Snooze, UserChannel
from tests.notifications.making import make_notice, tell

pytestmark = pytest.mark.django_db


def test_quiet_hours(api: Any, owner: Any) -> None:
    nothing = {"quiet_from": None, "quiet_until": None, "days": [], "daily_cap": None, "priority_breaks_quiet": True}
    assert api(owner).get("/api/v1/me/alerts").json() == nothing
    night = {"quiet_from": "22:00", "quiet_until": "07:00", "days": [5, 4, 4]}
    answer = api(owner).patch("/api/v1/me/alerts", night, format="json")
    assert answer.json() == nothing | {"quiet_from": "22:00:00", "quiet_until": "07:00:00", "days": [4, 5]}
    for wrong in ({"quiet_from": None}, {"days": [7]}, {"daily_cap": 0}, {"quiet_from": "late"}, {"theme": "dark"}):
        answer = api(owner).patch("/api/v1/me/alerts", wrong, format="json")
        assert answer.status_code == 400 and answer.json()["errors"], wrong
    assert Quiet.objects.get().days == [4, 5]


def test_snoozing_what_a_notification_is_about(api: Any, owner: Any, stranger: Any) -> None:
    (told,) = tell(make_notice(owner))
    address = f"/api/v1/notifications/{told.pk}/snooze"
    answer = api(owner).post(address, {"what": "goal", "hours": 3}, format="json")
    assert answer.status_code == 201 and answer.json()["what"] == "goal"
    assert answer.json()["goal_id"] == str(told.goal_id)
    until = (timezone.now() + timedelta(days=2)).isoformat()
    assert api(owner).post(address, {"what": "product", "until": until}, format="json").json()["product_key"]
    for wrong in ({"what": "goal"}, {"what": "goal", "hours": 3, "until": until}, {"what": "x", "hours": 3}, {"hours": 3},
                  {"what": "goal", "hours": 99_999}, {"what": "goal", "until": "2020-01-01T00:00:00Z"}):  # fmt: skip
        assert api(owner).post(address, wrong, format="json").status_code == 400, wrong
    assert api(stranger).post(address, {"what": "goal", "hours": 3}, format="json").status_code == 404
    assert (
        api(stranger).post("/api/v1/snoozes", {"goal_id": str(told.goal_id), "hours": 3}, format="json").status_code
        == 400
    )
    listed = api(owner).get("/api/v1/snoozes").json()["results"]
    assert [row["what"] for row in listed] == ["goal", "product"]
    assert api(stranger).delete(f"/api/v1/snoozes/{listed[0]['id']}").status_code == 404
    assert api(owner).delete(f"/api/v1/snoozes/{listed[0]['id']}").status_code == 204
    assert Snooze.objects.count() == 1


def test_muting(api: Any, owner: Any, stranger: Any) -> None:
    first = api(owner).post("/api/v1/muted-merchants", {"merchant": "Acme"}, format="json")
    again = api(owner).post("/api/v1/muted-merchants", {"merchant": "ACME"}, format="json")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert api(owner).post("/api/v1/muted-merchants", {"merchant": " "}, format="json").status_code == 400
    assert api(stranger).get("/api/v1/muted-merchants").json()["results"] == []
    assert api(stranger).delete(f"/api/v1/muted-merchants/{first.json()['id']}").status_code == 404
    assert api(owner).delete(f"/api/v1/muted-merchants/{first.json()['id']}").status_code == 204
    assert not MutedMerchant.objects.exists()


def test_notifications_are_found_by_how_they_stand(api: Any, owner: Any) -> None:
    first, _ = tell(make_notice(owner), make_notice(owner))
    mail = UserChannel.objects.get(user=owner, kind="email")
    until = timezone.now() + timedelta(hours=3)
    Delivery.objects.filter(notification=first, channel="email").update(
        state="held", held_until=until, error="Held until 07:00: your quiet hours."
    )

    def listed(query: str) -> list[str]:
        return [row["id"] for row in api(owner).get(f"/api/v1/notifications?{query}").json()["results"]]

    assert listed("standing=held") == listed(f"standing=held&channel={mail.pk}&goal={first.goal_id}") == [str(first.pk)]
    assert listed("standing=not_sent") == []
    assert len(listed("channel=in_app")) == 2
    for wrong in ("standing=lost", "channel=email", "goal=x"):
        assert api(owner).get(f"/api/v1/notifications?{wrong}").status_code == 400
    (held,) = [
        one
        for one in api(owner).get(f"/api/v1/notifications/{first.pk}").json()["deliveries"]
        if one["channel"] == "email"
    ]
    assert (held["channel_id"], held["state"], held["in_digest"]) == (str(mail.pk), "held", False)
    assert held["held_until"] and held["error"] == "Held until 07:00: your quiet hours."
