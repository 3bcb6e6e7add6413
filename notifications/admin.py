"""Admin of what users were told."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from django.contrib import admin

from common.history_admin import HistoryAdmin
from notifications.models import Delivery, Notification, Told, UserChannel


class DeliveryInline(admin.TabularInline):
    model = Delivery
    extra = 0
    max_num = 0
    can_delete = False
    fields = ["channel", "state", "attempts", "sent_at", "milliseconds", "error"]
    readonly_fields = ["channel", "state", "attempts", "sent_at", "milliseconds", "error"]


@admin.register(Notification)
class NotificationAdmin(HistoryAdmin):
    list_display = ["title", "user", "reason", "state", "state_text", "created_at", "read_at"]
    list_filter = ["state", "reason"]
    list_select_related = ["user"]
    search_fields = ["title", "user__email"]
    date_hierarchy = "created_at"
    inlines = [DeliveryInline]


@admin.register(Delivery)
class DeliveryAdmin(HistoryAdmin):
    list_display = ["notification", "channel", "state", "attempts", "sent_at", "milliseconds", "error"]
    list_filter = ["state", "channel"]
    list_select_related = ["notification"]
    date_hierarchy = "created_at"


@admin.register(Told)
class ToldAdmin(HistoryAdmin):
    list_display = ["user", "product_key", "reason", "told_at"]
    list_filter = ["reason"]
    list_select_related = ["user"]
    search_fields = ["user__email", "product_key"]


@admin.register(UserChannel)
class UserChannelAdmin(HistoryAdmin):
    """Without the settings: they are their owner's, and hold secrets."""

    list_display = [
        "user",
        "kind",
        "name",
        "service",
        "is_enabled",
        "disabled_reason",
        "last_success_at",
        "last_error_at",
    ]
    list_filter = ["kind", "is_enabled"]
    list_select_related = ["user"]
    search_fields = ["user__email", "name"]
    exclude = ["config"]
