"""Encrypting a message for one browser (RFC 8291), and showing its push service who sends it (RFC 8292, VAPID)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct
import time
from functools import lru_cache
from typing import Final

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD: Final = 4096
MOST_BYTES: Final = RECORD - 86 - 16 - 1
"""Of a message: push services take 4096 bytes with the header of 86, the tag of 16 and the mark of the end."""
_CURVE: Final = ec.SECP256R1()
_ORDER: Final = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
_TOKEN_SECONDS: Final = 12 * 3600


def encrypted(
    plain: bytes, receiver: bytes, auth: bytes, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """The body of a push message of at most `MOST_BYTES`: one record of `aes128gcm` (RFC 8188).

    `receiver` is the browser's public key (65 bytes, a point of P-256) and `auth` its 16 bytes of secret. `key` and `salt` are
    made for each message, unless they are given. Raises `ValueError` for a receiver that is no point of the curve.
    """
    key, salt = key or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    sender = point_of(key)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver))
    secret = _derived(shared, auth, b"WebPush: info\0" + receiver + sender, 32)
    content_key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", RECORD, len(sender)) + sender
    return header + AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)


def authorization(audience: str, contact: str, key: ec.EllipticCurvePrivateKey) -> str:
    """The header that says who sends: a token for the origin of the push service, valid for twelve hours, and our public key."""
    claims = {"aud": audience, "exp": int(time.time()) + _TOKEN_SECONDS, "sub": contact}
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={to_base64(point_of(key))}"


@lru_cache(maxsize=8)
def key_from_text(text: str) -> ec.EllipticCurvePrivateKey:
    """The private key of 32 bytes in Base64, as the usual tools for VAPID write it. Raises `ValueError`."""
    data = from_base64(text)
    if len(data) != 32:
        raise ValueError("A private key for web push is 32 bytes in Base64.")
    return ec.derive_private_key(int.from_bytes(data, "big"), _CURVE)


@lru_cache(maxsize=8)
def key_from_secret(secret: str) -> ec.EllipticCurvePrivateKey:
    """The key that belongs to a secret of the installation, always the same (FIPS 186-5, A.2.1: more bits than are needed, modulo)."""
    bits = HKDF(hashes.SHA256(), 48, salt=None, info=b"deal finder: web push").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(bits, "big") % (_ORDER - 1) + 1, _CURVE)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public key: 65 bytes, as browsers take it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_point(data: bytes) -> bool:
    """Whether these bytes are a public key."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, data)
    except ValueError:
        return False
    return len(data) == 65


def digest_of(text: str) -> str:
    """A text that is secret, as something that is not and still tells it from others."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def to_base64(data: bytes) -> str:
    """Base64 for addresses, without its padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes of it, with or without padding. Raises `ValueError`."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("This is no text in Base64.") from error


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)
