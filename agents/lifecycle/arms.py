"""Which model values which deal, while two are compared: a share of the deals, by a stable hash of the deal's id."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.lifecycle.following import Standing, follow
from agents.lifecycle.registry import note_error
from agents.pricing.folders import UnusableModel, folder_of
from deals.models import Deal

if TYPE_CHECKING:
    from agents.pricing.model import PricingModel

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arm:
    """Deals and the model that values them."""

    model: PricingModel
    deals: list[Deal]


def is_challenged(deal_id: uuid.UUID, challenger: str, percent: int) -> bool:
    """Whether the challenger values this deal. The same deal is always on the same side of one comparison; the challenger's
    version is part of the hash, so that the next comparison draws anew."""
    drawn = hashlib.sha256(f"{challenger}\0{deal_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % 10_000 < 100 * percent


def arms_of(deals: Sequence[Deal]) -> list[Arm]:
    """The deals by the model that values them, each with at least one deal. Raises `UnusableModel` without any model."""
    from agents.pricing.model import current_model

    standing = follow()
    challenger = _challenger(standing)
    if challenger is None:
        return [Arm(current_model(), list(deals))]
    sides: tuple[list[Deal], list[Deal]] = ([], [])
    for deal in deals:
        sides[is_challenged(deal.pk, standing.challenger, standing.percent)].append(deal)
    arms = [Arm(current_model(), sides[0]), Arm(challenger, sides[1])]
    return [arm for arm in arms if arm.deals]


def _challenger(standing: Standing) -> PricingModel | None:
    """The challenger, or None where there is none or it cannot be read here: its deals are the active model's then."""
    from agents.pricing.model import model_in

    folder = folder_of(standing.challenger) if standing.challenger else None
    if folder is None:
        return None
    try:
        return model_in(folder)
    except UnusableModel as error:
        logger.error("The model that is compared cannot be used: %s", error)
        note_error(standing.challenger, str(error))
        return None
