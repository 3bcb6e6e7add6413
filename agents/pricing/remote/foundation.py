"""The comparables and the item's words, shown to a foundation model, which says a price and why.

It is asked only where something similar is known: without comparables its price would be a memory of unknown age that nothing
here could check, and it would get four fifths of the weight. Nor is it asked about what is refused anyway (rents, vouchers,
broken things). Its price has to be within reach of the comparables' prices, so that a page that talks the model into something
gains nothing.

Verdicts are kept in Redis, by a hash of all that was asked and of the model: they cost a fraction of a cent to have again,
so losing them does not matter, they should go away by themselves as prices age, and every worker sees them.
The asking price is not part of the question, so that another price of a deal costs no second question.
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import redis
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from pydantic import Field, ValidationError

from agents.language.asking import ask
from agents.language.base import AnswerForm, LanguageModel, Question
from agents.language.framing import framed, visible
from agents.language.registry import configured_model
from agents.pricing.remote.answers import RemoteAnswer
from agents.pricing.text import Prepared
from agents.pricing.worth import Comparable
from common.services import ServiceFailure

COMPARED: Final = 10  # comparables that a question shows
REACH: Final = 4.0  # how many times above the dearest, or below the cheapest, comparable a price may lie
_KEPT: Final = 7 * 24 * 3600  # seconds
_MOST_TOKENS: Final = 300
_TASK: Final = (
    "You say what a thing is worth: the price in US dollars at which it usually sells today, in the stated condition and "
    "for the stated number of pieces, without shipping. The data has the thing, and similar offers with the prices at "
    "which they were seen and when. Offers for the very same thing count most, recent ones more than old ones; an offer "
    "for another size, pack, generation or condition, or for an accessory, counts only by what it tells about this thing. "
    "Give `price_usd`, and in `reason` one short plain sentence of at most 25 words for a shopper, without names of "
    "shops, links or advice."
)
_ADDRESS: Final = re.compile(r"\S*(?:://|www\.|@|\.(?:com|net|org|io|info|shop)\b)\S*", re.IGNORECASE)
logger = logging.getLogger(__name__)


class PriceVerdict(AnswerForm):
    """The only thing that the model can say."""

    price_usd: float = Field(gt=0, le=1_000_000, allow_inf_nan=False)
    reason: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True)
class Wanted:
    """An item for which a foundation model's price is wanted. `user` pays for it, None for the installation alone."""

    item: Prepared
    comparables: Sequence[Comparable]
    user: uuid.UUID | None = None


def ask_foundation_model(wanted: Sequence[Wanted | None], *, seconds: float) -> list[RemoteAnswer | None]:
    """What the foundation model says about each, within `seconds` altogether; None where it is off or was not to be asked.

    Never raises because of a service: what is missing is said in the answer's `error`.
    """
    asked_for = [each if each is not None and each.comparables else None for each in wanted]
    if not settings.FRONTIER_FOUNDATION_MODEL or not any(asked_for):
        return [None] * len(wanted)
    try:
        model = configured_model()
    except ServiceFailure as failure:
        missing = RemoteAnswer(settings.LANGUAGE_MODEL, error=str(failure))
        return [missing if each else None for each in asked_for]
    if model is None:
        return [None] * len(wanted)
    return _Asking(model, asked_for).answers(seconds)


class _Asking:
    """One batch. The same question is asked once, for whoever comes first."""

    def __init__(self, model: LanguageModel, wanted: Sequence[Wanted | None]) -> None:
        self.model, self.wanted = model, wanted
        self.questions = [None if each is None else question_about(each) for each in wanted]
        self.keys = [None if question is None else self._key(question) for question in self.questions]

    def _key(self, question: Question[PriceVerdict]) -> str:
        asked = f"{self.model.name}\0{question.task}\0{question.data}\0{question.schema()}"
        return f"price-verdict:{hashlib.sha256(asked.encode()).hexdigest()}"

    def answers(self, seconds: float) -> list[RemoteAnswer | None]:
        first = {key: row for row, key in reversed(list(enumerate(self.keys))) if key is not None}
        known = _remembered(list(first))
        unknown = {key: self.questions[row] for key, row in first.items() if key not in known}
        asked = ask(self.model, [question for question in unknown.values() if question], seconds=seconds)
        found = {
            key: RemoteAnswer(self.model.name, math.log(verdict.price_usd), reason=verdict.reason)
            for key, verdict in known.items()
        }
        for key, each in zip(unknown, asked, strict=True):
            answer = RemoteAnswer(self.model.name, milliseconds=each.milliseconds, cost=each.cost, error=each.error)
            if each.answer is not None:
                _remember(key, each.answer)
                answer = replace(answer, log=math.log(each.answer.price_usd), reason=each.answer.reason)
            found[key] = answer
        return [self._answer(row, key, found, first) for row, key in enumerate(self.keys)]

    def _answer(
        self, row: int, key: str | None, found: dict[str, RemoteAnswer], first: dict[str, int]
    ) -> RemoteAnswer | None:
        wanted = self.wanted[row]
        if key is None or wanted is None:
            return None
        answer = found[key]
        if first[key] != row:
            answer = replace(answer, cost=0 * answer.cost)
        return _within_reach(replace(answer, reason=_for_people(answer.reason)), wanted.comparables)


def question_about(wanted: Wanted) -> Question[PriceVerdict]:
    """The question about an item. Its words come without money: what a seller asks must not tell what it is worth."""
    item, caution = wanted.item, wanted.item.caution
    offers = [
        {
            "title": visible(each.title, 160),
            "price_usd": float(each.price),
            "seen": each.observed_at.isoformat() if each.observed_at else None,
        }
        for each in wanted.comparables[:COMPARED]
    ]
    data = {
        "month": f"{timezone.now():%Y-%m}",
        "thing": {
            "name": visible(item.name, 300),
            "text": visible(item.text, 600),
            "condition": caution.condition,
            "accessory": caution.accessory,
            "pieces": caution.pack,
        },
        "similar_offers": sorted(offers, key=lambda offer: (str(offer["title"]), str(offer["price_usd"]))),
    }
    return Question("price_verdict", _TASK, framed(data), PriceVerdict, _MOST_TOKENS, wanted.user)


def _within_reach(answer: RemoteAnswer, comparables: Sequence[Comparable]) -> RemoteAnswer:
    """A price far outside of all comparables is no answer, though it was paid for."""
    if not answer.answered:
        return answer
    prices = [float(each.price) for each in comparables]
    if min(prices) / REACH <= math.exp(answer.log) <= max(prices) * REACH:
        return answer
    sentence = "The foundation model's price is far from what similar things cost, so it does not count."
    return replace(answer, log=math.nan, reason="", error=sentence)


def _for_people(reason: str) -> str:
    """A model's words as they are shown: short, visible, without addresses that a page may have talked it into."""
    return visible(_ADDRESS.sub("", reason), 280)


def _remembered(keys: list[str]) -> dict[str, PriceVerdict]:
    try:
        stored = cache.get_many(keys)
    except redis.RedisError:
        return {}
    known = {}
    for key, content in stored.items():
        try:
            known[key] = PriceVerdict.model_validate_json(content)
        except (ValidationError, TypeError):
            logger.warning("A remembered verdict cannot be read, so the model is asked again")
    return known


def _remember(key: str, verdict: PriceVerdict) -> None:
    try:
        cache.set(key, verdict.model_dump_json(), timeout=_KEPT)
    except redis.RedisError:
        logger.warning("A verdict could not be remembered")
