"""Serves Deal Finder's own specialist behind a SageMaker endpoint, for the serving containers that call these four functions.

The model's folder holds `model.safetensors` and `metadata.json` as `train_pricing` wrote them; reading it runs nothing. What
goes in and out is described in `agents/pricing/remote/exchange.py`, which Deal Finder itself uses on the other side.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from agents.pricing.embedding import embed
from agents.pricing.model import PricingModel, load
from agents.pricing.remote.exchange import Instances, Prediction, Predictions, batch_of

JSON = "application/json"
_HIGHEST = math.log(1_000_000)


def model_fn(model_dir: str) -> PricingModel:
    """The model in a folder, with the sentence vectors loaded as well. Called once, before the first request."""
    model = load(Path(model_dir))
    embed(["warm up"])
    return model


def input_fn(request_body: bytes | str, request_content_type: str) -> Instances:
    """A request, checked. Raises `ValueError` for another content type or form."""
    if request_content_type.partition(";")[0].strip().lower() != JSON:
        raise ValueError(f"The specialist reads {JSON} and not {request_content_type[:60]}.")
    return Instances.model_validate_json(request_body)


def predict_fn(input_data: Instances, model: PricingModel) -> Predictions:
    """What the specialist says about each item."""
    logs = np.zeros(0)
    if input_data.instances:
        logs = model.estimators["specialist"].estimate(batch_of(input_data, model.lexicon))
    prices = [math.exp(min(float(log), _HIGHEST)) if math.isfinite(log) else None for log in logs]
    return Predictions(version=model.version, predictions=[Prediction(price=price) for price in prices])


def output_fn(prediction: Predictions, accept: str) -> tuple[str, str]:
    """The answer with its content type. Raises `ValueError` where the caller accepts no JSON."""
    accepted = [part.partition(";")[0].strip().lower() for part in (accept or JSON).split(",")]
    if not {JSON, "application/*", "*/*"} & set(accepted):
        raise ValueError(f"The specialist answers in {JSON} and not in {accept[:60]}.")
    return prediction.model_dump_json(), JSON
