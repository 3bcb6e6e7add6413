"""Admin of users and of what is theirs."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db import transaction
from django.db.models import Model

from accounts.actions.terms import write_terms
from accounts.models import (
    ApiKey,
    Goal,
    GoalKey,
    GoalTerms,
    GoalWord,
    OperatorInvitation,
    Preferences,
    RefreshToken,
    User,
)
from common.history_admin import HistoryAdmin


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


class PreferencesInline(admin.StackedInline):
    model = Preferences
    can_delete = False


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    list_display = ["email", "name", "role", "tier", "is_active", "date_joined", "last_login"]
    list_filter = ["role", "tier", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["-date_joined"]
    readonly_fields = ["date_joined", "last_login"]
    filter_horizontal = ["groups", "user_permissions"]
    inlines = [PreferencesInline]
    fieldsets = [
        (None, {"fields": ["email", "password", "name"]}),
        ("What they may do", {"fields": ["role", "tier", "is_active", "is_superuser", "groups", "user_permissions"]}),
        ("Times", {"fields": ["date_joined", "last_login"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2"]})]

    def get_inlines(self, request: Any, obj: Model | None) -> list[Any]:
        return list(self.inlines) if obj is not None else []


@admin.register(Goal)
class GoalAdmin(admin.ModelAdmin):
    list_display = ["title", "user", "status", "max_price", "currency", "min_discount", "match_count", "created_at"]
    list_filter = ["status", "condition", "priority"]
    list_select_related = ["user"]
    search_fields = ["title", "user__email", "keywords"]
    autocomplete_fields = ["user"]
    readonly_fields = ["match_count", "created_at", "updated_at"]
    date_hierarchy = "created_at"

    def save_model(self, request: Any, obj: Goal, form: Any, change: bool) -> None:
        """Save the goal with its terms, without which it is not found."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            write_terms([obj])


@admin.register(GoalTerms)
class GoalTermsAdmin(HistoryAdmin):
    list_display = ["goal", "asked", "excluded", "brands", "category"]
    list_select_related = ["goal"]
    search_fields = ["goal__title"]


@admin.register(GoalKey)
class GoalKeyAdmin(HistoryAdmin):
    list_display = ["key", "goal"]
    list_select_related = ["goal"]
    search_fields = ["key"]


@admin.register(GoalWord)
class GoalWordAdmin(HistoryAdmin):
    list_display = ["word"]
    search_fields = ["word"]


@admin.register(ApiKey)
class ApiKeyAdmin(HistoryAdmin):
    list_display = ["name", "user", "prefix", "scopes", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__email"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    exclude = ["secret_hash"]


@admin.register(RefreshToken)
class RefreshTokenAdmin(HistoryAdmin):
    list_display = ["user", "family", "created_at", "expires_at", "used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    exclude = ["secret_hash"]


@admin.register(OperatorInvitation)
class OperatorInvitationAdmin(HistoryAdmin):
    list_display = ["created_at", "expires_at", "used_at", "used_by"]
    list_select_related = ["used_by"]
    exclude = ["secret_hash"]


@admin.register(Preferences)
class PreferencesAdmin(admin.ModelAdmin):
    list_display = ["user", "time_zone", "currency", "opportunity_threshold", "email_alerts", "theme"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    autocomplete_fields = ["user"]
