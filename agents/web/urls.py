"""Pages of what the system does by itself."""

from __future__ import annotations

from django.urls import path

from agents.web import operations, runs, worth

app_name = "agents"
urlpatterns = [
    path("worth/", worth.worth, name="worth"),
    path("agents/", runs.runs, name="runs"),
    path("agents/<uuid:run_id>/", runs.run, name="run"),
    path("operations/", operations.operations, name="operations"),
    path("operations/sources/<uuid:source_id>/", operations.source, name="source"),
    path("operations/sources/<uuid:source_id>/<slug:action>/", operations.source_action, name="source-action"),
    path("operations/dead-letters/<uuid:letter_id>/replay/", operations.letter_replay, name="letter-replay"),
]
