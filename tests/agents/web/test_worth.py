"""The page that says what something is worth. The pricing worker is played at the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty
from threading import Event, Thread
from typing import Any

import pytest
from celery import current_app
from django.test import Client

pytestmark = pytest.mark.django_db

ANSWER = {
    "worth": "310.00", "low": "270.00", "high": "352.00", "currency": "USD", "verdict": "buy_now", "discount": "82.00",
    "discount_percent": "26.45", "estimates": [], "confidence": 0.8, "reasons": ["It usually costs about $310."],
    "comparables": [{"title": "Sony WH-1000XM4", "price": "299.00", "currency": "USD", "similarity": 0.91}],
}  # fmt: skip


@pytest.fixture
def play_worker() -> Iterator[Callable[[str, Any], list[dict[str, Any]]]]:
    """`play_worker(state, answer)` takes the questions off the queue and answers each, as a worker does at the wire."""
    stop = Event()
    threads: list[Thread] = []

    def serve(state: str, answer: Any, asked: list[dict[str, Any]]) -> None:
        with current_app.connection_for_read() as connection:
            queue = connection.SimpleQueue("pricing")
            while not stop.is_set():
                try:
                    message = queue.get(timeout=0.05)
                except Empty:
                    continue
                message.ack()
                if message.headers["task"] != "estimate.text":
                    continue  # left there by another test
                asked.append(message.payload[1])
                current_app.backend.store_result(message.headers["id"], answer, state)

    def play(state: str, answer: Any) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []
        with current_app.connection_for_read() as connection:
            connection.SimpleQueue("pricing").clear()  # what other tests asked and nobody took
        threads.append(Thread(target=serve, args=(state, answer, asked), daemon=True))
        threads[-1].start()
        return asked

    yield play
    stop.set()
    for thread in threads:
        thread.join(60)


def test_the_answer_is_shown_with_its_evidence(play_worker: Any) -> None:
    asked = play_worker("SUCCESS", ANSWER)
    answer = Client().post("/worth/", {"title": "Sony WH-1000XM5", "price": "228", "currency": "USD"})
    assert asked == [{"title": "Sony WH-1000XM5", "description": "", "price": "228", "currency": "USD"}]
    text = answer.content.decode()
    for words in ("$310", "$270", "$352", "Buy now", "It usually costs about $310.", "Sony WH-1000XM4", "price $228"):
        assert words in text


def test_whoever_is_signed_in_asks_on_their_own_share(play_worker: Any, owner: Any, signed_in: Any) -> None:
    asked = play_worker("SUCCESS", ANSWER)
    signed_in(owner).post("/worth/", {"title": "Sony WH-1000XM5", "currency": "USD"})
    assert asked[0]["user"] == str(owner.pk)


def test_without_a_price_there_is_a_worth_but_no_verdict(play_worker: Any) -> None:
    play_worker("SUCCESS", ANSWER | {"verdict": "fair", "discount": None, "discount_percent": None})
    text = Client().post("/worth/", {"title": "Sony WH-1000XM5", "currency": "USD"}).content.decode()
    assert "$310" in text
    assert 'class="chip' not in text


def test_where_nothing_can_be_said_it_says_so(play_worker: Any) -> None:
    nothing = dict.fromkeys(("worth", "low", "high", "discount", "discount_percent"))
    play_worker(
        "SUCCESS",
        ANSWER | nothing | {"verdict": "cannot_say", "reasons": ["We know nothing like it."], "comparables": []},
    )
    text = Client().post("/worth/", {"title": "qwertz", "price": "5", "currency": "USD"}).content.decode()
    assert "We know nothing like it." in text
    assert "Worth about" not in text


def test_a_worker_that_fails_gives_one_sentence(play_worker: Any) -> None:
    play_worker("FAILURE", RuntimeError("secret detail"))
    answer = Client().post("/worth/", {"title": "Sony WH-1000XM5", "currency": "USD"})
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "could not answer this" in text
    assert "secret detail" not in text
    assert 'value="Sony WH-1000XM5"' in text


def test_the_form_asks_and_offers_examples() -> None:
    text = Client().get("/worth/").content.decode()
    assert "What is it?" in text
    assert "Sony WH-1000XM5 headphones" in text
    assert 'value="Dyson V15"' in Client().get("/worth/?title=Dyson%20V15").content.decode()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"title": "", "currency": "USD"}, "Say what it is."),
        ({"title": "x" * 301, "currency": "USD"}, "at most 300 characters"),
        ({"title": "Phone", "price": "0", "currency": "USD"}, "Enter more than 0."),
        ({"title": "Phone", "price": "dear", "currency": "USD"}, "Enter an amount, for example 250."),
        ({"title": "Phone", "currency": "dollars"}, "Select a valid choice"),
    ],
)
def test_an_unusable_question_is_said_beside_its_field(entry: dict[str, str], words: str) -> None:
    answer = Client().post("/worth/", entry)
    assert answer.status_code == 422
    assert words in answer.content.decode()
