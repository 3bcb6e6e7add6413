"""The network as an estimator: its training, its answers, and its state as small arrays."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from agents.pricing.batch import Batch
from agents.pricing.embedding import limit_threads
from agents.pricing.estimators.base import Arrays, Doubles, Estimator, EstimatorConfig, TrainingSet
from agents.pricing.quantities import NAMES
from agents.pricing.wording import WIDTH

if TYPE_CHECKING:
    import torch

    from agents.pricing.estimators.neural.network import PriceNetwork

logger = logging.getLogger(__name__)


class NeuralConfig(EstimatorConfig):
    """Sizes and the course of training. `rate` is the highest learning rate; it rises and falls once (one cycle)."""

    dimensions: int = 16
    hidden: int = 192
    dropout: float = 0.15
    epochs: int = 8
    batch: int = 512
    rate: float = 4e-3
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

    def _build(self) -> PriceNetwork:
        from agents.pricing.estimators.neural.network import PriceNetwork

        config = self.config
        limit_threads()
        return PriceNetwork(
            WIDTH, len(NAMES), dimensions=config.dimensions, hidden=config.hidden, dropout=config.dropout
        )

    def fit(self, training: TrainingSet, *, seed: int) -> None:
        import torch

        torch.manual_seed(seed)
        config, batch, log_prices = self.config, training.batch, training.log_prices
        self.mean, self.deviation = float(log_prices.mean()), float(log_prices.std()) or 1.0
        target = torch.from_numpy(((log_prices - self.mean) / self.deviation).astype(np.float32))
        weight = torch.from_numpy(np.exp(config.price_power * (log_prices - self.mean)).astype(np.float32))
        self.network = network = self._build()
        steps = config.epochs * -(-len(batch) // config.batch)
        table = [network.table.weight]
        rest = [parameter for name, parameter in network.named_parameters() if not name.startswith("table.")]
        optimiser = torch.optim.AdamW(
            [{"params": table, "weight_decay": 0.0}, {"params": rest, "weight_decay": config.decay}], lr=config.rate
        )
        course = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=[4 * config.rate, config.rate], total_steps=steps, pct_start=0.2
        )
        shuffle = np.random.default_rng(seed)
        network.train()
        for epoch in range(config.epochs):
            order, total = shuffle.permutation(len(batch)), 0.0
            for start in range(0, len(order), config.batch):
                rows = order[start : start + config.batch]
                answer = network(*self._inputs(batch, rows))
                loss = (weight[rows] * (answer - target[rows]).abs()).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
                course.step()
                total += float(loss.detach()) * len(rows)
            logger.info("Network: epoch %d of %d, loss %.4f", epoch + 1, config.epochs, total / len(order))
        network.eval()

    @staticmethod
    def _inputs(batch: Batch, rows: npt.NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
        import torch

        features = batch.features[rows]
        return (
            torch.from_numpy(features.indices.astype(np.int64)),
            torch.from_numpy(features.indptr[:-1].astype(np.int64)),
            torch.from_numpy(features.data),
            torch.from_numpy(batch.vectors[rows]),
            torch.from_numpy(batch.numbers[rows]),
        )

    def estimate(self, batch: Batch) -> Doubles:
        import torch

        answers = []
        with torch.inference_mode():
            for start in range(0, len(batch), 1024):
                rows = np.arange(start, min(start + 1024, len(batch)))
                answers.append(self.network(*self._inputs(batch, rows)).numpy().astype(np.float64))
        joined = np.concatenate(answers) if answers else np.zeros(0)
        return np.clip(joined * self.deviation + self.mean, np.log(0.1), np.log(20_000))

    def arrays(self) -> Arrays:
        state = {name: value.detach().numpy() for name, value in self.network.state_dict().items()}
        table = state.pop("table.weight")
        scale = np.maximum(np.abs(table).max(axis=1), 1e-8).astype(np.float32) / 127
        stored = {name: value.astype(np.float16) for name, value in state.items()}
        return stored | {
            "table.quantised": np.round(table / scale[:, None]).astype(np.int8),
            "table.scale": scale.astype(np.float16),
            "standard": np.array([self.mean, self.deviation]),
        }

    def restore(self, arrays: Arrays) -> None:
        import torch

        state = {
            name: torch.from_numpy(value.astype(np.float32))
            for name, value in arrays.items()
            if name not in ("table.quantised", "table.scale", "standard")
        }
        table = arrays["table.quantised"].astype(np.float32) * arrays["table.scale"].astype(np.float32)[:, None]
        state["table.weight"] = torch.from_numpy(table)
        self.mean, self.deviation = (float(value) for value in arrays["standard"])
        self.network = self._build()
        self.network.load_state_dict(state)
        self.network.eval()
