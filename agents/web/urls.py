"""Pages of what the system does by itself."""

from __future__ import annotations

from django.urls import path

from agents.web import models, operations, runs, sources, worth

app_name = "agents"
urlpatterns = [
    path("worth/", worth.worth, name="worth"),
    path("agents/", runs.runs, name="runs"),
    path("agents/<uuid:run_id>/", runs.run, name="run"),
    path("operations/", operations.operations, name="operations"),
    path("operations/sources/new/", sources.source_kinds, name="source-kinds"),
    path("operations/sources/new/<slug:kind>/", sources.source_new, name="source-new"),
    path("operations/sources/exchange/", sources.source_exchange, name="source-exchange"),
    path("operations/sources/export/<slug:form>/", sources.source_export, name="source-export"),
    path("operations/sources/<uuid:source_id>/edit/", sources.source_edit, name="source-edit"),
    path("operations/sources/<uuid:source_id>/delete/", sources.source_delete, name="source-delete"),
    path("operations/sources/<uuid:source_id>/", operations.source, name="source"),
    path("operations/sources/<uuid:source_id>/<slug:action>/", operations.source_action, name="source-action"),
    path("operations/models/roll-back/", models.roll_back, name="model-roll-back"),
    path("operations/models/<uuid:model_id>/<slug:action>/", models.model_action, name="model-action"),
    path("operations/dead-letters/<uuid:letter_id>/replay/", operations.letter_replay, name="letter-replay"),
]
