"""`manage.py dead_letters`: what an operator sees and can do."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common.dead_letters import record_dead_letter
from common.models import DeadLetter, new_id


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("dead_letters", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_nothing_failed() -> None:
    assert _run() == "Nothing has failed for good.\n"
    assert json.loads(_run("--json")) == {"dead_letters": []}
    assert _run("--replay", "all") == "There is nothing to replay.\n"


@pytest.mark.django_db
def test_what_failed_is_listed_and_replayed_once(sent_tasks: Any) -> None:
    for name in ("one", "two"):
        record_dead_letter("tell", name, "notify.delivery", f"The service refused {name}.")
    assert "The service refused one." in _run() and "2 dead letters." in _run()
    listed = json.loads(_run("--json"))["dead_letters"]
    assert [(row["object_id"], row["task"], row["attempts"]) for row in listed] == [
        ("one", "notify.delivery", 3),
        ("two", "notify.delivery", 3),
    ]
    replayed = json.loads(_run("--replay", listed[0]["id"], "--json"))["replayed"]
    assert [(row["id"], row["replayed_at"] is not None) for row in replayed] == [(listed[0]["id"], True)]
    assert [(task.name, task.args, task.queue) for task in sent_tasks] == [("notify.delivery", ("one",), "notify")]
    with pytest.raises(CommandError, match="was replayed at"):
        _run("--replay", listed[0]["id"])
    assert "1 dead letter enqueued again." in _run("--replay", "all")
    assert [task.args for task in sent_tasks] == [("one",), ("two",)]
    assert not DeadLetter.objects.filter(replayed_at=None).exists()


@pytest.mark.django_db
def test_a_wrong_id_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="There is no dead letter"):
        _run("--replay", str(new_id()))
    with pytest.raises(SystemExit) as stop:
        _run("--replay", "everything")
    assert stop.value.code == 2 and "is not the id of a dead letter" in capsys.readouterr().err
