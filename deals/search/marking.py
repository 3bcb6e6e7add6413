"""Where a search was met: the words of a title between `<mark>` and `</mark>`, everything else escaped."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.contrib.postgres.search import SearchHeadline
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from deals.models import Deal
from deals.search.words import Spelling

TITLE: Final = F("title")
NAME: Final = Coalesce("product__name", "title")
"""What cards show: the product's name where it is known."""
# Control characters, which are taken out of everything that is read.
_START, _END = "\x02", "\x03"


def marked(deals: Iterable[Deal], spelling: Spelling, shown: Any = TITLE) -> dict[uuid.UUID, SafeString]:
    """The titles of these deals as HTML, by deal, with what the search was met by marked; one query."""
    words = spelling.marks_query()
    if words is None:
        return {}
    headline = SearchHeadline(shown, words, config="english", highlight_all=True, start_sel=_START, stop_sel=_END)
    rows = Deal.objects.filter(pk__in=[deal.pk for deal in deals]).order_by()
    found = rows.annotate(headline=headline).values_list("pk", "headline")
    return {pk: _as_html(text, spelling) for pk, text in found}


def _as_html(text: str, spelling: Spelling) -> SafeString:
    if _START not in text and spelling.query.is_plain:
        # A part of a word is no word to PostgreSQL.
        text = re.sub(f"({re.escape(spelling.query.text)})", rf"{_START}\1{_END}", text, flags=re.IGNORECASE)
    html = escape(text).replace(_START, "<mark>").replace(_END, "</mark>")
    return mark_safe(html)  # noqa: S308  (escaped above; nothing but the two tags is added)
