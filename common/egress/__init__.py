"""The one way out: HTTP to public addresses only, within limits of bytes and time.

`fetch` is the door, for scans, webhooks, pictures, push endpoints and whatever else leaves this machine. `targets` takes an
address apart, `addresses` says which are public, `wire` resolves and connects, `connections` keeps connections open, `bodies`
holds answers to their limits, and `counting` says how much of it there was.
"""

from common.egress.addresses import check_address
from common.egress.answers import Page, seconds_to_wait
from common.egress.counting import RequestCount, Role, request_counts
from common.egress.errors import EgressError, ForbiddenAddressError, TooLargeError
from common.egress.proxies import Proxy, ProxyError
from common.egress.requests import MAX_REDIRECTS, USER_AGENT, fetch

__all__ = [
    "MAX_REDIRECTS",
    "USER_AGENT",
    "EgressError",
    "ForbiddenAddressError",
    "Page",
    "Proxy",
    "ProxyError",
    "RequestCount",
    "Role",
    "TooLargeError",
    "check_address",
    "fetch",
    "request_counts",
    "seconds_to_wait",
]
