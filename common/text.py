"""Text that people wrote, made comparable and safe."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

_NOT_WORD = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_MARKUP = re.compile(r"<[A-Za-z/!?]|&[A-Za-z#]")
# Every repetition is bounded and gives nothing back, so that hostile markup takes no longer than any other.
_ATTRIBUTES = r"""(?:[^"'<>]|"[^"]{0,4000}+"|'[^']{0,4000}+'){0,4000}+"""
_PIECE = re.compile(
    rf"<!--.*?(?:-->|\Z)|<[!?][^>]{{0,4000}}+>|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*+){_ATTRIBUTES}>|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]{0,60})\s*=\s*(?:"([^"]{0,4000})"|'([^']{0,4000})'|([^\s"'>]{1,4000}))""")
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "svg", "head", "textarea", "select"}
)
_STRUCK = frozenset({"s", "strike", "del"})
_BREAKS = frozenset(
    {
        "p",
        "div",
        "br",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "table",
        "ul",
        "ol",
        "hr",
        "dd",
        "dt",
    }
)
_LONGEST_HTML = 400_000


def title_key(text: str) -> str:
    """The normalised form of a title, for identity and for splits: two titles that differ in case, spacing or
    punctuation alone have the same key."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def one_line(text: str) -> str:
    """The text on one line: no control or direction characters, which PostgreSQL refuses in part, no runs of spaces."""
    return _SPACES.sub(" ", _CONTROL.sub("", text)).strip()


def shortened(text: str, length: int) -> str:
    """The text in at most `length` characters, cut at a word where one is near, with an ellipsis where it was cut."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    space = cut.rfind(" ", length * 3 // 4)
    return (cut[:space] if space > 0 else cut).rstrip() + "…"


def plain_text(html: str, *, keep_struck: bool = True) -> str:
    """What a reader sees of an HTML fragment, one line for each block, without scripts and styles.

    With `keep_struck=False`, text that is crossed out is left out too: a price in it is no longer the price.
    The result is text, not HTML: it must be escaped like any other text where it is shown.
    """
    html = html[:_LONGEST_HTML]
    if not _MARKUP.search(html):
        return _lines(html)
    hidden = _SILENT if keep_struck else _SILENT | _STRUCK
    seen: list[str] = []
    inside, depth = "", 0
    for piece in _PIECE.finditer(html):
        name = (piece["name"] or "").lower()
        if depth:
            if name == inside:
                depth += -1 if piece["end"] else 1
        elif name in hidden and not piece["end"]:
            inside, depth = name, 0 if piece[0].endswith("/>") else 1
        elif name in _BREAKS:
            seen.append("\n")
        elif name == "sup":  # "$19<sup>99</sup>" must not become "$1999"
            seen.append(" ")
        elif piece["text"]:
            seen.append(_SPACES.sub(" ", unescape(piece["text"])))
    return _lines("".join(seen))


def attributes_of(html: str, tag: str) -> Iterator[dict[str, str]]:
    """The attributes of each `tag` in an HTML fragment, by their lower-case names, in the order of the text."""
    for piece in _PIECE.finditer(html[:_LONGEST_HTML]):
        if (piece["name"] or "").lower() == tag and not piece["end"]:
            found = _ATTRIBUTE.findall(piece[0])
            yield {name.lower(): unescape(double or single or bare) for name, double, single, bare in found}


def _lines(text: str) -> str:
    lines = (one_line(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
