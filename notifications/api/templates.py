"""The caller's own words: a template for each kind of message and each length, and what it would say."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from accounts.models import User
from common.api import ApiView, read_body
from notifications.models import MessageTemplate
from notifications.own_words.actions import remove_template, save_template
from notifications.own_words.fields import FIELDS
from notifications.own_words.grammar import LONGEST
from notifications.own_words.previewing import preview
from notifications.own_words.words import CLASSES, KINDS


class TemplateSerializer(serializers.Serializer[Any]):
    """Of which message (`match`, `tracking`), in which length (`short`, `long`), and the caller's text; null where the words are ours."""

    kind = serializers.CharField(read_only=True)
    channel_class = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True, allow_null=True)


class TemplatesSerializer(serializers.Serializer[Any]):
    """All that can be written, and the fields that a text may have, each with what it stands for."""

    fields_of_texts = serializers.DictField(child=serializers.CharField(), read_only=True)
    results = TemplateSerializer(many=True, read_only=True)


class TemplateTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class PreviewSerializer(serializers.Serializer[Any]):
    """What a text says of the caller's last such message (`about`, its title; "" for an example), or why it says nothing."""

    said = serializers.CharField(read_only=True)
    problem = serializers.CharField(read_only=True)
    about = serializers.CharField(read_only=True)


class TemplatesView(ApiView):
    @extend_schema(operation_id="message_templates", responses=TemplatesSerializer)
    def get(self, request: Request) -> Response:
        """The caller's templates, and which fields they may have."""
        own = _texts_of(current_user(request))
        places = [(kind, channel_class) for kind in KINDS for channel_class in CLASSES]
        return Response({"fields_of_texts": FIELDS, "results": [_shown(place, own.get(place)) for place in places]})


class TemplateView(ApiView):
    @extend_schema(operation_id="message_template", responses=TemplateSerializer)
    def get(self, request: Request, kind: str, channel_class: str) -> Response:
        """One of them."""
        place = _place(kind, channel_class)
        return Response(_shown(place, _texts_of(current_user(request)).get(place)))

    @extend_schema(operation_id="write_message_template", request=TemplateTextSerializer, responses=TemplateSerializer)
    def put(self, request: Request, kind: str, channel_class: str) -> Response:
        """Write one; it holds from the next message on. 400 where the text is no template."""
        place = _place(kind, channel_class)
        template = save_template(current_user(request), *place, read_body(TemplateTextSerializer, request)["text"])
        return Response(_shown(place, template.text))

    @extend_schema(operation_id="remove_message_template", responses={204: None})
    def delete(self, request: Request, kind: str, channel_class: str) -> Response:
        """Go back to our words."""
        remove_template(current_user(request), *_place(kind, channel_class))
        return Response(status=status.HTTP_204_NO_CONTENT)


class TemplatePreviewView(ApiView):
    @extend_schema(operation_id="preview_message_template", request=TemplateTextSerializer, responses=PreviewSerializer)
    def post(self, request: Request, kind: str, channel_class: str) -> Response:
        """What a text would say; nothing is kept."""
        place, text = _place(kind, channel_class), read_body(TemplateTextSerializer, request)["text"]
        shown = preview(current_user(request), *place, text)
        return Response({"said": shown.said, "problem": shown.problem, "about": shown.about})


def _place(kind: str, channel_class: str) -> tuple[str, str]:
    if kind not in KINDS or channel_class not in CLASSES:
        raise NotFound("There are no templates for such messages.")
    return kind, channel_class


def _texts_of(user: User) -> dict[tuple[str, str], str]:
    rows = MessageTemplate.objects.filter(user=user).values_list("kind", "channel_class", "text")
    return {(kind, channel_class): text for kind, channel_class, text in rows}


def _shown(place: tuple[str, str], text: str | None) -> dict[str, str | None]:
    return {"kind": place[0], "channel_class": place[1], "text": text}
