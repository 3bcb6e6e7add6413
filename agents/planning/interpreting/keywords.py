"""What is left of a wish once all terms are taken out of it: the thing itself."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.vocabulary import word_set

_OPENINGS: Final = re.compile(
    r"(?<![a-z])(?:for (?:my|our|his|her|their)(?: \w+)? [\w-]+(?:'s|s') (?:\d+(?:st|nd|rd|th) |first )?(?:birthday|wedding|anniversary|graduation|"
    r"party|christmas|christening|baptism|retirement|room|bedroom|flat|house|office)|"
    r"if (?:possible|you can|available|there (?:is|are) any)|(?:hi|hello|hey|dear|good (?:morning|evening|day))(?: (?:there|all|everyone|"
    r"folks|team))?|thanks?(?: (?:you|a lot|in advance|so much))*|thx|cheers|please|pls|plz|kindly|"
    r"(?:could|can|would|will) (?:you|someone|anyone)(?: please)?|(?:help|assist) me(?: to)?(?: find| get)?|"
    r"(?:i|we)(?:'?m| am|'?re| are|'?ve| have|'?d| would)?(?: \w+ly| just| still| now| been| both|"
    r" all| currently)*(?: (?:looking|searching|hunting|hoping|trying|after|in search|in the market|"
    r"interested|seeking|shopping))(?: (?:for|to|of|in|out|find|get|buy))*|"
    r"(?:my|our|his|her) \w+ (?:would (?:like|love)|wants?|needs?)(?: (?:to|for|an?|get|buy|have))*|"
    r"(?:i|we)(?:'?d| would| really| just| do| also)*(?: (?:want|need|like|love|wish|prefer|require|"
    r"fancy|desire|wanna|gotta|could use|am after|plan|intend|have))(?: (?:to|for|it|a|get|buy|"
    r"have|find|purchase|own|see|upgrade to|one))*|"
    r"(?:look(?:ing)?|search(?:ing)?|hunt(?:ing)?|shopping|seek(?:ing)?|hoping) (?:out )?(?:for|"
    r"to (?:buy|get|find))|in search of|in the market for|on the (?:hunt|lookout) for|on the look ?out for|"
    r"seeking|after an? |"
    r"(?:find|get|show|give|fetch|bring|hunt|source|buy)(?: me| us| my \w+)?(?= (?:an?|the|some|"
    r"any|all|every|me|deals?|offers?|good|cheap|new|used|\x00|something|anything|my))|"
    r"(?:let|lets) me know(?: (?:about|of|when|if|once|as soon as))*|(?:tell|alert|notify|ping|"
    r"inform|email|message|warn|remind|text) (?:me|us)(?: (?:about|of|when|if|once|for|on|as soon as|"
    r"whenever))*|"
    r"watch(?:ing)?(?: out)? (?:for|the price of)|keep an eye (?:out )?(?:on|for)|track(?:ing)?(?= (?:the|"
    r"price|a))|wtb|iso\b|in need of|want(?:ed|ing)? to buy|want to (?:get|buy|find)|"
    r"(?:it|there|this|that|they)(?:'s| is| are| has| must| should| needs?)?(?: (?:to be|be|have|to have))?|"
    r"(?:when|if|once|as soon as)(?: (?:it|they|there|the price|price|a|an|any|one))*(?: (?:is|"
    r"are|becomes?|comes?|goes|drops?|falls?|gets?|hits?|reaches))?(?: (?:available|down|in stock|"
    r"to|at|for))*|"
    r"(?:as )?(?:a |the )?(?:birthday |christmas |xmas |wedding |anniversary )?(?:gift|present)s?(?: idea)?(?: "
    r"for (?:my |a |the |our )?\w+(?: \w+)?)?|"
    r"for (?:my|our|his|her|their|me|us|myself)(?: (?:own|new|old|little|young|elderly))?(?: (?:wife|"
    r"husband|mum|mom|dad|mother|father|son|daughter|kid|kids|brother|sister|partner|girlfriend|"
    r"boyfriend|friend|friends|family|nephews?|nieces?|boss|mate|cousin|uncle|aunt|grand(?:son|daughter|child|children|kids?|ma|pa)|twins?|"
    r"children|child|parents|toddler|baby|teen(?:ager)?s?|neighbou?r|colleague|fianc[eé]+|mother-in-law|father-in-law|team|class|school|"
    r"grandma|grandpa|grandmother|grandfather|parents|roommate|home|house|flat|apartment|office|"
    r"room|living room|bedroom|kitchen|garage|studio|dorm|self|students?|\w+ old|birthday|commute|"
    r"trip|holiday|\w+(?= *(?:[,.;!?\x00]|\Z))))?|"
    r"(?:that|which|who)(?:'s| is| are| costs?| has| have| can| will| comes?)(?: (?:with|be|at|"
    r"for))?|(?:must|should|has to|have to|needs to|need to) (?:be|have|come with|include)|"
    r"free (?:shipping|delivery|postage)|(?:with |incl(?:uding|\.)? |plus )?(?:free )?(?:shipping|"
    r"delivery|postage)(?: (?:included|incl\.?|ok|only|available|costs?))?|"
    r"(?:or|and) (?:bigger|larger|more|newer|up|above|higher|better|greater|similar|equivalent|"
    r"later|smaller|older|less)|w/(?= )|whichever (?:is |one is )?(?:cheaper|cheapest|better)|"
    r"(?:should|must|has to|needs to|to) (?:arrive|be delivered|ship)|ship(?:ping|s|ped)? (?:to|"
    r"from) (?:the )?\w+|(?:than )?usual(?:ly)?|(?:as|so) long as(?: (?:it|they)(?:'s|'re| is| are| costs?)?| the price is)?|"
    r"provided(?: that)?(?: (?:it|they)(?:'s|'re| is| are| costs?)?)?|how (?:are|is|'s) (?:you|it going|things)(?: doing| all)?|"
    r"(?:do|does) (?:anyone|anybody|somebody|someone|you)(?: here)?(?: (?:sell|have|know|offer))?(?: of)?|(?:for )?free or(?= *\x00)|"
    r"(?:delivered|shipped|posted|sent)(?: to)?(?= *\x00)|a pair of|"

    r"(?:price|cost) (?:is not|isn'?t|doesn'?t|no) \w+|(?:the )?(?:cheaper|sooner|more|newer|bigger) the better|"
    r"good value(?: for money)?|value for money|best price|price drops?|"
    r"on (?:a )?(?:sale|offer|discount|deal|budget|promotion|special)|for sale|for cheap|in stock|"
    r"on the cheap|at (?:a )?(?:good|great|fair|reasonable|decent|low|discount(?:ed)?|bargain) (?:price|"
    r"discount|deal)s?|a good deal on|"
    r"(?:ideally|preferably|hopefully|maybe|perhaps|possibly|basically|actually|really|urgently|"
    r"asap|soon|quickly|immediately|obviously|either|again|today's)"
    r")(?![a-z'-])"
)
_FILLERS: Final = word_set("fillers")
_KEEP_INSIDE: Final = frozenset({"up", "down", "off", "out", "new", "pick"})
"""Fillers that may be a part of a name between two other words: "pick up truck", "drop in bath"."""
_TOKEN: Final = re.compile(r"[^\W_](?:[\w'’&+/.\"″-]*[\w+\"″])?(?:(?<=s)['’](?= [^\W\d_]))?(?:\s?[\"″])?|#\d+")
_LINKS: Final = frozenset({"of", "the", "to"})
_NUMBER: Final = re.compile(r"[\d.,]+")
_BREAK: Final = re.compile(rf"[,;:!?()\[\]{{}}|{TAKEN}]+|\.(?=\s|\Z)|\s[-–—]+\s|\.\.+|[*=>~^_<$€£%@]+")
_QUESTION: Final = re.compile(
    r"\W*(?:(?:so|hey|hi|hello|ok|tell me|do you know|can you tell me)\W+)*(?:what|who|why|how|when|where|whose|which|is there an?|are there)"
    r"(?:'s|'re|s|'d)?(?: (?:is|are|was|were|does|do|did|will|would|can|could|should|has|have|many|much|old|far|long))?(?![a-z'])"
)
_BUYING: Final = re.compile(
    r"(?<![a-z])(?:best|good|great|cheap\w*|prices?|priced|costs?|buy\w*|gets?|find\w*|deals?|sells?|selling|sale|offers?|bargains?|worth|"
    r"recommend\w*|available|afford\w*|discount\w*|used|new|need|want|looking|for|under|stock)(?![a-z])"
)
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertz", "azerty", "1234567890")
_PLACEHOLDERS: Final = frozenset(
    "test testing foo bar baz qux blah bla lorem ipsum dolor sit amet consectetur lol haha hahaha hmm hm idk wtf xyz abc".split()
)
_LONGEST_KEYWORD: Final = 100
_MOST_KEYWORDS: Final = 30
_CATEGORIES: Final = {
    "electronics": "Electronics",
    "toys": "Toys",
    "furniture": "Furniture",
    "clothing": "Clothing",
    "clothes": "Clothing",
    "fashion": "Fashion",
    "groceries": "Groceries",
    "kitchenware": "Kitchen",
    "tools": "Tools",
    "jewellery": "Jewellery",
    "jewelry": "Jewelry",
    "appliances": "Appliances",
    "books": "Books",
    "cosmetics": "Beauty",
    "beauty products": "Beauty",
    "video games": "Gaming",
    "sporting goods": "Sport",
    "gadgets": "Electronics",
    "outdoor gear": "Outdoor",
    "camping gear": "Outdoor",
    "smart home": "Smart home",
    "home appliances": "Appliances",
    "kitchen appliances": "Kitchen",
    "baby products": "Baby",
    "pet supplies": "Pets",
    "computer parts": "Computers",
    "power tools": "Tools",
}
"""Broad words for many things, which titles of offers do not say: they ask for a category and not for words."""
_NAMED_CATEGORY: Final = re.compile(
    r"(?<![a-z])(?:(?:in|from|of) (?:the )?)?(?:(?P<a>[a-z][a-z &-]{2,30}) (?:category|section|"
    r"department)|category:?(?: is| of)? (?P<b>[a-z][a-z&-]{2,20}(?: [a-z&-]{3,20})?))(?![a-z])"
)


def read_category(draft: Draft, reading: Reading) -> None:
    """Take a category that is named as one out of the draft."""
    if match := _NAMED_CATEGORY.search(draft.low):
        name = (match["a"] or match["b"]).strip()
        name = re.sub(r"^.*\b(?:the|in|from|of|any|some|all)\s+", "", name)
        start = draft.low.rindex(name, 0, match.end())
        words = draft.take(min(start, match.start() if match["b"] else start), match.end())
        if name:
            reading.put("category", name[:100], f"{quoted(words)} names a category.")


def read_keywords(draft: Draft, reading: Reading) -> None:
    """What is left, without the words of talking about it, is what the offer has to say."""
    draft.take_all(_OPENINGS)
    phrases = [phrase for phrase in map(_phrase, _pieces(draft.text)) if phrase]
    phrases = list(dict.fromkeys(phrases))
    if not phrases or _is_gibberish(phrases) or _is_talk(draft, reading):
        return
    if len(phrases) == 1 and (category := _CATEGORIES.get(phrases[0].casefold())) and "category" not in reading.fields:
        reading.put(
            "category", category, f"{quoted(phrases[0])} is a whole category, and not a word that offers use.", 0.75
        )
        return
    kept = [phrase[:_LONGEST_KEYWORD].rstrip() for phrase in phrases[:_MOST_KEYWORDS]]
    words = ", ".join(quoted(phrase) for phrase in kept)
    reading.put("keywords", kept, f"The offer has to say {words}.", 0.9 if len(kept) == 1 else 0.8)
    if len(" ".join(kept).split()) > 1 and re.search(r"(?<![\w'])or(?![\w'])", draft.low):
        reading.ask(f"An offer has to have all of these words: {words}. Should these be two goals, one for each?")


def _pieces(text: str) -> list[str]:
    return [piece for piece in _BREAK.split(text) if piece and piece.strip()]


def _phrase(piece: str) -> str:
    """The words of a piece that name the thing, in their order."""
    tokens: list[str] = [token for token in _TOKEN.findall(piece) if token]
    words = [(token, token.casefold().replace("’", "'").strip(".'")) for token in tokens]
    telling = [place for place in range(len(words)) if _tells(words, place)]
    if not telling:
        return ""
    kept = [
        token
        for place, (token, low) in enumerate(words)
        if place in telling
        or _NUMBER.fullmatch(low)
        or (low in _KEEP_INSIDE and telling[0] < place < telling[-1])
        or _links_a_title(words, place, telling)
    ]
    return " ".join(kept).strip(" -'\"")


def _links_a_title(words: list[tuple[str, str]], place: int, telling: list[int]) -> bool:
    """Whether a small word stands between two words in capitals, as in "Lord of the Rings"."""
    if words[place][0] not in _LINKS:
        return False
    before = max((each for each in telling if each < place), default=None)
    after = min((each for each in telling if each > place), default=None)
    if before is None or after is None or any(words[each][0] not in _LINKS for each in range(before + 1, after)):
        return False
    return all(words[each][0][0].isupper() and not words[each][0].isupper() for each in (before, after))


def _tells(words: list[tuple[str, str]], place: int) -> bool:
    """Whether a word names the thing; "model" does before a number, "max" after a name."""
    low = words[place][1]
    if low == "max" and place == 0:
        return False
    if low in {"model", "type", "version"} and place + 1 < len(words):
        return any(letter.isdigit() for letter in words[place + 1][1])
    if low == "us" and _NUMBER.fullmatch(words[place - 1 if place else 0][1]):
        return True  # a size: "10.5 US"
    return bool(low) and low not in _FILLERS and not _NUMBER.fullmatch(low)


def _is_talk(draft: Draft, reading: Reading) -> bool:
    """Whether somebody asks about the world and not for a thing: a question without any term or word of buying in it."""
    return not reading.fields and bool(_QUESTION.match(draft.whole.lower())) and not _BUYING.search(draft.whole.lower())


def _is_gibberish(phrases: list[str]) -> bool:
    words = [word for phrase in phrases for word in phrase.casefold().split()]
    return all(map(_is_noise, words))


def _is_noise(word: str) -> bool:
    """A run along the keyboard, one letter again and again, digits alone, or four letters and more without a vowel."""
    if word.isdigit() or len(set(word)) == 1 or word in _PLACEHOLDERS:
        return True
    if any(char.isdigit() for char in word):
        return False
    letters = re.sub(r"[^a-z]", "", word)
    along = any(letters in row or letters in row[::-1] for row in _ROWS)
    return (
        (len(letters) >= 4 and along) or (len(letters) >= 5 and not re.search(r"[aeiouyäöü]", letters)) or not letters
    )
