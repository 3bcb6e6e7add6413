"""Admin of what users were told."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from django.contrib import admin

from common.history_admin import HistoryAdmin
from notifications.models import (
    Allowance,
    Delivery,
    MessageTemplate,
    MutedMerchant,
    Notification,
    Quiet,
    Snooze,
    Told,
    UserChannel,
)


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


@admin.register(Quiet)
class QuietAdmin(HistoryAdmin):
    list_display = ["user", "quiet_from", "quiet_until", "days", "daily_cap", "priority_breaks_quiet"]
    list_select_related = ["user"]
    search_fields = ["user__email"]


@admin.register(Snooze)
class SnoozeAdmin(HistoryAdmin):
    list_display = ["user", "goal", "product_key", "everything", "until"]
    list_select_related = ["user", "goal"]
    search_fields = ["user__email", "product_key"]


@admin.register(MutedMerchant)
class MutedMerchantAdmin(HistoryAdmin):
    list_display = ["user", "merchant", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "merchant"]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(HistoryAdmin):
    list_display = ["user", "kind", "channel_class", "updated_at"]
    list_filter = ["kind", "channel_class"]
    list_select_related = ["user"]
    search_fields = ["user__email"]


@admin.register(Allowance)
class AllowanceAdmin(HistoryAdmin):
    list_display = ["user", "subject", "day", "taken"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    date_hierarchy = "day"
