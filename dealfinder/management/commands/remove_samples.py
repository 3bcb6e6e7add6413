"""`manage.py remove_samples`: takes the samples out, with everything that followed from them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dealfinder.starter.removal import remove_starter_data


class Command(BaseCommand):
    help = "Remove the sample offers and products; they are not loaded by themselves again."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(remove_starter_data().sentence)
