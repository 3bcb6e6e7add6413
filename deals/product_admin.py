"""Admin of products: which deals are one, and what people said of it."""

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
    Deal,
    MergeState,
    Product,
    ProductMerge,
    ProductSuggestion,
)
from deals.picture_selectors import same_picture
from deals.product_actions import NotMergeable, merge_products, undo_merge
from deals.suggestion_actions import accept, decline


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
