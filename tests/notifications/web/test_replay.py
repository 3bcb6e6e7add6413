"""Sending a delivery again, by whom it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from notifications.models import Delivery, DeliveryState, UserChannel
from tests.notifications.making import make_notice, tell


@pytest.mark.parametrize(
    ("kind", "state", "again"),
    [("webhook", "sent", True), ("webhook", "failed", True), ("slack", "failed", True), ("slack", "sent", False),
     ("webhook", "pending", False), ("webhook", "withheld", False)],
)  # fmt: skip
def test_what_failed_and_what_a_webhook_took_goes_again(
    owner: Any, stranger: Any, signed_in: Callable[[Any], Client], sent_tasks: Any, kind: str, state: str, again: bool
) -> None:
    UserChannel.objects.create(user=owner, kind=kind, service=kind)
    tell(make_notice(owner, channels=[kind]))
    row = Delivery.objects.get(channel=kind)
    Delivery.objects.filter(pk=row.pk).update(state=state, attempts=3, error="No.")
    path = f"/alerts/deliveries/{row.pk}/again/"
    assert signed_in(stranger).post(path).status_code == 404
    row.refresh_from_db()
    assert row.state == state
    page = signed_in(owner).post(path, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.state == DeliveryState.PENDING and row.attempts == 0) == again
    assert ("It is sent again" in page) == again


def test_the_api_sends_again_what_is_ones_own(
    owner: Any, stranger: Any, api: Any, sent_tasks: Any, django_capture_on_commit_callbacks: Any
) -> None:
    UserChannel.objects.create(user=owner, kind="webhook", service="webhook")
    (told,) = tell(make_notice(owner, channels=["webhook"]))
    row = Delivery.objects.get(channel="webhook")
    path = f"/api/v1/notifications/{told.pk}/deliveries/{row.pk}/again"
    assert api().post(path).status_code == 401
    assert api(stranger).post(path).status_code == 404
    assert api(owner).post(path).status_code == 400, "it is on its way"
    Delivery.objects.filter(pk=row.pk).update(state="sent")
    with django_capture_on_commit_callbacks(execute=True):
        answer = api(owner).post(path)
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (202, str(row.pk), "pending")
    assert [task.name for task in sent_tasks if task.name == "notify.pending"]
