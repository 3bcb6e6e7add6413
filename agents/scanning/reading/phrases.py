"""The phrases that tell what an amount of money is, in the order in which they are asked.

Each rule looks at the words right before or right after the amount. The first rule that fits decides; an amount that no
rule claims is a price. The rules err on the side of "not a price": a skipped entry costs little, an invented price much.
"""

from __future__ import annotations

import re
from enum import Enum


class Role(Enum):
    """What an amount is. The value finishes the sentence “$350 off” …"""

    PRICE = "is a price"
    UNREADABLE = "is an amount that can be read in more than one way"
    FREE = "is no price: it is free"
    DISCOUNT = "is a discount, not a price"
    GIFT = "is a credit or gift card, not a price"
    SHIPPING = "is for delivery, not a price"
    PERIOD = "is paid again and again, not once"
    UNIT = "is for a part or a unit, not for the thing"
    MULTI = "is for several together, not for one"
    LIST = "is an earlier or list price, not the price"
    WORTH = "says what it is worth elsewhere, not its price"
    MINIMUM = "is a limit or minimum spend, not a price"
    UPTO = "is only an upper limit, not a price"
    FROM = "is only where prices start"
    REBATE = "is what remains after money that comes back later"
    RANGE = "is a range of prices"
    APPROXIMATE = "is only about the price"
    OR_LESS = "is a price that may be lower"
    ADDED = "is added to another amount"
    FEE = "is a fee on top, not a price"
    LATER = "is a later price, not the price now"


def _left(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z", re.IGNORECASE)


def _right(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\A(?:{pattern})", re.IGNORECASE)


_KIND_OF_DISCOUNT = (
    r"(?:(?:instant|clip|clipped|on-?page|"
    r"mail[- ]?in|extra|additional|mfr|manufacturer|clippable|digital|in-?cart|cash|statement|store|promo|total|"
    r"cart|coupon|code|price|prime|members?|membership|online|welcome|sign[- ]?up|first[- ]order|referral|trade[- ]?in|bill|"
    r"enhanced|bonus|student|military|app|checkout|automatic|auto)\s+){0,3}"
)
_GIFT_WORDS = (
    r"(?:(?!(?:shipped|delivered|with|w|after|at|via|from|plus|and|or|when|using|for|on|off|free|per|each|by|was|now)\b)"
    r"[\w'’.&-]+\s+){0,3}?"
)
_PERIODS = (
    r"(?:mo(?:nth)?s?|mth|y(?:ea)?rs?|annum|w(?:ee)?ks?|days?|h(?:ou)?rs?|nights?|fortnight|quarter|season|visit|class)"
)
_HEADS = r"(?:lines?|users?|seats?|persons?|people|pp|adult|child|way|device|session|issue|ticket|guest)"
_UNITS = (
    r"(?:lbs?|oz|ounces?|kgs?|kilos?|g|grams?|100\s?(?:g|ml|pcs)|l|lit(?:er|re)s?|ml|gal(?:lon)?|sq\.?\s?(?:ft|m)|ft|foot|m2|"
    r"met(?:er|re)|count|ct|cans?|bottles?|sheets?|rolls?|pods?|caps?|tabs?|units?|serv(?:ing|e)|loads?|wash|diapers?|pieces?|"
    r"pcs?|tb|gb|mile|kwh|minute|min)"
)
_COUNTS = r"(?:[2-9]|[1-9][0-9]{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|both|all)"
# After these words a number belongs to a name: "AirPods Pro 2 for $189" is one thing, "Socks 2 for $30" are two.
_NAMES = (
    "iphone ipad galaxy pixel playstation ps xbox quest series gen generation hero windows win office pro max air "
    "mini plus ultra echo dot show kindle paperwhite switch watch mark mk version ver vol volume season part episode "
    "book chapter model fit band charge versa inspire buds pods airpods earbuds titanfall battlefield fallout portal "
    "diablo civilization forza halo borderlands gta fifa madden destiny persona tekken overwatch splatoon rtx gtx "
    "ryzen core note fold flip cat pi nest hub studio surface yoga stage step cry kart fantasy souls evil kombat "
    "fighter creed dead tab stick soundbar beam era inspiron latitude ideapad thinkbook legion pavilion envy victus "
    "omen predator nitro aspire swift vivobook zenbook macbook chromebook delta river explorer forerunner venu fenix "
    "instinct vivoactive index rift eos alpha"
)
AFTER_A_NAME = _left(rf"\b(?:{_NAMES.replace(' ', '|')})\s+")

_PAID_BACK = r"(?:rebates?|MIR|cash[\s-]?back|credits?|points|rewards|gift\s?cards?|GC|trade[- ]?in)\b"

# In this order: the words after an amount say more about it than the words before it.
RIGHT: list[tuple[Role, re.Pattern[str]]] = [
    (
        Role.REBATE,
        _right(
            rf"\s*\(?\s*(?:AR|A/R|AC/?AR|after\s+(?:(?!instant)[^,;()]){{0,40}}?\b{_PAID_BACK}|"
            rf"(?:w/|with)\s*(?:(?!instant)[^,;()]){{0,40}}?\b(?:rebates?|MIR|cash[\s-]?back|trade[- ]?in)\b)(?!\s+glasses)(?<!\brewards)"
        ),
    ),
    (
        Role.DISCOUNT,
        _right(
            rf"\s*-?\s*{_KIND_OF_DISCOUNT}(?:off\b(?![- ](?:lease|grid|road|white|brand|shoulder))|discounts?\b|rebates?\b|savings?\b|"
            r"saved\b|cash[\s-]?back\b|coupons?\b|vouchers?\b|reduction\b|markdown\b|drop\b|cut\b|back\b|less\b|cheaper\b|lower\b|"
            r"more\b|trade[- ]?in\b|for every\b|rabatt\b|gutschein\b|de r[ée]duction\b|de descuento\b|zniżki\b|"
            r"(?:below|under) (?:list|retail|rrp|msrp|market|the|its|usual|normal|average|last|previous)\b|down (?:payment|deposit)\b|"
            r"(?:in|of|worth of) (?:total )?(?:instant )?(?:savings?|discounts?|coupons?|rebates?))"
        ),
    ),
    (
        Role.GIFT,
        _right(
            rf"\s*{_GIFT_WORDS}(?:(?:gift|shop)\s?-?cards?|e?GCs?|e-?gifts?|e-?vouchers?|credits?(?! card)|points|rewards?|bucks|"
            r"(?:extra)?bucks|kohl'?s cash|certificates?|e-?certs?|prizes?|giveaway|sweepstakes|deposit|donation|"
            r"(?:visa|mastercard|prepaid|reward|virtual|promo(?:tional)?|debit|e-?)\s?-?cards?|free (?:credit|play|bet|cash|gift)|"
            r"bonus(?! (?:packs?|bundle|set|edition|size|items?)))\b"
        ),
    ),
    (
        Role.SHIPPING,
        _right(
            r"\s*(?:(?:flat[- ]rate|standard|express|regional|metro|interstate|international|local|domestic|ground|economy|tracked|"
            r"regular|capped|for|of|in)\s+){0,2}(?:delivery|shipping|ship\b|postage|post\b|p\s?&\s?[ph]\b|s\s?[&/+]\s?h\b|freight|"
            r"handling|del\b|versand(?:kosten)?\b|livraison\b|frais de port\b|env[ií]o\b|spedizione\b|verzending\b|wysyłk\w+)"
        ),
    ),
    (
        Role.FEE,
        _right(
            r"\s*(?:sales )?(?:tax|gst|vat|(?:[a-z]+ )?fees?|activation|"
            r"(?:annual |yearly )?(?:membership|subscription)|core charge|surcharge|import|insurance|duty|customs)\b"
        ),
    ),
    (
        Role.PERIOD,
        _right(
            rf"\s*\(?\s*(?:/\s*(?:{_PERIODS}|{_HEADS}|m|d|h|w|y)\b|p\.?/?\s?(?:m|w|a|cm|p|yr|mth|month|week|year)\b|"
            rf"(?:per|an?|each|every)\s+(?:{_PERIODS}|{_HEADS})\b|(?:monthly|annually|yearly|weekly|daily)\b|"
            rf"(?:/|pro |par |al |per )?(?:monat|mtl\.|mois|mes|maand|mies\.)|"
            rf"for (?:the |your )?(?:first\s+)?(?:(?:[0-9]+|one|two|three|six|twelve)[- ]?)?(?:{_PERIODS})\b|x\s*[0-9]+\s*(?:{_PERIODS})\b)"
        ),
    ),
    (Role.UNIT, _right(rf"\s*(?:/|per\s|an?\s)\s*{_UNITS}\b|\s+(?:lbs?|kg)\b")),
    (
        Role.MULTI,
        _right(
            rf"\s*(?:for\s+(?:any\s+)?{_COUNTS}(?![\w.])(?!\s*[-\s]?(?:tb|gb|mb|inch|in\b|\"|''|″|ft|packs?|pk|pcs?|pieces?|counts?|"
            r"ct|sets?|oz|mm|cm|w\b|v\b))|[x×]\s?[0-9]|/\s?[0-9]+\b(?!-?\s?pack))"
        ),
    ),
    (Role.APPROXIMATE, _right(r"-?ish\b")),
    (
        Role.RANGE,
        _right(
            r"\s?(?:-|–|—|to)\s?[0-9]+(?:[.,][0-9]{2})?(?![0-9A-Za-z\"'″-]|\.[0-9]|\s?(?:inch|packs?|tb|gb|pcs?|pieces?|pk|ct|count|x\b))"
        ),
    ),
    (
        Role.LIST,
        _right(
            r"\s*(?:rrp|msrp|srp|list(?: price)?|retail(?! box)(?: price)?|reg(?:\.|ular)?(?: price)?|originally|"
            r"(?:original|usual|normal|full|old|previous) price)\b"
        ),
    ),
    (
        Role.WORTH,
        _right(r"\s*(?:value\b(?! (?:pack|bundle|box|set|meal|menu))|worth\b|elsewhere\b|at (?:other|most)\b)"),
    ),
    (
        Role.MINIMUM,
        _right(
            r"\+?\s*(?:or more\s+|and up\s+)?(?:min(?:imum)?\b|orders?\b|spend\b|purchases?\b|cap\b|limit\b|threshold\b|maximum\b)"
        ),
    ),
    (Role.OR_LESS, _right(r"\s*(?:or|and|&)\s+(?:less|under|below|lower)\b|\s*(?:max|tops)\b")),
]
LEFT: list[tuple[Role, re.Pattern[str]]] = [
    (Role.DISCOUNT, _left(
        r"(?:\b(?:saves?|saving|savings|saved|discount(?:ed by)?|rebates?|coupons? (?:for|of)|minus|less|takes?|taking|shaves?|"
        r"knock|extra|additional|(?:reduced|drop(?:s|ped)?|cut|lowered|down|off) by|price (?:drop|cut)|cash ?back|credits? of|"
        r"get|getting|receive|earn|score|win|claim|bonus|donate|refund)|(?:\A|[+&:,]\s*)free|"
        r"(?<!with )(?<!w/ )(?<!after )(?<!using )(?<!clipped )(?<!via )(?<!apply )(?<!% )\bcoupons?)"
        r"\s*(?:(?:up to|you|an?|extra|another|over|about|of|bonus|additional|at least)\s+|:\s*)*|(?:\A|[\s(])[-–−]"
    )),
    (Role.LIST, _left(
        r"\b(?:was|were|rrp|msrp|srp|uvp|statt|anstatt|au lieu de|en lugar de|reg|regular|regularly|"
        r"list|listed|orig|original|originally|retails?|normal|normally|usual|"
        r"usually|previous|previously|typical|typically|non-sale|full price|instead of|ordinarily|"
        r"(?:down|reduced|dropped|drops|drop|cut|marked down|slashed|discounted) from)"
        r"\b\.?(?:\s+(?:price|cost|at|is|of|for|was|rrp|retail|list|to be|from))*\s*[:=~]?\s*|"
        r"\bto [$£€]?[0-9][0-9.,]*\s?€? from\s*"
    )),
    (Role.WORTH, _left(
        r"\b(?:values?|valued|worth|vs\.?|versus|compared? (?:to|with|at)|elsewhere|next best(?: price)?|competitors?)"
        r"(?:\s+(?:at|of|is|price|for|charge))*\s*:?\s*"
    )),
    (Role.GIFT, _left(r"\b(?:points|rewards|credits?|miles) (?:or|and|worth|plus|=)\s+")),
    (Role.RANGE, _left(r"\bbetween\s+|\bbetween\s+\S+\s+and\s+")),
    (Role.MINIMUM, _left(
        r"\b(?:(?:orders?|purchases?|spend(?:ing|s)?|spent|over|above|more than|at least|min(?:imum)?\.?(?: spend| order| purchase)?|"
        r"per|(?<!best )buy(?:ing)?|limit|cap(?:ped)?(?: at)?|exceed(?:s|ing)?|subtotal|carts?|threshold|every|on|baskets?)"
        r"\s*(?:of\s+|over\s+|above\s+|is\s+|\+\s*|:\s*)*|"
        r"(?:shipping|delivery|ship|s&h|s/h|pick-?up|fs)\s+(?:w/|with|over)\s*|"
        r"off(?:\s+(?:of|on|orders?|your|any|every|an?|over|purchases?|first))*\s*)"
    )),
    (Role.PERIOD, _left(r"\bthen\s+(?:only\s+|just\s+)?|\b(?:payments?|instal?lments?|deposits?|rates?) (?:of|at)\s+")),
    (Role.LATER, _left(r"\b(?:rises?|rising|increas\w+|goes up|going up|hiked?|raised) to\s*")),
    (Role.FEE, _left(r"\bfees?\s*(?:is|of|:)?\s*")),
    (Role.UPTO, _left(
        r"\b(?:up\s?to|sub-?|bis(?: zu)?|jusqu'à|hasta|under|below|less than|max(?:imum)?(?: of)?|(?:no|not) more than|within)\s*"
    )),
    (Role.FROM, _left(
        r"\b(?:from|starting|starts?|starting at|starts? at|as low as|low as|beginning at|begins at|as little as|"
        r"as cheap as|priced as low as|at least|"
        r"ab|ab nur|à partir de|a partir de|dès|desde|vanaf|od|da)\s*(?:(?:from|at|only|just|about|a|mere)\s+|:\s*)*"
    )),
    (Role.APPROXIMATE, _left(
        r"(?:[~≈]|\b(?:approx(?:imately)?\.?|about|around|roughly|circa|ca\.|almost|nearly|est\.?|estimated|avg\.?|average|"
        r"equivalent(?: to)?|equiv\.?|effectively|effective|net|works out (?:to|at)))\s*(?:cost|price|of|at|is|:)*\s*"
    )),
]  # fmt: skip
SHIPPING_BEFORE = _left(
    r"\b(?:shipping|delivery|postage|s\s?&\s?h|p\s?&\s?[ph]|freight)\s*(?:fees?|costs?|charges?)?\s*"
    r"(?:is|:|-|=|of|only|costs?|from|for|at|adds|starts at)?\s*\(?\s*\+?\s*"
)
FREE_BEFORE = _left(r"\bfree\s+(?:[\w-]+\s+){0,2}")
FROM_AFTER = _right(
    r"\+(?!\s*(?:free|[$£€]|ship|s/h|s&h|tax|fs\b|del|post|gst|p&p))|\s*(?:and up|& up|and above|or more|or higher|upwards?|onwards?)\b"
)
SEVERAL_BEFORE = _left(
    rf"(?<!of )(?<![\w.$£€-]){_COUNTS}\s*(?:for|für|pour|por|voor|za|/|@|x|×|at)\s*(?:only\s+|just\s+)?"
)
GIFT_CARD_BEFORE = _left(r"\b(?:gift\s?cards?|GC|e-?gift|vouchers?|deposit|credits?)\s*(?:-|:|of|worth|valued at)?\s*")
NUMBER_BEFORE = _left(r"[0-9]\s?(?:-|–|—|to)\s?")
PLUS_BEFORE = _left(r"\+\s*|\bplus\s+")
OR_BEFORE = _left(r"\bor\s+(?:(?:just|only|get|pay|from|as low as)\s+|[0-9]+\s*(?:for|/|x)\s*)*")
ON_TERMS = _right(r"\s*(?:w/|(?:with|after|for|if|when|via|using)\b)")
BETWEEN_TWO = re.compile(r"\s*(?:-|–|—|to|~|/)\s*\Z", re.IGNORECASE)
UP_TO_A = re.compile(r"\s*(?:-|–|—|to)\s*\Z", re.IGNORECASE)
DOWN_TO = re.compile(r"\s*,?\s*(?:(?:all the way )?down\s+)?to\s*", re.IGNORECASE)
RESULT = _left(r"=\s*")
