from __future__ import annotations

from typing import Any

import pytest
import redis
from celery import current_app
from django.db import connection

pytestmark = pytest.mark.django_db


def test_personae_are_three_people_and_one_of_them_is_an_operator(
    owner: Any, stranger: Any, operator: Any, password: str
) -> None:
    assert len({owner.pk, stranger.pk, operator.pk}) == 3
    assert [owner.is_operator, stranger.is_operator, operator.is_operator] == [False, False, True]
    assert owner.check_password(password)


def test_the_database_has_what_the_models_rely_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        extensions = {name for (name,) in cursor.fetchall()}
    assert "vector" in extensions


def test_a_sent_task_is_recorded_with_its_queue(sent_tasks: list[Any]) -> None:
    current_app.send_task("scan.source", args=["id"])
    assert [(task.name, task.args, task.queue) for task in sent_tasks] == [("scan.source", ("id",), "scan")]


@pytest.mark.parametrize("turn", [1, 2])
def test_valkey_is_clean_in_each_test(valkey: redis.Redis, turn: int) -> None:
    assert valkey.dbsize() == 0
    valkey.set("left", "behind")
