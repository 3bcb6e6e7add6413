"""The page that answers what something is worth, without a deal."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.selectors import preferences_of
from agents.pricing.client import EstimateUnavailable, estimate_remotely
from deals.models import Deal, Valuation

EXAMPLES = ("Sony WH-1000XM5 headphones", "Dyson V15 Detect vacuum", "LEGO Star Wars Millennium Falcon 75375")


class WorthForm(forms.Form):
    """What somebody wants to know the worth of."""

    title = forms.CharField(
        max_length=300,
        label="What is it?",
        help_text="Brand and model say most, for example: Sony WH-1000XM5 headphones",
        error_messages={"required": "Say what it is."},
    )
    description = forms.CharField(
        max_length=2000, required=False, label="More about it", widget=forms.Textarea(attrs={"rows": 3})
    )
    price = forms.DecimalField(
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        label="Price that you are asked",
        error_messages={"invalid": "Enter an amount, for example 250.", "min_value": "Enter more than 0."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label="Currency")

    def __init__(self, data: Any = None, *, currency: str = "USD", title: str = "") -> None:
        super().__init__(data, initial={"currency": currency, "title": title})
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in sorted(list_currencies())]


@require_http_methods(["GET", "HEAD", "POST"])
def worth(request: HttpRequest) -> HttpResponse:
    """Ask, and show the answer with its evidence."""
    currency = preferences_of(request.user).currency if isinstance(request.user, User) else "USD"
    if request.method != "POST":
        form = WorthForm(currency=currency, title=request.GET.get("title", "")[:300])
        return render(request, "agents/worth.html", {"form": form, "examples": EXAMPLES})
    form = WorthForm(request.POST, currency=currency)
    context: dict[str, Any] = {"form": form, "examples": EXAMPLES}
    status = 200
    if not form.is_valid():
        status = 422
    else:
        try:
            context |= _answer(form, request.user.pk if isinstance(request.user, User) else None)
        except EstimateUnavailable as error:
            context["sentence"], status = str(error), 503
    return render(request, "agents/worth.html", context, status=status)


def _answer(form: WorthForm, user: uuid.UUID | None) -> dict[str, Any]:
    asked = form.cleaned_data
    said = estimate_remotely(
        asked["title"], description=asked["description"], price=asked["price"], currency=asked["currency"], user=user
    )
    deal = _as_deal(asked, said)
    return {"answer": said, "deal": deal, "valuation": deal.valuation, "has_price": asked["price"] is not None}


def _as_deal(asked: dict[str, Any], said: dict[str, Any]) -> Deal:
    """The answer in the shape that the worth bar draws; nothing of it is stored."""
    amounts = {name: _decimal(said.get(name)) for name in ("worth", "low", "high", "discount", "discount_percent")}
    valuation = Valuation(
        currency=said["currency"],
        price=asked["price"] or Decimal(0),
        verdict=said["verdict"],
        reasons=said.get("reasons", []),
        **amounts,
    )
    price = asked["price"] if asked["price"] is not None else amounts["worth"] or Decimal(0)
    return Deal(title=asked["title"], price=price, currency=said["currency"], valuation=valuation)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
