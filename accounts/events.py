"""Events about what users own."""

from __future__ import annotations

from typing import ClassVar

from common.outbox import Event


class GoalChanged(Event):
    """A goal was created, edited, paused, resumed or deleted."""

    type: ClassVar[str] = "goal.changed"
    topic: ClassVar[str] = "user.interactions"
    internal: ClassVar[bool] = True

    goal_id: str
    user_id: str
    change: str
