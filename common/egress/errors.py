"""What can go wrong on the way out: one plain sentence for a person, and what a machine wants to know."""

from __future__ import annotations


class EgressError(Exception):
    """An address could not be fetched. The message is one plain sentence.

    `status` is the HTTP status where one came; `retry_after` is the number of seconds for which the server asked to be left
    alone. `outcome` is one word for counting: refused, timeout, connection, tls, protocol, too_large, redirects or status.
    """

    def __init__(
        self, sentence: str, *, status: int | None = None, retry_after: int | None = None, outcome: str = "protocol"
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after
        self.outcome = outcome


class ForbiddenAddressError(EgressError):
    """The address is not on the public internet, or is no address that is ever fetched."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, outcome="refused")


class TooLargeError(EgressError):
    """The answer is larger than the caller wanted to read."""

    def __init__(self, host: str, max_bytes: int) -> None:
        super().__init__(
            f"{host} answers with more than {_amount(max_bytes)}, which is more than is read.", outcome="too_large"
        )


def _amount(size: int) -> str:
    return f"{size // 1_000_000} MB" if size >= 1_000_000 else f"{size // 1000} kB"
