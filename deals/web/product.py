"""The page of a product: the lowest price over all its deals, and where it was seen."""

from __future__ import annotations

import uuid
from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from deals.models import Condition, Deal, Product
from deals.price_intelligence import study
from deals.price_selectors import alike_conditions, deals_of_product, product_by_id, product_history
from deals.web.price_chart import chart_of


@require_safe
def product(request: HttpRequest, product_id: uuid.UUID) -> HttpResponse:
    """One product in one condition; the commonest one unless `condition` names another. A merged product leads to the one that it is."""
    try:
        found = product_by_id(product_id)
    except Product.DoesNotExist as error:
        raise Http404("There is no such product.") from error
    if found.pk != product_id:
        return redirect("deals:product", found.pk)
    deals = deals_of_product(found)
    if not deals:
        raise Http404("No deal of this product is known.")
    groups = _groups(deals)
    condition = request.GET.get("condition", "")
    condition = condition if condition in groups else next(iter(groups))
    offers = [deal for deal in deals if deal.condition in alike_conditions(condition)]
    currency = Counter(deal.currency for deal in offers).most_common(1)[0][0]
    history = product_history(offers, currency, timezone.now())
    prices = study(history)
    return render(
        request,
        "deals/product.html",
        {
            "product": found,
            "condition": condition,
            "condition_words": groups[condition],
            "conditions": list(groups.items()),
            "currency": currency,
            "offers": offers,
            "chart": chart_of(history),
            "prices": prices,
            "price_words": prices.sentences,
        },
    )


def _groups(deals: list[Deal]) -> dict[str, str]:
    """The conditions in which a product is offered, the commonest first; new ones and those of which it is not stated are one."""
    names = {Condition.UNKNOWN: Condition.NEW}
    counts = Counter(names.get(Condition(deal.condition), Condition(deal.condition)) for deal in deals)
    return {str(condition): str(condition.label) for condition, _ in counts.most_common()}
