"""Addresses of deals and events."""

from __future__ import annotations

from common.api import api_path
from deals.api import comparing, events, foresight, price_history, submissions, taste, tracking, views

urlpatterns = [
    *api_path("deals", views.DealsView.as_view(), "api-deals"),
    *api_path("deals/compare", comparing.CompareView.as_view(), "api-compare"),
    *api_path("deals/<uuid:deal_id>", views.DealView.as_view(), "api-deal"),
    *api_path("deals/<uuid:deal_id>/price-history", price_history.PriceHistoryView.as_view(), "api-price-history"),
    *api_path("deals/<uuid:deal_id>/similar", views.SimilarView.as_view(), "api-similar"),
    *api_path("deals/<uuid:deal_id>/valuation", views.ValuationView.as_view(), "api-valuation"),
    *api_path("deals/<uuid:deal_id>/interactions", views.InteractionsView.as_view(), "api-interactions"),
    *api_path("deals/<uuid:deal_id>/why", taste.WhyView.as_view(), "api-why"),
    *api_path("me/taste", taste.TasteView.as_view(), "api-taste"),
    *api_path("submissions", submissions.SubmissionsView.as_view(), "api-submissions"),
    *api_path("submissions/<uuid:submission_id>", submissions.SubmissionView.as_view(), "api-submission"),
    *api_path("tracking", tracking.TrackingsView.as_view(), "api-trackings"),
    *api_path("tracking/<uuid:tracking_id>", tracking.TrackingView.as_view(), "api-tracking"),
    *api_path("opportunities", views.OpportunitiesView.as_view(), "api-opportunities"),
    *api_path("goals/<uuid:goal_id>/matches", views.GoalMatchesView.as_view(), "api-goal-matches"),
    *api_path("goals/<uuid:goal_id>/backtest", foresight.BacktestView.as_view(), "api-goal-backtest"),
    *api_path("events", events.EventsView.as_view(), "api-events"),
]
