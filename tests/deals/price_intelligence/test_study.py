"""All of it together, and how sure it says it is."""

from __future__ import annotations

from decimal import Decimal

from deals.price_intelligence import ClaimVerdict, Confidence, history_of, study
from tests.deals.price_intelligence.histories import NOW, history, seen


def test_of_nothing_nothing_is_said_but_that() -> None:
    found = study(history_of([], "USD", NOW))
    assert (found.windows, found.standing, found.trend, found.next_drop, found.claim) == ((), None, None, None, None)
    assert found.sentences == ("We have seen no price of it yet.",)


def test_of_one_price_it_is_said_that_it_is_a_guess() -> None:
    found = study(history((3, "129")), Decimal(200))
    assert found.confidence == Confidence.LOW
    assert found.claim is not None
    assert found.claim.verdict == ClaimVerdict.CANNOT_SAY
    assert found.sentences[-1] == "We have seen only 1 price, so confidence is low and this is a guess."


def test_under_14_prices_confidence_is_low_and_from_30_over_half_a_year_high() -> None:
    def confidence(count: int, days: int) -> Confidence:
        return study(history(*((days * (1 - n / count), str(100 + n % 3)) for n in range(count)))).confidence

    assert [confidence(13, 300), confidence(14, 300), confidence(30, 300), confidence(30, 20)] == [
        Confidence.LOW,
        Confidence.MEDIUM,
        Confidence.HIGH,
        Confidence.LOW,
    ]


def test_after_a_change_of_currency_only_the_new_prices_count_and_that_is_said() -> None:
    rows = [*seen((50, "90"), (40, "80"), currency="EUR"), *seen((20, "100"), (5, "95"))]
    found = study(history_of(rows, "USD", NOW))
    assert found.points == 2
    window = found.window(365)
    assert window is not None
    assert (window.lowest, window.highest) == (95, 100)
    assert found.sentences[-1].endswith("Left out: 2 prices in another currency.")


def test_slips_of_the_source_change_nothing_but_the_last_sentence() -> None:
    clean = study(history((100, "100"), (20, "90")))
    slipped = study(history((100, "100"), (60, "1"), (59.99, "100"), (20, "90")))
    assert [(w.lowest, w.median, w.highest) for w in slipped.windows] == [
        (w.lowest, w.median, w.highest) for w in clean.windows
    ]
    assert "Left out: 1 price too odd to believe." in slipped.sentences[-1]
