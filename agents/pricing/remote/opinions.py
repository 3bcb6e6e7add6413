"""What each estimator said about each item of a batch, with services standing in for the local ones where they answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.pricing.ensemble import LOCAL, Doubles
from agents.pricing.model import Answer
from agents.pricing.remote.answers import RemoteAnswer
from agents.pricing.worth import EstimateResult

_CENT: Final = Decimal("0.01")
_INSTEAD: Final = {
    "frontier": "The comparable prices were weighted here instead.",
    "specialist": "The specialist on this machine answered instead.",
}


class Opinions:
    """`logs` is (n, 3), natural logarithms of US dollars in the order of `LOCAL`, NaN where nothing was said."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self._services: dict[tuple[int, str], RemoteAnswer] = {}
        self.logs: Doubles = np.stack([answer.logs for answer in answers], axis=1)

    def hear(self, kind: str, said: Sequence[RemoteAnswer | None]) -> npt.NDArray[np.bool_]:
        """Let a service's answers stand in for an estimator's; returns for which items (n,) they do.

        Where a local one kept silent without an error, what is asked about is beyond what such a model knows, and the
        service's is not heard either (`PricingModel.answers`). That does not go for the frontier, which rests on comparables.
        """
        column = LOCAL.index(kind)
        silent = np.isnan(self.logs[:, column]) & (self._answers[column].error == "") & (kind != "frontier")
        taken = np.zeros(len(self.logs), dtype=bool)
        for row, answer in enumerate(said):
            if answer is None or silent[row]:
                continue
            self._services[row, kind] = answer
            if answer.answered:
                self.logs[row, column], taken[row] = answer.log, True
        return taken

    def results(self, row: int, weights: Doubles) -> list[EstimateResult]:
        """Who said what about one item, with the (3,) weights that they had."""
        results = []
        for column, (answer, kind) in enumerate(zip(self._answers, LOCAL, strict=True)):
            log, weight = float(self.logs[row, column]), round(float(weights[column]), 4)
            value = Decimal(repr(math.exp(log))).quantize(_CENT) if math.isfinite(log) else None
            service = self._services.get((row, kind))
            if service is None:
                results.append(EstimateResult(kind, answer.version, value, weight, answer.milliseconds, answer.error))
                continue
            version = service.version if service.answered else answer.version
            taken = answer.milliseconds + service.milliseconds
            results.append(
                EstimateResult(kind, version, value, weight, taken, service.error, service.cost, service.reason)
            )
        return results

    def foundation_log(self, row: int) -> float | None:
        """The natural logarithm of the dollars that a foundation model named for one item; None where none answered."""
        service = self._services.get((row, "frontier"))
        return service.log if service is not None and service.answered else None

    def sentences(self, row: int) -> list[str]:
        """What a person should know of the services: the foundation model's reason, and who is missing."""
        said = []
        for kind in LOCAL:
            service = self._services.get((row, kind))
            if service is not None and service.error:
                said.append(f"{service.error} {_INSTEAD[kind]}")
            elif service is not None and service.reason:
                said.append(f"The foundation model says: “{service.reason}”")
        return said
