"""The address that a saved page has, where nobody says it."""

from __future__ import annotations

import re
from collections import Counter

from lxml import html

from common.urls import host_of, is_web_url, marketplace_of

# Where a place keeps the number of its product, and the address that is made of it.
_BY_NUMBER = {
    "amazon": (
        ".//input[@id='ASIN' or @name='ASIN']/@value",
        re.compile(r"[A-Z0-9]{10}"),
        "https://www.{host}/dp/{number}",
    )
}


def own_address(tree: html.HtmlElement) -> str:
    """The address that a page calls its own, "" where it names none."""
    places = ".//link[@rel='canonical']/@href | .//meta[@property='og:url']/@content"
    named = next((str(found).strip() for found in tree.xpath(places) if is_web_url(str(found))), "")
    return named or _by_number(tree)


def _by_number(tree: html.HtmlElement) -> str:
    """The address at the place that most of the page's links lead to, made of the number of the product."""
    hosts = Counter(host for link in tree.xpath(".//a/@href | .//link/@href") if (host := host_of(str(link))))
    for host, _ in hosts.most_common(8):
        place = marketplace_of(f"https://{host}/")
        rule = _BY_NUMBER.get(place)
        if rule is None or not host.startswith(f"{place}."):
            continue
        path, form, address = rule
        for number in tree.xpath(path):
            if form.fullmatch(str(number).strip()):
                return address.format(host=host, number=str(number).strip())
    return ""
