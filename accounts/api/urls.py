"""Addresses of accounts and goals."""

from __future__ import annotations

from accounts.api import auth, goals, me
from common.api import api_path

urlpatterns = [
    *api_path("auth/register", auth.RegisterView.as_view(), "api-register"),
    *api_path("auth/token", auth.TokenView.as_view(), "api-token"),
    *api_path("auth/token/refresh", auth.RefreshView.as_view(), "api-token-refresh"),
    *api_path("auth/token/revoke", auth.RevokeView.as_view(), "api-token-revoke"),
    *api_path("auth/password-reset", auth.PasswordResetView.as_view(), "api-password-reset"),
    *api_path("me", me.MeView.as_view(), "api-me"),
    *api_path("me/keys", me.KeysView.as_view(), "api-keys"),
    *api_path("me/keys/<uuid:key_id>", me.KeyView.as_view(), "api-key"),
    *api_path("goals", goals.GoalsView.as_view(), "api-goals"),
    *api_path("goals/<uuid:goal_id>", goals.GoalView.as_view(), "api-goal"),
    *api_path("goals/<uuid:goal_id>/scan", goals.GoalScanView.as_view(), "api-goal-scan"),
]
