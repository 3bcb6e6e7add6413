from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dealfinder.embedded.ports import any_free_port


def test_healthz_asks_nothing_of_the_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_is_fine_when_everything_is_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "missing": []})


@pytest.mark.django_db
def test_readyz_names_a_missing_redis(client: Client, settings: Any) -> None:
    right, settings.REDIS_URL = settings.REDIS_URL, f"redis://127.0.0.1:{any_free_port()}/0"
    answer = client.get("/readyz")
    # The fixture that empties Valkey after each test needs the right address again.
    settings.REDIS_URL = right
    assert (answer.status_code, answer.json()["missing"]) == (503, ["redis"])


@pytest.mark.django_db
def test_readyz_names_missing_migrations(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["migrations"])


def test_readyz_names_a_missing_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", str(any_free_port()))
        try:
            answer = client.get("/readyz")
        finally:
            connection.close()
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])
