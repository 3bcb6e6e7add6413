"""The pages of the feed, deals and goals."""

from __future__ import annotations

from django.urls import path

from deals.web import comparing, deal, deal_map, feed, foresight, goals, product, submitting, taste, tracking

app_name = "deals"
urlpatterns = [
    path("", feed.feed, name="feed"),
    path("feed/new/", feed.feed_new, name="feed-new"),
    path("feed/missed/", feed.feed_missed, name="feed-missed"),
    path("deals/<uuid:deal_id>/", deal.deal, name="deal"),
    path("deals/<uuid:deal_id>/why/", taste.why, name="why"),
    path("deals/<uuid:deal_id>/<slug:kind>/", deal.interact, name="interact"),
    path("products/<uuid:product_id>/", product.product, name="product"),
    path("opportunities/", feed.opportunities, name="opportunities"),
    path("saved/", feed.saved, name="saved"),
    path("map/", deal_map.deal_map, name="map"),
    path("tracking/", tracking.followed, name="tracking"),
    path("tracking/new/", tracking.follow, name="tracking-new"),
    path("tracking/<uuid:tracking_id>/", tracking.terms, name="tracking-terms"),
    path("tracking/<uuid:tracking_id>/<slug:doing>/", tracking.do, name="tracking-do"),
    path("compare/", comparing.compare, name="compare"),
    path("compare/none/", comparing.forget, name="compare-none"),
    path("compare/<uuid:deal_id>/<slug:doing>/", comparing.choose, name="compare-choose"),
    path("submit/", submitting.submitting, name="submit"),
    path("submit/<uuid:submission_id>/", submitting.submission, name="submission"),
    path("settings/taste/", taste.taste, name="taste"),
    path("settings/sending/", submitting.sending, name="sending"),
    path("goals/", goals.goals, name="goals"),
    path("goals/new/", goals.goal_new, name="goal-new"),
    path("goals/preview/", foresight.goal_preview, name="goal-preview"),
    path("goals/<uuid:goal_id>/", goals.goal, name="goal"),
    path("goals/<uuid:goal_id>/edit/", goals.goal_edit, name="goal-edit"),
    path("goals/<uuid:goal_id>/delete/", goals.goal_delete, name="goal-delete"),
    path("goals/<uuid:goal_id>/<slug:status>/", goals.goal_status, name="goal-status"),
]
