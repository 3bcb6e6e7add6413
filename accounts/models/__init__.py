from accounts.models.access import ApiKey, OperatorInvitation, RefreshToken
from accounts.models.goal import Goal, GoalStatus, WantedCondition
from accounts.models.preferences import Preferences, Theme
from accounts.models.user import Role, Tier, User

__all__ = [
    "ApiKey",
    "Goal",
    "GoalStatus",
    "OperatorInvitation",
    "Preferences",
    "RefreshToken",
    "Role",
    "Theme",
    "Tier",
    "User",
    "WantedCondition",
]
