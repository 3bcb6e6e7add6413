"""Oneself: profile, preferences, keys, a copy of one's data, and the end of the account."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions.keys import create_key, revoke_key
from accounts.actions.preferences import rename_user, update_preferences
from accounts.actions.registration import close_account
from accounts.api.permissions import IsPerson, current_user
from accounts.api.serializers import (
    DetailSerializer,
    KeySerializer,
    MeSerializer,
    NewKeySerializer,
    PreferencesSerializer,
)
from accounts.selectors import keys_of
from common.api import ApiView, django_request, found, read_body, refuse_unknown
from common.paging import listed, page_of

CLOSED = (
    "Your account is closed. Your profile, preferences, goals, matches, saved deals, notifications, API keys and tokens"
    " were deleted just now; deals and prices that Deal Finder found belong to nobody and stay."
)


class MeView(ApiView):
    def get_permissions(self) -> list[IsAuthenticated | IsPerson]:
        return [IsPerson()] if self.request.method == "DELETE" else [IsAuthenticated()]

    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Profile, preferences, tier, and what is left of its limits."""
        return Response(MeSerializer(current_user(request)).data)

    @extend_schema(operation_id="change_me", request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change the name or some preferences."""
        values = read_body(MeSerializer, request, instance=current_user(request))
        preferences = values.get("preferences", {})
        sent: Any = request.data
        given = sent.get("preferences", ())
        refuse_unknown(given, PreferencesSerializer().fields, "There is no such preference.", below="preferences.")
        user = current_user(request)
        with transaction.atomic():
            try:
                update_preferences(user, **preferences)
            except DjangoValidationError as error:
                raise DjangoValidationError(
                    {f"preferences.{name}": sentences for name, sentences in error.message_dict.items()}
                ) from error
            if "name" in values:
                rename_user(user, values["name"])
        return Response(MeSerializer(user).data)

    @extend_schema(operation_id="close_account", responses={202: DetailSerializer})
    def delete(self, request: Request) -> Response:
        """Close the account at once and delete what belongs to it."""
        close_account(current_user(request))
        logout(django_request(request))
        return Response({"detail": CLOSED}, status=status.HTTP_202_ACCEPTED)


class KeysView(ApiView):
    permission_classes = (IsPerson,)

    @listed("keys", KeySerializer)
    def get(self, request: Request) -> Response:
        """The keys that work, newest first; their secrets are stored nowhere."""
        return page_of(keys_of(current_user(request)), request, KeySerializer)

    @extend_schema(operation_id="create_key", request=KeySerializer, responses={201: NewKeySerializer})
    def post(self, request: Request) -> Response:
        """Make a key. `key` in the answer is the secret, shown this once."""
        values = read_body(KeySerializer, request)
        key, secret = create_key(current_user(request), **values)
        response = Response(KeySerializer(key).data | {"key": secret}, status=status.HTTP_201_CREATED)
        response["Cache-Control"] = "no-store"
        return response


class KeyView(ApiView):
    permission_classes = (IsPerson,)

    @extend_schema(operation_id="key", responses=KeySerializer)
    def get(self, request: Request, key_id: uuid.UUID) -> Response:
        return Response(KeySerializer(found(keys_of(current_user(request)).get, pk=key_id)).data)

    @extend_schema(operation_id="revoke_key", responses={204: None})
    def delete(self, request: Request, key_id: uuid.UUID) -> Response:
        """Revoke a key; it stops working at once."""
        revoke_key(found(keys_of(current_user(request)).get, pk=key_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
