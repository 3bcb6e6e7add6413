"""The words that the caller has written for their messages: one template a kind of message and class of channels."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import current_user
from common.api import ApiView, found, read_body
from common.paging import listed, page_of
from notifications.models import MessageTemplate
from notifications.own_words.actions import remove_template, save_template
from notifications.own_words.grammar import LONGEST
from notifications.own_words.previewing import Preview, preview
from notifications.own_words.words import CLASSES, KINDS


class MessageTemplateSerializer(serializers.ModelSerializer[MessageTemplate]):
    """A text with fields in braces, such as `{name} {price}`, for one kind of message on short or long channels."""

    class Meta:
        model = MessageTemplate
        fields = ("kind", "channel_class", "text", "created_at", "updated_at")
        read_only_fields = fields


class TemplateTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=LONGEST, trim_whitespace=False, help_text="As it is: spaces and line breaks count."
    )


class PreviewSerializer(serializers.Serializer[Preview]):
    """What a text would say of the caller's last message of that kind (`about` is its title, empty for an example), or why nothing."""

    said = serializers.CharField()
    problem = serializers.CharField()
    about = serializers.CharField()


class MessageTemplatesView(ApiView):
    @listed("message_templates", MessageTemplateSerializer)
    def get(self, request: Request) -> Response:
        """The caller's own templates. What is not among them goes out in our words."""
        rows = MessageTemplate.objects.filter(user=current_user(request)).order_by("created_at", "id")
        return page_of(rows, request, MessageTemplateSerializer)


class MessageTemplateView(ApiView):
    @extend_schema(operation_id="message_template", responses=MessageTemplateSerializer)
    def get(self, request: Request, kind: str, channel_class: str) -> Response:
        """One of the caller's templates; 404 where those messages go out in our words."""
        rows = MessageTemplate.objects.filter(user=current_user(request))
        return Response(MessageTemplateSerializer(found(rows.get, kind=kind, channel_class=channel_class)).data)

    @extend_schema(
        operation_id="write_message_template", request=TemplateTextSerializer, responses=MessageTemplateSerializer
    )
    def put(self, request: Request, kind: str, channel_class: str) -> Response:
        """Write a template, or change it; it holds from the next message on."""
        _check(kind, channel_class)
        text = read_body(TemplateTextSerializer, request)["text"]
        return Response(MessageTemplateSerializer(save_template(current_user(request), kind, channel_class, text)).data)

    @extend_schema(operation_id="remove_message_template", responses={204: None})
    def delete(self, request: Request, kind: str, channel_class: str) -> Response:
        """Go back to our words."""
        _check(kind, channel_class)
        remove_template(current_user(request), kind, channel_class)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessagePreviewView(ApiView):
    @extend_schema(operation_id="preview_message_template", request=TemplateTextSerializer, responses=PreviewSerializer)
    def post(self, request: Request, kind: str, channel_class: str) -> Response:
        """What a text would say; nothing is kept."""
        _check(kind, channel_class)
        text = read_body(TemplateTextSerializer, request)["text"]
        return Response(PreviewSerializer(preview(current_user(request), kind, channel_class, text)).data)


def _check(kind: str, channel_class: str) -> None:
    if kind not in KINDS or channel_class not in CLASSES:
        raise Http404("There are no templates for such messages.")
