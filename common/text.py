"""Text that people wrote, made comparable and safe."""

from __future__ import annotations

import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

_NOT_WORD = re.compile(r"[\W_]+")
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_MARKUP = re.compile(r"<[A-Za-z/!?]|&[A-Za-z#]")
_SILENT = "script, style, noscript, template, iframe, object, svg, head > title"
_STRUCK = "s, strike, del"
_BREAKS = "br, p, div, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre, table, ul, ol"
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
    tree = LexborHTMLParser(html)
    for node in tree.css(_SILENT if keep_struck else f"{_SILENT}, {_STRUCK}"):
        node.decompose()
    for node in tree.css("sup"):  # "$19<sup>99</sup>" must not become "$1999"
        node.insert_before(" ")
    for node in tree.css(_BREAKS):
        node.insert_before("\n")
        node.insert_after("\n")
    return _lines(tree.text(separator="") or "")


def _lines(text: str) -> str:
    lines = (one_line(line) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
