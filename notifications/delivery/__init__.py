"""Delivering: claim with a lease, send, write down what became of it.

`claiming` takes what is due, in turn by service, `attempts` sends one message in a thread of its own, `outcomes` writes down what
became of them, `rounds` holds the three together, and `later` lets out what was withheld or failed before.
"""

from notifications.delivery.claiming import LEASE
from notifications.delivery.later import deliver_again, may_send_again, release_withheld, send_again
from notifications.delivery.rounds import deliver_pending

__all__ = ["LEASE", "deliver_again", "deliver_pending", "may_send_again", "release_withheld", "send_again"]
