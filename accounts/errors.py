"""What can be refused to a user, in sentences."""

from __future__ import annotations


class LimitReached(Exception):
    """The tier's limit is reached; the message says which limit and how many."""


class InvitationUnusable(Exception):
    """The one-time link is unknown, used or expired; the message says which."""
