"""What the API says of deals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.fields import MoneyField, OptionalMoneyField
from common.money import Money
from deals.api.shown import shown_in_lists
from deals.life import Moment, timeline_of
from deals.models import (
    Condition,
    Deal,
    DealChange,
    Estimate,
    InteractionKind,
    Match,
    PricePoint,
    Submission,
    Valuation,
    Verdict,
)
from deals.selectors import ORDERINGS, is_opportunity_for, offers_of, verdict_sentences

FOR_YOU = "for_you"


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=4, min_value=Decimal(0), required=False)


class DealQuery(serializers.Serializer[Any]):
    """The filters of a list of deals. Amounts are in `currency`: the caller's own, or US dollars for a visitor."""

    search = serializers.CharField(max_length=200, required=False)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=80, required=False, help_text="The name of a source."
    )
    marketplace = serializers.CharField(max_length=80, required=False)
    category = serializers.CharField(max_length=100, required=False)
    condition = serializers.ChoiceField(["any", *Condition.values], required=False)
    min_price = _amount()
    max_price = _amount()
    min_discount = _amount()
    min_discount_percent = serializers.DecimalField(
        max_digits=7, decimal_places=4, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    min_score = serializers.IntegerField(min_value=0, max_value=100, required=False)
    currency = serializers.RegexField(r"^[A-Za-z]{3}$", required=False)
    since = serializers.DateTimeField(required=False, help_text="First seen at this time or later.")
    ordering = serializers.ChoiceField(
        [*(sign + name for name in ORDERINGS for sign in ("", "-")), FOR_YOU],
        required=False,
        help_text="With - for descending. for_you is the caller's own order; a visitor gets the newest first.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        lowest, highest = attrs.get("min_price"), attrs.get("max_price")
        if lowest is not None and highest is not None and lowest > highest:
            raise serializers.ValidationError({"min_price": "The lowest price is above the highest price."})
        if attrs.get("condition") == "any":
            del attrs["condition"]
        return attrs


class SourceNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()


class MarkSerializer(serializers.Serializer[Any]):
    saved = serializers.BooleanField()
    dismissed = serializers.BooleanField()


@extend_schema_field({"oneOf": [{"type": "string", "enum": list(Verdict.values)}, {"type": "null"}]})
class VerdictField(serializers.CharField):
    """A word for what to do about a deal, or null; only the schema needs it."""


class DealSerializer(serializers.ModelSerializer[Deal]):
    """A deal as lists show it. `worth` and what follows from it is null while it is not valued, or cannot be.

    The fields tell the schema; `shown_in_lists` says what stands in them.
    """

    price = MoneyField("price")
    list_price = OptionalMoneyField("list_price")
    shipping = OptionalMoneyField("shipping")
    source = SourceNameSerializer(allow_null=True)  # type: ignore[assignment]
    worth = OptionalMoneyField("worth")
    low = OptionalMoneyField("low")
    high = OptionalMoneyField("high")
    discount = OptionalMoneyField("discount")
    discount_percent = serializers.FloatField(allow_null=True)
    score = serializers.IntegerField(allow_null=True)
    verdict = VerdictField()
    verdict_reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="Two sentences; none where the deal was last valued before there were any.",
    )
    mark = MarkSerializer(allow_null=True, help_text="How the caller marked it; null for a visitor.")

    class Meta:
        model = Deal
        fields = (
            "id", "title", "url", "marketplace", "merchant", "brand", "category", "condition", "image_url", "location",
            "price", "list_price", "shipping", "availability", "gtin", "mpn",
            "worth", "low", "high", "discount", "discount_percent", "score", "verdict", "verdict_reasons",
            "state", "is_sample", "source", "mark",
            "published_at", "first_seen_at", "last_seen_at", "price_changed_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, deal: Deal) -> dict[str, Any]:
        """As the fields say it, written down at once: a field at a time takes longer than a page's share of a search."""
        shown = shown_in_lists(deal, self.context.get("marks"))
        for name in self.Meta.fields:
            if name not in shown:
                field = self.fields[name]
                value = field.get_attribute(deal)
                shown[name] = None if value is None else field.to_representation(value)
        return shown


class EstimateSerializer(serializers.ModelSerializer[Estimate]):
    """What one estimator said, in US dollars; null where it could not say."""

    value = serializers.SerializerMethodField("get_dollars")

    class Meta:
        model = Estimate
        fields = ("estimator", "version", "value", "weight", "milliseconds", "error")
        read_only_fields = fields

    @extend_schema_field(OptionalMoneyField("value_usd"))
    def get_dollars(self, estimate: Estimate) -> Any:
        return None if estimate.value_usd is None else Money(estimate.value_usd, "USD").as_json()


class ValuationSerializer(serializers.ModelSerializer[Valuation]):
    """What a deal is worth, with the evidence: an 80 % interval, comparables, reasons, and what each estimator said."""

    price = MoneyField("price")
    worth = OptionalMoneyField("worth")
    low = OptionalMoneyField("low")
    high = OptionalMoneyField("high")
    discount = OptionalMoneyField("discount")
    discount_percent = serializers.FloatField(allow_null=True)
    exchange_rate = serializers.CharField(allow_null=True, help_text="US dollars for one unit of the currency.")
    estimates = EstimateSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    comparables = serializers.ListField(child=serializers.DictField())
    weights = serializers.DictField(child=serializers.FloatField())
    score_parts = serializers.DictField(help_text="Their sum, held within 0 and 100, is the score.")
    score_inputs = serializers.DictField(
        help_text="What each part was worked out from; amounts are in the currency of the price."
    )
    score_version = serializers.CharField(help_text="The formula, as `score` tells it; empty for scores from before.")
    statistics = serializers.DictField(
        help_text="The score against the product's last five, and the stability of its price."
    )
    verdict_reasons = serializers.SerializerMethodField()
    verdict_record = serializers.DictField(help_text="All that the verdict and its two sentences rest on.")
    is_opportunity = serializers.SerializerMethodField()

    class Meta:
        model = Valuation
        fields = (
            "deal_id", "price", "worth", "low", "high", "discount", "discount_percent", "score", "score_parts",
            "score_inputs", "score_version", "statistics", "verdict", "verdict_reasons", "verdict_record",
            "reasons", "confidence", "weights", "estimates", "comparables", "exchange_rate", "exchange_rate_date",
            "is_opportunity", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_verdict_reasons(self, valuation: Valuation) -> list[str]:
        """Two sentences; none for a valuation from before there were any."""
        return verdict_sentences(valuation)

    def get_is_opportunity(self, valuation: Valuation) -> bool:
        """By the caller's own threshold."""
        return is_opportunity_for(self.context["reader"], valuation)


class DealDetailSerializer(DealSerializer):
    """A deal with its description and its valuation's evidence."""

    valuation = ValuationSerializer(allow_null=True)

    class Meta(DealSerializer.Meta):
        fields = (*DealSerializer.Meta.fields, "description", "valuation")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class OtherOfferSerializer(serializers.ModelSerializer[Deal]):
    """The same product at another place."""

    price = MoneyField("price")

    class Meta:
        model = Deal
        fields = ("id", "title", "url", "marketplace", "merchant", "condition", "price", "last_seen_at")
        read_only_fields = fields


class ProductOfDealSerializer(serializers.Serializer[Any]):
    """The thing itself: why the deal is thought to be of it, and where else it is offered now, the cheapest first."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    gtin = serializers.CharField(help_text="14 digits, or empty.")
    brand = serializers.CharField()
    mpn = serializers.CharField()
    reason = serializers.CharField()
    confidence = serializers.FloatField(allow_null=True)
    offers = OtherOfferSerializer(many=True)


class MomentSerializer(serializers.Serializer[Any]):
    """One thing that happened to a deal. `price` is set where it was found or its price changed."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(["found", *DealChange.values])
    note = serializers.CharField()
    price = serializers.SerializerMethodField()
    old_price = serializers.SerializerMethodField()

    @extend_schema_field(OptionalMoneyField("price"))
    def get_price(self, moment: Moment) -> Any:
        return None if moment.price is None else Money(moment.price, moment.currency).as_json()

    @extend_schema_field(OptionalMoneyField("old_price"))
    def get_old_price(self, moment: Moment) -> Any:
        return None if moment.old_price is None else Money(moment.old_price, moment.currency).as_json()


class WholeDealSerializer(DealDetailSerializer):
    """A deal with its product, the product's other offers, and what happened to it, the newest first."""

    product = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    class Meta(DealDetailSerializer.Meta):
        fields = (*DealDetailSerializer.Meta.fields, "product", "timeline")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(ProductOfDealSerializer(allow_null=True))
    def get_product(self, deal: Deal) -> Any:
        product = deal.product
        if product is None:
            return None
        why = {"reason": deal.product_reason, "confidence": deal.product_confidence, "offers": offers_of(deal)}
        facts = {name: getattr(product, name) for name in ("id", "name", "gtin", "brand", "mpn")}
        return ProductOfDealSerializer(facts | why).data

    @extend_schema_field(MomentSerializer(many=True))
    def get_timeline(self, deal: Deal) -> Any:
        return MomentSerializer(timeline_of(deal), many=True).data


class PricePointSerializer(serializers.ModelSerializer[PricePoint]):
    price = MoneyField("price")
    list_price = OptionalMoneyField(
        "list_price", help_text="What was claimed as the list price then; null where nothing was."
    )

    class Meta:
        model = PricePoint
        fields = ("price", "list_price", "observed_at")
        read_only_fields = fields


class InteractionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(InteractionKind.choices)


class InteractionDoneSerializer(MarkSerializer):
    """What was written down, and where the deal stands with the caller now."""

    deal_id = serializers.UUIDField()
    kind = serializers.ChoiceField(InteractionKind.choices)


class MatchSerializer(serializers.ModelSerializer[Match]):
    """A deal that meets a goal, and why."""

    deal = DealSerializer()
    reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Match
        fields = ("id", "goal_id", "deal", "reasons", "created_at")
        read_only_fields = fields


class LiveEventSerializer(serializers.Serializer[Any]):
    """A message of the live feed."""

    type = serializers.CharField()
    version = serializers.IntegerField()
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


class NewSubmissionSerializer(serializers.Serializer[Any]):
    """An offer seen elsewhere: its address, and its page where the caller has it."""

    url = serializers.URLField(max_length=2000, validators=[URLValidator(["http", "https"])])
    html = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, help_text="At most 6 MB.")


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """What the caller sent, and what became of it. `evidence` says for each deal what the page said, and the outcome: new, updated,
    agrees, or differs, which leaves the deal as it is."""

    evidence = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = Submission
        fields = ("id", "url", "state", "reason", "size", "evidence", "created_at", "finished_at")
        read_only_fields = fields


class EventsSerializer(serializers.Serializer[Any]):
    """`seq` is how far the caller's stream has come; `next` is null when nothing is left to read."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    seq = serializers.IntegerField()
    results = LiveEventSerializer(many=True)
