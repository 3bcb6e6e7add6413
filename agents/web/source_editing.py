"""Pages on which operators add, change and delete sources, and take them in and out as OPML or CSV."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agents.scanning.actions.configuring import save_source
from agents.scanning.exchange.importing import LARGEST_FILE, Imported, UnreadableList, import_sources
from agents.scanning.exchange.writing import FORMATS, written_sources
from agents.scanning.fetching.access import BadAccess, set_access
from agents.scanning.sources.registry import UnknownKind, get_kind, kinds
from agents.web.access import operators_only
from agents.web.source_form import SourceForm
from deals.models import Source
from deals.source_actions import delete_source

# What people send is filed under sources that are made by themselves.
_NOT_MADE = frozenset({"submitted", "facebook"})


@require_safe
@operators_only
def source_kinds(request: HttpRequest) -> HttpResponse:
    """The kinds that a new source may have."""
    return render(
        request, "agents/source_kinds.html", {"kinds": [get_kind(name) for name in kinds() if name not in _NOT_MADE]}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def source_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new source of one kind."""
    try:
        found = get_kind(kind)
    except UnknownKind as error:
        raise Http404(str(error)) from error
    if kind in _NOT_MADE:
        raise Http404("Such a source is made when somebody sends a page.")
    return _edit(request, SourceForm(request.POST if request.method == "POST" else None, kind=found), None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def source_edit(request: HttpRequest, source_id: uuid.UUID) -> HttpResponse:
    """Change a source."""
    source = _source(source_id)
    try:
        kind = get_kind(source.kind)
    except UnknownKind as error:
        raise Http404(str(error)) from error
    return _edit(
        request, SourceForm(request.POST if request.method == "POST" else None, kind=kind, source=source), source
    )


def _edit(request: HttpRequest, form: SourceForm, source: Source | None) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                saved = save_source(source, form.values)
                set_access(saved, form.access())
        except BadAccess as error:
            form.add_problem(error)
        except ValidationError as error:
            form.add_problems(error.message_dict if hasattr(error, "error_dict") else {"": error.messages})
        else:
            messages.success(
                request,
                f"{saved.title} is saved." + (" Its first scan is due now." if source is None and saved.url else ""),
            )
            return redirect("agents:source", saved.pk)
    context = {"form": form, "kind": form.kind, "source": source}
    return render(request, "agents/source_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def source_delete(request: HttpRequest, source_id: uuid.UUID) -> HttpResponse:
    """Ask, and delete a source; its deals stay."""
    source = _source(source_id)
    if request.method == "POST":
        delete_source(source)
        messages.success(request, f"{source.title} is deleted. Its deals stay.")
        return redirect("agents:operations")
    return render(request, "agents/source_delete.html", {"source": source})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def source_exchange(request: HttpRequest) -> HttpResponse:
    """Take sources in from a file, and the links to take them out."""
    done, problem = None, ""
    if request.method == "POST":
        done, problem = _imported(request)
    return render(
        request, "agents/source_exchange.html", {"done": done, "problem": problem}, status=422 if problem else 200
    )


def _imported(request: HttpRequest) -> tuple[Imported | None, str]:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        return None, "Choose a file first."
    if (file.size or 0) > LARGEST_FILE:
        return None, f"The file is larger than {LARGEST_FILE // 1_000_000} MB."
    try:
        return import_sources(file.read(), file.name or ""), ""
    except UnreadableList as error:
        return None, str(error)


@never_cache
@require_safe
@operators_only
def source_export(request: HttpRequest, form: str) -> HttpResponse:
    """Every source as OPML or CSV. Secrets are not in it."""
    if form not in FORMATS:
        raise Http404("Sources are given as opml or csv.")
    response = HttpResponse(written_sources(form), content_type=FORMATS[form])
    day = timezone.now().date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="deal-finder-sources-{day}.{form}"'
    return response


def _source(source_id: uuid.UUID) -> Source:
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise Http404("There is no such source.")
    return found
