"""The verdict on a claimed price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.price_intelligence import ClaimCheck, ClaimVerdict, Confidence, check_claim
from tests.deals.price_intelligence.histories import ago, history


def judged(claimed: str | None, *rows: tuple[Any, ...], **more: Any) -> ClaimCheck:
    check = check_claim(history(*rows), None if claimed is None else Decimal(claimed), **more)
    assert check is not None
    return check


@pytest.mark.parametrize(
    ("claimed", "rows", "verdict"),
    [
        (None, [(40, "100")], ClaimVerdict.NO_CLAIM),
        ("80", [(40, "100"), (1, "80")], ClaimVerdict.NOT_ABOVE),
        ("100", [(40, "100"), (1, "80")], ClaimVerdict.HONEST),
        ("101.99", [(40, "100"), (1, "80")], ClaimVerdict.HONEST),
        # By steps: what counts is the price before the first of them.
        ("100", [(90, "100"), (20, "90"), (10, "80"), (1, "70")], ClaimVerdict.HONEST),
        # A lower price that held for more than 30 days was the price.
        ("100", [(90, "100"), (40, "80"), (1, "70")], ClaimVerdict.OVERSTATED),
        ("200", [(40, "100"), (1, "80")], ClaimVerdict.OVERSTATED),
        # It was cheaper three weeks ago, though it had cost what is claimed for months.
        ("100", [(200, "100"), (25, "70"), (20, "100"), (1, "80")], ClaimVerdict.NO_REDUCTION),
        ("100", [(200, "70"), (10, "80")], ClaimVerdict.NO_REDUCTION),
        # The cheaper price was set long before the 30 days, and held into them.
        ("100", [(200, "75"), (25, "100"), (1, "80")], ClaimVerdict.INFLATED),
        ("120", [(200, "100"), (12, "120"), (1, "100")], ClaimVerdict.INFLATED),
        # 40 days at the higher price are a price of its own.
        ("120", [(200, "100"), (41, "120"), (1, "100")], ClaimVerdict.HONEST),
        # What the claim is counted from is far above the price that was put up: it is false, but not for that.
        ("300", [(200, "100"), (12, "120"), (1, "100")], ClaimVerdict.NO_REDUCTION),
        ("300", [(60, "100", "200"), (10, "100", "300")], ClaimVerdict.INFLATED),
        # The claim grew with the price.
        ("240", [(60, "100", "200"), (40, "120", "240"), (5, "118", "240")], ClaimVerdict.OVERSTATED),
        # A claim at the price says that there was no discount.
        ("300", [(20, "100", "100"), (10, "100", "300")], ClaimVerdict.CANNOT_SAY),
        ("200", [(40, "100")], ClaimVerdict.UNSUPPORTED),
        ("200", [(5, "100")], ClaimVerdict.CANNOT_SAY),
    ],
)
def test_verdicts(claimed: str | None, rows: list[tuple[Any, ...]], verdict: ClaimVerdict) -> None:
    check = judged(claimed, *rows)
    assert check.verdict == verdict
    assert check.is_fake == (verdict in (ClaimVerdict.INFLATED, ClaimVerdict.NO_REDUCTION))
    assert bool(check.sentences) == (claimed is not None)


def test_without_any_price_the_deals_own_is_taken() -> None:
    assert check_claim(history(), Decimal(100)) is None
    check = judged("100", price=Decimal(80))
    assert (check.verdict, check.confidence) == (ClaimVerdict.CANNOT_SAY, Confidence.LOW)
    assert check.claimed_percent == 20.0


def test_inflated_before_the_sale_is_named_as_such_with_its_numbers() -> None:
    raised = judged("300", (60, "100", "200"), (10, "100", "300"))
    assert raised.sentences[0] == (
        "Inflated before the sale: the source states an earlier price of $300, but on 10 May 2026 it stated $200, "
        "and we never saw it cost so much."
    )
    pumped = judged("120", (200, "100"), (12, "120"), (1, "100"))
    assert pumped.sentences[0].startswith("Inflated before the sale: it cost $100 until 8 May 2026, was put up to $120")
    assert pumped.confidence == Confidence.HIGH


def test_a_claim_that_was_raised_long_ago_must_have_grown_by_more() -> None:
    def verdict(claimed: str) -> ClaimVerdict:
        return judged(claimed, (300, "100", "200"), (200, "100"), (20, "90", claimed)).verdict

    assert verdict("230") == ClaimVerdict.OVERSTATED
    assert verdict("250") == ClaimVerdict.INFLATED


def test_few_days_before_the_reduction_make_the_verdict_weak_and_are_said() -> None:
    check = judged("100", (4, "100"), (1, "80"))
    assert (check.verdict, check.confidence) == (ClaimVerdict.HONEST, Confidence.LOW)
    assert check.sentences[1] == "Of those 30 days we saw 3."


def test_what_it_is_worth_is_said_where_nothing_else_supports_the_claim() -> None:
    check = judged("300", (5, "100"), worth_high=Decimal(150))
    assert check.sentences[-1].startswith("It is above the most we think it is worth ($150)")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 120), st.integers(50, 150)), min_size=1, max_size=8, unique_by=lambda r: r[0]),
    st.integers(40, 250),
)
def test_a_discount_is_never_called_honest_where_it_was_cheaper_in_the_30_days_before(
    rows: list[tuple[int, int]], claimed: int
) -> None:
    steps = sorted(rows, reverse=True)
    check = judged(str(claimed), *steps)
    assert check.began is not None
    held = zip(steps, [*steps[1:], (0, 0)], strict=True)
    before = [p for (day, p), (end, _) in held if ago(day) < check.began and (check.began - ago(end)).days < 30]
    if check.verdict == ClaimVerdict.HONEST:
        assert min(before) >= Decimal("0.98") * claimed
    if check.verdict == ClaimVerdict.NO_REDUCTION:
        assert check.lowest_30 is not None
        assert check.lowest_30 <= check.price * Decimal("1.005")
