"""Admin of what the agents did."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from django.contrib import admin

from agents.models import Run, Spending, Step
from common.history_admin import HistoryAdmin


class StepInline(admin.TabularInline):
    model = Step
    extra = 0
    max_num = 0
    can_delete = False
    fields = ["position", "name", "state", "started_at", "finished_at", "detail", "error"]
    readonly_fields = ["position", "name", "state", "started_at", "finished_at", "detail", "error"]


@admin.register(Run)
class RunAdmin(HistoryAdmin):
    list_display = ["started_at", "agent", "subject", "trigger", "state", "finished_at", "error"]
    list_filter = ["agent", "state", "trigger"]
    list_select_related = ["source"]
    search_fields = ["subject", "error"]
    date_hierarchy = "started_at"
    inlines = [StepInline]


@admin.register(Step)
class StepAdmin(HistoryAdmin):
    list_display = ["run", "position", "name", "state", "started_at", "finished_at", "error"]
    list_filter = ["state"]
    list_select_related = ["run"]
    search_fields = ["name", "error"]


@admin.register(Spending)
class SpendingAdmin(HistoryAdmin):
    list_display = ["day", "user", "spent", "reserved", "calls"]
    list_filter = [("user", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    date_hierarchy = "day"
