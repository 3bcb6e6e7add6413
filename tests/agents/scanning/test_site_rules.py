"""Rules for single shops: what they find wins, what they lose is read otherwise, and a bad file says what is wrong with it."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from agents.scanning.pages import site_rules
from agents.scanning.pages.product_page import extract_product
from agents.scanning.pages.site_rules import SiteRule, UnusableRules, load_rules, missing, rule_for, shipped_rules

RULE = """
[[rule]]
name = "{name}"
hosts = ["shop.example", "*.shop.example"]
path = "^/p/"
currency = "EUR"
[rule.select]
price = ["//b[@id='now']/@data-value", "//b[@id='now']"]
sku = ["//i[@class='no']"]
availability = ["//i[@class='state']"]
[rule.canary]
url = "https://www.shop.example/p/1"
expect = ["name", "price", "currency", "sku"]
"""
PAGE = """<html><head><title>Lamp</title><script type="application/ld+json">{"@type": "Product", "name": "Lamp", "sku": "WRONG-1",
"offers": {"price": 99, "priceCurrency": "USD", "availability": "InStock"}}</script></head><body><h1>Lamp</h1>
<b id="now" data-value="12,50">soon</b><i class="no">L 100</i><i class="state">Sold out</i></body></html>"""


@pytest.fixture
def rule(tmp_path: Path) -> SiteRule:
    return load(tmp_path, RULE.format(name="shop"))[0]


def load(folder: Path, text: str) -> tuple[SiteRule, ...]:
    path = folder / "rules.toml"
    path.write_text(text)
    return load_rules(path)


def test_what_a_rule_finds_wins(rule: SiteRule) -> None:
    found = extract_product(PAGE.encode(), "https://de.shop.example/p/lamp", rules=[rule])
    assert (found.price, found.currency, found.sku, found.availability) == (
        Decimal("12.5"),
        "EUR",
        "L 100",
        "OutOfStock",
    )
    assert (found.method, found.methods["sku"], found.methods["name"]) == ("rule:shop", "rule:shop", "json-ld")
    assert missing(rule, found.as_json()) == []


def test_a_part_of_a_text_is_taken_and_a_text_without_it_is_passed_over(tmp_path: Path) -> None:
    text = (
        RULE.format(name="shop")
        .replace(
            "[rule.canary]",
            """[rule.take]
sku = 'Item no[.]? ([A-Z0-9-]+)'
[rule.canary]""",
        )
        .replace("[\"//i[@class='no']\"]", '["//i[@class=\'no\']", "//p"]')
    )
    [rule] = load(tmp_path, text)
    page = PAGE.replace("</body>", "<p>Oak, Item no. LX-77, 2 kg</p></body>").encode()
    found = extract_product(page, "https://shop.example/p/lamp", rules=[rule])
    assert (found.sku, found.methods["sku"]) == ("LX-77", "rule:shop")
    assert extract_product(PAGE.encode(), "https://shop.example/p/lamp", rules=[rule]).sku == "WRONG-1"


@pytest.mark.parametrize(
    ("take", "said"),
    [("sku = '('", "no regular expression"), ("sku = 'no group'", "wants one"), ("name = '(x)'", "does not")],
)
def test_what_cannot_be_taken_is_said(tmp_path: Path, take: str, said: str) -> None:
    with pytest.raises(UnusableRules, match=said):
        load(tmp_path, RULE.format(name="shop").replace("[rule.canary]", f"[rule.take]\n{take}\n[rule.canary]"))


def test_what_a_rule_no_longer_finds_is_read_otherwise_and_its_canary_says_so(rule: SiteRule) -> None:
    changed = PAGE.replace('id="now"', 'id="later"').replace('class="no"', 'class="number"')
    found = extract_product(changed.encode(), "https://shop.example/p/lamp", rules=[rule])
    assert (found.price, found.sku) == (Decimal(99), "WRONG-1")
    assert missing(rule, found.as_json()) == ["price", "sku"]


@pytest.mark.parametrize(
    "address",
    ["https://shop.example/about", "https://myshop.example/p/1", "https://shop.example.org/p/1", "", "http://["],
)
def test_a_rule_is_for_its_own_pages_alone(rule: SiteRule, address: str) -> None:
    assert rule_for(address, [rule]) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (RULE.format(name="Shop!"), "name"),
        (RULE.format(name="shop").replace("//i[@class='no']", "//i[@class="), "is no XPath"),
        (RULE.format(name="shop").replace('"^/p/"', '"("'), "is no regular expression"),
        (RULE.format(name="shop").replace("https://www.shop.example/p/1", "https://other.example/p/1"), "canary"),
        (RULE.format(name="shop").replace("sku = [", "skew = ["), "skew"),
        (RULE.format(name="shop") * 2, "same name"),
        ("[[rule]", "cannot be read"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(UnusableRules, match=said):
        load(tmp_path, wrong)


def test_the_rules_that_come_along_can_be_used_and_none_is_for_a_page_that_is_measured_with(shared_data: Path) -> None:
    import json

    assert shipped_rules()
    truth = json.loads((shared_data / "pages" / "products" / "ground-truth.json").read_text())
    assert [fields["url"] for fields in truth.values() if rule_for(fields["url"])] == []


def test_a_rule_that_comes_along_reads_the_page_that_it_was_made_with(shared_data: Path) -> None:
    body = gzip.decompress((shared_data / "pages" / "marketplaces" / "microcenter_product.html.gz").read_bytes())
    rule = next(rule for rule in shipped_rules() if rule.name == "microcenter")
    found = extract_product(body, rule.canary.url)
    assert site_rules.missing(rule, found.as_json()) == []
    assert (found.price, found.currency, found.sku) == (Decimal("59.99"), "USD", "895227")
