"""Admin of sources and of what was found there. Sources are settings; everything else is history."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.history_admin import HistoryAdmin
from deals import product_admin  # noqa: F401  registers the pages of products
from deals.models import (
    Alarm,
    CatalogueItem,
    Deal,
    DealEvent,
    DealMark,
    DealPicture,
    DealVector,
    DealWord,
    Entry,
    Estimate,
    Fetch,
    GoalVector,
    Interaction,
    MapPlace,
    Match,
    PricePoint,
    ProductNumber,
    SearchDocument,
    SearchWord,
    Source,
    SourceAccess,
    Submission,
    TasteProfile,
    Tracking,
    Valuation,
)
from deals.product_actions import NotMergeable, split_deals


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = [
        "title", "name", "kind", "marketplace", "state", "interval_seconds", "last_success_at", "consecutive_failures", "next_run_at",
    ]  # fmt: skip
    list_filter = ["state", "kind", "is_sample"]
    search_fields = ["title", "name", "url", "marketplace"]
    readonly_fields = [
        "etag", "last_modified", "body_hash", "body_read_at", "unchanged_scans",
        "leased_until", "lease", "last_attempt_at", "last_success_at", "consecutive_failures",
        "last_error", "created_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["title", "name", "kind", "url", "marketplace", "default_currency", "config"]}),
        ("When", {"fields": ["state", "interval_seconds", "is_adaptive", "next_run_at"]}),
        (
            "How it does",
            {
                "fields": [
                    "last_attempt_at", "last_success_at", "consecutive_failures", "last_error",
                    "etag", "last_modified", "body_hash", "body_read_at", "unchanged_scans",
                    "leased_until", "lease", "is_sample", "created_at",
                ]
            },
        ),
    ]  # fmt: skip


@admin.register(SourceAccess)
class SourceAccessAdmin(HistoryAdmin):
    """Which sources are asked in a way of their own; what was set is sealed, and its names are on the page of the source."""

    list_display = ["source", "user_agents", "updated_at"]
    list_select_related = ["source"]
    search_fields = ["source__title"]


@admin.register(Alarm)
class AlarmAdmin(HistoryAdmin):
    list_display = ["title", "kind", "source", "started_at", "ended_at", "ended_by"]
    list_filter = ["kind", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["source", "ended_by"]
    search_fields = ["title", "subject"]
    date_hierarchy = "started_at"


@admin.register(Fetch)
class FetchAdmin(HistoryAdmin):
    list_display = [
        "source", "started_at", "outcome", "http_status", "size", "entries", "new_deals", "changed_deals", "skipped", "error",
    ]  # fmt: skip
    list_filter = ["outcome", "source"]
    list_select_related = ["source"]
    date_hierarchy = "started_at"


@admin.register(Entry)
class EntryAdmin(HistoryAdmin):
    list_display = ["external_id", "source", "state", "skip_reason", "attempts", "first_seen_at", "last_seen_at"]
    list_filter = ["state", "source"]
    list_select_related = ["source"]
    search_fields = ["external_id", "skip_reason", "payload"]


class PricePointInline(admin.TabularInline):
    model = PricePoint
    extra = 0
    can_delete = False
    fields = ["observed_at", "price", "currency"]
    readonly_fields = ["observed_at", "price", "currency"]
    max_num = 0


@admin.register(Deal)
class DealAdmin(HistoryAdmin):
    list_display = ["title", "price", "currency", "merchant", "marketplace", "state", "value_state", "first_seen_at"]
    list_filter = ["state", "value_state", "is_sample", "condition", "marketplace"]
    search_fields = ["title", "external_id", "merchant", "gtin", "mpn"]
    date_hierarchy = "first_seen_at"
    inlines = [PricePointInline]
    actions = ["take_apart"]

    @admin.action(description="Give these deals a product of their own", permissions=["view"])
    def take_apart(self, request: HttpRequest, deals: QuerySet[Deal]) -> None:
        """Split: the chosen deals are another thing than the rest of their product."""
        assert isinstance(request.user, User)
        try:
            split_deals(list(deals), by=request.user)
        except NotMergeable as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, "Done. Under Product merges it can be taken back.", messages.SUCCESS)


class EstimateInline(admin.TabularInline):
    model = Estimate
    extra = 0
    max_num = 0
    can_delete = False
    fields = ["estimator", "version", "value_usd", "weight", "milliseconds", "cost_usd", "error"]
    readonly_fields = ["estimator", "version", "value_usd", "weight", "milliseconds", "cost_usd", "error"]


@admin.register(DealEvent)
class DealEventAdmin(HistoryAdmin):
    list_display = ["deal", "change", "at", "note"]
    list_filter = ["change"]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]
    date_hierarchy = "at"


@admin.register(DealPicture)
class DealPictureAdmin(HistoryAdmin):
    list_display = ["url", "deal", "hash", "looked_at", "tries", "error"]
    list_select_related = ["deal"]
    search_fields = ["url", "deal__title"]
    date_hierarchy = "looked_at"


@admin.register(DealVector)
class DealVectorAdmin(HistoryAdmin):
    list_display = ["deal", "words_hash"]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]
    exclude = ["embedding"]


@admin.register(SearchDocument)
class SearchDocumentAdmin(HistoryAdmin):
    """To look at: the database writes these itself."""

    list_display = ["deal", "state", "marketplace", "price", "currency", "score", "first_seen_at"]
    list_filter = ["state", "marketplace"]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]
    exclude = ["words"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With their deal, never by themselves: nobody would find it any more."""
        at = request.resolver_match
        is_by_itself = at is not None and (at.url_name or "").startswith("deals_searchdocument")
        return not is_by_itself and super().has_delete_permission(request, obj)


@admin.register(MapPlace)
class MapPlaceAdmin(HistoryAdmin):
    list_display = ["deal", "x", "y"]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]


@admin.register(GoalVector)
class GoalVectorAdmin(HistoryAdmin):
    list_display = ["goal", "words_hash", "as_of"]
    list_select_related = ["goal"]
    search_fields = ["goal__title"]
    exclude = ["embedding"]


@admin.register(SearchWord)
class SearchWordAdmin(HistoryAdmin):
    list_display = ["word", "deals"]
    search_fields = ["word"]
    ordering = ["-deals", "word"]


@admin.register(ProductNumber)
class ProductNumberAdmin(HistoryAdmin):
    list_display = ["value", "product", "created_at"]
    list_select_related = ["product"]
    search_fields = ["value", "product__name"]


@admin.register(Valuation)
class ValuationAdmin(HistoryAdmin):
    list_display = [
        "deal", "price", "worth", "low", "high", "currency", "discount_percent", "score", "score_parts", "score_version", "verdict",
        "is_opportunity", "created_at",
    ]  # fmt: skip
    list_filter = ["verdict", "score_version", "is_opportunity", ("matched_at", admin.EmptyFieldListFilter)]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]
    date_hierarchy = "created_at"
    inlines = [EstimateInline]


@admin.register(Estimate)
class EstimateAdmin(HistoryAdmin):
    list_display = ["estimator", "version", "value_usd", "weight", "milliseconds", "error", "valuation"]
    list_filter = ["estimator", "version"]
    list_select_related = ["valuation"]


@admin.register(PricePoint)
class PricePointAdmin(HistoryAdmin):
    list_display = ["deal", "price", "currency", "observed_at"]
    list_select_related = ["deal"]
    search_fields = ["deal__title"]
    date_hierarchy = "observed_at"


@admin.register(CatalogueItem)
class CatalogueItemAdmin(HistoryAdmin):
    list_display = ["title", "price", "category", "source", "observed_at", "is_sample"]
    list_filter = ["is_sample", "source"]
    search_fields = ["title", "text"]
    exclude = ["embedding", "reading"]


@admin.register(DealWord)
class DealWordAdmin(HistoryAdmin):
    list_display = ["word"]
    search_fields = ["word"]


@admin.register(Match)
class MatchAdmin(HistoryAdmin):
    list_display = ["deal", "goal", "created_at"]
    list_select_related = ["deal", "goal"]
    search_fields = ["deal__title", "goal__title", "goal__user__email"]
    date_hierarchy = "created_at"


@admin.register(Interaction)
class InteractionAdmin(HistoryAdmin):
    list_display = ["user", "kind", "deal", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["user", "deal"]
    search_fields = ["user__email", "deal__title"]
    date_hierarchy = "created_at"


@admin.register(DealMark)
class DealMarkAdmin(HistoryAdmin):
    list_display = ["user", "deal", "saved_at", "dismissed_at"]
    list_select_related = ["user", "deal"]
    search_fields = ["user__email", "deal__title"]


@admin.register(Submission)
class SubmissionAdmin(HistoryAdmin):
    list_display = ["url", "user", "state", "reason", "size", "created_at", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["url", "user__email"]
    date_hierarchy = "created_at"
    exclude = ["page"]


@admin.register(Tracking)
class TrackingAdmin(HistoryAdmin):
    list_display = [
        "user",
        "deal",
        "state",
        "target_price",
        "drop_percent",
        "lowest_in_days",
        "back_in_stock",
        "told_at",
        "created_at",
    ]
    list_filter = ["state"]
    list_select_related = ["user", "deal"]
    search_fields = ["user__email", "url", "deal__title"]
    date_hierarchy = "created_at"


@admin.register(TasteProfile)
class TasteProfileAdmin(HistoryAdmin):
    list_display = ["user", "interactions", "evidence", "as_of", "forgotten_before"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
