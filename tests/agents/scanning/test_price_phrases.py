"""Phrases of deal titles, with the price that a careful reader takes from them: an exact one, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.scanning.reading.price import NoPrice, PriceFound, read_price

NOT_A_PRICE = [
    "Sony headphones $50 to $120 off at Best Buy",
    "Save $50 to $120 on TVs",
    "Samsung Galaxy S25 Ultra $350 off with trade-in",
    "Galaxy S25 Ultra $799 with trade-in of an eligible phone",
    "iPhone 16 128GB $299 (after $500 trade-in)",
    "Trade in any tablet and get the iPad Air for $199 (trade-in required)",
    "25% off all headphones",
    "Extra 30% off clearance + free shipping",
    "Up to 60% off KitchenAid mixers",
    "Men's boots from $39.99 + free shipping",
    "Flash drives starting at $4.99",
    "4K TVs as low as $219",
    "Toys under $20",
    "Everything up to $50",
    "Rosewill HDMI cable free after rebate",
    "EVGA 750W power supply $49.99 after $20 rebate",
    "Corsair RM850x $79.99 AR",
    "Corsair RM850x $89.99 w/ $20 mail-in rebate",
    "Phillips trimmer $29.99 after MIR",
    "T-shirts $10 - $25",
    "T-shirts $10-$25 shipped",
    "Sneakers $29.99 to $59.99",
    "Cases $8–12",
    "Jeans between $20 and $35",
    "Pint glasses 2 for $30",
    "Any 3 for $25 on paperbacks",
    "Frozen pizza 5/$10",
    "Paper towels $30 for 2",
    "Three for $45 on LEGO",
    "Disney+ $5/month for six months",
    "Streaming $5 a month",
    "VPN plan $2.49/mo",
    "Phone plan $15 per month",
    "Gym membership $9.99 monthly",
    "Samsung washer save $400",
    "Saves $40 on AirPods",
    "You save $40 at checkout",
    "Xbox controller (was $59.99)",
    "Instant Pot, list price $99.99",
    "Amazon: $10 credit with Prime Day purchase",
    "Buy $100 Apple gift card, get $15 credit",
    "$20 gift card with preorder of any console",
    "Get a $50 Target gift card when you switch",
    "$5 off $25 at Lowe's",
    "$10 off orders over $50",
    "Spend $75, get $15 back",
    "$20 off $100+ grocery pickup",
    "15% off, $30 minimum spend",
    "Echo Dot $29.99, Echo Show $59.99, Fire Stick $19.99",
    "Shoes: kids $19, adults $29",
    "64GB $159 or 128GB $199",
    "$15 cashback on first order",
    "Earn $30 cash back at Macy's",
    "10% cash back up to $20",
    "Free shipping over $35",
    "Free shipping on $49 or more",
    "Delivery $9.95 Australia wide",
    "Free sample + $4.99 shipping",
    "Earphones $0 + $9.90 delivery",
    "10,000 points for $0",
    "Receive $3.50 in Rakuten Super Points",
    "$1,200 value bundle giveaway",
    "Win a $500 voucher",
    "Mystery box ($150 value)",
    "BOGO pizza $12.99",
    "Buy 2 get 1 free: books $9.99",
    "Buy one get one half off candles $22",
    "iPhone 16 $5.99/mo with new line",
    "Pixel 9 $399 with 24-month contract",
    "Galaxy A16 $49.99 w/ activation",
    "Galaxy Z Flip $0 with unlimited plan and bill credits",
    "$437 on $99/M plan, Galaxy S25 Ultra",
    "Headphones about $50",
    "Keyboard approx. $80 shipped",
    "Tablet ~$120",
    "Coffee $0.45/oz",
    "Steak $7.99/lb",
    "Rent a car for $25/day",
    "Gaming PC $1.2k",
    "Budget laptops less than $400",
    "$50 price drop on Roomba",
    "$30 instant savings at Costco",
    "$25 coupon for new customers",
    "$300 discount cap",
    "Take $20 off any order",
    "Extra $10 off select styles",
    "An additional $15 off at checkout",
    "Redeem headphones with purchase of two speakers $899",
    "eBay auction, current bid $45",
    "Windows 11, RTX 4070, 32GB, 2TB laptop",
    "65 inch TV 120 Hz model 55X90L",
    "5000 mAh power bank 22.5W 3-pack",
    "Board games & more $6 each",
    "Select video games $10 each",
    "Dress, skirt, blouse, $12 each",
    "Jacket $49.99+",
    "Desk $99 and up",
    "Hotel $89 per night",
    "Flights $120 per person",
    "SSD $19⁹⁹",
    "Watch $3.299",
    "Charger 299 kr",
    "$5 donation to charity",
    "Deposit $50 to preorder",
    "Steam wallet $20 gift card",
    "Cruise $199 plus $80",
    "Mattress $200 less than before",
    "$100 cheaper than Amazon: Dyson V15",
    "Price drops by $25: Kindle",
    "Annual pass $99/year",
    "Magazines $4.99/yr",
    "$9 per line",
    "Monitors $100 off, today only",
    "Effectively $45 for the Echo",
    "Net cost $12 at Rite Aid",
    "Trial for $1 a week",
    "Learn PHP 8.3 in 24 hours",
    "HDMI cable 6 Ft 2-pack",
    "2024 CAD software bundle",
    "Netflix free for 3 months, then $9.99/mo",
    "Amazon coupon $5",
    "$300 bonus for a new checking account",
    "Refer a friend, $10 each",
    "Chance to win a PS5 ($499)",
    "Sub-$100 soundbars",
    "$100-ish headphones",
    "$100s off furniture",
    "T-shirts $10 or $25",
    "T-shirts 10-25 €",
    "Kopfhörer ab 19,99 €",
    "20 € Rabatt auf alles",
    "4,90 € Versand",
    "Casques à partir de 49,90 €",
    "Shirts bis 30 €",
    "Topf 19 € 20 cm",
    "Music $1 for first 3 months",
    "$10 Kohl's Cash for every $50 spent",
    "$25 Visa card with broadband",
    "4 at $10 each",
    "Mulch $5/2 bags",
    "Earn 5,000 points or $50",
    "$19 99 speaker up to $20 off",
    "AED 3 defibrillator pads",
    "Deal days at Target: up to $100 off + free shipping w/ $35",
    "Household goods at Amazon for $10 off $40 + free shipping w/ Prime",
    "Card game 2 for $6",
    "Chewing gum 50 cents off",
    "PC games: Vengeance $20.10, Judgment $10 & more",
    "Members: Mega Fan $100 or Fan $67",
    "Curved monitors $1300 or less w/ free S&H",
    "Resort stay for 2 from $909",
    "Graphics card US$549 / A$899",
    "Chicken thighs $1.99 lb",
    "Xbox $0/mo",
    "Lamp $1 299",
    "New customers: Galaxy A16 + 12-month unlimited plan $195",
    "Lamp €1 299,00",
    "Lamp 20 $ 30",
    "Buy $50 get $10 gift card",
    "Earn $5 rewards per $50",
    "$45 gift card w/ $50 membership",
    "Console price rises to $499",
    "Quark 2 für 3€",
    "Hoodies from $15 to $30",
    "All games $19.99 or less",
    "Spend $100 save $20",
    "Citi card: $200 bonus after $500 spend",
    "Gutschein 10€ ab 50€",
    "Handyvertrag 9,99 € mtl.",
    "Phone in 4 payments of $25",
    "Sofa with $50 down payment",
    "Flights $99 each way",
    "Entry fee $5",
    "$20 below retail on toasters",
    "This saves you $20",
    "$100's off furniture",
    "Cashback capped at $20",
    "Free trial, then $4.99",
]

PRICES = [
    ("Laika Blu-ray boxset (Region Free) $14.50 Shipped", "14.50", "USD", None),
    ("Sharp 70\" 4K TV 4T-C70CK3X, $899 + $55 Delivery @ The Good Guys", "899", "USD", None),
    ("Razer mouse $37 @ eBay with Code", "37", "USD", None),
    ("Instant Pot $29.99 (was $49.99)", "29.99", "USD", "49.99"),
    ("Apple AirPods Pro 2 for $189 + free shipping", "189", "USD", None),
    ("Sony WH-1000XM5 for $278 + free shipping w/ Prime", "278", "USD", None),
    ("Battlefield 1 & Titanfall 2 Deluxe Bundle for $75", "75", "USD", None),
    ("PlayStation 5 for $399", "399", "USD", None),
    ("Windows 11 Pro key for $19", "19", "USD", None),
    ("iPhone 15 for $600 unlocked", "600", "USD", None),
    ("Pack of 4 for $12.99", "12.99", "USD", None),
    ("Glad bags 2-Pack for $30", "30", "USD", None),
    ("AA batteries 48-Pack $14.99", "14.99", "USD", None),
    ("Luggage $134.50 (RRP $269) Delivered", "134.50", "USD", "269"),
    ("Air fryer was $179, now $129", "129", "USD", "179"),
    ("Air fryer $129, reg. $179", "129", "USD", "179"),
    ("Drill $99, MSRP: $149.99", "99", "USD", "149.99"),
    ("Drill $99, down from $149", "99", "USD", "149"),
    ("Kettle $25 ($60 value)", "25", "USD", None),
    ("Keyboard $159.20 ($124.18 eBay Plus) Delivered", "159.20", "USD", None),
    ("Betta food for $1.18 (or $0.95 w/ 5+ subscriptions)", "1.18", "USD", None),
    ("Fan $119 + Delivery ($0 with Kogan First)", "119", "USD", None),
    ("Tablet US$146.19 (~A$211.44) Delivered", "146.19", "USD", None),
    ("Game £11.24 shipped", "11.24", "GBP", None),
    ("Kopfhörer 1.106,18 € inkl. Versand", "1106.18", "EUR", None),
    ("Casque 99,90 €", "99.90", "EUR", None),
    ("Laptop €1.299", "1299", "EUR", None),
    ("Laptop $1,299.99 at Best Buy", "1299.99", "USD", None),
    ("Słuchawki 249 zł", "249", "PLN", None),
    ("Camera ¥12,800", "12800", "JPY", None),
    ("Pen A$4.49", "4.49", "AUD", None),
    ("TV C$499.99", "499.99", "CAD", None),
    ("Vitamin C $12", "12", "USD", None),
    ("Phone ₹1,29,999", "129999", "INR", None),
    ("Eraser 99¢", "0.99", "USD", None),
    ("SIM kit - FreedomPop - $0.25", "0.25", "USD", None),
    ("Command & Conquer $4.49 (85% off) @ Steam", "4.49", "USD", None),
    ("Sleeping mat $139.90 delivered (17% off)", "139.90", "USD", None),
    ("WD 2TB + $3.50 in Rakuten Super Points $70 w/ VISA Checkout", "70", "USD", None),
    ("$100 Apple Gift Card for $85", "85", "USD", None),
    ("Xbox Series X $449 + $50 gift card", "449", "USD", None),
    ("Blender $49.99 after $10 off coupon", "49.99", "USD", None),
    ("Blender $49.99 after $10 instant rebate", "49.99", "USD", None),
    ("Save $40: Ninja grill $119.99", "119.99", "USD", None),
    ("$20 off: Ninja grill now $99", "99", "USD", None),
    ("Coffee beans 1kg + 1kg $69.99 & Free Delivery", "69.99", "USD", None),
    ("Socks $12, free shipping over $35", "12", "USD", None),
    ("Desk lamp only $15.99 + $5.99 shipping", "15.99", "USD", None),
    ("Desk lamp $15.99, shipping $5.99", "15.99", "USD", None),
    ("USB-C cable $6 each", "6", "USD", None),
    ("Xbox controller $39.99 each + free shipping", "39.99", "USD", None),
    ("Soccer ball 2021/22 $125 + $20 Delivery", "125", "USD", None),
    ("Surface Laptop 4 15\", R7, 16GB RAM, 512GB $1448", "1448", "USD", None),
    ("Graco stroller $193+ Free Shipping", "193", "USD", None),
    ("Kindle for $90 or $15/mo for 6 months", "90", "USD", None),
    ("Tumbler $20 (2 for $30)", "20", "USD", None),
    ("Monitor for $129.99 in cart", "129.99", "USD", None),
    ("GoPro Hero 4 for $200 @ Costco", "200", "USD", None),
    ("Headphones $55.2 delivered", "55.20", "USD", None),
    ("Headphones USD 55", "55", "USD", None),
    ("Headphones 55 EUR", "55", "EUR", None),
    ("Chair 1.299 kr", "1299", "DKK", None),
    ("XREAL Air 2 $299 AR glasses", "299", "USD", None),
    ("Refurb ThinkPad $219 off-lease", "219", "USD", None),
    ("Wallet $20, 50% off", "20", "USD", None),
    ("3 x $20 = $60: three mugs", "60", "USD", None),
    ("Speaker RRP$269, NOW$199", "199", "USD", "269"),
    ("Kopfhörer 49,99 € statt 79,99 €", "49.99", "EUR", "79.99"),
    ("Kopfhörer 49,99 € + 4,90 € Versand", "49.99", "EUR", None),
    ("Win 10 Pro key $15", "15", "USD", None),
    ("Echo $45 or $40 w/ Prime", "45", "USD", None),
    ("Socks $12, shipping from $5.99", "12", "USD", None),
    ("Mower 21 in. $210.83 + FS with prime @ Amazon", "210.83", "USD", None),
    ("Wireless mouse w/ coupon $11.99", "11.99", "USD", None),
    ("Set of 4 mugs for $20", "20", "USD", None),
    ("$50 worth of groceries for $30", "30", "USD", None),
    ("TV - price dropped to $449", "449", "USD", None),
    ("Vacuum $89.99 - $20 w/ promo code = $69.99", "69.99", "USD", None),
    ("Snacks $9.98 w/ Subscribe & Save", "9.98", "USD", None),
    ("Shirt, size M $20 M", "20", "USD", None),
    ("Lamp 20 bucks", "20", "USD", None),
    ("Backpack for $11 + free shipping w/ $49", "11", "USD", None),
    ("Vinyl LP $16.44 + free S&H w/ Walmart+ or on $35+", "16.44", "USD", None),
    ("VR headset + $50 Amazon credit $250", "250", "USD", None),
    ("Gold Star membership for $65 w/ $20 Shop Card", "65", "USD", None),
    ("AirPods $129 w/ $20 GC", "129", "USD", None),
    ("Girl - down 13.26% ($3.88) to $25.37 from $29.25", "25.37", "USD", "29.25"),
    ("Chewing gum: 41 cents + free shipping", "0.41", "USD", None),
    ("4K TV for $598 + $6 recycling fee", "598", "USD", None),
    ("Inspiron 15 for $350 + $7 shipping", "350", "USD", None),
    ("Delta 2 for $499 (or $449 for members)", "499", "USD", None),
    ("$20 gift card with RTX 5070 $899", "899", "USD", None),
    ("$30 Cashback on Ryzen 7 $689 @ PCCG", "689", "USD", None),
    ("Luggage $84.99*: 4 pieces", "84.99", "USD", None),
    ("Batteries 36 pack, $10.43 ($0.29 / Count)", "10.43", "USD", None),
    ("Orchid £32.99 Free C&C @ Argos", "32.99", "GBP", None),
    ("Battery $60 & more + free S/H $99+ orders", "60", "USD", None),
    ("Song $.99", "0.99", "USD", None),
    ("2-in-1 laptop $399", "399", "USD", None),
    ("PS5 + 2 games $499 (save $70)", "499", "USD", None),
    ("Phone Rs 499/-", "499", "INR", None),
    ("Power bank $15.99 w/ $4 clip coupon", "15.99", "USD", None),
    ("Headphones from $199 down to $39.99", "39.99", "USD", "199"),
    ("Headphones 80% off, from $199 to $39.99", "39.99", "USD", "199"),
    ("Walmart gift card $50 for $45", "45", "USD", None),
    ("Smart TV @ Best Buy $299", "299", "USD", None),
    ("LEGO 299,99€ statt 449,99€ (UVP)", "299.99", "EUR", "449.99"),
    ("Couch $899 or $75/mo", "899", "USD", None),
    ("Hi-Vis vest $8, all-time low", "8", "USD", None),
]  # fmt: skip

DEFAULTS = {"DKK": "DKK"}


@pytest.mark.parametrize("title", NOT_A_PRICE)
def test_no_price_is_read_where_none_is_stated(title: str) -> None:
    found = read_price(title, "", "USD")
    assert isinstance(found, NoPrice), f"read {found} from {title!r}"
    assert found.reason
    assert len(found.reason) < 200


@pytest.mark.parametrize(("title", "price", "currency", "list_price"), PRICES)
def test_a_clear_price_is_read(title: str, price: str, currency: str, list_price: str | None) -> None:
    found = read_price(title, "", DEFAULTS.get(currency, "USD"))
    assert isinstance(found, PriceFound), found
    assert (found.price, found.currency) == (Decimal(price), currency)
    assert found.list_price == (Decimal(list_price) if list_price else None)


@pytest.mark.parametrize(
    ("title", "description", "price"),
    [
        ("Bose QuietComfort 45 headphones", "Amazon has them on sale for $199. Shipping is free.", "199"),
        ("Just Cause 3 $9.69 or less", "CDKeys has it on sale for $9.69.", "9.69"),
        ("Just Cause 3 $9.69 or less", "It was on sale for $8.50.", None),
        ("Gear S2 from $159", "BuyDig has it on sale for $159.", None),
        ("Bose QuietComfort 45", "Was $329 at Target, $299 at Best Buy, now $199.", None),
        ("Bose QuietComfort 45", "Save $130 on a great pair.", None),
        ("Bose QuietComfort 45 25% off", "Now only $199.", None),
        ("Bose QuietComfort 45", "For $199 after rebate.", None),
        ("Bose QuietComfort 45", "I paid $199 for mine.", None),
        ("Galaxy S25 $350 off with trade-in", "The phone is on sale for $799.", None),
    ],
)
def test_the_description_counts_only_where_the_title_is_silent(title: str, description: str, price: str | None) -> None:
    found = read_price(title, description, "USD")
    assert (found.price if isinstance(found, PriceFound) else None) == (Decimal(price) if price else None)


@pytest.mark.parametrize(
    ("description", "read"),
    [
        ("It is yours for $799 after a $350 trade-in.", False),
        ("Best Buy has it. The phone is on sale for $799 with activation today. Free shipping", False),
        ("Pay $799, less with a rebate of the maker.", False),
        ("It sells for $799. Get up to $500 more with a trade-in.", True),
        ("Better than the $899 that it cost with trade-in last week.", True),
        ("Just a phone.", True),
    ],
)
def test_small_print_about_the_price_itself_counts(description: str, read: bool) -> None:
    assert isinstance(read_price("Galaxy S25 $799", description, "USD"), PriceFound) is read


def test_the_title_wins_over_the_same_price_in_another_currency() -> None:
    found = read_price("Boxset $14.50 Shipped", "On sale for £8.16 + £3.08 shipping = £11.24 or $14.47 USD.", "USD")
    assert isinstance(found, PriceFound)
    assert (found.price, found.currency) == (Decimal("14.50"), "USD")


@pytest.mark.parametrize(
    ("description", "list_price"),
    [
        ("Free delivery. Was $399.99.", "399.99"),
        ("Was $399.99, now $228.", "399.99"),
        ("Was $399.99 at Target, $299 elsewhere.", None),
        ("Previously it was $199.", None),
        ("MSRP $399.99. Others sell it for $280.", "399.99"),
        ("I paid $399.99 for mine.", None),
    ],
)
def test_a_list_price_of_the_description_must_be_beyond_doubt(description: str, list_price: str | None) -> None:
    found = read_price("Sony WH-1000XM5 $228 @ Amazon", description, "USD")
    assert isinstance(found, PriceFound)
    assert found.list_price == (Decimal(list_price) if list_price else None)


def test_a_dollar_is_the_dollar_of_the_place() -> None:
    found = read_price("Mouse $37 @ eBay", "", "AUD")
    assert isinstance(found, PriceFound)
    assert found.currency == "AUD"


amounts = st.decimals(min_value="0.01", max_value="99999", places=2).map(lambda value: f"${value}")
whole = st.integers(min_value=1, max_value=9999)
NOT_PRICES = st.one_of(
    amounts.map(lambda text: f"{text} off"),
    amounts.map(lambda text: f"save {text}"),
    amounts.map(lambda text: f"{text} gift card"),
    amounts.map(lambda text: f"{text} cash back"),
    amounts.map(lambda text: f"orders over {text}"),
    amounts.map(lambda text: f"+ {text} shipping"),
    amounts.map(lambda text: f"was {text}"),
    amounts.map(lambda text: f"from {text}"),
    amounts.map(lambda text: f"up to {text}"),
    amounts.map(lambda text: f"{text}/month"),
    amounts.map(lambda text: f"{text} in rewards"),
    amounts.map(lambda text: f"2 for {text}"),
    amounts.map(lambda text: f"{text} value"),
    st.integers(1, 99).map(lambda n: f"{n}% off"),
    whole.map(lambda n: f"{n} points"),
    whole.map(lambda n: f"{n} pack"),
    whole.map(lambda n: f"{n}GB"),
    whole.map(lambda n: f"{n} inch"),
    whole.map(lambda n: f"model X{n}"),
    whole.map(lambda n: f"{n}mAh"),
    whole.map(str),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(NOT_PRICES, min_size=1, max_size=4), st.sampled_from([", ", " ", " @ eBay, ", "; ", " (", " - "]))
def test_an_amount_that_is_no_price_is_never_read_as_one(parts: list[str], joint: str) -> None:
    assert isinstance(read_price("Widget " + joint.join(parts), "", "USD"), NoPrice)


@settings(max_examples=200, deadline=None)
@given(
    st.decimals(min_value="0.01", max_value="99999", places=2),
    st.sampled_from(
        ["Widget ${} shipped", "Widget for ${}", "Widget, 25% off, ${} @ eBay", "Widget 64GB ${} + free shipping"]
    ),
)
def test_a_read_price_is_the_exact_amount(amount: Decimal, phrase: str) -> None:
    found = read_price(phrase.format(amount), "", "USD")
    assert isinstance(found, PriceFound)
    assert found.price == amount


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.text(max_size=200))
def test_no_text_breaks_the_reader(title: str, description: str) -> None:
    read_price(title, description, "USD")
