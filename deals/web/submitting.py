"""Sending an offer that was seen elsewhere: by its address, or with its page from the browser that shows it."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from common.limits import SUBMISSIONS, count
from deals.models import SubmissionState
from deals.selectors import submissions_of
from deals.submission_actions import TooManySubmissions, known_deal, submit

_SHOWN = 20
# What the bookmark does on the page of a shop: it opens our own page beside it, and hands the page over when that asks for it.
# It holds no key. Only our window is answered, and only at our own address.
_BOOKMARKLET = (
    "javascript:(()=>{const home='HOME',box=open(home+'/submit/#'+encodeURIComponent(location.href),'_blank');"
    "addEventListener('message',event=>{if(event.origin===home&&event.data==='deal-finder-asks')event.source.postMessage("
    "{type:'deal-finder-page',url:location.href,title:document.title,html:document.documentElement.outerHTML},home)});})()"
)


class AddressForm(forms.Form):
    """The address of an offer."""

    url = forms.URLField(
        max_length=2000,
        label="Address of the page",
        help_text="The page of one product, or of one ad.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        error_messages={"invalid": "Enter the address of a page, beginning with https://."},
        assume_scheme="https",
    )


def bookmarklet() -> SafeString:
    """The address of the bookmark. It is made of the installation's own address alone."""
    home = settings.PUBLIC_URL.replace("'", "%27").replace('"', "%22").replace("<", "%3C")
    return mark_safe(_BOOKMARKLET.replace("HOME", home))  # noqa: S308 - nothing in it comes from a user


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def submitting(request: HttpRequest) -> HttpResponse:
    """A form for an address; and the page to which the bookmark hands over the page that it stands on.

    That needs the link between the two windows, which the usual opener policy would cut.
    """
    assert isinstance(request.user, User)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and "follow" in request.POST:
        return redirect(f"{reverse('deals:tracking-new')}?{urlencode({'url': form.cleaned_data['url']})}")
    if form.is_bound and form.is_valid():
        answer = _sent(request, request.user, form)
        if answer is not None:
            return answer
    response = render(request, "deals/submit.html", {"form": form}, status=422 if form.errors else 200)
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


def _sent(request: HttpRequest, user: User, form: AddressForm) -> HttpResponse | None:
    """Where to go on after sending; None with an error on the form."""
    url = form.cleaned_data["url"]
    standing = count(SUBMISSIONS.name, f"user:{user.pk}", SUBMISSIONS.user, SUBMISSIONS.seconds)
    if standing is not None and standing.used > standing.limit:
        form.add_error("url", "That was many in a minute. Wait a moment, then try again.")
        return None
    deal = known_deal(url)
    if deal is not None:
        messages.info(request, "This offer is known. Here it is.")
        return redirect("deals:deal", deal.pk)
    try:
        sent = submit(user, url)
    except ValidationError as error:
        form.add_error("url", error.message_dict.get("url", ["This address cannot be used."]))
        return None
    except TooManySubmissions as error:
        form.add_error("url", str(error))
        return None
    return redirect("deals:submission", sent.pk)


@never_cache
@require_safe
@login_required
def submission(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """What became of one thing that the user sent. While it waits, the page looks again by itself."""
    assert isinstance(request.user, User)
    found = submissions_of(request.user).filter(pk=submission_id).first()
    if found is None:
        raise Http404("You have sent nothing of the kind.")
    rows = [(row, _OUTCOMES.get(row.get("outcome", ""), "")) for row in found.evidence]
    context = {"sent": found, "waits": found.state == SubmissionState.WAITING, "rows": rows}
    part = "deals/_submission.html" if request.headers.get("HX-Request") else "deals/submission.html"
    return render(request, part, context)


_OUTCOMES = {
    "new": "New here.",
    "updated": "Brought up to date.",
    "agrees": "Known, at this price.",
    "differs": "Known at another price. Yours is noted, and we look again ourselves.",
}


@never_cache
@require_safe
@login_required
def sending(request: HttpRequest) -> HttpResponse:
    """The settings page with the bookmark, and what was sent last."""
    assert isinstance(request.user, User)
    context = {"bookmarklet": bookmarklet(), "sent": submissions_of(request.user)[:_SHOWN]}
    return render(request, "settings/sending.html", context)
