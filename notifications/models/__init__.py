from notifications.models.notification import Delivery, DeliveryState, Notification, NotificationState, Told

__all__ = ["Delivery", "DeliveryState", "Notification", "NotificationState", "Told"]
