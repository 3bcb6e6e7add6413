"""Small pages of our own, each in the manner of a kind of shop: what is found on them, without structured data unless it says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.scanning.pages.product_page import ProductPage, extract_product

RELATED = """<section class="related-products"><h3>{heading}</h3><ul>{cards}</ul></section>"""
CARD = '<li class="product"><a href="/p/{n}"><img src="/{n}.jpg"><h4>Another thing {n}</h4></a><span class="price">{price}</span></li>'


def shop(
    main: str,
    *,
    name: str = "Walnut desk lamp",
    lang: str = "en",
    currency: str = "€",
    heading: str = "Related products",
) -> bytes:
    """A page with a menu, a little cart, the product, four others and a footer around `main`."""
    cards = "".join(CARD.format(n=n, price=f"{currency}{19 + n}.50") for n in range(4))
    return f"""<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{name} | Some Shop</title></head>
    <body class="product-page">
    <header><nav><a href="/">Home</a><a href="/lamps">Lamps</a></nav>
    <div class="minicart">Cart <span class="price">{currency}0.00</span></div></header>
    <main><h1>{name}</h1>{main}</main>{RELATED.format(heading=heading, cards=cards)}
    <footer>Free delivery from {currency}50. Phone 0123 456789</footer></body></html>""".encode()


def read(main: str, url: str = "https://shop.example/walnut-desk-lamp", **page: Any) -> ProductPage:
    return extract_product(shop(main, **page), url)


@pytest.mark.parametrize(
    ("main", "url", "lang", "price", "currency", "list_price"),
    [
        # WooCommerce
        ('<p class="price"><del><span class="amount">€49,00</span></del> <ins><span class="amount">€39,00</span></ins>'
         '</p><button class="single_add_to_cart_button" name="add-to-cart" value="911">Add to cart</button>',
         ".de", "en", "39.00", "EUR", "49.00"),
        # Magento
        ('<span class="special-price"><span class="price-label">Special Price</span><span class="price">£24.95</span></span>'
         '<span class="old-price"><span class="price-label">Regular Price</span><span class="price">£31.00</span></span>'
         '<button id="product-addtocart-button">Add to Cart</button>', ".co.uk", "en", "24.95", "GBP", "31.00"),
        # a whole part and small decimals
        ('<div class="price"><span class="currency">$</span><span class="whole">129</span><sup>99</sup></div><button>Add to bag</button>',
         ".com", "en-US", "129.99", "USD", None),
        ('<div class="product-price"><span>12</span><span class="cents">90</span> zł</div><button>Dodaj do koszyka</button>',
         ".pl", "pl", "12.90", "PLN", None),
        # the words of a language
        ('<div>Statt <span>89,00 €</span></div><div>jetzt nur <span>1.106,18 €</span></div><button>In den Warenkorb</button>',
         ".de", "de", "1106.18", "EUR", None),
        ('<div class="prix">1 299,90 €</div><button>Ajouter au panier</button>', ".fr", "fr", "1299.90", "EUR", None),
        ('<div><span class="tachado">$ 24.999</span> <span class="precio">$ 18.499</span></div><button>Agregar al carrito</button>',
         ".com.ar", "es", "18499", "ARS", "24999"),
        ('<div>De R$ 399,00 por <strong class="preco">R$ 349,90</strong></div><div>ou 10x de R$ 34,99 sem juros</div>'
         '<button>Comprar</button>', ".com.br", "pt", "349.90", "BRL", "399.00"),
        ('<div class="cena">1 499 Kč <small>1 239 Kč bez DPH</small></div><button>Do košíku</button>', ".cz", "cs", "1499", "CZK", None),
        ('<div class="price">44 890 тг.</div><button>В корзину</button>', ".kz", "ru", "44890", "KZT", None),
        ('<div class="price">¥12,800<span>税込</span></div><button>カートに入れる</button>', ".jp", "ja", "12800", "JPY", None),
        ('<div class="price">CHF 19.–</div><button>In den Warenkorb</button>', ".ch", "de", "19", "CHF", None),
        ('<div class="price">Rs. 1,29,999</div><button>Buy now</button>', ".in", "en", "129999", "INR", None),
        ('<div class="price">12.500 KWD</div><button>Add to cart</button>', ".com.kw", "en", "12.500", "KWD", None),
        ('<div>499 kr</div><a role="button" href="#">Læg i indkøbskurv</a>', ".dk", "da", "499", "DKK", None),
        ('<div class="price">99 ر.س</div><button>أضف إلى السلة</button>', ".sa", "ar", "99", "SAR", None),
        # no name says that it is a price
        ('<div class="x7"><b class="y2">499,-</b></div><button>Læg i indkøbskurv</button>', ".dk", "da", "499", "DKK", None),
        ('<div><p>Preis: 1.499,-</p></div><button>In den Warenkorb</button>', ".de", "de", "1499", "EUR", None),
        ('<div><p>Hinta: 89,90</p></div><button>Lisää ostoskoriin</button>', ".fi", "fi", "89.90", "EUR", None),
        ('<p class="pix-price">ou <b>189,99</b> no Pix</p><button>Comprar</button>', ".com.br", "pt", "189.99", "BRL", None),
        # the price without tax stands behind the one that has to be paid
        ('<ul><li class="price"><b>40.00€</b></li><li class="price">Brez DDV: <span>32.79€</span></li></ul>'
         '<button>Dodaj v košarico</button>', ".si", "sl", "40.00", "EUR", None),
        # what has to be spent for free delivery, twice
        ('<div><b class="current-price">EUR 15.99</b></div>'
         '<div class="delivery-price"><i>Bezmaksas no</i> <b class="current-price">EUR 100.00</b></div>'
         '<div class="delivery-price"><i>Bezmaksas no</i> <b class="current-price">EUR 100.00</b></div>',
         ".lv", "lv", "15.99", "EUR", None),
    ],
)  # fmt: skip
def test_the_price_is_the_one_that_has_to_be_paid(
    main: str, url: str, lang: str, price: str, currency: str, list_price: str | None
) -> None:
    found = read(main, f"https://shop{url}/lamp", lang=lang)
    assert (found.price, found.currency, found.price_kind) == (Decimal(price), currency, "exact")
    assert found.list_price == (Decimal(list_price) if list_price else None)
    assert found.availability == "InStock"


@pytest.mark.parametrize(
    ("main", "kind", "price", "upper"),
    [
        ('<div class="price">from $9.00</div>', "from", "9", None),
        ('<div class="preis">ab 14,90 €</div>', "from", "14.90", None),
        ('<div class="price">30,000원~</div>', "from", "30000", None),
        ('<div class="price">$20.00 - $35.00</div>', "range", "20", "35"),
        ('<div class="price"><span>€20.00</span> – <span>€35.00</span></div>', "range", "20", "35"),
    ],
)
def test_where_prices_begin_is_said_and_is_no_exact_price(main: str, kind: str, price: str, upper: str | None) -> None:
    found = read(main + "<button>Add to cart</button>")
    assert (found.price_kind, found.price) == (kind, Decimal(price))
    assert found.price_to == (Decimal(upper) if upper else None)
    assert found.exact_price is None


@pytest.mark.parametrize(
    "main",
    [
        '<div class="price">Call for price</div><button>Contact us</button>',
        '<div class="price">Preis auf Anfrage</div>',
        "<p>A lamp of walnut, 45 cm high, 230 V, in a box of 12.</p>",
        '<p class="availability">Currently unavailable.</p>',
    ],
)
def test_no_price_is_taken_from_elsewhere(main: str) -> None:
    found = read(main)
    assert (found.price, found.currency, found.price_kind) == (None, None, None)


@pytest.mark.parametrize(
    "beside",
    [
        '<span class="unit-price">$3.20/100g</span>',
        "<div>or 12 × 33.00 $/mo</div>",
        "<div>Save $15.00</div>",
        "<div>Delivery: $4.95</div>",
        '<div class="rewards">Earn $1.20 cashback</div>',
        '<div class="was">Was <s>$99.00</s></div>',
        "<div>$396.00 per year of cover</div>",
        "<ul><li>20% above $500.00</li><li>25% up to $500.00</li></ul>",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_amounts_beside_the_price_are_not_taken_for_it(beside: str, first: bool) -> None:
    price = '<span class="product-price">$64.50</span>'
    main = (beside + price if first else price + beside) + "<button>Add to cart</button>"
    assert read(main, lang="en-US").price == Decimal("64.50")


def test_of_two_currencies_the_one_of_the_shop_is_taken() -> None:
    main = '<div class="price">€85.00</div><div class="hint">about $92.10</div><button>In den Warenkorb</button>'
    found = read(main, "https://shop.de/lamp", lang="de")
    assert (found.price, found.currency) == (Decimal("85.00"), "EUR")


def test_the_price_that_is_shown_wins_over_another_that_only_machines_are_told() -> None:
    offer = '"offers": {"price": "79.00", "priceCurrency": "EUR"}'
    stale = f'<script type="application/ld+json">{{"@type": "Product", "name": "Walnut desk lamp", {offer}}}</script>'
    shown = (
        '<div class="price"><del>€79.00</del> <span class="sale-price">€59.00</span></div><button>Add to cart</button>'
    )
    assert read(stale + shown).price == Decimal("59.00")
    assert read(stale + "<p>A lamp.</p>").price == Decimal("79.00"), "a page that is drawn by scripts shows nothing"


@pytest.mark.parametrize(
    ("main", "availability"),
    [
        ("<button>Add to cart</button>", "InStock"),
        ("<p>In stock</p>", "InStock"),
        ('<p class="stock">Ausverkauft</p>', "OutOfStock"),
        ("<p>Ce produit est en rupture de stock</p>", "OutOfStock"),
        ("<button disabled>Sold out</button>", "OutOfStock"),
        ("<strong>Нет в наличии</strong>", "OutOfStock"),
        ("<p>在庫切れ</p>", "OutOfStock"),
        ("<p>Zurzeit nicht lieferbar</p>", "OutOfStock"),
        ("<p>Ei saatavilla</p>", "OutOfStock"),
        ("<p>Ej i lager</p>", "OutOfStock"),
        ("<p>Нет в наявності</p>", "OutOfStock"),
        ("<p>재고 없음</p>", "OutOfStock"),
        ("<p>The sale has ended many a quarrel; vendido e slut are words</p>", "InStock"),
        ('<p style="display: none">Out of stock</p><button>Add to cart</button>', "InStock"),
        ('<select><option>S - sold out</option><option>M</option></select><button>Add to cart</button>', "InStock"),
        ('<div class="swatches"><span>Red: sold out</span></div><button>Add to cart</button>', "InStock"),
        ('<a class="add-to-cart" href="#"><span>Add to cart</span><span>Sold out</span><span>Choose a store</span></a>', "InStock"),
        ('<div class="store-pickup">Not in stock at your store</div><button>Add to cart</button>', "InStock"),
    ],
)  # fmt: skip
def test_whether_it_can_be_ordered(main: str, availability: str) -> None:
    assert read(f'<div class="price">€59.00</div>{main}').availability == availability


def test_what_a_style_sheet_may_show_one_day_does_not_sell_a_thing_out() -> None:
    hidden = '<span style="display: none">The listing has ended</span>'
    assert read(f'<div class="price">€59.00</div>{hidden}').availability == "InStock"
    assert read('<div class="price">€59.00</div><span>The listing has ended</span>').availability == "OutOfStock"


@pytest.mark.parametrize(
    ("script", "url", "currency"),
    [
        ('<script type="application/ld+json">{"@type": "Event", "offers": {"priceCurrency": "CLP", "price": 1}}</script>', ".com", "CLP"),
        ('<script>var shop = {currency: "AUD"};</script>', ".com", "AUD"),
        ('<script>var shop = {currency: "AUD"}, other = {currency: "NZD"};</script>', ".com", "USD"),
        ('<script>analytics({"currency": "USD"});</script>', ".com.mx", "MXN"),
    ],
)  # fmt: skip
def test_a_sign_of_several_currencies_is_the_one_that_the_page_names(script: str, url: str, currency: str) -> None:
    found = read(f'<div class="price">$5.000</div><button>Add to cart</button>{script}', f"https://shop{url}/lamp")
    assert (found.price, found.currency) == (Decimal(5000), currency)


def test_variants_of_which_one_can_be_ordered_are_in_stock() -> None:
    def variant(state: str) -> str:
        return (
            f'{{"@type": "Offer", "price": 20, "priceCurrency": "EUR", "availability": "https://schema.org/{state}"}}'
        )

    def said(*states: str) -> str:
        offers = ", ".join(map(variant, states))
        return f'<script type="application/ld+json">{{"@type": "Product", "name": "Walnut desk lamp", "offers": [{offers}]}}</script>'

    assert read(said("OutOfStock", "InStock")).availability == "InStock"
    assert read(said("OutOfStock", "SoldOut")).availability == "OutOfStock"
    ahead = read(said("PreOrder"))
    assert (ahead.availability, ahead.availability_detail) == ("InStock", "PreOrder")


@pytest.mark.parametrize(
    ("main", "url", "sku"),
    [
        ("<p>SKU: WL-4711</p>", "/lamp", "WL-4711"),
        ("<dl><dt>Artikelnummer</dt><dd>30.814.22</dd></dl>", "/lamp", "30.814.22"),
        ("<span>Réf. : 88 41</span><span>Référence : LAMP123</span>", "/lamp", "LAMP123"),
        ("<span>Артикул: 73556</span>", "/lamp", "73556"),
        ("<p>Codice articolo: 30814</p>", "/lamp", "30814"),
        ("<p>Best.-Nr. 30814</p>", "/lamp", "30814"),
        ("<p>Stock #: LX-30814</p>", "/lamp", "LX-30814"),
        ("<p>Item model: walnut</p>", "/ip/walnut-desk-lamp/55123987", "55123987"),
        ("<p>A lamp.</p>", "/lamp-p88123.html", "88123"),
        ("<p>A lamp.</p>", "/product.php?product_id=4412", "4412"),
        ('<form><input type="hidden" name="product_id" value="90817"><button>Add to cart</button></form>', "/lamp", "90817"),
        ('<p><b>466/7999</b></p>', "/product/4667999", "466/7999"),
        ("<p>UPC: 618996789153</p><p>SKU: 895227</p>", "/lamp", "895227"),
        ("<p>A lamp.</p>", "/lamp", None),
        ("<p>A lamp.</p>", "/item/93133_walnut-desk-lamp", "93133"),
    ],
)  # fmt: skip
def test_the_number_by_which_the_shop_knows_it(main: str, url: str, sku: str | None) -> None:
    assert read(f'<div class="price">€59.00</div>{main}', f"https://shop.example{url}").sku == sku


def test_numbers_of_makers_are_kept_apart() -> None:
    found = read("<p>EAN: 4006381333931</p><p>Model number: HX-99</p><p>EAN: 4006381333930</p><p>Brand: Lumen</p>")
    assert (found.gtin, found.mpn, found.brand) == ("4006381333931", "HX-99", "Lumen")


def test_the_state_of_a_page_without_markup_is_read() -> None:
    lamp = '{"name": "Walnut desk lamp", "sku": "WL-9", "price": {"value": 45.5, "currency": "EUR"}, "inStock": false, '
    lamp += '"brand": {"name": "Lux"}}'
    state = f'{{"props": {{"product": {lamp}, "others": [{{"name": "Shade", "price": 9}}]}}}}'
    found = read(f'<script id="__NEXT_DATA__" type="application/json">{state}</script>')
    assert (found.price, found.currency, found.sku, found.brand) == (Decimal("45.5"), "EUR", "WL-9", "Lux")
    assert (found.availability, found.methods["price"]) == ("OutOfStock", "state")


def test_amounts_in_cents_are_told_by_what_is_shown() -> None:
    script = '<script>var meta = {"product": {"title": "Walnut desk lamp", "price": 4550, "id": 99123}};</script>'
    assert read(script + '<span class="price">$45.50</span><button>Add to cart</button>').price == Decimal("45.5")


@pytest.mark.parametrize(
    "url",
    [
        "https://archive.example/web/20210203105656/https://shop.pl/lamp-p88123.html",
        "/set/20210203105656/https://shop.pl/lamp-p88123.html",
    ],
)
def test_an_archive_around_the_address_is_taken_off(url: str) -> None:
    found = read('<div class="cena">1 299 zł</div>', url, lang="pl")
    assert (found.sku, found.currency) == ("88123", "PLN")


def test_shipping_and_condition_are_read_beside_the_price() -> None:
    found = read(
        '<div class="price">€59.00</div><div>Shipping: €4.90</div><div>Condition: Used, very good</div><button>Add to cart</button>'
    )
    assert (found.shipping, found.condition, found.price) == (Decimal("4.90"), "used", Decimal("59.00"))
    free = read('<div class="price">€59.00</div><div>Free delivery</div><button>Add to cart</button>')
    assert free.shipping == 0


@pytest.mark.parametrize(
    "said",
    ["Tillfälligt slut", "Tilapäisesti loppu", "Няма наличност", "재고 없음", "สินค้าหมด", "Razprodano", "Produit indisponible",
     "This product has been discontinued"],
)  # fmt: skip
def test_what_is_said_beside_a_grey_button_in_other_languages_is_understood(said: str) -> None:
    found = read(f'<div class="price">€39.00</div><p>{said}</p><button disabled>–</button>')
    assert found.availability == "OutOfStock"


@pytest.mark.parametrize(
    ("label", "sku"),
    [
        ("Style #: AB-1234", "AB-1234"),
        ("Bestelnummer 731204", "731204"),
        ("Cat. No. 55-120", "55-120"),
        ("TCIN: 81234567", "81234567"),
    ],
)
def test_shops_have_many_names_for_their_numbers(label: str, sku: str) -> None:
    assert read(f'<div class="price">€39.00</div><button>Add to cart</button><p>{label}</p>').sku == sku
