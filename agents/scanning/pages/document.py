"""A page as a tree: the right encoding, nothing fetched, nothing run."""

from __future__ import annotations

import re

from lxml import etree, html
from w3lib.encoding import html_to_unicode

MAX_PAGE_BYTES = 20_000_000
_TAG = re.compile(r"<[A-Za-z!/]")


class UnreadablePage(Exception):
    """The page cannot be read; the message says why in a sentence."""


def parse_page(body: bytes, content_type: str | None = None) -> html.HtmlElement:
    """Parse a page of at most `MAX_PAGE_BYTES`.

    `content_type` is the header that it came with; without one the page's own declaration, or its bytes, decide on the encoding.
    Raises `UnreadablePage` when there is no page in it.
    """
    if not body.strip():
        raise UnreadablePage("The page is empty.")
    if len(body) > MAX_PAGE_BYTES:
        raise UnreadablePage(f"The page is larger than {MAX_PAGE_BYTES // 1_000_000} MB.")
    _, text = html_to_unicode(content_type, body, auto_detect_fun=_undeclared)
    if not _TAG.search(text):
        raise UnreadablePage("This is not a page of HTML.")
    parser = html.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    try:
        # Encoded anew so that a declaration of another encoding inside the page no longer counts.
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadablePage("This is not a page of HTML.") from error
    return tree


def _undeclared(body: bytes) -> str:
    """The encoding of a page that declares none: UTF-8 if it is, else what browsers take, Windows-1252."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last letter of a page that was cut off may be incomplete.
        return "cp1252" if error.start < len(body) - 4 else "utf-8"
    return "utf-8"
