"""Fingerprints of pictures: which are the same, which are not, and what is refused."""

from __future__ import annotations

import itertools
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from agents.identity.pictures import MAX_BYTES, bits_apart, look_at
from deals.picture_selectors import MOST_BITS
from tests.agents.identity.drawing import drawn, packed


def hash_of(body: bytes) -> int:
    look = look_at(body)
    assert look.hash is not None, look.reason
    assert look.reason == ""
    return look.hash


def cropped(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.crop((3, 3, width - 3, height - 3))


@pytest.mark.parametrize("seed", range(8))
def test_the_same_picture_stays_the_same_however_it_is_packed(seed: int) -> None:
    picture = drawn(seed)
    first = hash_of(packed(picture))
    others = [
        packed(drawn(seed, (1200, 1080)), "JPEG", quality=90),
        packed(drawn(seed, (120, 108)), "PNG"),
        packed(picture, "JPEG", quality=30),
        packed(picture, "JPEG", quality=80, progressive=True),
        packed(picture, "WEBP", quality=60),
        packed(picture.convert("P", palette=Image.Palette.ADAPTIVE), "GIF"),
        packed(picture.convert("CMYK"), "JPEG"),
        packed(ImageEnhance.Brightness(picture).enhance(1.08), "JPEG"),
        packed(cropped(picture), "JPEG"),
    ]
    assert [bits for body in others if (bits := bits_apart(first, hash_of(body))) > MOST_BITS] == []


def test_what_is_transparent_is_as_white() -> None:
    picture = drawn(3)
    thing = picture.convert("L").point(lambda grey: 0 if grey == 255 else 255)
    clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    clear.paste(picture, mask=thing)
    assert bits_apart(hash_of(packed(clear)), hash_of(packed(picture))) <= 1


def test_other_pictures_are_far_apart() -> None:
    hashes = [hash_of(packed(drawn(seed))) for seed in range(40)]
    apart = [bits_apart(one, other) for one, other in itertools.combinations(hashes, 2)]
    assert min(apart) > MOST_BITS
    assert sorted(apart)[len(apart) // 2] > 15


def test_a_fingerprint_fits_a_signed_number_of_64_bits() -> None:
    hashes = [hash_of(packed(drawn(seed))) for seed in range(20)]
    assert all(-(1 << 63) <= value < 1 << 63 for value in hashes)
    assert min(hashes) < 0 < max(hashes)
    assert bits_apart(-1, 0) == 64


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose head promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(3000))) + chunk(b"IEND", b"")
    )


JPEG = packed(drawn(1), "JPEG")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no picture"),
        (b"<!doctype html><html><body>Not found</body></html>", "no picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="90" height="90"/></svg>', "no picture"),
        (packed(drawn(1), "BMP"), "no picture"),
        (packed(drawn(1), "TIFF"), "no picture"),
        (JPEG[: len(JPEG) // 2], "damaged"),
        (packed(drawn(1), "PNG")[:2000], "damaged"),
        (png_that_claims(60_000, 60_000), "too many"),
        (png_that_claims(5_000, 5_000), "too many"),
        (png_that_claims(400, 400), "damaged"),
        (packed(Image.new("1", (4_500, 4_500))), "too many"),
        (packed(drawn(1, (20, 20))), "too few"),
        (packed(Image.new("RGB", (300, 300), "white")), "too plain"),
        (packed(Image.new("RGBA", (300, 300), (0, 0, 0, 0))), "too plain"),
        (packed(Image.linear_gradient("L").resize((300, 300))), "too plain"),
        (JPEG[:-2] + b"\xff\xda\x00\x08" * 100 + b"\xff\xd9", "too many steps"),
        (JPEG + bytes(MAX_BYTES), "larger than 3 MB"),
    ],
)
def test_what_is_no_usable_picture_has_no_fingerprint_and_a_reason(body: bytes, reason: str) -> None:
    look = look_at(body)
    assert look.hash is None
    assert reason in look.reason


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(10, 20_000),
)
def test_nothing_that_happens_to_a_file_gets_out(form: str, changes: list[tuple[int, int]], length: int) -> None:
    body = bytearray(packed(drawn(2, (90, 80)), form))[:length]
    for at, value in changes:
        body[at % len(body)] = value
    look = look_at(bytes(body))
    assert (look.hash is None) == bool(look.reason)
