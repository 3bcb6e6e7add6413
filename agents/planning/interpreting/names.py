"""The names of makers in a wish."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from agents.planning.interpreting.vocabulary import Brands, brand_key, ordinary, places, word_set

_PIECE: Final = re.compile(r"[^\W_][\w'’.&+-]*(?: (?:&|and) [^\W_][\w'’.-]*)?")
_BY: Final = re.compile(r"(?<![a-z])(?:made by|by|from|brand(?:s|ed)?:?(?: is| like)?|make:?|brand name)\s+\Z")
_BETWEEN: Final = re.compile(r"\s*(?:,|/|or|and|&|\+|,\s*(?:or|and))\s*")
_SMALL_WORDS: Final = word_set("fillers")
_LEFT_OVER: Final = re.compile(r"(?<![a-z])(?:made by|by|from|brands?:?|either|preferably|ideally)\s*(?=\x00)")

_BESIDE: Final = re.compile(r"[A-ZÀ-Þ][\w'’&+-]*[^\W_](?!\w)")
_OR_BESIDE: Final = re.compile(r"\s*(?:/|,?\s+or\s)\s*")
_BEFORE_OR: Final = re.compile(r"(?<![\w'’.-])([A-ZÀ-Þ][\w'’&+-]*)(?:\s*/\s*|,?\s+or\s+)\Z")
_PAIR: Final = re.compile(r"(?<=[a-z\d], )([A-ZÀ-Þ][\w'’&+-]+) or ([A-ZÀ-Þ][\w'’&+-]+)(?=\s*(?:[,.;!?)]|\x00|\Z))")
"""Two names after a comma: "a dog harness, Ruffwear or Julius-K9, …"."""
_PREFERRED: Final = re.compile(r"(?<![a-z])(?:preferably|ideally|preferred brand:?|i (?:like|prefer))\s+(?=[^\W\d_])")
_IF_POSSIBLE: Final = re.compile(
    r"(?<![\w'’.-])([^\W\d_][\w'’&+-]*) (?:preferably|ideally|preferred|for preference|if possible)(?![a-z])"
)
_LISTED: Final = re.compile(r"\s*,\s*(?=[^\W\d_][\w'’-]*(?:\s*,\s*[\w'’-]+)*\s*(?:\)|,?\s+or\s))")
_BY_SOMEBODY: Final = re.compile(r"(?<![a-z])(?:made by|brand:?|make:?|by)\s+(?=[^\W\d_])")
_AUTHORED: Final = re.compile(
    r"(?<![a-z])(?:books?|novels?|albums?|records?|lps?|vinyl|cds?|dvds?|paintings?|prints?|posters?|biograph\w+|comics?|poems?|poetry|"
    r"songs?|films?|movies?|photos?|trilogy|stories|cookbooks?|hardcovers?|paperbacks?|editions?)(?![a-z])"
)
_FITS: Final = re.compile(
    r"(?<![a-z])(?P<thing>[a-z\d][\w./'-]*) (?:for|to fit|that fits?|fits) (?:(?:an?|my|our|his|her) )?(?:(?:19|20)\d\d |old |new )?\Z"
)
"""A maker after these made what the thing has to fit: "brake pads for a 2014 Golf"."""
_ASKING: Final = word_set("asking")
_LEAST_JOINED: Final = 6
"""Letters of a name that may be written apart; shorter ones come about by chance."""


class Names:
    """Finds makers at a place of a text, by the longest name."""

    def __init__(self, brands: Brands) -> None:
        self.brands = brands
        self._spellings = {name.casefold(): name for name in brands.spellings}

    def at(self, text: str) -> int:
        """How many letters the name takes that a text begins with; 0 where it begins with none."""
        best = 0
        end, count = 0, 0
        for piece in re.finditer(r"([^\W_][\w'’.&+-]*)( ?(?:& ?)?)", text):
            if piece.start() != end or count == self.brands.longest:
                break
            end, count = piece.end(), count + 1
            whole = text[: piece.start(1)] + piece[1].rstrip(".-'’")
            if self._known(whole):
                best = len(whole)
            if not piece[2]:
                break
        return best

    def proper(self, text: str) -> str:
        """A maker's name as the maker writes it, or with the marks that were written; other words as they are."""
        other = self._spellings.get(text.casefold())
        return other or self.brands.names.get(self._known(text) or "", text)

    def _known(self, text: str) -> str | None:
        """The key of a maker, also of one that is written apart ("kitchen aid", "one plus")."""
        key = brand_key(text)
        if key in self.brands.names:
            return key
        joined = key.replace(" ", "")
        apart = joined != key and len(joined) >= _LEAST_JOINED and joined in self.brands.names
        return joined if apart and joined not in self.brands.doubtful else None

    def is_doubtful(self, text: str) -> bool:
        return brand_key(text) in self.brands.doubtful


def read_brands(draft: Draft, reading: Reading, names: Names) -> None:
    """Take the makers out of the draft. A name that is an ordinary word too counts where it is written or placed as a name."""
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(draft.low):
        letter = re.compile(r"(?<![\w'’-])[^\W_]").search(draft.low, at)
        if letter is None:
            break
        start = letter.start()
        length = names.at(draft.low[start:])
        if length and _is_meant(draft, start, start + length, names, found):
            found.append((start, start + length))
            at = start + length
        else:
            at = start + max(1, len(re.match(r"[\w'’-]*", draft.low[start:])[0]))  # type: ignore[index]
    found = _with_unknown(draft, found, names)
    if not found:
        return
    if len(found) > 1:  # beside its own maker a thing names the one that it has to fit: "lens by Sigma for Sony"
        found = [span for span in found if not _is_fitted(draft.low, span[0])] or found
    said = [draft.whole[start:end] for start, end in found]
    proper = list(dict.fromkeys(names.proper(text) for text in said))
    for start, end in _with_links(draft.low, found):
        draft.take(start, end)
    draft.take_all(_LEFT_OVER)
    words = " or ".join(quoted(text) for text in dict.fromkeys(said))
    what = "is a maker" if len(proper) == 1 else "are makers; one of them is enough"
    reading.add("brands", proper, f"{words} {what}.", 0.85 if any(map(names.is_doubtful, said)) else 0.95)


def _is_fitted(low: str, start: int) -> bool:
    fits = _FITS.search(low, 0, start)
    return bool(fits and fits["thing"] not in _ASKING)


def _with_unknown(draft: Draft, found: list[tuple[int, int]], names: Names) -> list[tuple[int, int]]:
    """Further makers that nobody told us of: a capital word beside a known one ("Lavazza or Illy") or after "made by"."""
    spans = list(found)
    for start, end in found:
        if (
            (word := _BEFORE_OR.search(draft.text[:start]))
            and (more := _unknown(draft, word.start(1), names, beside=True))
            and not any(begin < more[1] and more[0] < finish for begin, finish in found)
        ):
            spans.append(more)
        if (link := _OR_BESIDE.match(draft.low, end) or _LISTED.match(draft.low, end)) and (
            more := _unknown(draft, link.end(), names)
        ):
            spans.append(more)
    if not spans and not _AUTHORED.search(draft.low):
        places_ = [match.end() for pattern in (_BY_SOMEBODY, _PREFERRED) for match in pattern.finditer(draft.low)]
        places_ += [match.start() for match in _IF_POSSIBLE.finditer(draft.low)]
        spans += [more for place in places_ if (more := _unknown(draft, place, names))][:1]
    if not spans:
        for match in _PAIR.finditer(draft.text):
            both = [_unknown(draft, start, names) for start in (match.start(1), match.start(2))]
            spans += [each for each in both if each and all(both)]
    return sorted(set(spans))


def _unknown(draft: Draft, start: int, names: Names, *, beside: bool = False) -> tuple[int, int] | None:
    match = _BESIDE.match(draft.text, start)
    if match is None or (names.at(draft.low[start:]) and not beside):
        return None
    word = match[0].casefold()
    known = word in places() or word in ordinary() or word in _SMALL_WORDS or word.removesuffix("s") in ordinary()
    return None if known or re.match(r" [A-ZÀ-Þ]", draft.text[match.end() :]) else match.span()


def _is_meant(draft: Draft, start: int, end: int, names: Names, found: list[tuple[int, int]]) -> bool:
    following = re.match(r"s\b|['’]?s?\w", draft.low[end : end + 2])
    if following and draft.low[end : end + 2] not in {"'s", "’s"}:
        return False
    if re.match(
        r"[ -](?:style|styled|type|inspired|compatible|lookalike|look-alike|knock-?off|fit)(?![a-z])", draft.low[end:]
    ):
        return False
    said = draft.whole[start:end]
    if not names.is_doubtful(said):
        return True
    if re.search(r"\w\W+[A-ZÀ-Þ][a-z]+ \Z", draft.text[:start]):
        return False  # the second word of another name: "Elden Ring"
    if _BY.search(draft.low, 0, start) or (found and _BETWEEN.fullmatch(draft.low[found[-1][1] : start])):
        return True
    first = not re.search(r"\w", draft.low[:start].rpartition(TAKEN)[2])
    if said[:1].isupper() and (not first or said.isupper() or " " in said):
        return True
    # At the head of what is wanted, with something after it: "ninja air fryer".
    return (
        first
        and bool(re.match(r" (?!(?:for|with|in|under|that|to|from|at|on|or|and|below|near)\b)[^\W_]", draft.low[end:]))
        and brand_key(said) not in ordinary()
    )


def _with_links(low: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The names with what stands between two of them, such as "or"."""
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and _BETWEEN.fullmatch(low[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
