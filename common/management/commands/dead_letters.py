"""`manage.py dead_letters`: what failed for good, and its replay."""

from __future__ import annotations

import json
import sys
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from common.dead_letters import AlreadyReplayed, replay
from common.models import DeadLetter


class Command(BaseCommand):
    help = "Lists work that failed for good, and enqueues it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--replay", metavar="ID|all", help="enqueue one of them again, or all")
        parser.add_argument("--json", action="store_true", help="print JSON alone")

    def handle(self, *args: Any, **options: Any) -> None:
        open_letters = DeadLetter.objects.filter(replayed_at=None).order_by("created_at", "id")
        if options["replay"]:
            wanted = (
                list(open_letters.values_list("pk", flat=True))
                if options["replay"] == "all"
                else [_id(options["replay"])]
            )
            self._show("replayed", [_replayed(letter_id) for letter_id in wanted], options["json"])
        else:
            self._show("dead_letters", list(open_letters), options["json"])

    def _show(self, name: str, letters: list[DeadLetter], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({name: [_facts(letter) for letter in letters]}, ensure_ascii=False))
            return
        for letter in letters:
            self.stdout.write(
                f"{letter.pk}  {letter.created_at:%Y-%m-%d %H:%M}  {letter.stage}  {letter.object_id}\n    {letter.error}"
            )
        if name == "replayed":
            self.stdout.write(f"{_count(letters)} enqueued again." if letters else "There is nothing to replay.")
        else:
            self.stdout.write(f"{_count(letters)}." if letters else "Nothing has failed for good.")


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        sys.stderr.write(f"“{text}” is not the id of a dead letter: it wants one from the list, or “all”.\n")
        raise SystemExit(2) from None


def _replayed(letter_id: uuid.UUID) -> DeadLetter:
    try:
        return replay(letter_id)
    except DeadLetter.DoesNotExist:
        raise CommandError(f"There is no dead letter {letter_id}.") from None
    except AlreadyReplayed as error:
        raise CommandError(str(error)) from None
    except OperationalError as error:
        raise CommandError(
            "The task queue cannot be reached, so nothing more was replayed; start Valkey and try again."
        ) from error


def _facts(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.pk),
        "stage": letter.stage,
        "object_id": letter.object_id,
        "task": letter.task,
        "error": letter.error,
        "attempts": letter.attempts,
        "created_at": letter.created_at.isoformat(),
        "replayed_at": letter.replayed_at.isoformat() if letter.replayed_at else None,
    }


def _count(letters: list[DeadLetter]) -> str:
    return "1 dead letter" if len(letters) == 1 else f"{len(letters)} dead letters"
