"""On which terms an amount is asked: why it is not the price of the thing that the title names.

Reading skips most of these (`agents.scanning.reading`). They are read once more here because an offer reaches the valuation by other
ways too: a form, the API, a page that states its price in a field.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Terms(StrEnum):
    """Each value is the sentence that the shopper reads."""

    RENT = "This looks like a rent, a lease or an instalment, so its price is not the price of the thing."
    CONTRACT = "The price holds only with a contract, so it is not the price of the thing."
    VOUCHER = "This is a voucher, a membership or a trade-in offer, and we value things only."
    SERVICE = "This is a service, a warranty or an insurance, and we value things only."
    SEVERAL = (
        "The price holds only for several that are bought together, or for a part or a unit, and not for one thing."
    )
    OPEN = "The amount says where prices start or how far they go, and not what this one costs."
    AUCTION = "It is an auction or a draw, so nobody knows yet what it will cost."
    BESIDE = "The amount is what is saved or what delivery costs, and not the price of the thing."


_MONEY: Final = r"[$€£]\s?\d[\d.,]*"
_PERIOD: Final = r"(?:mo\b|mth\b|months?\b|weeks?\b|wk\b|days?\b|quarters?\b|years?\b|yr\b)"
_RULES: Final[tuple[tuple[Terms, str], ...]] = (
    (
        Terms.RENT,
        r"(?:/|\bper\s?|\ba\s|\beach\s)\s?(?:mo\b|mth\b|months?\b|week\b|wk\b)"
        rf"|{_MONEY}\s?(?:/|per|an?|each|every)\s?{_PERIOD}"
        r"|\bmonthly (?:payments?|fee|plan|price|rate|cost|instal?lments?)\b"
        r"|\b(?:rental|rent|leas(?:e|ing)|hire purchase|instal?lments?|down payment|deposit|raten|monatsraten|mensualit[ée]s)\b"
        r"|\d\s?(?:pm|p/m)\b|\b(?:reservation|pre-?order|booking) (?:fee|price|payment)\b|\bpre-?sale reservation\b"
        r"|^hire\b|\bfor the (?:weekend|week|day)\b|\b(?:first|initial|one) (?:payment|instal?lment)\b|\bpay \S+ (?:today|now)\b|^reserve\b"
        r"|\b\d{1,2}\s?(?:x|months? (?:plan|contract|term|of))\b(?=[^|]*(?:contract|plan|payment|financ|carrier))"
        rf"|\b\d{{1,2}} (?:interest[- ]free |easy |equal )?payments?\b|\b\d{{1,2}}\s?x\s?{_MONEY}",
    ),
    (
        Terms.CONTRACT,
        r"\b(?:with|on|w/) (?:an? )?(?:new |[\w-]+ ){0,4}(?:contract|activation|new line|(?:unlimited|data|phone|carrier) plan)\b"
        r"|\bbill credits?\b|\bport[- ]in\b|\bupfront\b"
        r"|\b(?:t-mobile|verizon|at&t|vodafone|telstra|optus|carrier|network)\b.{0,40}\bplan\b"
        r"|\bpay as you go\b|\bairtime\b|\bafter activation\b|\b(?:price )?with activation\b",
    ),
    (
        Terms.VOUCHER,
        r"\bgift ?cards?\b|\be-?gift\b|\bvouchers?\b|\bcoupon book\b|\bstore credit\b"
        r"|\btrade[- ](?:ins?|up|your)\b|\btradein\b|\bgiveaway\b|\bsweepstakes\b|\bcash ?back\b"
        rf"|\b(?:subscription|membership)\b|\bup to \S{{1,8}} off\b|{_MONEY} (?:\w+ )?(?:coupon|credit|rebate)\b|\bcoupons? for\b",
    ),
    (
        Terms.SERVICE,
        r"^(?:\d+[- ]?(?:years?|yrs?|months?) )?(?:[\w']+ ){0,2}(?:warranty|protection plan|insurance|care plan)\b(?=.* for\b)"
        r"|^applecare\b|\b\d+[- ]?(?:year|yr|month)s? (?:protection|insurance|accident cover)\b"
        r"|\b(?:repair|cleaning|installation|assembly|setup|calibration) service\b"
        r"|^(?:[\w-]+ )?(?:installation|repair|cleaning|calibration|engraving|inspection) (?:of|for)\b",
    ),
    (
        Terms.SEVERAL,
        r"\beach when (?:you )?buy(?:ing)?\b|\bwhen you buy \d|\bbuy (?:one|two|three|\d)\b.{0,60}\bget\b|\bbogo\b"
        rf"|{_MONEY}\s?(?:/|per|an?)\s?(?:lb|oz|kg|g|ml|ounce|pound|piece|pc|unit|ct|count|foot|ft|sq)\b"
        r"|\bprice per (?:unit|piece|lb|kg)\b",
    ),
    (Terms.OPEN, rf"\b(?:starting|starts|start) (?:at|from)\b|\bas low as\b|\b(?:from|up to) (?:only |just )?{_MONEY}"),
    (
        Terms.AUCTION,
        r"\b(?:starting|opening|current|minimum) bid\b|^auction\b|\braffle\b|\blottery\b|^win an?\b|\btickets? to win\b",
    ),
    (
        Terms.BESIDE,
        rf"\b(?:save|saves|saving|savings of|discount of|off) (?:up to )?{_MONEY}|{_MONEY} off\b"
        rf"|(?<!free )\b(?:shipping|delivery|postage)(?: only| costs?| fee)?:?\s{_MONEY}",
    ),
)
_READ: Final = tuple((terms, re.compile(pattern)) for terms, pattern in _RULES)
_THROWN_IN: Final = re.compile(r"(?:\+|\bplus\b|\bwith\b|\bw/|\band\b|\bfree\b)[^|.;]{0,30}\bgift ?card")
# What a description says in a sentence of its own. Its praise ("save $50 a month on energy") is no statement about the price.
_STATED: Final[tuple[tuple[Terms, re.Pattern[str]], ...]] = (
    (
        Terms.RENT,
        re.compile(
            r"\bprices?(?: shown| listed)? (?:is|are) (?:for |the )?(?:per|a|each|one|monthly|weekly)\s?(?:month|week|day|rental|rent)?\b"
            r"|\bthis is (?:a |the )?(?:monthly (?:price|payment)|rental|deposit|down payment|instal?lment)\b|\bfor rent(?:al)? only\b"
        ),
    ),
    (
        Terms.CONTRACT,
        re.compile(r"\brequires? (?:an? )?(?:new )?(?:[\w-]+ ){0,3}(?:contract|activation|new line|phone plan)\b"),
    ),
    (Terms.VOUCHER, re.compile(r"\b(?:price|offer) (?:is )?(?:after|with|requires) (?:an? |eligible )?trade[- ]?in\b")),
    (Terms.AUCTION, re.compile(r"\bthis is (?:the |an? )?(?:starting bid|auction)\b")),
)


def terms_of(title: str) -> Terms | None:
    """The terms that a lower-case title names, the first rule that fits; None where it names a thing at its price."""
    for terms, pattern in _READ:
        if pattern.search(title) and not (terms is Terms.VOUCHER and _THROWN_IN.search(title)):
            return terms
    return None


def stated_terms(text: str) -> Terms | None:
    """The terms that a lower-case description states outright."""
    return next((terms for terms, pattern in _STATED if pattern.search(text)), None)
