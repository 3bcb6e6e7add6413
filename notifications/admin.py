"""Admin of what users were told."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from django.contrib import admin

from common.history_admin import HistoryAdmin
from notifications.models import Delivery, Notification, Told


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
