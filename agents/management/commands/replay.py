"""`manage.py replay`: read again what sources gave, after a parser was mended."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from agents.scanning.archive.replaying import Replay, replay_all
from common.templatetags.show import plural
from deals.models import Source


class Command(BaseCommand):
    help = "Read again, from the archive, what sources gave since a day. A second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", required=True, type=_moment, metavar="DATE", help="such as 2026-11-25, in UTC")
        parser.add_argument("--source", metavar="NAME", help="only the source of this name")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        source = None
        if options["source"]:
            source = Source.objects.filter(name=options["source"]).first()
            if source is None:
                raise CommandError(f"There is no source “{options['source']}”.")
        replays = replay_all(options["since"], source)
        if options["json"]:
            said = {"since": options["since"].isoformat(), "sources": [each.as_json() for each in replays]}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
            return
        for each in replays:
            self._say(each)
        if not replays:
            self.stdout.write(f"The archive has nothing since {options['since']:%Y-%m-%d %H:%M}.")

    def _say(self, done: Replay) -> None:
        self.stdout.write(
            f"{done.source}: {plural(done.bodies, 'body,bodies')} with {plural(done.entries, 'entry,entries')}; can be read now: "
            f"{done.read_now}, no more: {done.skipped_now}, new: {done.new_entries}; {plural(done.deals_found, 'deal,deals')} found, "
            f"{plural(done.prices_changed, 'price,prices')} changed, {done.prices_added} added to the history and "
            f"{done.prices_mended} mended in it."
        )
        for line in done.changes:
            self.stdout.write(f"  {line}")
        for each in done.unusable:
            self.stdout.write(f"  not used, {each['at']}: {each['error']}")


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment, datetime.UTC)
