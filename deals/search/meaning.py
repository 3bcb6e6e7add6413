"""The vector of what somebody typed, made where they wait for it; what was typed lately is kept in the cache."""

from __future__ import annotations

import hashlib
import logging
import struct
from typing import Final

import numpy as np
import numpy.typing as npt
from django.core.cache import cache
from pgvector import HalfVector
from redis.exceptions import RedisError

from common import sentences
from common.words.plain import clean, without_shop
from deals.models import EMBEDDING_DIMENSIONS

_KEPT: Final = 3_600  # seconds; making it anew takes some 10 ms, and what strangers type must not fill the cache
_LONGEST: Final = 200  # characters
_FORM: Final = f"<{EMBEDDING_DIMENSIONS}e"

logger = logging.getLogger(__name__)


def vector_of(text: str) -> HalfVector | None:
    """The vector of length one, in the same space as those of deals; None for no text, and where the model cannot be read."""
    text = text[:_LONGEST]
    if not text:
        return None
    found = _kept(text)
    if found is not None:
        return found
    vector = _made(clean(without_shop(text.strip())) or text)
    if vector is None:
        return None
    keep(text, vector)
    return HalfVector(vector)


def get_ready() -> None:
    """Load the model, so that the first search need not wait for it."""
    _made("ready")


def keep(text: str, vector: npt.ArrayLike) -> None:
    """Have this vector known for the text from now on."""
    try:
        cache.set(_key(text), struct.pack(_FORM, *np.asarray(vector, dtype=np.float32).tolist()), _KEPT)
    except (RedisError, OSError):
        logger.warning("The cache does not answer, so what a search means is made anew each time")


def _made(text: str) -> sentences.Vector | None:
    try:
        return sentences.vector_of(text)
    except OSError:
        logger.exception("The model of what texts mean cannot be read: searches are by words and spelling alone")
        return None


def _kept(text: str) -> HalfVector | None:
    try:
        found = cache.get(_key(text))
    except (RedisError, OSError):
        return None
    return None if found is None else HalfVector(list(struct.unpack(_FORM, found)))


def _key(text: str) -> str:
    return f"search:meaning:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
