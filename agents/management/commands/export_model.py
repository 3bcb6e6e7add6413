"""`manage.py export_model`: the pricing model in use, for other places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Write the pricing model in use as a package for SageMaker, or its network as TorchScript."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        form = parser.add_mutually_exclusive_group(required=True)
        form.add_argument("--sagemaker", metavar="FILE", help="model.tar.gz with the specialist and its handler")
        form.add_argument("--torchscript", metavar="FILE", help="the neural network alone, such as network.pt")

    def handle(self, *, sagemaker: str | None, torchscript: str | None, **options: Any) -> None:
        from agents.pricing.export import as_torchscript, write_package
        from agents.pricing.model import UnusableModel, active_folder, load

        target = Path(sagemaker or torchscript or "")
        if not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent} to write {target.name} to.")
        try:
            folder = active_folder()
            model = load(folder)
        except UnusableModel as error:
            raise CommandError(str(error)) from error
        if sagemaker:
            write_package(folder, target)
        else:
            as_torchscript(model).save(str(target))
        self.stdout.write(f"Wrote {target} ({target.stat().st_size / 1e6:.1f} MB) from the model {model.version}.")
