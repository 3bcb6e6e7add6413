"""From the bytes of a feed to its text, with a plain sentence for whatever is no feed.

A feed in an encoding other than the one that it names is refused: a pound sign that came out wrong is a wrong price.
"""

from __future__ import annotations

import codecs
import re

from agents.scanning.sources.base import UnreadableSource

MOST_ENTRIES = 3_000

_BOMS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_UNMARKED = [(b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"), (b"{\x00", "utf-16-le"), (b"\x00{", "utf-16-be")]
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})\s*["']""")
_CHARSET = re.compile(r"""\bcharset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_LEADING = re.compile(r"\A(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)*", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*(?::[\w.-]+)?)")
_ENTRY = re.compile(r"<(?:[\w.-]{1,30}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_ENDLESS_TAG = re.compile(r"<[^<>]{30000}")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# In these eight-bit encodings every byte means something, so text in UTF-8 passes for them without an error.
_ANYTHING_GOES = {
    "iso8859-1",
    "latin-1",
    "latin_1",
    "cp1252",
    "iso8859-15",
    "iso8859-2",
    "cp1250",
    "cp1251",
    "koi8-r",
    "mac-roman",
}


def text_of(body: bytes, content_type: str) -> str:
    """The text of a body, decoded strictly as what it says it is. Raises `UnreadableSource`."""
    if not body.strip(b"\x00 \t\r\n"):
        raise UnreadableSource("The answer was empty, so there is nothing to read.")
    name, body = _encoding(body, content_type)
    try:
        # Like every browser: what says that it is Latin-1 is Windows-1252, which has a euro sign where Latin-1 has none.
        codec = codecs.lookup("cp1252" if codecs.lookup(name).name == "iso8859-1" else name)
        text = codec.decode(body, "strict")[0]
    except LookupError:
        raise UnreadableSource(f"The feed names an encoding that does not exist ({name}).") from None
    except (UnicodeError, ValueError, TypeError, AssertionError):
        raise UnreadableSource(
            f"The feed says that it is written in {name}, but it is not, so its text cannot be read safely."
        ) from None
    if not isinstance(text, str):
        raise UnreadableSource(f"The feed names an encoding that is none for text ({name}).")
    if _contradicts(codec.name, text):
        raise UnreadableSource(f"The feed is written in {name}, but says that it is written in something else.")
    if codec.name in _ANYTHING_GOES and _is_utf8(body):
        raise UnreadableSource(
            f"The feed says that it is written in {name}, but it is UTF-8, so it cannot be read safely."
        )
    return text


def xml_of(text: str) -> str:
    """The XML of a feed without its declaration. Raises `UnreadableSource` for a page, a bomb or half a feed."""
    text = _NOT_XML.sub("", _DECLARATION.sub("", text))
    start = _LEADING.match(text)
    if _ENTITY.search(text, 0, start.end() if start else 0) or _ENTITY.search(text, 0, 4096):
        raise UnreadableSource(
            "The feed declares entities of its own, which can be used to blow it up, so it was not read."
        )
    root = _ROOT.match(text, start.end() if start else 0)
    if root is None:
        raise UnreadableSource("The answer is not a feed: it does not begin like RSS, Atom or JSON Feed.")
    name = root[1].lower()
    if name in {"html", "head", "body", "div", "script", "meta", "title"} or re.match(
        r"\s*<!doctype\s+html", text, re.IGNORECASE
    ):
        raise UnreadableSource("The answer is a web page, not a feed. Look for the address of the feed on that page.")
    if not re.search(rf"</{re.escape(root[1])}\s*>", text) and not re.match(r"[^>]*/>", text[root.end() :]):
        raise UnreadableSource("The feed breaks off before its end, so none of it was used. It is tried again later.")
    if _ENDLESS_TAG.search(text):
        raise UnreadableSource("The feed is so malformed that it cannot be read.")
    if len(_ENTRY.findall(text)) > MOST_ENTRIES:
        raise UnreadableSource(
            f"The feed lists more than {MOST_ENTRIES:,} entries, which is more than is read at once."
        )
    return text


def _encoding(body: bytes, content_type: str) -> tuple[str, bytes]:
    """The encoding that holds for a body, and the body without its byte order mark."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name, body[len(mark) :]
    for beginning, name in _UNMARKED:
        if body.startswith(beginning):
            return name, body
    if declared := _DECLARED.match(body):
        return declared[1].decode("ascii"), body
    if sent := _CHARSET.search(content_type):
        return sent[1], body
    return "utf-8", body


def _contradicts(found: str, text: str) -> bool:
    """Whether the text of a feed names another encoding than the one in which it was found to be written."""
    declared = re.match(r"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""", text)
    if declared is None:
        return False
    try:
        named = codecs.lookup("cp1252" if codecs.lookup(declared[1]).name == "iso8859-1" else declared[1]).name
    except LookupError:
        return True
    return named.removesuffix("-le").removesuffix("-be") != found.removesuffix("-le").removesuffix("-be")


def _is_utf8(body: bytes) -> bool:
    """Whether the body is UTF-8 with letters outside of ASCII; text in an eight-bit encoding never is by chance."""
    try:
        return not body.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
