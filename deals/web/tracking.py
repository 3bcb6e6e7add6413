"""The pages of followed prices: what is followed and how it stands, following something, and changing or ending that."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.selectors import preferences_of
from accounts.web.goal_form import whole_number
from accounts.web.person import person_of
from deals.models import Deal, Tracking, TrackingState
from deals.selectors import deal_by_id
from deals.submission_actions import TooManySubmissions, known_deal
from deals.tracking_actions import (
    FollowedAlready,
    TooManyFollowed,
    change_terms,
    follow_address,
    follow_deal,
    pause,
    resume,
    unfollow,
)
from deals.tracking_selectors import change_since, standing_of, terms_in_words, tracking_of, trackings_of

_PAGE = 20
_TERMS = ("target_price", "currency", "drop_percent", "lowest_in_days", "back_in_stock")


class TermsForm(forms.Form):
    """When a follower wants to be told."""

    target_price = forms.DecimalField(
        label="Its price is at most",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        error_messages={"invalid": "Enter an amount, for example 250.", "min_value": "Enter a price above 0."},
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.ChoiceField(label="Currency")
    drop_percent = whole_number("It is cheaper by (per cent)", "Counted from its price when you began.", 1, 95)
    lowest_in_days = whole_number("It is the lowest in (days)", "For example 30.", 2, 365)
    back_in_stock = forms.BooleanField(required=False, label="It is back in stock")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in sorted(list_currencies())]

    @property
    def terms(self) -> dict[str, Any]:
        """What the actions take, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in _TERMS}


class AddressTermsForm(TermsForm):
    """The address of a page, and when a follower of its price wants to be told."""

    url = forms.URLField(
        max_length=2000,
        label="Address of the page",
        help_text="The page of one product, or of one ad.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        error_messages={"invalid": "Enter the address of a page, beginning with https://."},
        assume_scheme="https",
    )
    field_order = ("url",)


def _own(request: HttpRequest, tracking_id: uuid.UUID) -> Tracking:
    try:
        return tracking_of(person_of(request), tracking_id)
    except Tracking.DoesNotExist as error:
        raise Http404("You follow no such price.") from error


@require_safe
@login_required
def followed(request: HttpRequest) -> HttpResponse:
    """What the user follows, and how it stands."""
    page = Paginator(trackings_of(person_of(request)), _PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "tracking": one,
            "deal": one.deal,
            "standing": standing_of(one),
            "terms": terms_in_words(one),
            "change": change_since(one),
        }
        for one in page
    ]
    return render(request, "tracking/list.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def follow(request: HttpRequest) -> HttpResponse:
    """Follow a price: of a deal (`?deal=`), or of the page at an address."""
    user, deal = person_of(request), _deal_asked(request)
    kind = AddressTermsForm if deal is None else TermsForm
    if request.method != "POST":
        return _asked(request, kind(initial=_beginning(request, user, deal)), deal)
    form = kind(request.POST)
    if form.is_valid():
        try:
            made = _begun(user, deal, form)
        except FollowedAlready as already:
            messages.info(request, "You follow this price already. Here is when you are told.")
            return redirect("deals:tracking-terms", already.tracking.pk)
        if made is not None:
            messages.success(request, _what_happens(made))
            return redirect("deals:tracking")
    return _asked(request, form, deal, status=422)


def _asked(request: HttpRequest, form: TermsForm, deal: Deal | None, status: int = 200) -> HttpResponse:
    context = {"form": form, "deal": deal, "action": request.get_full_path(), "back": reverse("deals:tracking")}
    return render(request, "tracking/new.html", context, status=status)


def _deal_asked(request: HttpRequest) -> Deal | None:
    """The deal of `?deal=`, or the one that is known at the address of `?url=`."""
    if "deal" in request.GET:
        try:
            return deal_by_id(uuid.UUID(request.GET["deal"]))
        except (ValueError, Deal.DoesNotExist) as error:
            raise Http404("There is no such deal.") from error
    return known_deal(request.GET["url"]) if request.GET.get("url") else None


def _beginning(request: HttpRequest, user: User, deal: Deal | None) -> dict[str, Any]:
    if deal is None:
        return {
            "url": request.GET.get("url", ""),
            "currency": preferences_of(user).currency,
            "drop_percent": 10,
        }
    return {"currency": deal.currency, "drop_percent": 10, "back_in_stock": deal.state == "sold_out"}


def _begun(user: User, deal: Deal | None, form: TermsForm) -> Tracking | None:
    """Follow; what the action refuses becomes an error of the form, and None. Raises `FollowedAlready`."""
    try:
        if deal is not None:
            return follow_deal(user, deal, **form.terms)
        return follow_address(user, form.cleaned_data["url"], **form.terms)
    except ValidationError as error:
        _note(form, error)
    except (TooManyFollowed, TooManySubmissions) as error:
        form.add_error(None, str(error))
    return None


def _note(form: TermsForm, error: ValidationError) -> None:
    for name, problems in error.message_dict.items():
        for problem in problems:
            form.add_error(name if name in form.fields else None, problem)


def _what_happens(made: Tracking) -> str:
    if made.state == TrackingState.WAITING:
        return "We read its page now, and follow the price from then on."
    return "You follow this price. What holds already is told at once, the rest when it comes."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def terms(request: HttpRequest, tracking_id: uuid.UUID) -> HttpResponse:
    """Change when the user is told of one followed price."""
    found = _own(request, tracking_id)
    status = 200
    if request.method == "POST":
        form, status = TermsForm(request.POST), 422
        if form.is_valid():
            try:
                change_terms(person_of(request), found, **form.terms)
            except ValidationError as error:
                _note(form, error)
            else:
                messages.success(request, "Saved. The price is judged by it from now on.")
                return redirect("deals:tracking")
    else:
        form = TermsForm(initial=_present(found))
    return render(request, "tracking/terms.html", {"form": form, "tracking": found}, status=status)


def _present(tracking: Tracking) -> dict[str, Any]:
    values = {name: getattr(tracking, name) for name in _TERMS}
    if tracking.target_price is not None:
        values["target_price"] = f"{tracking.target_price.normalize():f}"
    return values


@require_POST
@login_required
def do(request: HttpRequest, tracking_id: uuid.UUID, doing: str) -> HttpResponse:
    """Pause, resume or end one followed price."""
    found = _own(request, tracking_id)
    if doing == "pause":
        pause(found)
        messages.success(request, "Paused. You are not told of it until you resume it.")
    elif doing == "resume":
        try:
            resume(person_of(request), found)
            messages.success(request, "You follow it again.")
        except (ValidationError, TooManySubmissions) as error:
            messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
    elif doing == "stop":
        unfollow(found)
        messages.success(request, "You do not follow it any more. Alerts that you were sent stay.")
    else:
        raise Http404("There is nothing of that name to do with a followed price.")
    return redirect("deals:tracking")
