"""The language model as the last resort: asked only where it may be and has to be, believed only in what the page says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.scanning.pages.by_language import read_product
from tests.language_services import MODEL, openai
from tests.wire_server import wire_server

PAGE = (
    "<html><head><title>Walnut lamp</title></head><body><h1>Walnut lamp</h1>"
    "<p>Yours for twelve: write €12.50 on the form, code WL-77. By Lux.</p></body></html>"
)
HONEST = {"name": "Walnut lamp", "price": "€12.50", "availability": "InStock", "sku": "WL-77", "brand": "Lux"}
MADE_UP = {"name": "Other", "price": "€1.00", "availability": None, "sku": "XX-1", "brand": "Nobody"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_ID, settings.LANGUAGE_ANSWER_FORM = (
        "openai",
        MODEL,
        "json_schema",
    )
    settings.LANGUAGE_BUDGET, settings.LANGUAGE_TIME_LIMIT, settings.PAGES_LANGUAGE_MODEL = Decimal(5), 5.0, True


def asked(settings: Any, answer: dict[str, Any], page: str = PAGE) -> tuple[Any, int]:
    with wire_server(openai(lambda text: answer)) as server:
        settings.LANGUAGE_MODEL_URL = f"{server.url}/v1"
        found = read_product(page.encode(), "https://shop.example/lamp")
        return found, len(server.requests)


def no_amount() -> str:
    return PAGE.replace("€12.50", "a bit").replace("twelve", "little")


def test_what_the_page_says_is_believed(settings: Any) -> None:
    # A price in running text scores too low to be taken without help only where the text is long.
    page = PAGE.replace("<p>", "<p>" + "Much is said of this lamp before its price. " * 8)
    found, requests = asked(settings, HONEST, page)
    assert (found.price, found.currency, found.price_kind) == (Decimal("12.50"), "EUR", "exact")
    assert (found.methods["price"], requests) == ("language", 1)


def test_what_the_page_does_not_say_is_refused(settings: Any) -> None:
    found, requests = asked(settings, MADE_UP, no_amount())
    assert requests == 1
    assert (found.price, found.currency, found.sku) == (None, None, None)
    assert found.name == "Walnut lamp"
    assert "language" not in found.methods.values()


def test_a_page_with_a_price_costs_no_question(settings: Any) -> None:
    found, requests = asked(
        settings, MADE_UP, PAGE.replace("<p>", '<p class="price">€10.00</p><button>Add to cart</button><p>')
    )
    assert (found.price, requests) == (Decimal("10.00"), 0)


def test_it_is_off_unless_it_is_set(settings: Any) -> None:
    settings.PAGES_LANGUAGE_MODEL = False
    assert asked(settings, HONEST, no_amount())[1] == 0


def test_a_model_that_cannot_be_reached_leaves_things_as_they_were(settings: Any) -> None:
    settings.LANGUAGE_MODEL_URL = "http://127.0.0.1:9/v1"
    assert read_product(no_amount().encode()).price is None
