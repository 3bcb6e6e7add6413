"""What is written down about a valuation in which services took part, or should have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.models import Spending
from agents.pricing import actions
from deals.models import Deal, Estimate, StageState, Valuation
from tests.agents.pricing.conftest import World
from tests.agents.pricing.test_actions import a_deal, stocked
from tests.language_services import MODEL
from tests.sagemaker_service import ENDPOINT
from tests.wire_server import WireServer, aws_error

__all__ = ["stocked"]
pytestmark = pytest.mark.django_db


def by_estimator() -> dict[str, Estimate]:
    return {estimate.estimator: estimate for estimate in Estimate.objects.all()}


def test_who_said_what_is_kept_with_version_time_and_cost(
    stocked: World, foundation: WireServer, sagemaker: WireServer
) -> None:
    a_deal("Duna office chair")
    actions.value_pending()
    said = by_estimator()
    assert said["frontier"].version == f"bedrock:{MODEL}"
    assert said["frontier"].cost_usd == Spending.objects.get().spent == Decimal("0.003900")
    assert said["frontier"].reason == "Similar ones cost about that."
    assert said["specialist"].version == f"sagemaker:{ENDPOINT}:{stocked.model.version}"
    assert said["neural"].version == stocked.model.version
    assert all(estimate.milliseconds > 0 and estimate.error == "" for estimate in said.values())
    assert {name: round(estimate.weight, 2) for name, estimate in said.items()} == {
        "frontier": 0.8,
        "specialist": 0.1,
        "neural": 0.1,
    }
    assert Valuation.objects.get().weights == {"frontier": 0.8, "specialist": 0.1, "neural": 0.1}


def test_a_service_that_failed_is_kept_with_its_reason_and_the_deal_is_valued_all_the_same(
    stocked: World, foundation: WireServer, sagemaker: WireServer
) -> None:
    foundation.usual = aws_error(403, "AccessDeniedException")
    sagemaker.usual = aws_error(424, "ModelError")
    a_deal("Duna office chair")
    actions.value_pending()
    said = by_estimator()
    assert {name: bool(estimate.error) for name, estimate in said.items()} == {
        "frontier": True,
        "specialist": True,
        "neural": False,
    }
    assert all(estimate.value_usd is not None and estimate.cost_usd == 0 for estimate in said.values())
    assert all(estimate.version == stocked.model.version for estimate in said.values())
    assert Deal.objects.get().value_state == StageState.DONE
    reasons = " ".join(Valuation.objects.get().reasons)
    assert "refuses the AWS keys" in reasons and "answered instead" in reasons
    assert Spending.objects.get().spent == Spending.objects.get().reserved == 0


def test_another_price_of_a_deal_is_no_second_question(stocked: World, foundation: WireServer, settings: Any) -> None:
    a_deal("Duna office chair", "120")
    actions.value_pending()
    Deal.objects.update(price=Decimal(99), value_state=StageState.PENDING)
    actions.value_pending()
    assert Valuation.objects.count() == 2
    assert len(foundation.requests) == 1
    assert sorted(Estimate.objects.filter(estimator="frontier").values_list("cost_usd", flat=True)) == [
        0,
        Decimal("0.003900"),
    ]
