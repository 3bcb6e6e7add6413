"""Reads of deals. What depends on a reader takes the reader; `None` is a visitor."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Count, DecimalField, F, Func, Max, Min, Q, QuerySet, Value
from django.utils import timezone

from accounts.models import Preferences, User
from accounts.selectors import preferences_of
from common.money import Money, UnknownRate, convert, known_currencies
from deals.models import Deal, DealMark, DealState, Match, PricePoint, SearchDocument, Submission, Valuation, Verdict
from deals.search.query import read_query
from deals.search.words import having_words, spelling_of

Row = TypeVar("Row", Deal, SearchDocument)

ORDERINGS: dict[str, str] = {
    "first_seen_at": "first_seen_at",
    "published_at": "published_at",
    "price": "price",
    "discount": "discount_usd",
    "discount_percent": "discount_percent",
    "score": "score",
}
"""The columns by which lists can be ordered, by their names in the API; those of `_OF_VALUATIONS` are of the valuation that holds."""
_OF_VALUATIONS = frozenset({"discount", "discount_percent", "score"})


_MOST_OFFERS = 200
_SEEN_SQL = """
    WITH RECURSIVE seen (value) AS (
        (SELECT {column} FROM deals_deal
          WHERE state = 'active' AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY {column} LIMIT 1)
        UNION ALL
        SELECT (SELECT {column} FROM deals_deal
                 WHERE {column} > seen.value AND state = 'active' AND (expires_at IS NULL OR expires_at > %(now)s)
                 ORDER BY {column} LIMIT 1)
          FROM seen WHERE seen.value IS NOT NULL
    )
    SELECT value FROM seen WHERE value IS NOT NULL ORDER BY value
"""
BARGAIN_VERDICTS = frozenset({Verdict.BUY_NOW, Verdict.GOOD})
"""What an opportunity may be called; the others are held back for a reason, such as an accessory set against the thing itself."""


@dataclass(frozen=True, slots=True)
class DealFilters:
    """What a reader asks for. Amounts are in `currency`; `ordering` is a key of `ORDERINGS`, with `-` for descending, or empty
    for the newest first, and with a search for the best first."""

    search: str = ""
    source: str = ""
    marketplace: str = ""
    category: str = ""
    condition: str = ""
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    min_discount: Decimal | None = None
    min_discount_percent: Decimal | None = None
    min_score: int | None = None
    since: datetime | None = None
    currency: str = "USD"
    ordering: str = ""


def live_deals() -> QuerySet[Deal]:
    """Return the deals that can be had now, newest first, with what a list shows of them (no further query a row)."""
    return (
        _live(Deal.objects.all())
        .select_related("valuation", "source", "product")
        .defer("description")
        .order_by("-first_seen_at", "-id")
    )


def name_of(deal: Deal) -> str:
    """What is sold, without the price and the shop that titles of offers say: the product's name where it is known."""
    return deal.product.name if deal.product is not None else deal.title


def category_of(deal: Deal) -> str:
    """The category that its source gives, else that of its product; empty where neither is known."""
    return deal.category or (deal.product.category if deal.product else "")


def deals_for(reader: User | None, filters: DealFilters | None = None) -> QuerySet[Deal]:
    """Return the live deals that meet the filters, without those that the reader dismissed, in the order asked for."""
    deals = _without_dismissed(live_deals(), reader)
    return ordered(_filtered(deals, filters), filters) if filters else deals


def documents_for(reader: User | None, filters: DealFilters) -> QuerySet[SearchDocument]:
    """Return what searching reads of the same deals, whatever is searched for and in no order: both are left to the caller."""
    return _filtered(_without_dismissed(_live(SearchDocument.objects.all()), reader), replace(filters, search=""))


def deal_by_id(deal_id: uuid.UUID) -> Deal:
    """Return one deal, live or past, with its valuation, source and product. Raises `Deal.DoesNotExist`."""
    return Deal.objects.select_related("valuation", "source", "product").get(pk=deal_id)


def offers_of(deal: Deal, limit: int = 20) -> list[Deal]:
    """Return the live deals of the same product elsewhere, the cheapest first; of very many the newest are looked at."""
    if deal.product_id is None:
        return []
    others = live_deals().filter(product=deal.product_id).exclude(pk=deal.pk)[:_MOST_OFFERS]
    return sorted(others, key=lambda other: in_dollars(Money(other.price, other.currency)))[:limit]


def price_history(deal: Deal) -> QuerySet[PricePoint]:
    """Return the prices seen for this deal, oldest first."""
    return PricePoint.objects.filter(deal=deal).order_by("observed_at")


def cheaper_before(deals: Iterable[Deal]) -> dict[uuid.UUID, datetime]:
    """Return when each of these deals was last seen at a lower price than now, where it was; one query."""
    lower = PricePoint.objects.filter(
        deal__in=[deal.pk for deal in deals], price__lt=F("deal__price"), currency=F("deal__currency")
    )
    return dict(lower.order_by().values_list("deal").annotate(seen=Max("observed_at")))


def threshold_for(reader: User | None) -> Money:
    """Return the least discount that makes a deal an opportunity for this reader."""
    if reader is None:
        return Money(settings.OPPORTUNITY_THRESHOLD, "USD")
    preferences = preferences_of(reader)
    return Money(preferences.opportunity_threshold, preferences.currency)


def opportunities_for(reader: User | None) -> QuerySet[Deal]:
    """Return the live deals whose discount passes the reader's threshold, best score first.

    The cautious end of the interval counts too: even the low end of the worth is at least the price. So does the verdict.
    """
    return (
        _without_dismissed(live_deals(), reader)
        .filter(
            valuation__verdict__in=BARGAIN_VERDICTS,
            valuation__low__gte=F("price"),
            valuation__discount_usd__gte=in_dollars(threshold_for(reader)),
        )
        .order_by(F("valuation__score").desc(nulls_last=True), "-valuation__discount_usd", "-id")
    )


def is_opportunity_for(reader: User | None, valuation: Valuation) -> bool:
    """Tell whether a valuation is an opportunity by this reader's threshold."""
    return is_opportunity(valuation, in_dollars(threshold_for(reader)))


def is_opportunity(valuation: Valuation, threshold_usd: Decimal) -> bool:
    """Tell whether a valuation is called a bargain, holds at the cautious end, and passes a threshold in US dollars."""
    if valuation.discount_usd is None or valuation.low is None or valuation.verdict not in BARGAIN_VERDICTS:
        return False
    return valuation.low >= valuation.price and valuation.discount_usd >= threshold_usd


def verdict_sentences(valuation: Valuation | None) -> list[str]:
    """The two sentences of the verdict, as a language model put them where it did; empty for a valuation from before there were any."""
    return [] if valuation is None else sentences_of(valuation.verdict_words, valuation.verdict_reasons)


def sentences_of(words: list[str] | None, reasons: list[str] | None) -> list[str]:
    """The same from what is written down: as a language model put them, and as they are made from the numbers."""
    return [str(sentence) for sentence in words or reasons or []][:2]


def least_threshold_usd() -> Decimal:
    """Return the lowest threshold that anybody has, in US dollars: what is below it is an opportunity for nobody."""
    lowest = Preferences.objects.order_by().values_list("currency").annotate(least=Min("opportunity_threshold"))
    return min([settings.OPPORTUNITY_THRESHOLD, *(in_dollars(Money(least, currency)) for currency, least in lowest)])


def marks_of(reader: User | None, deal_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, DealMark]:
    """Return how the reader marked these deals, by deal; one query."""
    if reader is None:
        return {}
    return {mark.deal_id: mark for mark in DealMark.objects.filter(user=reader, deal__in=list(deal_ids))}


def saved_deals(reader: User) -> QuerySet[Deal]:
    """Return the deals that the reader saved, past ones too, the last saved first."""
    return (
        Deal.objects.filter(marks__user=reader, marks__saved_at__isnull=False)
        .select_related("valuation", "source", "product")
        .defer("description")
        .order_by("-marks__saved_at")
    )


def matches_of(user: User, goal_id: uuid.UUID | None = None) -> QuerySet[Match]:
    """Return the matches of the user's goals, or of one of them, newest first; nobody else's."""
    matches = Match.objects.filter(goal__user=user).select_related(
        "goal", "valuation", "deal", "deal__valuation", "deal__source"
    )
    if goal_id is not None:
        matches = matches.filter(goal_id=goal_id)
    return matches.order_by("-created_at", "-id")


def marketplaces_seen() -> list[str]:
    """Return the marketplaces that live deals come from, in alphabetical order."""
    return _seen("marketplace")


def categories_seen() -> list[str]:
    """Return the categories of live deals, in alphabetical order."""
    return [category for category in _seen("category") if category]


def _seen(column: str) -> list[str]:
    """The different values of a column of live deals, read from its index one after the other: they are few, and the deals many."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN_SQL.format(column=column), {"now": timezone.now()})
        return [value for (value,) in cursor.fetchall()]


def in_dollars(money: Money) -> Decimal:
    """Convert at the newest rate. An amount in a currency without a rate counts as it stands, for want of better."""
    try:
        return convert(money, "USD").money.amount
    except UnknownRate:
        return money.amount


def _live(deals: QuerySet[Row]) -> QuerySet[Row]:
    return deals.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()), state=DealState.ACTIVE)


def _without_dismissed(deals: QuerySet[Row], reader: User | None) -> QuerySet[Row]:
    return deals if reader is None else deals.exclude(_Dismissed("pk", Value(reader.pk)))


def _filtered(deals: QuerySet[Row], filters: DealFilters) -> QuerySet[Row]:
    if filters.search:
        with_words = having_words(SearchDocument.objects.order_by(), spelling_of(read_query(filters.search)))
        deals = deals.filter(pk__in=with_words.values("pk"))
    if filters.source:
        deals = deals.filter(source__name=filters.source)
    if filters.marketplace:
        # As they are written, so that the index of them is of use.
        written = [name for name in marketplaces_seen() if name.casefold() == filters.marketplace.casefold()]
        deals = deals.filter(marketplace__in=written)
    if filters.category:
        deals = deals.filter(category__icontains=filters.category)
    if filters.condition:
        deals = deals.filter(condition=filters.condition)
    if filters.since:
        deals = deals.filter(first_seen_at__gte=filters.since)
    return _by_value(deals, filters)


def _by_value(deals: QuerySet[Row], filters: DealFilters) -> QuerySet[Row]:
    worth = _worth_in(deals)
    if filters.min_price is not None:
        deals = _by_price(deals, "gte", in_dollars(Money(filters.min_price, filters.currency)))
    if filters.max_price is not None:
        deals = _by_price(deals, "lte", in_dollars(Money(filters.max_price, filters.currency)))
    if filters.min_discount is not None:
        least = in_dollars(Money(filters.min_discount, filters.currency))
        deals = deals.filter(**{f"{worth}discount_usd__gte": least})
    if filters.min_discount_percent is not None:
        deals = deals.filter(**{f"{worth}discount_percent__gte": filters.min_discount_percent})
    if filters.min_score is not None:
        deals = deals.filter(**{f"{worth}score__gte": filters.min_score})
    return deals


def _worth_in(deals: QuerySet[Row]) -> str:
    """Where the figures of the valuation stand: beside a deal, or in what searching reads of it."""
    return "" if deals.model is SearchDocument else "valuation__"


def _by_price(deals: QuerySet[Row], relation: str, dollars: Decimal) -> QuerySet[Row]:
    """Those whose price in dollars stands in this relation to the amount.

    Prices in dollars are compared as they are: PostgreSQL knows how they are spread, but not what becomes of a price in a conversion.
    """
    there = Q(currency="USD", **{f"price__{relation}": dollars})
    converted = ~Q(currency="USD") & Q(**{f"price_usd__{relation}": dollars})
    return deals.alias(price_usd=_PriceInDollars()).filter(there | converted)


def ordered(deals: QuerySet[Row], filters: DealFilters) -> QuerySet[Row]:
    """Put deals into the order that the filters name, the newest first where they name none."""
    if not filters.ordering:
        return deals.order_by("-first_seen_at", "-pk")
    name = filters.ordering.removeprefix("-")
    place = _worth_in(deals) if name in _OF_VALUATIONS else ""
    column = _PriceInDollars() if name == "price" else F(f"{place}{ORDERINGS[name]}")
    descending = filters.ordering.startswith("-")
    order = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return deals.order_by(order, "-pk")


class _Dismissed(Func):
    """Whether a user dismissed the deal: PostgreSQL reads once what they dismissed, and looks each deal up there.

    As SQL, because Django takes longer to write it in each question than PostgreSQL to answer it.
    """

    output_field = BooleanField()
    template = "(%(expressions)s))"
    arg_joiner = (
        " IN (SELECT mark.deal_id FROM deals_dealmark AS mark WHERE mark.dismissed_at IS NOT NULL AND mark.user_id = "
    )


class _PriceInDollars(Func):
    """The price in US dollars; null where there is no rate for the currency.

    The rates go along as two arrays, because a branch for each currency takes Django longer to write than PostgreSQL to answer.
    """

    def __init__(self) -> None:
        super().__init__("price", "currency", output_field=DecimalField(max_digits=24, decimal_places=10))

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        price, currency = (compiler.compile(column) for column in self.get_source_expressions())
        rates = _dollar_rates()
        sql = f"({price[0]} * (%s::numeric[])[array_position(%s::text[], {currency[0]}::text)])"
        return sql, [*price[1], list(rates.values()), list(rates), *currency[1]]


@lru_cache(maxsize=1)
def _dollar_rates() -> dict[str, Decimal]:
    """The rate of every currency that has one; most deals are in one of the first."""
    rates = {}
    for currency in ("USD", *sorted(known_currencies() - {"USD"})):
        try:
            rates[currency] = convert(Money(Decimal(1), currency), "USD").rate
        except UnknownRate:
            continue
    return rates


def submissions_of(user: User) -> QuerySet[Submission]:
    """What a user sent, newest first, without the pages."""
    return Submission.objects.filter(user=user).defer("page")


def brands_seen(limit: int = 2_000) -> list[str]:
    """Return the makers that live deals name, those of most deals first."""
    rows = (
        live_deals()
        .exclude(brand="")
        .order_by()
        .values("brand")
        .annotate(deals=Count("pk"))
        .order_by("-deals", "brand")
    )
    return [row["brand"] for row in rows[:limit]]
