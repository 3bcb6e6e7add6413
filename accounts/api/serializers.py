"""What the API says and takes of users and what they own."""

from __future__ import annotations

from typing import Any

from babel.numbers import list_currencies
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.actions.keys import SCOPES
from accounts.models import ApiKey, Goal, Preferences, User
from accounts.selectors import limits_of, preferences_of
from common.fields import AmountField, TakesMoney, shown_amount

MOST_WORDS = 50


class RegisterSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)


class CredentialsSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2000)


class EmailSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)


class DetailSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(read_only=True)


class RegisteredSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "tier", "date_joined")
        read_only_fields = fields


class PreferencesSerializer(TakesMoney, serializers.ModelSerializer[Preferences]):
    amounts = ("opportunity_threshold",)
    opportunity_threshold = AmountField()

    class Meta:
        model = Preferences
        fields = ("time_zone", "currency", "opportunity_threshold", "email_alerts", "language", "theme")

    def to_representation(self, instance: Preferences) -> dict[str, Any]:
        shown = super().to_representation(instance)
        shown["opportunity_threshold"] = shown_amount(instance.opportunity_threshold, instance.currency)
        return shown


class LimitSerializer(serializers.Serializer[Any]):
    limit = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True)


class LimitsSerializer(serializers.Serializer[Any]):
    active_goals = LimitSerializer()
    marketplaces_per_goal = serializers.IntegerField(allow_null=True)


class MeSerializer(serializers.ModelSerializer[User]):
    """Oneself. The name and the preferences can be changed."""

    preferences = PreferencesSerializer()
    limits = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "tier", "date_joined", "preferences", "limits")
        read_only_fields = ("id", "email", "role", "tier", "date_joined")

    def to_representation(self, instance: User) -> dict[str, Any]:
        preferences_of(instance)
        return super().to_representation(instance)

    @extend_schema_field(LimitsSerializer)
    def get_limits(self, user: User) -> dict[str, Any]:
        return limits_shown(user)


def limits_shown(user: User) -> dict[str, Any]:
    """What the user's tier allows and what is left of it; null stands for no limit."""
    limits = limits_of(user)
    goals = {"limit": limits.active_goals, "used": limits.active_goals_used, "left": limits.active_goals_left}
    return {"active_goals": goals, "marketplaces_per_goal": limits.marketplaces_per_goal}


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), allow_empty=False, max_length=len(SCOPES))

    class Meta:
        model = ApiKey
        fields = ("id", "name", "prefix", "scopes", "created_at", "last_used_at")
        read_only_fields = ("id", "prefix", "created_at", "last_used_at")


class NewKeySerializer(KeySerializer):
    """A key that was just made, with its secret: the only time that it is shown."""

    key = serializers.CharField(read_only=True)

    class Meta(KeySerializer.Meta):
        fields = (*KeySerializer.Meta.fields, "key")  # type: ignore[assignment]


class GoalSerializer(TakesMoney, serializers.ModelSerializer[Goal]):
    """A goal. Its amounts are decimal strings in its `currency`."""

    amounts = ("min_price", "max_price", "min_discount", "budget")
    min_price = AmountField(required=False, allow_null=True)
    max_price = AmountField(required=False, allow_null=True)
    min_discount = AmountField(required=False, allow_null=True)
    budget = AmountField(required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False)

    class Meta:
        model = Goal
        fields = (
            "id", "title", "description", "keywords", "excluded_keywords", "brands", "category", "marketplaces", "condition",
            "min_price", "max_price", "currency", "min_discount", "min_discount_percent", "min_score", "min_similarity",
            "location", "radius_km",
            "deadline", "priority", "check_interval_minutes", "max_matches", "quantity", "budget",
            "channels", "status", "match_count", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = ("id", "match_count", "created_at", "updated_at")
        extra_kwargs = {
            name: {"max_length": MOST_WORDS}
            for name in ("keywords", "excluded_keywords", "brands", "marketplaces", "channels")
        }

    def validate_currency(self, currency: str) -> str:
        if currency.upper() not in list_currencies():
            raise serializers.ValidationError("No such currency; an example is EUR.")
        return currency.upper()

    def to_representation(self, instance: Goal) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | {name: shown_amount(getattr(instance, name), instance.currency) for name in self.amounts}
