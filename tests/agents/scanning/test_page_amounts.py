"""Amounts as shops write them, and check digits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.scanning.pages.amounts import find, read
from agents.scanning.pages.choice import currency_of
from agents.scanning.pages.identifiers import gtin
from common.money_text import read_number

WHOLE = st.integers(0, 999_999_999)
GROUPS = (",", ".", " ", "\u00a0", "\u202f", "’", "'", "")


def grouped(whole: int, mark: str) -> str:
    return f"{whole:,}".replace(",", mark)


@given(WHOLE, st.integers(0, 99), st.sampled_from(GROUPS), st.sampled_from([",", "."]))
def test_two_decimals_leave_no_doubt(whole: int, cents: int, group: str, mark: str) -> None:
    if group == mark:
        return
    written = f"{grouped(whole, group)}{mark}{cents:02d}"
    assert read(written) == (Decimal(whole) + Decimal(cents) / 100,)
    for text in (f"{written} €", f"€{written}", f"EUR {written}", f"{written} zł"):
        (found,) = find(text)
        assert found.amount == Decimal(whole) + Decimal(cents) / 100
        assert found.sign is not None


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from([",", "."]))
def test_three_digits_after_the_only_mark_keep_both_readings(head: int, tail: int, mark: str) -> None:
    written = f"{head}{mark}{tail:03d}"
    both = (Decimal(head * 1000 + tail), Decimal(head) + Decimal(tail) / 1000)
    assert read(written) == both
    assert read(written, decimals=3) == both[::-1]


@given(WHOLE, st.integers(0, 99), st.sampled_from(["EUR", "USD", "PLN", "INR", "CHF"]), st.sampled_from([",", "."]))
def test_what_the_careful_reader_of_texts_reads_is_read_alike(whole: int, cents: int, code: str, mark: str) -> None:
    written = f"{grouped(whole, '.' if mark == ',' else ',')}{mark}{cents:02d}"
    careful = read_number(written, code)
    assert careful is None or careful in read(written)


@given(st.text(max_size=80))
def test_any_text_gives_amounts_that_it_holds(text: str) -> None:
    for one in find(text):
        assert all(0 <= reading < 10**12 for reading in one.readings)
        assert 0 <= one.start < one.end


@pytest.mark.parametrize(
    ("text", "amount", "sign"),
    [
        ("1.106,18 €", "1106.18", "€"),
        ("12€99", "12.99", "€"),
        ("5,– €", "5", "€"),
        ("CHF 19.–", "19", "chf"),
        ("44 890 тг.", "44890", "тг"),
        ("Rs. 1,29,999", "129999", "rs"),
        ("US$1,299.00", "1299.00", "us$"),
        ("R$ 1.299,90", "1299.90", "r$"),
        ("12'345.60 CHF", "12345.60", "chf"),
        ("99 ر.س", "99", "ر.س"),
        ("30,000원~", "30000", "원"),
    ],
)
def test_forms_of_many_places(text: str, amount: str, sign: str) -> None:
    (found,) = find(text)
    assert (found.amount, found.sign) == (Decimal(amount), sign)


@pytest.mark.parametrize(
    "text", ["50 %", "16% off", "230 V", "45 cm", "2x", "500 ml", "no digits", "abc123def", "1.2.3.4"]
)
def test_what_is_no_money_has_no_sign(text: str) -> None:
    assert not [one for one in find(text) if one.sign]


@pytest.mark.parametrize(
    ("text", "amount"), [("499,-", "499"), ("1.499,–", "1499"), ("19.–", "19"), ("5-piece set", None), ("20-30", None), ("499", None)]
)  # fmt: skip
def test_a_dash_for_the_decimals_is_a_sign_of_money(text: str, amount: str | None) -> None:
    assert [one.amount for one in find(text) if one.is_money] == ([Decimal(amount)] if amount else [])


def test_a_sign_belongs_to_the_number_that_it_stands_with() -> None:
    assert [(one.amount, one.sign) for one in find("Lamp 1 €20.50")] == [(1, None), (Decimal("20.50"), "€")]
    assert [one.sign for one in find("20 – 35 €")] == ["€", "€"]


@pytest.mark.parametrize(
    ("sign", "hint", "code"),
    [("$", None, "USD"), ("$", "ARS", "ARS"), ("$", "EUR", "USD"), ("kr", "DKK", "DKK"), ("€", "USD", "EUR"), (None, "GBP", "GBP"),
     ("chf", "EUR", "CHF")],
)  # fmt: skip
def test_a_sign_of_several_currencies_is_that_of_the_page(sign: str | None, hint: str | None, code: str) -> None:
    assert currency_of(sign, hint) == code


@pytest.mark.parametrize("number", ["4006381333931", "012345678905", "96385074", "10012345678902", "978-0-306-40615-7"])
def test_check_digits(number: str) -> None:
    digits = number.replace("-", "")
    assert gtin(number) == digits
    assert gtin(digits[:-1] + str((int(digits[-1]) + 1) % 10)) is None


@pytest.mark.parametrize("number", ["", None, "0000000000000", "123", "400638133393x"])
def test_what_is_no_gtin(number: str | None) -> None:
    assert gtin(number) is None
