"""The network as an estimator: its training, its answers, and its state as small arrays."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.embedding import limit_threads
from agents.pricing.estimators import evidence
from agents.pricing.estimators.base import Arrays, Doubles, Estimator, EstimatorConfig, TrainingSet

if TYPE_CHECKING:
    import torch

    from agents.pricing.estimators.neural.network import PriceNetwork

_FURTHEST: Final = 4.0  # standard deviations
logger = logging.getLogger(__name__)


def _centre_and_spread(numbers: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The mean and the standard deviation of each column over the rows that know it; 0 and 1 where none does."""
    known = np.isfinite(numbers)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, numbers, 0).sum(axis=0, dtype=np.float64) / count
    squared = np.where(known, (numbers - centre) ** 2, 0).sum(axis=0) / count
    return centre.astype(np.float32), np.where(squared > 0, np.sqrt(squared), 1).astype(np.float32)


class NeuralConfig(EstimatorConfig):
    """Sizes and the course of training. `rate` is the highest learning rate; it rises and falls once (one cycle), and that of the
    table of words is `table_rate` times as high. `forgetting` is the share of the words that it does without at each step."""

    dimensions: int = 16
    hidden: int = 192
    dropout: float = 0.15
    forgetting: float = 0.4
    epochs: int = 4
    batch: int = 512
    rate: float = 3e-3
    table_rate: float = 2.0
    decay: float = 1e-2
    price_power: float = 0.25


class NeuralEstimator(Estimator):
    """Trained on the absolute error of the standardised log price (a median, robust against absurd prices)."""

    kind: ClassVar[str] = "neural"
    config_model: ClassVar[type[EstimatorConfig]] = NeuralConfig
    config: NeuralConfig
    mean: float = 0.0
    deviation: float = 1.0
    network: PriceNetwork
    centre: npt.NDArray[np.float32]
    spread: npt.NDArray[np.float32]

    def _build(self, width: int, numbers: int) -> PriceNetwork:
        from agents.pricing.estimators.neural.network import PriceNetwork

        config = self.config
        limit_threads()
        return PriceNetwork(width, numbers, dimensions=config.dimensions, hidden=config.hidden, dropout=config.dropout)

    def fit(self, training: TrainingSet, *, seed: int) -> None:
        import torch

        from agents.pricing.estimators.neural.learning import WordTable

        torch.manual_seed(seed)
        config, batch = self.config, training.batch
        views = [training.views[0], *(view for view in training.views if view.elsewhere)]
        rows = np.concatenate([view.rows for view in views])
        said = np.concatenate([evidence.of_words(view.lexical) for view in views])
        numbers = np.hstack([said, batch.numbers[rows]])
        self.centre, self.spread = _centre_and_spread(numbers)
        numbers = self._standardised(numbers)
        log_prices = training.log_prices[rows]
        self.mean, self.deviation = float(log_prices.mean()), float(log_prices.std()) or 1.0
        target = torch.from_numpy(((log_prices - self.mean) / self.deviation).astype(np.float32))
        weight = torch.from_numpy(np.exp(config.price_power * (log_prices - self.mean)).astype(np.float32))
        self.network = network = self._build(batch.features.shape[1], numbers.shape[1])
        steps = config.epochs * -(-len(rows) // config.batch)
        table = WordTable(batch.features.shape[1], config.dimensions)
        rest = [parameter for name, parameter in network.named_parameters() if not name.startswith("table.")]
        optimiser = torch.optim.AdamW(rest, lr=config.rate, weight_decay=config.decay)
        course = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=config.rate, total_steps=steps, pct_start=0.2)
        chance = np.random.default_rng(seed)
        network.train()
        for epoch in range(config.epochs):
            order, total = chance.permutation(len(rows)), 0.0
            for start in range(0, len(order), config.batch):
                chosen = order[start : start + config.batch]
                features = batch.features[rows[chosen]]
                kept = chance.random(len(features.data), dtype=np.float32) >= config.forgetting
                summed = table.summed(
                    features, torch.from_numpy(features.data * kept / np.float32(1 - config.forgetting))
                )
                vectors = torch.from_numpy(batch.vectors[rows[chosen]])
                answer = network.beyond(summed, vectors, torch.from_numpy(numbers[chosen]))
                loss = (weight[chosen] * (answer - target[chosen]).abs()).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                table.step(config.table_rate * optimiser.param_groups[0]["lr"])
                optimiser.step()
                course.step()
                total += float(loss.detach()) * len(chosen)
            logger.info("Network: epoch %d of %d, loss %.4f", epoch + 1, config.epochs, total / len(order))
        with torch.no_grad():
            network.table.weight.copy_(table.weights())
        network.eval()

    def _standardised(self, numbers: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        standardised: npt.NDArray[np.float32] = np.clip((numbers - self.centre) / self.spread, -_FURTHEST, _FURTHEST)
        return standardised

    def inputs(self, batch: Batch) -> tuple[torch.Tensor, ...]:
        """What the network is given for a batch: the arguments of `PriceNetwork.forward`."""
        numbers = self._standardised(np.hstack([evidence.of_words(batch.lexical), batch.numbers]))
        return self._tensors(batch, np.arange(len(batch)), numbers)

    @staticmethod
    def _tensors(
        batch: Batch, rows: npt.NDArray[np.int64], numbers: npt.NDArray[np.float32]
    ) -> tuple[torch.Tensor, ...]:
        import torch

        features = batch.features[rows]
        return (
            torch.from_numpy(features.indices.astype(np.int64)),
            torch.from_numpy(features.indptr[:-1].astype(np.int64)),
            torch.from_numpy(features.data),
            torch.from_numpy(batch.vectors[rows]),
            torch.from_numpy(numbers),
        )

    def estimate(self, batch: Batch) -> Doubles:
        import torch

        if not len(batch):
            return np.zeros(0)
        with torch.inference_mode():
            answer = self.network(*self.inputs(batch)).numpy().astype(np.float64)
        logs: Doubles = np.clip(answer * self.deviation + self.mean, np.log(0.1), np.log(20_000))
        return logs

    def arrays(self) -> Arrays:
        state = {name: value.detach().numpy() for name, value in self.network.state_dict().items()}
        table = state.pop("table.weight")
        scale = np.maximum(np.abs(table).max(axis=1), 1e-8).astype(np.float32) / 127
        stored = {name: value.astype(np.float16) for name, value in state.items()}
        return stored | {
            "table.quantised": np.round(table / scale[:, None]).astype(np.int8),
            "table.scale": scale.astype(np.float16),
            "standard": np.array([self.mean, self.deviation]),
            "centre": self.centre,
            "spread": self.spread,
        }

    def restore(self, arrays: Arrays) -> None:
        import torch

        state = {
            name: torch.from_numpy(value.astype(np.float32))
            for name, value in arrays.items()
            if name not in ("table.quantised", "table.scale", "standard", "centre", "spread")
        }
        table = arrays["table.quantised"].astype(np.float32) * arrays["table.scale"].astype(np.float32)[:, None]
        state["table.weight"] = torch.from_numpy(table)
        self.mean, self.deviation = (float(value) for value in arrays["standard"])
        self.centre, self.spread = arrays["centre"].astype(np.float32), arrays["spread"].astype(np.float32)
        self.network = self._build(len(table), len(self.centre))
        self.network.load_state_dict(state)
        self.network.eval()
