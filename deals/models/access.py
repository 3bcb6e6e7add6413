"""What an operator set for the requests of one source, and what it keeps between them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from common.models import UUIDModel
from deals.models.source import Source


class SourceAccess(UUIDModel):
    """How a source is asked. Headers, cookies and proxy may hold secrets: they are stored sealed (`common.sealing`), as JSON,
    and never shown; their names are (`agents.scanning.fetching.access`)."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="access")
    user_agents = models.JSONField(default=list, blank=True, help_text="Taken in turn; none means our own honest one.")
    sealed_headers = models.TextField(blank=True, editable=False)
    sealed_cookies = models.TextField(blank=True, editable=False)
    sealed_proxy = models.TextField(blank=True, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "source accesses"

    def __str__(self) -> str:
        return f"access of {self.source}"
