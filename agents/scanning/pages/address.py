"""The address of a saved page: the shop's own, also where an archive's address stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from babel.core import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies

from agents.scanning.pages import words

_ARCHIVED = re.compile(r"^(?:https?://[^/]+)?/[^?#]*?/[0-9]{8,14}[a-z_]*/(?P<inner>https?:/{1,2}.+)$", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class UrlToken:
    """A part of an address that may be the shop's number of the product. `weight` says how much it looks like one."""

    value: str
    weight: float


def own_address(address: str) -> str:
    """The address of the page itself: of "https://archive.example/web/2021/https://shop.example/x" the last part. Nothing where it
    is no address."""
    archived = _ARCHIVED.match(address.strip())
    own = re.sub(r"^(https?):/{1,2}", r"\1://", archived["inner"]) if archived else address.strip()
    try:
        urlsplit(own)
    except ValueError:
        return ""
    return own


def currency_of_place(address: str, language: str) -> str | None:
    """The currency that is paid with where the page's domain or language is at home ("…/shop.pl", "de-CH"); None for ".com" and "en"."""
    territory = ""
    host = urlsplit(address).hostname or ""
    domain = host.rsplit(".", 1)[-1].upper()
    if len(domain) == 2 and domain not in {"IO", "AI", "CO", "ME", "TV", "FM", "LY", "TO", "EU"}:
        territory = {"UK": "GB"}.get(domain, domain)
    for part in re.split(r"[/._-]", urlsplit(address).path.lower())[:4] if not territory else ():
        if part in {
            "uk",
            "us",
            "ca",
            "au",
            "nz",
            "ie",
            "de",
            "fr",
            "it",
            "es",
            "ch",
            "at",
            "be",
            "nl",
            "pl",
            "se",
            "dk",
            "no",
            "jp",
            "in",
            "mx",
            "br",
            "sg",
        }:
            territory = {"uk": "GB"}.get(part, part.upper())
            break
    if not territory:
        try:
            territory = (
                Locale.parse(language.strip().replace("-", "_"), resolve_likely_subtags=False).territory or ""
                if language.strip()
                else ""
            )
        except (ValueError, UnknownLocaleError, TypeError):
            territory = ""
    if domain == "EU":
        return "EUR"
    found = get_territory_currencies(territory) if territory else []
    return found[-1] if found else None


def tokens(address: str) -> Iterator[UrlToken]:
    """The parts of an address that hold digits, with their weights; the same value may come twice."""
    parts = urlsplit(address)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    for number, segment in enumerate(segments):
        last = number >= len(segments) - 1
        before = segments[number - 1].lower() if number else ""
        whole = re.sub(r"\.(?:html?|php|aspx?|jsp|do)$", "", segment, flags=re.IGNORECASE)
        yield from _of_segment(whole, last=last, led=before in words.URL_LEAD)
    for name, value in parse_qsl(parts.query)[:30]:
        if name.lower() in words.URL_KEY and _is_number(value):
            yield UrlToken(value, 2.5)


def _of_segment(whole: str, *, last: bool, led: bool) -> Iterator[UrlToken]:
    if _is_number(whole) and not any(piece.isalpha() and not piece.isupper() for piece in re.split(r"[._-]", whole)):
        yield UrlToken(whole, 3.5 if led else 2.5 if last else 1.0)
        stripped = re.sub(r"^[a-z]{1,4}(?=[0-9]{4,}$)", "", whole)
        buried = re.fullmatch(r"[a-z0-9]*[a-z]([0-9]{6,})", whole)
        if stripped != whole:
            yield UrlToken(stripped, 3.0 if led or last else 1.0)
        elif buried:
            yield UrlToken(buried[1], 1.2)
        return
    pieces = [piece for piece in re.split(r"[-_,.+~ ]", whole) if piece]
    for place, piece in enumerate(pieces):
        if not _is_number(piece):
            continue
        end = place == len(pieces) - 1
        weight = (2.3 if end else 1.0 if place == 0 else 0.6) if last else (0.8 if end else 0.3)
        if led and last and place == 0 and re.fullmatch(r"[0-9]{5,}", piece):  # "/item/93133869_pair-of-cushions"
            weight = max(weight, 2.4)
        if place and pieces[place - 1].lower() in words.URL_LEAD and len(pieces[place - 1]) <= 3:
            weight = max(weight, 2.5)
        buried = re.fullmatch(r"[a-z0-9]*[a-z]([0-9]{6,})", piece, re.IGNORECASE)
        if buried and len(buried[1]) < len(piece):
            yield UrlToken(buried[1], max(0.5, weight - 0.8))
        marked = re.fullmatch(r"(?:p|i|id|iid|x|a|c|art|prod|sku|item)([0-9]{4,})", piece, re.IGNORECASE)
        yield UrlToken(piece, weight - (0.4 if marked else 0.0))
        if marked:
            yield UrlToken(marked[1], weight + 0.2)
    for first in range(len(pieces) - 1):
        pair = pieces[first : first + 2]
        if last and first == len(pieces) - 2 and all(_is_number(piece) for piece in pair):
            yield UrlToken("-".join(pair), 1.2)


def _is_number(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return (
        3 <= len(text) <= 32
        and digits >= 3
        and bool(_TOKEN.fullmatch(text))
        and not re.fullmatch(r"(?:19|20)[0-9]{2}", text)
    )
