from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from agents.models import Run, Step

pytestmark = pytest.mark.django_db


def test_operators_see_what_the_agents_did_step_by_step(api: Any, operator: User) -> None:
    run = Run.objects.create(agent="scanning", trigger="schedule", subject="Shop", state="done", summary={"entries": 3})
    Run.objects.create(agent="pricing", trigger="schedule", state="failed", error="It broke.")
    Step.objects.create(run=run, position=2, name="read", state="done")
    Step.objects.create(run=run, position=1, name="fetch", state="done", detail={"bytes": 10})
    rows = api(operator).get("/api/v1/runs").json()["results"]
    assert [row["agent"] for row in rows] == ["pricing", "scanning"]
    assert api(operator).get("/api/v1/runs?agent=scanning&state=done").json()["count"] == 1
    assert api(operator).get("/api/v1/runs?agent=cooking").status_code == 400
    shown = api(operator).get(f"/api/v1/runs/{run.pk}").json()
    assert [step["name"] for step in shown["steps"]] == ["fetch", "read"]
    assert shown["summary"] == {"entries": 3}


def test_nobody_else_sees_them(api: Any, owner: User, stranger: User) -> None:
    run = Run.objects.create(agent="scanning", trigger="schedule")
    for address in ("/api/v1/runs", f"/api/v1/runs/{run.pk}"):
        assert api().get(address).status_code == 401
        assert api(owner).get(address).status_code == 403
        assert api(stranger).get(address).status_code == 403


def test_the_list_costs_a_fixed_number_of_queries(api: Any, operator: User, django_assert_num_queries: Any) -> None:
    Run.objects.bulk_create(Run(agent="scanning", trigger="schedule") for _ in range(25))
    with django_assert_num_queries(2):
        api(operator).get("/api/v1/runs")
