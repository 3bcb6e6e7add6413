"""Pages that stand in front of what was asked for: a login, a check whether a robot asks, or an honest "nothing found"."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

from agents.scanning.pages.document import UnreadablePage, parse_page
from agents.scanning.sources.base import UnreadableSource
from common.text import one_line

_ROBOT = re.compile(
    r"captcha|are you a (?:human|robot)|not a robot|verify (?:that )?you(?:'|’| a)re (?:a )?human|pardon our interruption|"
    r"checking your browser|just a moment|unusual traffic|access (?:to this page has been )?denied|security (?:check|measure)|"
    r"automated (?:access|requests)|(?:your request has|you have) been blocked|enable (?:cookies|javascript) and",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"\b(?:log ?in|sign ?in|log into|zaloguj)\b", re.IGNORECASE)
_NOTHING = re.compile(
    r"\b(?:no|0|zero) (?:exact )?(?:results?|matches|listings?|items|ads|adverts?)\b|nothing found|did ?n[o'’]t match|"
    r"we (?:could not|couldn[’']t) find|no local results|found: 0\b|brak (?:wyników|ogłoszeń)|nie znaleziono|0 ogłoszeń|"
    r"keine (?:ergebnisse|treffer)",
    re.IGNORECASE,
)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe"})
_MOST_TEXT = 4_000


def page_of(body: bytes, content_type: str, what: str) -> html.HtmlElement:
    """The tree of a page, or `UnreadableSource` with a sentence where the body is something else. `what` names what was expected."""
    beginning = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not beginning.strip(b"\x00"):
        raise UnreadableSource("The answer was empty, so there is nothing to read.")
    if beginning[:1] in {b"{", b"["}:
        raise UnreadableSource(f"The answer is JSON, not {what}.")
    if beginning.startswith((b"<?xml", b"<rss", b"<feed", b"<rdf")) and b"<html" not in body[:2_000].lower():
        raise UnreadableSource(f"The answer is XML, perhaps a feed, not {what}.")
    try:
        return parse_page(body, content_type or None)
    except UnreadablePage as error:
        raise UnreadableSource(f"{error} What was wanted is {what}.") from error
    except (RecursionError, MemoryError, UnicodeError, ValueError) as error:
        raise UnreadableSource(f"The page is so malformed that it cannot be read as {what}.") from error


def nothing_listed(tree: html.HtmlElement, what: str) -> None:
    """Return where a page without listings says itself that there are none; else raise `UnreadableSource` that says why.

    Zero listings from a page that has changed its layout would look like a quiet day, for ever.
    """
    raise_for_wall(tree)
    if _NOTHING.search(seen_text(tree)):
        return
    raise UnreadableSource(
        f"No listing was found on this page, and it does not say that there are none. Perhaps the layout of {what} has changed."
    )


def raise_for_wall(tree: html.HtmlElement) -> None:
    """Raise `UnreadableSource` where a page is a login or a check for robots. Only sensible where nothing else was found on it."""
    title = one_line(tree.findtext(".//title") or "")
    text = seen_text(tree)
    if _ROBOT.search(title) or _ROBOT.search(text[:1_500]):
        raise UnreadableSource(
            "The site answered with a check whether a robot asks, instead of its page. Ask less often, or let people send the page "
            "from their browsers."
        )
    if tree.xpath(".//input[@type='password']") and (_LOGIN.search(title) or _LOGIN.search(text)):
        raise UnreadableSource(
            "The site answered with a login instead of its page. It can only be read by somebody who is signed in."
        )


def seen_text(tree: html.HtmlElement) -> str:
    """The beginning of what a reader sees of a page, on one line."""
    parts: list[str] = []
    length = 0
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in _SILENT or element.tag == "head":
            text = element.tail or ""
        else:
            text = f"{element.text or ''} {element.tail or ''}"
        if text.strip():
            parts.append(text)
            length += len(text)
        if length > _MOST_TEXT * 4:
            break
    return one_line(" ".join(parts))[: _MOST_TEXT * 2]


def having(tree: html.HtmlElement, name: str, tag: str = "*") -> list[html.HtmlElement]:
    """The elements below `tree` that have this class."""
    found: list[html.HtmlElement] = tree.xpath(
        f".//{tag}[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
    )
    return found


def text_of(element: html.HtmlElement | None) -> str:
    """The text of an element on one line, "" of none."""
    return "" if element is None else one_line(" ".join(element.itertext()))


def first(elements: list[html.HtmlElement]) -> html.HtmlElement | None:
    """The first of some elements."""
    return elements[0] if elements else None


def states(tree: html.HtmlElement, *, at_least: int = 2) -> Iterator[Any]:
    """The JSON that a page carries in its scripts, decoded, in its order; what is broken is passed over."""
    for script in tree.iterfind(".//script"):
        kind = script.get("type", "").split(";")[0].strip().lower()
        text = (script.text or "").strip()
        if kind.endswith("json") and len(text) >= at_least:
            try:
                yield json.loads(text, strict=False)
            except (ValueError, RecursionError):
                continue


def walk(value: Any, *, most: int = 2_000_000) -> Iterator[dict[str, Any]]:
    """Every object inside of JSON, in its order, without recursion: what strangers send may be deep."""
    stack = [value]
    while stack and most > 0:
        most -= 1
        here = stack.pop()
        if isinstance(here, dict):
            yield here
            stack.extend(reversed(list(here.values())))
        elif isinstance(here, list):
            stack.extend(reversed(here))
