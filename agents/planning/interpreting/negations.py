"""What is not wanted: words and makers that rule an offer out."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.names import Names
from agents.planning.interpreting.vocabulary import word_set

_NO_TERM: Final = re.compile(
    r"(?<![a-z])(?:no (?:rush|hurry|preference|idea|matter(?: (?:what|which|the)\b)?|problem|limit|"
    r"worries|thanks|later|need to rush|particular \w+)|not (?:too|very|so|that) \w+|not (?:at all )?(?:sure|"
    r"picky|fussy|fussed|bothered|choosy|worried|urgent|important)(?: (?:about|by|on) (?:the )?\w+)?|"
    r"nothing (?:too |very |particularly )?(?:fancy|special|flash|flashy|crazy|expensive|posh|extravagant|over the top)|"
    r"(?:don'?t|do not) (?:care|mind)(?: (?:about|which|what|if)(?: (?:the )?\w+){1,3})?|(?:[\w-]+ ){1,2}(?:is |are )?(?:not|"
    r"n't) (?:needed|required|necessary|essential)|no [\w-]+(?: [\w-]+)? (?:needed|required|necessary)|(?:without|no) (?:an? |the |"
    r"any )?[\w-]+(?: [\w-]+)? (?:is|are|would be) (?:fine|"
    r"ok|okay|good|acceptable|no problem|alright|all right)|not (?:in )?(?:euros?|dollars?|pounds?|usd|eur|gbp|sterling)|"
    r"without (?:breaking the "
    r"bank|spending too much)|no strings attached)(?![a-z])"
)
_MEASURED: Final = re.compile(
    r"(?<![a-z])(?:no|not) (?:bigger|larger|smaller|wider|taller|older|longer|heavier|deeper|shorter|"
    r"thicker|newer)(?: (?:and|or) \w+er)? than [\w.]+(?: ?(?:cm|mm|inch(?:es)?|kg|years?|months?|"
    r"m|ft))?(?: (?:wide|tall|long|deep|high|old))?"
)
_AFTERWARDS: Final = re.compile(
    r"(?:(?<=[,;] )|\A)(?P<what>[\w' -]{2,40}?) (?:is |are )?(?:excluded|not wanted|not accepted|"
    r"not considered|need not apply)(?![a-z])|(?P<last>[\w'-]{2,30}) (?:is |are )?(?:excluded|"
    r"not wanted)(?![a-z])"
)
_MINUS: Final = re.compile(
    rf"(?:(?<=[\s,;(])|\A|(?<={TAKEN}))-(?:\"(?P<phrase>[^\"{TAKEN}]{{2,60}})\"|(?P<what>[^\W_][\w'’-]*[^\W_]))(?=\s|[,.;)]|\Z|{TAKEN})"
)
_SKIPPED: Final = (
    r"(?:any(?:thing|one)?|a|an|the|from|by|of|with|be|in|on|at|those|these|ones|that is|that's|"
    r"that are|which are|made by|that says?|with the word|made in|brand|branded)"
)
_NOT: Final = re.compile(
    r"(?<![\w-])(?:but |and |also |please |or |just |with )*(?:"
    r"not interested in|no need for|none of|no(?! more| less| \d)|not(?! more| less| over| under|"
    r" above)|nor|without|w/o|excluding|excludes?|"
    r"excl\.?|except(?:ing)?(?: for)?|(?:anything|everything|all|any|any brand|any one|any (?:colou?r|make|size|model|type|kind|"
    r"material|finish|shop|seller)|"
    r"whatever) (?:but|except(?: for)?|other than|besides)|"
    r"other than|apart from|aside from|besides|rather than|instead of|avoid(?:ing)?|nothing|never|minus(?! \d)|skip(?:ping)?|neither|"
    r"none of|"
    r"(?:i )?(?:don'?t|do not|doesn'?t|does not|won'?t|will not|wouldn'?t) (?:really )?(?:want|"
    r"like|need|have|include|buy|take|accept|contain|be|show me|send me)|(?:i )?(?:hate|dislike)|"
    r"(?:must|should|can|shall)(?: not|n'?t|not) (?:be|have|contain|include|come with)|isn'?t|"
    r"is not|aren'?t|are not|not interested in|no need for|leave out|keep out|filter out|sick of|"
    r"(?<!ray )(?<!ray-)ban"
    rf")(?: (?:{_SKIPPED}))*[ :]+"
)
_WORD: Final = r"[^\W_][\w'’&+.-]*"
_STOPS: Final = word_set("item_stops")
_JOIN: Final = re.compile(
    r"\s*(?:,\s*(?:or|nor|and)?|/|\bor\b|\bnor\b|\band\b|&|\+)\s*(?:(?:no|not|isn'?t|is not|aren'?t|any|a|an|the|from|by)\s+)*"
)
_LINKING: Final = frozenset({"a", "an", "the", "to", "of", "for", "with", "in", "on", "at", "by"})
_TAILS: Final = word_set("tails")
_FILLERS: Final = word_set("fillers")
_ITEM_WORDS: Final = 3
_PLURAL_OF: Final = {"refurbs": "refurbished", "refurb": "refurbished"}


def read_minus(draft: Draft, reading: Reading, names: Names) -> None:
    """Take words with a minus before them out of the draft, as searches take them: `-case`, `-open-box`, `-"open box"`."""
    for match in list(_MINUS.finditer(draft.low)):
        words = draft.take(*match.span())
        item = _cleaned(words.lstrip("- ").strip('"'), names)
        reading.add("excluded_keywords", [item] if item else [], f"{quoted(words)} rules an offer out.")


def read_negations(draft: Draft, reading: Reading, names: Names) -> None:
    """Take what is not wanted out of the draft."""
    draft.take_all(_NO_TERM)
    for words in draft.take_all(_MEASURED):
        reading.ask(f"{quoted(words)} cannot be checked: offers rarely say it. Is there a word for it?")
    for match in list(_AFTERWARDS.finditer(draft.low)):
        what = draft.whole[slice(*match.span("what" if match["what"] else "last"))]
        words = draft.take(*match.span())
        items = [names.proper(item.strip()) for item in re.split(r",| or | and |/", what) if item.strip()]
        reading.add("excluded_keywords", items, f"{quoted(words)} rules an offer out.")
    reach = 0
    while found := _NOT.search(draft.low, reach):
        items, end = _items(draft, found.end(), names)
        reach = max(found.end(), end)
        if not items:
            continue
        words = draft.take(found.start(), end)
        reading.add("excluded_keywords", items, f"{quoted(words)} rules an offer out.", 0.9)


def _items(draft: Draft, start: int, names: Names) -> tuple[list[str], int]:
    """The things that a negation names, and where they end. After a comma alone the list goes on only where it is one."""
    items: list[str] = []
    end = start
    while True:
        item_end = _item_end(draft.low, end, names)
        if item_end == end:
            return items, _last_end(draft.low, start, end) if items else start
        item = _cleaned(draft.whole[end:item_end], names)
        joined = _JOIN.match(draft.low, item_end)
        if item:
            items.append(item)
        if joined is None or not _goes_on(draft.low, joined, names):
            return items, item_end
        end = joined.end()


def _goes_on(low: str, joined: re.Match[str], names: Names) -> bool:
    """Whether what follows a comma or an "and" is one more thing that is not wanted."""
    following = low[joined.end() :]
    if not re.match(_WORD, following) or re.match(
        r"(?:i|we|it|preferably|ideally|must|should|with|for|under|only|please|but|also)\b", following
    ):
        return False
    link = joined[0].strip()
    if re.search(r"\b(?:or|nor)\b|/|\b(?:no|not)\b", link):
        return True
    if "and" in link or "&" in link or "+" in link:
        return not re.match(rf"{_WORD}(?: {_WORD})*[ ]*\Z", following) or len(following.split()) <= _ITEM_WORDS
    ahead = re.match(rf"(?:{_WORD}[ ]?){{1,3}}(?:\s*,\s*(?:{_WORD}[ ]?){{1,3}})*\s*,?\s*(?:or|nor|and)\b", following)
    return bool(ahead) or names.at(following) > 0


def _item_end(low: str, start: int, names: Names) -> int:
    """The end of one thing: the name of a maker, or up to three words."""
    named = names.at(low[start:])
    word_follows = re.match(rf" ({_WORD})", low[start + named :])
    if named and not (names.is_doubtful(low[start : start + named]) and word_follows and word_follows[1] not in _STOPS):
        return start + named
    end, count = start, 0
    for word in re.finditer(rf"({_WORD})( ?)", low[start:]):
        if (
            word.start() + start != end
            or count == _ITEM_WORDS
            or word[1] in _STOPS
            or re.match(r"\s?%", low[word.end(1) + start :])
            or (count and word[1] in names.brands.names)
        ):
            break
        end, count = start + word.end(), count + 1
        if not word[2]:
            break
    return start + len(low[start:end].rstrip(" .-")) if count else start


def _last_end(low: str, start: int, end: int) -> int:
    return start + len(low[start:end].rstrip())


def _cleaned(item: str, names: Names) -> str:
    words = item.strip(" ,.;:").split()
    while len(words) > 1 and words[-1].casefold() in _TAILS:
        words.pop()
    text = " ".join(words)
    while len(words) > 1 and words[-1].casefold() in _LINKING:
        words.pop()
    text = " ".join(words)
    if all(word.casefold() in _FILLERS for word in words):
        return ""
    if text.casefold() in _TAILS or text.casefold() in {"a", "an", "the", "more", "less", "sure", "idea", "too"}:
        return ""
    return names.proper(_PLURAL_OF.get(text.casefold(), text))
