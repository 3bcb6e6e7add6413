"""Where a search was met: the words of a title between `<mark>` and `</mark>`, everything else escaped."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Final

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from deals.search.words import Spelling

# Control characters, which are taken out of everything that is read.
_START, _END = "\x02", "\x03"
_SQL: Final = """
    SELECT deal_id, ts_headline('english', shown, query, %s)
      FROM unnest(%s::uuid[], %s::text[]) AS deals(deal_id, shown),
           (SELECT string_agg(phraseto_tsquery('english', phrase)::text, ' | ')::tsquery AS query
              FROM unnest(%s::text[]) AS phrase
             WHERE numnode(phraseto_tsquery('english', phrase)) > 0) AS asked
"""
_OPTIONS: Final = f'HighlightAll=true, StartSel="{_START}", StopSel="{_END}"'


def marked(texts: Mapping[uuid.UUID, str], spelling: Spelling) -> dict[uuid.UUID, SafeString]:
    """The titles of deals, or their names, as HTML with what the search was met by marked; one query."""
    phrases = spelling.marks()
    if not phrases or not texts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [_OPTIONS, list(texts), list(texts.values()), phrases])
        return {pk: _as_html(texts[pk] if text is None else text, spelling) for pk, text in cursor.fetchall()}


def _as_html(text: str, spelling: Spelling) -> SafeString:
    if _START not in text and spelling.query.is_plain:
        # A part of a word is no word to PostgreSQL.
        text = re.sub(f"({re.escape(spelling.query.text)})", rf"{_START}\1{_END}", text, flags=re.IGNORECASE)
    html = escape(text).replace(_START, "<mark>").replace(_END, "</mark>")
    return mark_safe(html)  # noqa: S308  (escaped above; nothing but the two tags is added)
