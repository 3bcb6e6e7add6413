from notifications.models.allowance import Allowance
from notifications.models.channel import ChannelState, Pace, UserChannel
from notifications.models.delivery import Delivery, DeliveryState
from notifications.models.notification import Notification, NotificationState, Told
from notifications.models.quiet import MutedMerchant, Quiet, Snooze
from notifications.models.template import MessageTemplate

__all__ = [
    "Allowance",
    "ChannelState",
    "Delivery",
    "DeliveryState",
    "MessageTemplate",
    "MutedMerchant",
    "Notification",
    "NotificationState",
    "Pace",
    "Quiet",
    "Snooze",
    "Told",
    "UserChannel",
]
