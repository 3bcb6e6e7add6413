"""What every registered kind of source keeps, whatever it reads."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pydantic import BaseModel

from agents.scanning.sources.base import Offer, RawEntry, Skip, SourceConfig, UnreadableSource
from agents.scanning.sources.registry import UnknownKind, get_kind, kinds
from tests.agents.scanning.sources import bodies

NO_BODIES: list[bytes] = [
    b"",
    b" \r\n",
    b"\xff\xfe",
    b"<",
    b"{",
    b"[",
    b"<a>" * 2_000,
    bytes(range(256)) * 20,
    b"\x00" * 500,
]
WALLS = {
    "login": b"<html><head><title>Log in</title></head><body>Log in to go on <form><input type='password'></form></body></html>",
    "robot": b"<html><head><title>Pardon Our Interruption</title></head><body>Are you a human?</body></html>",
}


def _sentence(name: str, body: bytes, url: str = "https://shop.example/x") -> str:
    with pytest.raises(UnreadableSource) as caught:
        get_kind(name).parse(body, "", url)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250
    return sentence


@pytest.mark.parametrize("name", kinds())
def test_it_is_what_it_is_registered_as(name: str) -> None:
    kind = get_kind(name)
    assert kind.kind == name and get_kind(name) is kind
    assert kind.label and kind.summary.endswith(".")
    assert kind.max_bytes <= 20_000_000


@pytest.mark.parametrize("name", kinds())
def test_its_configuration_is_typed_and_explains_itself(name: str) -> None:
    config_class = get_kind(name).config_class
    assert issubclass(config_class, SourceConfig) and issubclass(config_class, BaseModel)
    config_class()
    for field in config_class.model_fields.values():
        assert field.title
    with pytest.raises(ValueError, match="shoe_size"):
        config_class(**{"shoe_size": 9})  # type: ignore[arg-type]
    assert isinstance(get_kind(name).address(config_class()), str)


@pytest.mark.parametrize("name", kinds())
def test_what_is_no_body_of_its_kind_is_said_in_a_sentence(name: str) -> None:
    for body in NO_BODIES:
        with pytest.raises(UnreadableSource):
            get_kind(name).parse(body, "text/html; charset=nonsense", "not an address")
        _sentence(name, body)


@pytest.mark.parametrize("name", [name for name in kinds() if name != "feed"])
@pytest.mark.parametrize(("wall", "word"), [("login", "login"), ("robot", "robot")])
def test_a_wall_in_front_of_a_page_is_called_one(name: str, wall: str, word: str) -> None:
    assert word in _sentence(name, WALLS[wall])


@pytest.mark.parametrize("name", kinds())
def test_an_entry_that_says_nothing_is_skipped_with_a_reason(name: str) -> None:
    kind = get_kind(name)
    strange: list[dict[str, Any]] = [
        {},
        {"tags": 5, "price": 7},
        {"price": None, "currency": []},
        {"price": "$1 to $5", "reader": "nobody"},
        {"price": "Free", "list_price": {}},
    ]
    for extra in strange:
        for entry in (
            RawEntry("", "", "", extra=dict(extra)),
            RawEntry("x", "javascript:alert(1)", "Lamp", extra=dict(extra)),
            RawEntry("x", "https://e.example", "Lamp", extra=dict(extra)),
        ):
            answer = kind.read(entry, kind.config_class())
            assert isinstance(answer, Skip) and answer.reason and "\n" not in answer.reason


@pytest.mark.parametrize(("name", "body", "url"), bodies.GOOD)
def test_a_good_body_gives_entries_that_survive_json_and_offers_that_can_be_stored(
    name: str, body: bytes, url: str
) -> None:
    kind = get_kind(name)
    entries = kind.parse(body, "", url)
    assert entries and len({entry.external_id for entry in entries}) == len(entries)
    for entry in entries:
        assert RawEntry.from_json(json.loads(json.dumps(entry.as_json()))) == entry
        assert 0 < len(entry.external_id) <= 500 and len(entry.title) <= 500
    offers = [answer for entry in entries if isinstance(answer := kind.read(entry, kind.config_class()), Offer)]
    assert offers
    for offer in offers:
        assert offer.price > 0 and len(offer.currency) == 3
        assert offer.condition in {"new", "refurbished", "used", "unknown"}
        assert len(offer.location) <= 200 and len(offer.url) <= 2_000
    assert kind.parse(body, "", url) == entries


@pytest.mark.parametrize("name", sorted({good[0] for good in bodies.GOOD} - {"feed"}))
def test_a_layout_that_has_changed_is_never_a_quiet_day(name: str) -> None:
    url = next(url for kind, _, url in bodies.GOOD if kind == name)
    page = b"<html><head><title>Shop</title></head><body><div class='brand-new-layout'><p>Lamps for everybody</p></div></body></html>"
    if name in {"page", "submitted"}:
        page = page.replace(b"Shop", b"")
    assert _sentence(name, page, url)


@pytest.mark.parametrize(("name", "body", "url"), bodies.GOOD)
def test_a_damaged_body_is_read_or_refused_but_never_an_accident(name: str, body: bytes, url: str) -> None:
    kind, chance = get_kind(name), random.Random(name)
    for _ in range(60):
        damaged = bytearray(body)
        for _ in range(chance.randint(1, 12)):
            start = chance.randrange(len(damaged))
            match chance.randrange(3):
                case 0:
                    del damaged[start : start + chance.randint(1, 200)]
                case 1:
                    damaged[start:start] = chance.randbytes(chance.randint(1, 20))
                case _:
                    damaged[start:start] = body[: chance.randint(1, 400)]
            if not damaged:
                break
        try:
            entries = kind.parse(bytes(damaged), "", url)
        except UnreadableSource:
            continue
        for entry in entries:
            assert isinstance(kind.read(entry, kind.config_class()), (Offer, Skip))


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UnknownKind, match="“carrier-pigeon”"):
        get_kind("carrier-pigeon")
