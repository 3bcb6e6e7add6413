"""What pages ask about deliveries."""

from __future__ import annotations

from django import template

from notifications.delivery import may_send_again
from notifications.models import Delivery

register = template.Library()


@register.filter
def may_go_again(delivery: Delivery) -> bool:
    """Whether its reader may have it sent again."""
    return may_send_again(delivery)
