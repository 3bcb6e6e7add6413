"""A language model may put the two sentences of a verdict in other words, and change nothing that they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agents.pricing.remote.rephrasing import is_faithful, rephrase
from deals.models import Valuation
from deals.selectors import verdict_sentences
from tests.deals.making import make_deal, make_valuation
from tests.language_services import MODEL, bedrock
from tests.wire_server import WireServer, wire_server

OURS = "At $129 it costs $71 (36\u00a0%) less than it is worth to us, $200, and no more than the cautious end of $160."


@pytest.mark.parametrize(
    "theirs",
    [
        "For $129 you pay $71 (36 %) less than the $200 we think it is worth, no more than our cautious $160.",
        "$129 is $71 (36%) below its worth of $200, and not more than our cautious $160.",
    ],
)
def test_other_words_with_the_same_numbers_are_faithful(theirs: str) -> None:
    assert is_faithful(OURS, theirs)


@pytest.mark.parametrize(
    "theirs",
    [
        "For $119 you pay $71 (36 %) less than the $200 it is worth, no more than our $160.",  # another number
        "For $200 you pay $71 (36 %) less than the $129 it is worth, no more than our $160.",  # numbers that changed places
        "For $129 you pay €71 (36 %) less than the $200 it is worth, no more than our $160.",  # another sign
        "For $129 you pay $71 (36) less than the $200 it is worth, no more than our $160.",
        "For $129 you pay $71 (36 %) than the $200 it is worth, no more than our $160.",  # a direction is missing
        "For $129 you pay $71 (36 %) less than the $200 it is worth, more than our $160.",  # and a not
        "For $129 you pay $71 (36 %) less than the $200 it is worth, no more than our $160 or 5.",  # one too many
        "For $129 you pay $71 (36 %) less than the $200 it is worth, no more than our $160. Buy.",  # two sentences
        "For $129 you pay $71 (36 %) less than the $200 it is worth, no more than $160 at shop.com.",
        "For $129 you pay $71 (36 %) more than the $200 it is worth, no less than our $160.",  # turned round
        "A real bargain.",
    ],
)
def test_what_changes_what_is_said_is_not(theirs: str) -> None:
    assert not is_faithful(OURS, theirs)


@pytest.fixture
def said() -> dict[str, str]:
    return {
        "first": "For $129 you pay $71 (36 %) less than the $200 we think it is worth, no more than our cautious $160.",
        "second": "So far we have seen only 3 prices of it.",
    }


@pytest.fixture
def service(settings: Any, said: dict[str, str]) -> Iterator[WireServer]:
    with wire_server(bedrock(lambda message: said)) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_ID, settings.BEDROCK_URL = "bedrock", MODEL, server.url
        settings.VERDICT_REPHRASING = True
        yield server


def an_opportunity() -> Valuation:
    return make_valuation(make_deal(), verdict_reasons=[OURS, "We have seen only 3 prices of it."])


@pytest.mark.django_db
def test_faithful_words_are_shown_and_ours_are_kept(service: WireServer, said: dict[str, str]) -> None:
    valuation = an_opportunity()
    assert rephrase([valuation]) == 1
    valuation.refresh_from_db()
    assert verdict_sentences(valuation) == [said["first"], said["second"]]
    assert valuation.verdict_reasons[0] == OURS


@pytest.mark.django_db
def test_a_number_that_differs_leaves_ours(service: WireServer, said: dict[str, str]) -> None:
    said["second"] = "So far we have seen only 4 prices of it."
    valuation = an_opportunity()
    assert rephrase([valuation]) == 0
    valuation.refresh_from_db()
    assert verdict_sentences(valuation)[0] == OURS


@pytest.mark.django_db
def test_nobody_is_asked_where_it_is_off_or_nobody_is_told(service: WireServer, settings: Any) -> None:
    plain = make_valuation(make_deal(price="190"), verdict_reasons=[OURS, OURS])
    assert rephrase([plain]) == 0
    settings.VERDICT_REPHRASING = False
    assert rephrase([an_opportunity()]) == 0
    assert service.requests == []
