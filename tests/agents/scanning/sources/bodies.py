"""Bodies as each kind gets them, in the layouts that are known; names and prices are invented."""

# ruff: noqa: E501 (markup is easier to read unbroken)

from __future__ import annotations

import json
from typing import Any

from tests.agents.scanning.feeds import item, rss


def page(inside: str, *, title: str = "Things", head: str = "", html: str = "") -> bytes:
    """A page with this body."""
    return f"<!DOCTYPE html><html {html}><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{inside}</body></html>".encode()


def ld(data: Any) -> str:
    """A script of JSON-LD."""
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


CRAIGSLIST_STATIC = page(
    '<ol class="cl-static-search-results"><li class="cl-static-search-hub-links"></li>'
    '<li class="cl-static-search-result" title="Oak desk"><a href="https://boston.craigslist.org/gbs/fuo/d/boston-oak-desk/7712345678.html">'
    '<div class="title">Oak desk</div><div class="details"><div class="price">$1,250</div><div class="location">Cambridge</div></div></a></li>'
    '<li class="cl-static-search-result" title="Lamp"><a href="https://boston.craigslist.org/gbs/fuo/d/boston-lamp/7712345679.html">'
    '<div class="title">Lamp</div><div class="details"><div class="price">$0</div></div></a></li>'
    '<li class="cl-static-search-result" title="Chair"><a href="https://boston.craigslist.org/gbs/fuo/d/boston-chair/7712345680.html">'
    '<div class="title">Chair</div><div class="details"></div></a></li></ol>',
    head=ld(
        {
            "@type": "ItemList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": "0",
                    "item": {
                        "@type": "Product",
                        "name": "Oak desk",
                        "image": ["https://images.craigslist.org/00A0A_desk_600x450.jpg"],
                        "offers": {
                            "price": "1250.00",
                            "priceCurrency": "USD",
                            "availableAtOrFrom": {"address": {"addressLocality": "Cambridge"}},
                        },
                    },
                }
            ],
        }
    ),
)
CRAIGSLIST_ROWS = page(
    '<ul class="rows"><li class="result-row" data-pid="7012345678"><a href="https://sfbay.craigslist.org/pen/ele/d/radio/7012345678.html" '
    'class="result-image gallery" data-ids="1:00a0a_radio"></a><time class="result-date" datetime="2020-05-02 10:10"></time>'
    '<a href="https://sfbay.craigslist.org/pen/ele/d/radio/7012345678.html" class="result-title hdrlnk">Shortwave radio</a>'
    '<span class="result-price">$85</span><span class="result-hood"> (palo alto)</span></li></ul>'
)
CRAIGSLIST_POSTING = page(
    '<h2 class="postingtitle"><span class="postingtitletext"><span id="titletextonly">Road bike</span> - <span class="price">$420</span>'
    '<span> (Somerville)</span></span></h2><p class="attrgroup"><span>condition: <b>like new</b></span></p>'
    '<time class="date timeago" datetime="2026-03-04T10:11:12-0500">then</time><section id="postingbody">Rides well.</section>',
    head="<meta property='og:image' content='https://images.craigslist.org/bike.jpg'>",
)
GUMTREE_UK = page(
    '<article data-q="search-result"><a data-q="search-result-anchor" href="/p/synthesizers/grand-synth/1471407444"><figure>'
    '<img src="https://imagedelivery.net/a/86"></figure><div data-q="tile-title">Grand synth</div></a><div data-q="tile-price">£1,450</div>'
    '<div data-q="tile-location">Leeds, West Yorkshire</div><div data-q="tile-description"><p>Hardly played.</p></div></article>'
    '<article data-q="search-result"><a data-q="search-result-anchor" href="/p/sofas/blue-sofa/1471407445"></a>'
    '<div data-q="tile-title">Blue sofa</div><div data-q="tile-price">Please contact</div></article>'
)
GUMTREE_AU = page(
    '<a class="user-ad-row-new-design link" href="/s-ad/sydney/guitars/blue-guitar/1312345678"><img class="user-ad-image__thumbnail" '
    'src="https://gumtreeau-res.cloudinary.com/g.jpg"><p><span class="user-ad-row-new-design__title-span">Blue guitar</span></p>'
    '<span class="user-ad-price-new-design__price">$350</span><div class="user-ad-row-new-design__location">Sydney, NSW</div></a>'
)
GUMTREE_PL = page(
    '<div class="tileV1"><div class="title"><a class="href-link tile-title-text" href="/a-rowery/krakow/rower/1007000000000910000000009">Rower '
    'górski</a></div><picture><img class="lazyload" src="data:image/gif;base64,R0" data-src="https://i.ebayimg.com/r.jpg"></picture>'
    '<div class="info"><span class="price-text"><span class="ad-price"> 1 900 zł </span></span></div>'
    '<div class="category-location"><span>rowery,&nbsp;Kraków</span></div></div>',
    title="Rowery – Kraków | Gumtree",
    html='data-locale="pl_PL" lang="pl"',
)


def facebook_item(number: str, title: str, **more: Any) -> dict[str, Any]:
    """One listing as the state of a search page has it."""
    return {
        "__typename": "GroupCommerceProductItem",
        "id": number,
        "marketplace_listing_title": title,
        "listing_price": {"formatted_amount": "$200", "amount": "200.00"},
        "strikethrough_price": None,
        "primary_listing_photo": {"image": {"uri": f"https://scontent.fbcdn.net/{number}.jpg"}},
        "location": {
            "reverse_geocode": {"city": "Houston", "state": "TX", "city_page": {"display_name": "Houston, Texas"}}
        },
        "is_live": True,
        "is_pending": False,
        "is_sold": False,
        "marketplace_listing_seller": {"__typename": "User", "name": "A Private Person"},
    } | more


def facebook(*items: dict[str, Any], **more: Any) -> bytes:
    """A page whose state holds these listings."""
    state = {"require": [["x", {"feed_units": {"edges": [{"node": {"listing": one}} for one in items]}, **more}]]}
    return page(f'<script type="application/json" data-sjs>{json.dumps(state)}</script>', html='id="facebook"')


FACEBOOK_SEARCH = facebook(
    facebook_item("628088039705732", "Small drone"), facebook_item("628088039705733", "Large drone", is_sold=True)
)


def ebay_item(number: int, amount: str = "129.99", **more: Any) -> dict[str, Any]:
    """One item as the Browse API gives it."""
    return {
        "itemId": f"v1|{number}|0",
        "legacyItemId": str(number),
        "title": f"Camera {number}",
        "price": {"value": amount, "currency": "USD"},
        "itemWebUrl": f"https://www.ebay.com/itm/{number}?hash=item3d&amdata=x",
        "image": {"imageUrl": "https://i.ebayimg.com/c.jpg"},
        "condition": "Pre-owned - Good",
        "conditionId": "3000",
        "buyingOptions": ["FIXED_PRICE", "BEST_OFFER"],
        "itemLocation": {"city": "Austin", "stateOrProvince": "TX", "country": "US"},
        "shippingOptions": [{"shippingCostType": "FIXED", "shippingCost": {"value": "0.00", "currency": "USD"}}],
        "marketingPrice": {"originalPrice": {"value": "199.99", "currency": "USD"}, "discountPercentage": "35"},
        "categories": [{"categoryId": "31388", "categoryName": "Digital Cameras"}],
        "itemCreationDate": "2026-10-01T10:00:00.000Z",
    } | more


EBAY_ANSWER = json.dumps(
    {
        "href": "x",
        "total": 2,
        "limit": 200,
        "offset": 0,
        "itemSummaries": [ebay_item(254321987601), ebay_item(254321987602, "5.00")],
    }
).encode()
EBAY_CARDS = page(
    '<ul><li class="s-card" data-listingid="123456"><a class="su-link" href="https://ebay.com/itm/123456"><div class="s-card__title">Shop on eBay</div></a>'
    '<span class="s-card__price">$20.00</span></li><li class="s-card" data-listingid="254321987603"><a class="su-link" '
    'href="https://www.ebay.com/itm/254321987603?hash=x"><img class="s-card__image" src="https://i.ebayimg.com/l.jpg"><div class="s-card__title">'
    '<span>Lens 50mm</span><span class="clipped">Opens in a new window or tab</span></div></a><div class="s-card__subtitle">Brand New · Canon</div>'
    '<div class="s-card__attribute-row"><span class="s-card__price">$85.50</span></div><div class="s-card__attribute-row">Buy It Now</div>'
    '<div class="s-card__attribute-row">+$4.50 delivery</div><div class="s-card__attribute-row">Located in Japan</div></li>'
    '<li class="s-card" data-listingid="254321987604"><a href="https://www.ebay.com/itm/254321987604"><div class="s-card__title">Old lens</div></a>'
    '<span class="s-card__price">$9.99</span><div class="s-card__attribute-row">3 bids · 2d 4h</div></li></ul>'
)
PRODUCT = page(
    "<h1>Kettle</h1>",
    head=ld(
        {
            "@type": "Product",
            "name": "Kettle Pro",
            "sku": "K-1",
            "brand": {"name": "Boil"},
            "image": "https://shop.example/k.jpg",
            "offers": {
                "@type": "Offer",
                "price": "49.90",
                "priceCurrency": "EUR",
                "availability": "https://schema.org/InStock",
            },
        }
    ),
)


def card(number: int, price: str = "$19.99", more: str = "") -> str:
    """A card of a shop that is not known."""
    return (
        f'<li class="grid-{number} tile"><a class="pic" href="/product/thing-{number}"><img src="/pic/{number}.jpg"></a>'
        f'<a href="/product/thing-{number}"><h3>Useful thing number {number}</h3></a><div class="cost"><span>{price}</span>{more}</div></li>'
    )


SHOP_LIST = page("<h1>Things</h1><ul>" + "".join(card(number) for number in range(8)) + "</ul>")

GOOD: list[Any] = [
    ("craigslist", CRAIGSLIST_STATIC, "https://boston.craigslist.org/search/fua?query=desk"),
    ("craigslist", CRAIGSLIST_ROWS, "https://sfbay.craigslist.org/search/ela"),
    ("craigslist", CRAIGSLIST_POSTING, "https://boston.craigslist.org/gbs/bik/d/somerville-road-bike/7712345690.html"),
    ("ebay", EBAY_ANSWER, "https://api.ebay.com/buy/browse/v1/item_summary/search?q=camera"),
    ("ebay", EBAY_CARDS, "https://www.ebay.com/sch/i.html?_nkw=lens"),
    ("facebook", FACEBOOK_SEARCH, "https://www.facebook.com/marketplace/houston/search?query=drone"),
    ("feed", rss([item(1, "Lamp $12"), item(2, "Desk $90")]), "https://deals.example/feed"),
    ("gumtree", GUMTREE_UK, "https://www.gumtree.com/search?q=synth"),
    ("gumtree", GUMTREE_AU, "https://www.gumtree.com.au/s-guitars/k0c18613"),
    ("gumtree", GUMTREE_PL, ""),
    ("page", PRODUCT, "https://shop.example/kettle"),
    ("page", SHOP_LIST, "https://shop.example/search?q=thing"),
    ("submitted", PRODUCT, "https://shop.example/kettle"),
    ("submitted", FACEBOOK_SEARCH, "https://www.facebook.com/marketplace/houston/search?query=drone"),
]
"""Kind, body and address of what each kind reads."""
