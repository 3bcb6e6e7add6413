"""Bodies within limits: of bytes on the wire, of bytes once unpacked, and of time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from common.egress.errors import EgressError, TooLargeError

_PIECE: Final = 65_536
_OVERHEAD: Final = 65_536
"""Bytes by which a packed body may be larger than what comes out of it."""


def body_of(chunks: Iterable[bytes], headers: Mapping[str, str], max_bytes: int, host: str) -> bytes:
    """The whole body, unpacked. Raises `EgressError` for one that is larger than `max_bytes`, damaged or breaks off."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise EgressError(f"{host} answers in a compression that was not asked for ({encoding[:30]}).")
    packed = encoding.endswith("gzip")
    promised = headers.get("content-length", "")
    if promised.isdigit() and int(promised[:20]) > max_bytes + (_OVERHEAD if packed else 0):
        raise TooLargeError(host, max_bytes)
    unpacker = _Unpacker(host, max_bytes) if packed else None
    body = bytearray()
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > max_bytes + (_OVERHEAD if packed else 0):
            raise TooLargeError(host, max_bytes)
        if unpacker is None:
            body += chunk
        else:
            for start in range(0, len(chunk), _PIECE):
                unpacker.feed(chunk[start : start + _PIECE], body)
    if unpacker is not None:
        unpacker.finish()
    return bytes(body)


class _Unpacker:
    """Unpacks gzip, of one part or several, never more than `max_bytes` of it."""

    def __init__(self, host: str, max_bytes: int) -> None:
        self._host = host
        self._most = max_bytes
        self._part = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._begun = False

    def feed(self, piece: bytes, body: bytearray) -> None:
        """Unpack a piece onto the end of `body`."""
        while piece:
            if self._part.eof:
                self._part = zlib.decompressobj(zlib.MAX_WBITS | 16)
                if not piece.startswith(b"\x1f"):
                    return  # padding after the end, which gzip itself ignores as well
            self._begun = True
            try:
                body += self._part.decompress(piece, self._most + 1 - len(body))
            except zlib.error as error:
                raise EgressError(f"{self._host} answers with compressed data that is damaged.") from error
            if len(body) > self._most:
                raise TooLargeError(self._host, self._most)
            piece = self._part.unused_data

    def finish(self) -> None:
        """Raise `EgressError` where the end has not been reached."""
        if self._begun and not self._part.eof:
            raise EgressError(f"The answer of {self._host} breaks off before its end.")
