"""Work that failed for good: one open entry an object, and a replay that enqueues its task."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.dead_letters import AlreadyReplayed, record_dead_letter, replay
from common.models import DeadLetter, new_id
from common.retries import MAX_TRIES, is_exhausted, next_try, sentence_of, wait_after


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[object]]]:
    calls: list[tuple[str, list[object]]] = []
    monkeypatch.setattr(
        current_app._get_current_object(), "send_task", lambda name, args, **_: calls.append((name, args))
    )
    return calls


@pytest.mark.django_db
def test_an_object_has_one_open_entry_a_stage() -> None:
    thing = new_id()
    record_dead_letter("tell", thing, "notify.delivery", "It was refused.")
    record_dead_letter("tell", thing, "notify.delivery", "It was refused again.", {"channel": "email"})
    record_dead_letter("match", thing, "match.valuation", "Another stage.")
    assert DeadLetter.objects.count() == 2
    letter = DeadLetter.objects.get(stage="tell")
    assert (letter.error, letter.payload, letter.attempts) == ("It was refused again.", {"channel": "email"}, MAX_TRIES)


@pytest.mark.django_db
def test_a_replay_enqueues_the_task_once(sent: list[tuple[str, list[object]]]) -> None:
    record_dead_letter("tell", "abc", "notify.delivery", "It was refused.")
    letter = replay(DeadLetter.objects.get().pk)
    assert sent == [("notify.delivery", ["abc"])]
    assert letter.replayed_at is not None
    with pytest.raises(AlreadyReplayed):
        replay(letter.pk)
    assert len(sent) == 1
    record_dead_letter("tell", "abc", "notify.delivery", "It failed again.", {"args": [["abc"]]})
    replay(DeadLetter.objects.get(replayed_at=None).pk)
    assert sent[1] == ("notify.delivery", [["abc"]])


@pytest.mark.django_db
def test_a_replay_that_cannot_be_enqueued_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, args: list[object], **_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app._get_current_object(), "send_task", refuse)
    record_dead_letter("tell", "abc", "notify.delivery", "It was refused.")
    with pytest.raises(OperationalError):
        replay(DeadLetter.objects.get().pk)
    assert DeadLetter.objects.get().replayed_at is None


def test_waits_grow_differ_and_end() -> None:
    waits = [[wait_after(n) for _ in range(50)] for n in (1, 2, 3, 40)]
    assert all(timedelta(seconds=10) <= wait <= timedelta(seconds=30) for wait in waits[0])
    assert all(timedelta(seconds=40) <= wait <= timedelta(seconds=120) for wait in waits[1])
    assert max(waits[3]) <= timedelta(minutes=90)
    assert len(set(waits[0])) > 40
    assert next_try(1) > timezone.now()
    assert [is_exhausted(n) for n in (0, 1, 2, 3, 4)] == [False, False, False, True, True]


def test_an_error_becomes_one_line() -> None:
    assert sentence_of(ValueError("two\n  lines")) == "two lines"
    assert sentence_of(ValueError()) == "An error without a message: ValueError."
    assert len(sentence_of(ValueError("x" * 9000))) == 500
