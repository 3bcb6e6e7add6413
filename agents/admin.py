"""Admin of what the agents did."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.lifecycle import registry
from agents.models import ModelDrift, ModelState, ModelVersion, Run, Spending, Step
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


class DriftInline(admin.TabularInline):
    model = ModelDrift
    extra = 0
    max_num = 0
    can_delete = False
    fields = ["day", "valuations", "stability", "observed", "error", "reference_error", "alarms", "note"]
    readonly_fields = ["day", "valuations", "stability", "observed", "error", "reference_error", "alarms", "note"]


@admin.register(ModelVersion)
class ModelVersionAdmin(HistoryAdmin):
    list_display = [
        "version", "state", "traffic_percent", "rows", "measured", "location", "trained_at", "activated_at", "activated_by",
        "note", "error",
    ]  # fmt: skip
    list_filter = ["state"]
    search_fields = ["version", "registered_by", "activated_by", "data_fingerprint"]
    date_hierarchy = "registered_at"
    inlines = [DriftInline]
    actions = ["activate", "roll_back", "stage", "retire", "give_a_tenth", "give_half", "give_nothing"]

    @admin.display(description="Mean absolute error")
    def measured(self, model: ModelVersion) -> str:
        return ", ".join(
            f"{name} ${part['mae']}" for name, part in model.metrics.items() if part.get("mae") is not None
        )

    def has_delete_permission(self, request: HttpRequest, obj: ModelVersion | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.state != ModelState.ACTIVE)

    @admin.action(description="Activate", permissions=["view"])
    def activate(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        if chosen.count() != 1:
            self.message_user(request, "Choose one model: only one can be active.", messages.ERROR)
            return
        self._each(request, chosen, lambda model: registry.activate(model, who=request.user.get_username()))

    @admin.action(description="Roll back to the model before the active one", permissions=["view"])
    def roll_back(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        """Whatever is chosen: there is one way back."""
        self._each(request, chosen[:1], lambda _: registry.roll_back(who=request.user.get_username()))

    @admin.action(description="Stage", permissions=["view"])
    def stage(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        self._each(request, chosen, registry.stage)

    @admin.action(description="Retire", permissions=["view"])
    def retire(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        self._each(request, chosen, registry.retire)

    @admin.action(description="Give it a tenth of the deals", permissions=["view"])
    def give_a_tenth(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        self._each(request, chosen, lambda model: registry.give_traffic(model, 10))

    @admin.action(description="Give it half of the deals", permissions=["view"])
    def give_half(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        self._each(request, chosen, lambda model: registry.give_traffic(model, 50))

    @admin.action(description="Give it no deals", permissions=["view"])
    def give_nothing(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        self._each(request, chosen, lambda model: registry.give_traffic(model, 0))

    def _each(
        self, request: HttpRequest, chosen: QuerySet[ModelVersion], act: Callable[[ModelVersion], ModelVersion]
    ) -> None:
        for model in chosen:
            try:
                changed = act(model)
            except registry.NotPossible as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, f"{changed} is {changed.get_state_display().lower()}.", messages.SUCCESS)
                self.log_change(request, changed, f"Now {changed.state}, {changed.traffic_percent} % of the deals.")


@admin.register(ModelDrift)
class ModelDriftAdmin(HistoryAdmin):
    list_display = ["day", "model", "valuations", "stability", "observed", "error", "reference_error", "alarms"]
    list_filter = ["model"]
    list_select_related = ["model"]
    search_fields = ["model__version"]
    date_hierarchy = "day"
