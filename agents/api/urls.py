"""Addresses of sources, runs and estimates."""

from __future__ import annotations

from agents.api import estimates, goals, runs, score, source_access, sources
from common.api import api_path

urlpatterns = [
    *api_path("estimates", estimates.EstimatesView.as_view(), "api-estimates"),
    *api_path("score", score.ScoreView.as_view(), "api-score"),
    *api_path("goals/interpret", goals.InterpretView.as_view(), "api-goal-interpret"),
    *api_path("sources", sources.SourcesView.as_view(), "api-sources"),
    *api_path("sources/import", sources.ImportView.as_view(), "api-source-import"),
    *api_path("sources/export", sources.ExportView.as_view(), "api-source-export"),
    *api_path("sources/kinds", sources.KindsView.as_view(), "api-source-kinds"),
    *api_path("sources/<uuid:source_id>", sources.SourceView.as_view(), "api-source"),
    *api_path("sources/<uuid:source_id>/access", source_access.SourceAccessView.as_view(), "api-source-access"),
    *api_path("runs", runs.RunsView.as_view(), "api-runs"),
    *api_path("runs/<uuid:run_id>", runs.RunView.as_view(), "api-run"),
]
