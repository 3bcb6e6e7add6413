"""Numbers under bar codes: what is one, and its one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.gtin import normalised_gtin


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        (" 0-36000-29145-2 ", "00036000291452"),
        ("9780306406157", "09780306406157"),
        ("96385074", "00000096385074"),
        ("10036000291459", "10036000291459"),
        ("4006381333932", ""),  # the check digit is wrong
        ("400638133393", ""),
        ("2000000000008", ""),  # a number for use within one shop
        ("0000000000000", ""),
        ("1111111111116", ""),
        ("N/A", ""),
        ("", ""),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", ""),  # digits, but not those of a bar code
    ],
)
def test_a_number_is_checked_and_brought_to_14_digits(text: str, found: str) -> None:
    assert normalised_gtin(text) == found


@given(st.text(max_size=20))
def test_whatever_is_written_gives_14_digits_or_nothing_and_the_same_again(text: str) -> None:
    found = normalised_gtin(text)
    assert found == "" or (len(found) == 14 and normalised_gtin(found) == found)


@given(st.integers(10**11, 10**12 - 1), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_never_passes(body: int, place: int, added: int) -> None:
    digits = [int(digit) for digit in str(body)]
    valid = next((f"{body}{last}" for last in range(10) if normalised_gtin(f"{body}{last}")), "")
    digits[place] = (digits[place] + added) % 10
    if valid:
        assert normalised_gtin("".join(map(str, digits)) + valid[-1]) == ""
