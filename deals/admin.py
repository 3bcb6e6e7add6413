"""Admin of sources and of what was found there. Sources are settings; everything else is history."""

# Django's admin classes take no type arguments when they run.
# mypy: disable-error-code="type-arg"

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.models import User
from common.history_admin import HistoryAdmin
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
    Interaction,
    Match,
    MergeState,
    PricePoint,
    Product,
    ProductMerge,
    ProductNumber,
    ProductSuggestion,
    SearchWord,
    Source,
    SourceAccess,
    Submission,
    TasteProfile,
    Tracking,
    Valuation,
)
from deals.picture_selectors import same_picture
from deals.product_actions import NotMergeable, merge_products, split_deals, undo_merge
from deals.suggestion_actions import accept, decline


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
    exclude = ["search"]
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


class DealOfProductInline(admin.TabularInline):
    model = Deal
    fk_name = "product"
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    fields = [
        "title", "marketplace", "condition", "price", "currency", "state", "product_reason", "product_confidence",
    ]  # fmt: skip
    readonly_fields = [
        "title", "marketplace", "condition", "price", "currency", "state", "product_reason", "product_confidence",
    ]  # fmt: skip


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "brand", "gtin", "mpn", "category", "merged_into", "created_at"]
    list_select_related = ["merged_into"]
    list_filter = [("merged_into", admin.EmptyFieldListFilter)]
    search_fields = ["name", "key", "brand", "gtin", "mpn"]
    readonly_fields = ["key", "gtin", "mpn", "merged_into", "created_at", "same_picture"]
    inlines = [DealOfProductInline]
    actions = ["make_one"]

    @admin.display(description="Other products with the same picture")
    def same_picture(self, product: Product) -> str:
        """Links to each, and to the list of them all, where they can be made one."""
        found = same_picture([product])[product.pk]
        if not found:
            return "None that is known."
        names = format_html_join(
            "",
            '<li><a href="{}">{}</a></li>',
            ((reverse("admin:deals_product_change", args=[each.product.pk]), each.product) for each in found),
        )
        ids = ",".join(str(each.pk) for each in [product, *(each.product for each in found)])
        together = f"{reverse('admin:deals_product_changelist')}?id__in={ids}"
        return format_html('<ul>{}</ul><p><a href="{}">Show them together, to make them one</a></p>', names, together)

    @admin.action(description="Make the chosen products one", permissions=["change"])
    def make_one(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        """Merge into the one that was known first."""
        assert isinstance(request.user, User)
        first, *others = products.order_by("created_at", "id")
        if not others:
            self.message_user(request, "Choose two products or more.", messages.ERROR)
        for other in others:
            try:
                merge_products(first, other, reason="An operator said so.", by=request.user)
            except NotMergeable as error:
                self.message_user(request, f"{other}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{other} is {first} now.", messages.SUCCESS)


@admin.register(ProductMerge)
class ProductMergeAdmin(HistoryAdmin):
    list_display = ["kept", "merged", "state", "reason", "confidence", "by", "created_at", "undone_at"]
    list_filter = ["state"]
    list_select_related = ["kept", "merged", "by"]
    search_fields = ["kept__name", "merged__name"]
    actions = ["undo", "do_again"]

    @admin.action(description="Take apart again", permissions=["view"])
    def undo(self, request: HttpRequest, merges: QuerySet[ProductMerge]) -> None:
        """Undo the chosen merges."""
        for merge in merges:
            undo_merge(merge)
        self.message_user(request, "They are products of their own again.", messages.SUCCESS)

    @admin.action(description="Make them one (again)", permissions=["view"])
    def do_again(self, request: HttpRequest, merges: QuerySet[ProductMerge]) -> None:
        """Take back that they were taken apart."""
        assert isinstance(request.user, User)
        for merge in merges.filter(state=MergeState.UNDONE):
            try:
                merge_products(merge.kept, merge.merged, reason="An operator said so.", by=request.user)
            except NotMergeable as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, f"{merge.merged} is {merge.kept} now.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A merge is undone, never forgotten: its deals find their way back by it."""
        return False


@admin.register(ProductSuggestion)
class ProductSuggestionAdmin(HistoryAdmin):
    list_display = ["kept", "merged", "confidence", "state", "reason", "by", "created_at", "decided_at"]
    list_filter = ["state"]
    list_select_related = ["kept", "merged", "by"]
    search_fields = ["kept__name", "merged__name"]
    actions = ["accept_all", "decline_all"]

    @admin.action(description="Accept: they are one product", permissions=["view"])
    def accept_all(self, request: HttpRequest, suggestions: QuerySet[ProductSuggestion]) -> None:
        """Merge the chosen pairs."""
        assert isinstance(request.user, User)
        done = sum(accept(each, by=request.user) for each in suggestions)
        self.message_user(request, f"Made one: {done} of {len(suggestions)}.", messages.SUCCESS)

    @admin.action(description="Decline: they are two products", permissions=["view"])
    def decline_all(self, request: HttpRequest, suggestions: QuerySet[ProductSuggestion]) -> None:
        """Keep the chosen pairs apart; they are never suggested again."""
        assert isinstance(request.user, User)
        done = sum(decline(each, by=request.user) for each in suggestions)
        self.message_user(request, f"Declined: {done} of {len(suggestions)}.", messages.SUCCESS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A decision that is forgotten would be asked for again."""
        return False


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
