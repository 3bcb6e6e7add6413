"""Addresses made comparable: without what only tracks, and out of the wrappers that only count clicks."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING_NAMES = frozenset({
    "gclid", "dclid", "gbraid", "wbraid", "gclsrc", "fbclid", "msclkid", "yclid", "twclid", "ttclid", "igshid",
    "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", "vero_id", "vero_conv", "oly_anon_id",
    "oly_enc_id", "rb_clickid", "s_cid", "icid", "cid_source", "ncid", "sr_share", "wickedid", "srsltid", "iref", "sdtrk", "attrsrc",
    "mkevt",
    "mkcid", "mkrid", "campid", "toolid", "customid", "ssspo", "sssrc", "ssuid", "widget_ver", "amdata",
    "_trkparms", "_trksid", "tag", "linkcode", "linkid", "ascsubtag", "creative", "creativeasin", "camp", "psc",
    "ref_", "pd_rd_i", "pd_rd_r", "pd_rd_w", "pd_rd_wg", "pf_rd_p", "pf_rd_r", "pf_rd_s", "pf_rd_t", "pf_rd_i",
    "content-id", "smid_ref", "qid", "sprefix", "crid", "dib", "dib_tag", "ref", "referrer", "refid", "refcode",
    "affid", "aff_id", "aff_fcid", "aff_fsk", "aff_platform", "aff_trace_key", "affiliate", "affiliate_id",
    "afsrc", "afftrack", "clickid", "click_id", "clkid", "irclickid", "irgwc", "sharedid", "subid", "subid1",
    "sub_id", "u1", "cjevent", "cjdata", "cjid", "ranmid", "raneaid", "ransiteid", "awc", "sv1", "sv_campaign_id",
    "wmlspartner", "sourceid_", "trd", "spm", "scm", "algo_pvid", "algo_exp_id", "pvid", "gps-id", "_t", "ozb",
    "pno", "lno", "pv", "au", "mon",
})  # fmt: skip
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "pd_rd_", "pf_rd_", "trk_", "oly_", "at_")
# Some short names track at one kind of place and choose the product at another.
_ONLY_AT = {
    "tag": "amazon", "psc": "amazon", "ref": "", "qid": "amazon", "crid": "amazon", "dib": "amazon",
    "camp": "amazon", "creative": "amazon", "pv": "slickdeals", "au": "slickdeals", "pno": "slickdeals",
    "lno": "slickdeals", "mon": "slickdeals", "trd": "slickdeals", "spm": "aliexpress", "scm": "aliexpress",
    "_t": "aliexpress", "pvid": "aliexpress", "ozb": "",
}  # fmt: skip
_WRAPPERS = {
    "slickdeals.net": ("u2", "url"), "click.linksynergy.com": ("murl",), "linksynergy.walmart.com": ("murl",),
    "go.redirectingat.com": ("url",), "go.skimresources.com": ("url",), "redirect.viglink.com": ("u",),
    "rover.ebay.com": ("mpre",), "anrdoezrs.net": ("url",), "dpbolvw.net": ("url",), "jdoqocy.com": ("url",),
    "kqzyfj.com": ("url",), "tkqlhce.com": ("url",), "shareasale.com": ("urllink",), "awin1.com": ("ued", "p"),
    "prf.hn": ("destination",), "google.com": ("url", "q"), "l.facebook.com": ("u",), "pjtra.com": ("url",),
    "pntra.com": ("url",), "gopjn.com": ("url",), "dealnews.com": ("url", "u"), "goto.walmart.com": ("u",),
    "goto.target.com": ("u",), "s.click.aliexpress.com": ("dl_target_url",), "out.reddit.com": ("url",),
    "href.li": ("",), "anonym.to": ("",), "steamcommunity.com": ("u", "url"), "youtube.com": ("q",),
    "duckduckgo.com": ("uddg",),
}  # fmt: skip
_WRAPPER_PATHS = {
    "google.com": ("/url",), "slickdeals.net": ("/click", "/"), "dealnews.com": ("/lw/",),
    "youtube.com": ("/redirect",), "steamcommunity.com": ("/linkfilter",), "duckduckgo.com": ("/l/",),
}  # fmt: skip
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MARKETPLACES = {
    "amazon": "amazon", "ebay": "ebay", "walmart": "walmart", "bestbuy": "bestbuy", "target": "target",
    "craigslist": "craigslist", "gumtree": "gumtree", "facebook": "facebook", "slickdeals": "slickdeals",
    "dealnews": "dealnews", "ozbargain": "ozbargain", "aliexpress": "aliexpress", "newegg": "newegg",
    "costco": "costco", "hotukdeals": "hotukdeals",
}  # fmt: skip
_SHORT_HOSTS = {"a.co": "amazon", "amzn.to": "amazon", "amzn.eu": "amazon", "ebay.us": "ebay", "fb.com": "facebook"}
_SECOND_LEVEL = re.compile(r"\.(?:com?|org|net|gov|edu|ac|id|gen|ltd|plc|me|ne|or|go)\.[a-z]{2}$")
_DP = re.compile(r"(?:/[^/]+)?/(?:dp|gp/product|gp/aw/d)/([A-Z0-9]{10})(?:[/?]|$)")
_EBAY_ITEM = re.compile(r"/itm/(?:[^/]+/)?([0-9]{9,14})(?:[/?]|$)")


def canonical_url(url: str) -> str:
    """The address of the thing itself, the same for every link to it.

    Lower-case scheme and host, no default port, no fragment, no user, no tracking parameters, the query in order; the
    target of a known click counter instead of the counter. What is no http(s) address comes back trimmed.
    """
    url = url.strip()
    for _ in range(3):
        target = _wrapped(url)
        if target is None:
            break
        url = target
    parts = _split(url)
    if parts is None:
        return url
    scheme, host, port, path, query = parts
    place = marketplace_of(url)
    if place == "amazon" and (product := _DP.search(path)):
        return urlunsplit((scheme, host, f"/dp/{product[1]}", "", ""))
    if place == "ebay" and (item := _EBAY_ITEM.search(path)):
        variant = [(name, value) for name, value in query if name == "var"]
        return urlunsplit((scheme, host, f"/itm/{item[1]}", urlencode(variant), ""))
    kept = sorted((name, value) for name, value in query if not _tracks(name, place))
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((scheme, netloc, path or "/", urlencode(kept, quote_via=quote), ""))


def marketplace_of(url: str) -> str:
    """The short name of a place that is known ("amazon", "ebay", …), else its registrable host ("example.com")."""
    host = host_of(url)
    if host in _SHORT_HOSTS:
        return _SHORT_HOSTS[host]
    site = _registrable(host)
    return _MARKETPLACES.get(site.split(".")[0], site)


def host_of(url: str) -> str:
    """The host of an http(s) address in lower case without "www.", or "" where it has none."""
    parts = _split(url.strip())
    return "" if parts is None else parts[1].removeprefix("www.")


def is_web_url(url: str) -> bool:
    """Whether this is an http or https address with a host."""
    return _split(url.strip()) is not None


def absolute_url(url: str, base: str) -> str:
    """The address that a link on the page `base` leads to, or "" where that is no http(s) address."""
    try:
        joined = urljoin(base, url.strip())
    except ValueError:
        return ""
    return joined if is_web_url(joined) else ""


def _split(url: str) -> tuple[str, str, int | None, str, list[tuple[str, str]]] | None:
    """Scheme, host, port where it is not the default, path and query pairs; None for what is no http(s) address."""
    if any(ord(letter) < 33 for letter in url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return None
    scheme = parts.scheme.lower()
    host = f"[{host}]" if ":" in host else _ascii_host(host)
    return (
        scheme,
        host,
        None if port == _DEFAULT_PORTS[scheme] else port,
        parts.path,
        parse_qsl(parts.query, keep_blank_values=True),
    )


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host.lower()


def _registrable(host: str) -> str:
    """`shop.example.co.uk` → `example.co.uk`, by the usual second levels; an IP address stays whole."""
    try:
        ipaddress.ip_address(host.strip("[]"))
        return host
    except ValueError:
        pass
    labels = host.split(".")
    return ".".join(labels[-3:] if _SECOND_LEVEL.search(f".{host}") and len(labels) > 2 else labels[-2:])


def _tracks(name: str, place: str) -> bool:
    name = name.lower()
    if name.startswith(_TRACKING_PREFIXES):
        return True
    if name not in _TRACKING_NAMES:
        return False
    only_at = _ONLY_AT.get(name, "")
    return not only_at or only_at == place


def _wrapped(url: str) -> str | None:
    """The target inside the query of a known click counter, or None."""
    parts = _split(url)
    if parts is None:
        return None
    _, host, _, path, query = parts
    host = host.removeprefix("www.")
    site = host if host in _WRAPPERS else _registrable(host)
    names = _WRAPPERS.get(site)
    if names is None or not path.startswith(_WRAPPER_PATHS.get(site, ("/", ""))):
        return None
    if names == ("",):
        inner = unquote(urlsplit(url).query)
        return inner if is_web_url(inner) else None
    given = {name.lower(): value for name, value in query}
    for name in names:
        value = given.get(name, "")
        if is_web_url(value) and host_of(value) != host:
            return value
    return None
