"""Pages of what the system does by itself."""

from __future__ import annotations

from django.urls import path

from agents.web import goal_sentence, models, operations, runs, score, source_editing, sources, worth

app_name = "agents"
urlpatterns = [
    path("goals/understand/", goal_sentence.understand, name="goal-understand"),
    path("worth/", worth.worth, name="worth"),
    path("score/", score.score, name="score"),
    path("agents/", runs.runs, name="runs"),
    path("agents/<uuid:run_id>/", runs.run, name="run"),
    path("operations/", operations.operations, name="operations"),
    path("operations/sources/new/", source_editing.source_kinds, name="source-kinds"),
    path("operations/sources/new/<slug:kind>/", source_editing.source_new, name="source-new"),
    path("operations/sources/exchange/", source_editing.source_exchange, name="source-exchange"),
    path("operations/sources/export/<slug:form>/", source_editing.source_export, name="source-export"),
    path("operations/sources/<uuid:source_id>/edit/", source_editing.source_edit, name="source-edit"),
    path("operations/sources/<uuid:source_id>/delete/", source_editing.source_delete, name="source-delete"),
    path("operations/sources/<uuid:source_id>/", sources.source, name="source"),
    path("operations/sources/<uuid:source_id>/trials/<uuid:trial_id>/", sources.trial, name="source-trial"),
    path("operations/sources/<uuid:source_id>/<slug:action>/", sources.source_action, name="source-action"),
    path("operations/fetches/<uuid:fetch_id>/raw/", sources.fetch_raw, name="fetch-raw"),
    path("operations/alarms/<uuid:alarm_id>/end/", sources.alarm_end, name="alarm-end"),
    path("operations/models/roll-back/", models.roll_back, name="model-roll-back"),
    path("operations/models/<uuid:model_id>/<slug:action>/", models.model_action, name="model-action"),
    path("operations/dead-letters/<uuid:letter_id>/replay/", operations.letter_replay, name="letter-replay"),
]
