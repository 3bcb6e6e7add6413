"""Rules for single shops, in data: which elements of their pages say what. `site_rules.toml` holds those that come along.

A rule comes first of all, so each has a canary: a page, and the fields that the rule has to find on it. When a shop changes its
pages, the canary says so (`missing`), and what the rule no longer finds is read as on any other page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from lxml import etree, html
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agents.scanning.pages import availability, identifiers, words
from agents.scanning.pages.structured import Stated, StatedPrice, absolute, code_of, stated_amount

Selected = Literal[
    "name", "price", "currency", "availability", "sku", "brand", "image", "gtin", "mpn", "condition", "list_price"
]
_LONGEST_TEXT = 2_000
_SHIPPED = Path(__file__).with_name("site_rules.toml")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Canary(_Form):
    """A page of the shop that is asked for now and then, and the fields that have to be found on it."""

    url: str = Field(pattern=r"^https?://[^\s/]+/\S*$")
    expect: tuple[str, ...] = Field(min_length=1)


class SiteRule(_Form):
    """One shop. `hosts` are whole names or "*.shop.example"; `path` is a regular expression that the page's path has to meet.

    `select` names for each field one or more XPath 1.0 expressions, the first that gives a text wins. `take` is for a field a
    regular expression with one group: what it finds in that text is the value, and a text without it counts as none.
    `currency` is that of the shop where its pages do not state one.
    """

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    hosts: tuple[str, ...] = Field(min_length=1)
    path: str = ""
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    select: dict[Selected, tuple[str, ...]] = Field(min_length=1)
    take: dict[Selected, str] = Field(default_factory=dict)
    canary: Canary

    @field_validator("select")
    @classmethod
    def _compiles(cls, select: dict[Selected, tuple[str, ...]]) -> dict[Selected, tuple[str, ...]]:
        for name, expressions in select.items():
            for expression in expressions:
                try:
                    etree.XPath(expression)
                except etree.XPathSyntaxError as error:
                    raise ValueError(f"{name}: “{expression}” is no XPath ({error})") from None
        return select

    @field_validator("take")
    @classmethod
    def _takes_one_group(cls, take: dict[Selected, str]) -> dict[Selected, str]:
        for name, pattern in take.items():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"{name}: “{pattern}” is no regular expression ({error})") from None
            if groups != 1:
                raise ValueError(f"{name}: “{pattern}” has {groups} groups and wants one, around the value")
        return take

    @field_validator("path")
    @classmethod
    def _is_pattern(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"“{path}” is no regular expression ({error})") from None
        return path

    @model_validator(mode="after")
    def _takes_from_what_is_selected(self) -> SiteRule:
        if unselected := set(self.take) - set(self.select):
            raise ValueError(f"“take” names {', '.join(sorted(unselected))}, which “select” does not")
        return self

    @model_validator(mode="after")
    def _canary_is_its_own(self) -> SiteRule:
        if not self.fits(self.canary.url):
            raise ValueError("the canary is not a page that the rule fits")
        return self

    def fits(self, address: str) -> bool:
        """Whether the rule is for the page at this address."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        named = any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)
        return named and re.search(self.path, parts.path) is not None


class UnusableRules(Exception):
    """A file of rules cannot be used; the message says why in a sentence."""


def load_rules(path: Path = _SHIPPED) -> tuple[SiteRule, ...]:
    """The rules of a file. Raises `UnusableRules` that names the rule and the field."""
    try:
        loaded = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableRules(f"The rules in {path} cannot be read: {error}") from error
    rules = []
    for number, one in enumerate(loaded.get("rule", []), 1):
        try:
            rules.append(SiteRule.model_validate(one))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            name = one.get("name", number) if isinstance(one, dict) else number
            raise UnusableRules(f"Rule {name} in {path.name}: {where}: {first['msg']}") from error
    names = [rule.name for rule in rules]
    if len(set(names)) != len(names):
        raise UnusableRules(f"Two rules in {path.name} have the same name.")
    return tuple(rules)


@lru_cache(maxsize=1)
def shipped_rules() -> tuple[SiteRule, ...]:
    """The rules that come along."""
    return load_rules()


def rule_for(address: str, rules: Sequence[SiteRule] | None = None) -> SiteRule | None:
    """The first rule for the page at this address, of those that come along unless others are given."""
    return next((rule for rule in (shipped_rules() if rules is None else rules) if rule.fits(address)), None)


def missing(rule: SiteRule, found: dict[str, Any]) -> list[str]:
    """The fields that a rule's canary expects and that were not found (`ProductPage.as_json`): empty while the rule is sound."""
    methods = found.get("methods") or {}
    own = f"rule:{rule.name}"
    return [
        name
        for name in rule.canary.expect
        if found.get(name) is None or (name in rule.select and methods.get(name) != own)
    ]


def read(rule: SiteRule, tree: html.HtmlElement, address: str) -> Stated:
    """What the rule's elements say; a field whose elements are not there is left for the other ways of reading."""
    texts = {
        name: text
        for name, expressions in rule.select.items()
        if (text := _first_text(tree, expressions, rule.take.get(name)))
    }
    stated = Stated(f"rule:{rule.name}", name=texts.get("name"), brand=texts.get("brand"), mpn=texts.get("mpn"))
    stated.sku = identifiers.cleaned(texts["sku"], texts.get("name", "")) if "sku" in texts else None
    stated.gtin = identifiers.gtin(texts.get("gtin"))
    stated.image = absolute(texts["image"], address) if "image" in texts else None
    stated.condition = texts.get("condition")
    currency = code_of(texts.get("currency")) or rule.currency
    if readings := stated_amount(texts.get("price"), currency):
        stated.prices.append(StatedPrice(readings, currency, "exact"))
    if readings := stated_amount(texts.get("list_price"), currency):
        stated.prices.append(StatedPrice(readings, currency, "list"))
    said = texts.get("availability", "")
    detail = availability.detail_of(said) or ("OutOfStock" if words.SOLD_OUT.search(said) else None)
    detail = detail or ("InStock" if words.IN_STOCK.search(said) else None)
    stated.details = [detail] if detail else []
    return stated


def _first_text(tree: html.HtmlElement, expressions: Sequence[str], taken: str | None) -> str | None:
    for expression in expressions:
        try:
            found = tree.xpath(expression)
        except etree.XPathError:
            continue
        for one in found if isinstance(found, list) else [found]:
            text = one.text_content() if isinstance(one, html.HtmlElement) else str(one)
            text = " ".join(text.split())[:_LONGEST_TEXT]
            if taken is not None:
                match = re.search(taken, text)
                text = (match[1] or "").strip() if match else ""
            if text:
                return text
    return None
