"""Pages without data of their own: how it works, privacy, and what is shown when something goes wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_safe


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How Deal Finder works, in words."""
    return render(request, "pages/about.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about a reader, and what never is."""
    return render(request, "pages/privacy.html")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request,
        "pages/error.html",
        {
            "code": 400,
            "title": "That request could not be read",
            "sentence": "Nothing was changed. Go back and try it again.",
        },
        status=400,
    )


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request,
        "pages/error.html",
        {
            "code": 403,
            "title": "This page is for operators",
            "sentence": "Your account may not see it. Nothing was changed.",
        },
        status=403,
    )


@requires_csrf_token
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came without its token, usually because the page was open for very long or cookies are off."""
    return render(
        request,
        "pages/error.html",
        {
            "code": 403,
            "title": "The form was too old",
            "sentence": "Nothing was saved. Go back, reload the page and send it again. Cookies have to be allowed for this site.",
        },
        status=403,
    )


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(
        request,
        "pages/error.html",
        {
            "code": 404,
            "title": "There is no such page",
            "sentence": "The address may be mistyped, or what it showed is gone.",
        },
        status=404,
    )


def failed(request: HttpRequest) -> HttpResponse:
    """The page of a failure must not need what may have failed, so it asks no database."""
    return HttpResponse(render_to_string("pages/500.html"), status=500)


app_name = "pages"
urlpatterns = [
    path("about/", about, name="about"),
    path("about/privacy/", privacy, name="privacy"),
]
