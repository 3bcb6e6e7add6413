from accounts.models.access import ApiKey, OperatorInvitation, RefreshToken
from accounts.models.goal import Goal, GoalStatus, WantedCondition
from accounts.models.preferences import Preferences, Theme
from accounts.models.terms import GoalKey, GoalTerms, GoalWord
from accounts.models.user import Role, Tier, User

__all__ = [
    "ApiKey",
    "Goal",
    "GoalKey",
    "GoalStatus",
    "GoalTerms",
    "GoalWord",
    "OperatorInvitation",
    "Preferences",
    "RefreshToken",
    "Role",
    "Theme",
    "Tier",
    "User",
    "WantedCondition",
]
