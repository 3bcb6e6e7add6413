"""The feed of sample offers, with dates that are recent whenever it is loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from lxml import etree

OFFERS = Path(__file__).with_name("offers.xml")
NAMESPACE = "{https://samples.dealfinder.example/ns/1}"


def dated_offers(now: datetime) -> bytes:
    """The feed as RSS 2.0. An offer's age in minutes becomes its `pubDate`, the hours that it has left its
    `expirationDate`, counted from `now` (aware)."""
    tree = etree.fromstring(OFFERS.read_bytes())
    for item in tree.iterfind("channel/item"):
        age = timedelta(minutes=int(item.attrib.pop(f"{NAMESPACE}age-minutes")))
        etree.SubElement(item, "pubDate").text = format_datetime(now - age)
        hours = item.attrib.pop(f"{NAMESPACE}hours-left", "")
        if hours:
            etree.SubElement(item, "expirationDate").text = format_datetime(now + timedelta(hours=int(hours)))
    body: bytes = etree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return body
