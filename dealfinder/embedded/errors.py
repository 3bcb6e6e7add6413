"""What goes wrong with the embedded servers, always as one sentence for the person at the terminal."""

from __future__ import annotations


class EmbeddedError(Exception):
    """A start or stop that failed; its text is one sentence that says what happened and what to do."""
