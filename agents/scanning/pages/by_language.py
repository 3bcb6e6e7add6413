"""The last resort: a language model reads what the other ways left open. Off unless PAGES_LANGUAGE_MODEL is set.

It is shown the page's visible text as data, fills in a form, and is believed only in what the text says: an amount, a number or a
name that does not occur there is refused. So a page that talks a model into something gains no more than what it could have shown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Literal

from django.conf import settings
from lxml import html
from pydantic import Field

from agents.language.asking import ask
from agents.language.base import AnswerForm, LanguageModel, Question
from agents.language.framing import framed, visible
from agents.language.registry import configured_model
from agents.scanning.pages import amounts, meta
from agents.scanning.pages.address import own_address
from agents.scanning.pages.choice import currency_of
from agents.scanning.pages.document import parse_page
from agents.scanning.pages.layout import Layout, Zone, view
from agents.scanning.pages.product_page import ProductPage, extract_product
from common.services import ServiceFailure
from common.text import title_key

_LONGEST: Final = 6_000  # letters of the page that are shown
_MOST_TOKENS: Final = 300
_SECONDS: Final = 20.0
_METHOD: Final = "language"
_TASK: Final = (
    "The data is the visible text of a shop's web page about one product. Say what it states of that product, word for word as it "
    "stands there: its name, the price that has to be paid now for one piece (the digits and the sign of the currency as they are "
    "written; not an earlier price, an instalment, a price for a unit, shipping, or the price of another product), whether it "
    "can be ordered, the shop's number of it, and its brand. Null for whatever the text does not state."
)


class PageAnswer(AnswerForm):
    """The only thing that the model can say."""

    name: str | None = Field(max_length=300)
    price: str | None = Field(max_length=40)
    availability: Literal["InStock", "OutOfStock"] | None
    sku: str | None = Field(max_length=60)
    brand: str | None = Field(max_length=80)


def read_product(body: bytes, url: str = "", content_type: str | None = None) -> ProductPage:
    """Read a page as `extract_product` does, and ask the language model for the price where none was found and it may be asked.

    To be called outside of a transaction. Raises `UnreadablePage` alone; a model that fails leaves things as they were.
    """
    found = extract_product(body, url, content_type)
    if found.price is not None or not settings.PAGES_LANGUAGE_MODEL:
        return found
    try:
        model = configured_model()
    except ServiceFailure:
        return found
    return found if model is None else completed(found, parse_page(body, content_type), url, model)


def completed(found: ProductPage, tree: html.HtmlElement, url: str, model: LanguageModel) -> ProductPage:
    """The page with what the model says and the page's text bears out, in the fields that were missing."""
    layout = view(tree, [meta.page_title(tree), found.name or ""])
    text = seen_text(layout)
    if not text:
        return found
    data = framed(
        {"title": visible(meta.page_title(tree), 300), "address": visible(own_address(url), 300), "text": text}
    )
    question = Question("product", _TASK, data, PageAnswer, _MOST_TOKENS)
    answer = ask(model, [question], seconds=_SECONDS)[0].answer
    if answer is None:
        return found
    said = _borne_out(answer, text, found.currency)
    new = {name: value for name, value in said.items() if value is not None and getattr(found, name) is None}
    methods = found.methods | dict.fromkeys(new, _METHOD)
    return replace(found, **new, methods=methods, method=methods.get("price") or found.method or _METHOD)


def seen_text(layout: Layout) -> str:
    """What visitors read, from the product's name on, without the shop's own parts and other products; at most 6,000 letters."""
    pieces: list[str] = []
    length = 0
    start = max(0, (layout.anchor or 0) - 40)
    for spot in layout.spots[start:]:
        if spot.zone & (Zone.HIDDEN | Zone.CHROME | Zone.RELATED):
            continue
        own = " ".join(
            " ".join(part or "" for part in (spot.element.text, *(child.tail for child in spot.element))).split()
        )
        if own:
            pieces.append(own)
            length += len(own) + 1
        if length > _LONGEST:
            break
    return visible(" ".join(pieces), _LONGEST)


def _borne_out(answer: PageAnswer, text: str, currency: str | None) -> dict[str, Any]:
    """What of an answer occurs in the text."""
    key = f" {title_key(text)} "
    named = {"name": answer.name, "brand": answer.brand}
    said: dict[str, Any] = {field: value for field, value in named.items() if value and f" {title_key(value)} " in key}
    if answer.sku and re.search(rf"(?<![0-9A-Za-z]){re.escape(answer.sku.strip())}(?![0-9A-Za-z])", text):
        said["sku"] = answer.sku.strip()
    said["availability"] = answer.availability
    price = _price(answer.price or "", text)
    if price is not None:
        amount, sign = price
        code = currency or currency_of(sign, None)
        if code:
            said |= {"price": amount, "currency": code, "price_kind": "exact"}
    return said


def _price(stated: str, text: str) -> tuple[Decimal, str | None] | None:
    """The one amount that the answer states, if the text has the same amount, with the sign that stands there."""
    wanted = amounts.find(stated)
    if len(wanted) != 1 or wanted[0].amount <= 0:
        return None
    for seen in amounts.find(text):
        if seen.amount == wanted[0].amount and seen.sign:
            return seen.amount, seen.sign
    return None
