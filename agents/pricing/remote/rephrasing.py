"""The two sentences of a verdict in a language model's words, where one is to put them more smoothly. Off unless VERDICT_REPHRASING is set.

It may change words and nothing else. What it says is believed only where it has the same numbers with the same signs in the same
order, says less, more and not as often and in the same order, and is one sentence for one. Otherwise ours stand. Asked for opportunities
only: they are what people read, and each question costs money.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from pydantic import Field

from agents.language.asking import ask
from agents.language.base import AnswerForm, Question
from agents.language.framing import framed, visible
from agents.language.registry import configured_model
from common.services import ServiceFailure
from deals.models import Valuation

PATIENCE: Final = 10.0  # seconds for a batch
_MOST_TOKENS: Final = 300
_LONGEST: Final = 320
_TASK: Final = (
    "The data has two sentences that tell a shopper whether to buy. Put each in plain, friendly, short words, one sentence for one. "
    "Keep every number exactly as it is written and in the same order, keep what is less, more, not or only, and add nothing: no "
    "advice, no name, no number, no link."
)
_NUMBER: Final = re.compile(r"[^\s\w.,;:()“”\"'’–-]*\d[\d.,]*\d\s?%?|[^\s\w.,;:()“”\"'’–-]*\d\s?%?")
_WAYS: Final = re.compile(
    r"\b(?:(?P<less>less|below|under|cheaper|lower|lowest|falling|fell)|(?P<more>more|above|over|dearer|higher|highest|raised|inflated)"
    r"|(?P<no>no|not|never|cannot|nothing|hardly|without))\b|(?P<nt>n[’']t)\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"://|www\.|@|\.(?:com|net|org|io|info|shop)\b", re.IGNORECASE)
_END: Final = re.compile(r"[.!?](?=\s|$)")
logger = logging.getLogger(__name__)


class Rephrased(AnswerForm):
    """The only thing that the model can say."""

    first: str = Field(min_length=1, max_length=_LONGEST)
    second: str = Field(min_length=1, max_length=_LONGEST)


def rephrase(valuations: Sequence[Valuation]) -> int:
    """Ask for the sentences of the opportunities among these valuations and keep what is faithful; returns how many were kept.

    To be called outside of a transaction. Never raises because of a service.
    """
    asked = [each for each in valuations if each.is_opportunity and len(each.verdict_reasons) == 2]
    if not settings.VERDICT_REPHRASING or not asked:
        return 0
    try:
        model = configured_model()
    except ServiceFailure as failure:
        logger.warning("Verdicts are not put in other words: %s", failure)
        return 0
    if model is None:
        return 0
    kept = 0
    for valuation, answer in zip(asked, ask(model, [_question(each) for each in asked], seconds=PATIENCE), strict=True):
        if answer.answer is None:
            continue
        words = [visible(answer.answer.first, _LONGEST), visible(answer.answer.second, _LONGEST)]
        if all(map(is_faithful, valuation.verdict_reasons, words)):
            same = Valuation.objects.filter(pk=valuation.pk, verdict_reasons=valuation.verdict_reasons)
            kept += same.update(verdict_words=words)
    return kept


def is_faithful(ours: str, theirs: str) -> bool:
    """Whether a sentence says with other words what ours says: the same numbers and the same turns in order, one sentence."""
    if len(_END.findall(theirs)) != 1 or not theirs.endswith(".") or _ADDRESS.search(theirs):
        return False
    return _numbers(ours) == _numbers(theirs) and _ways(ours) == _ways(theirs)


def _numbers(sentence: str) -> list[str]:
    return [re.sub(r"\s", "", found) for found in _NUMBER.findall(sentence)]


def _ways(sentence: str) -> list[str]:
    """The words that turn a sentence round, by their kind and in order."""
    return [str(found.lastgroup).replace("nt", "no") for found in _WAYS.finditer(sentence)]


def _question(valuation: Valuation) -> Question[Rephrased]:
    first, second = (visible(str(sentence), _LONGEST) for sentence in valuation.verdict_reasons)
    return Question("rephrased_verdict", _TASK, framed({"first": first, "second": second}), Rephrased, _MOST_TOKENS)
