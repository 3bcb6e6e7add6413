"""Telephone numbers as they are dialled from everywhere (E.164)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_COSTLY = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.VOICEMAIL}
"""Whoever runs such a number may earn by each message to it."""


def checked_number(text: str) -> str:
    """A number in the form +14155550123. Raises `ValueError` with a sentence."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValueError("This wants a number that begins with + and the country, such as +1 415 555 2671.") from None
    if not phonenumbers.is_valid_number(number) or number.extension:
        raise ValueError("There is no such telephone number. Look whether all digits are there.")
    if phonenumbers.number_type(number) in _COSTLY:
        raise ValueError("Text messages are not sent to this kind of number.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
