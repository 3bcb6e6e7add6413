"""The archive itself: what a source gave is put there when it has changed, read from there, and removed when its time is over.

It lies in a folder of this home, or in S3 where `ARCHIVE_STORE` says so. Keeping it never costs a scan: what goes wrong is a
warning on the fetch.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
from typing import Final

from django.conf import settings
from django.utils import timezone

from agents.scanning.archive.bodies import LARGEST, ROOT, Body, UnusableBody, day_of, name_of, pack, unpack
from common.breaker import Breaker
from common.objects import FolderObjects, ObjectFailure, Objects, S3Objects
from deals.models import Fetch, Source

log = logging.getLogger(__name__)

SAME_FOR: Final = datetime.timedelta(days=7)
"""What comes back unchanged is not kept twice within this time."""
_BATCH: Final = 500
_RULE: Final = "deal-finder-archive"
_S3: Final = Breaker("archive", failures=3, pause=60)
_AWAY: Final = "The archive does not answer, so it is left alone for a minute; this body was not kept."


def archive() -> Objects:
    """Where bodies are kept."""
    if settings.ARCHIVE_STORE:
        return S3Objects(settings.ARCHIVE_STORE, seconds=5, tries=1, patience=6)
    return FolderObjects(settings.ARCHIVE_DIR)


def keep_body(source: Source, attempt: Fetch, body: Body) -> None:
    """Put what a fetch gave into the archive and note on `attempt` (which the caller saves) where it is. Raises nothing."""
    digest = hashlib.sha256(body.content).hexdigest()
    attempt.archive_sha256 = digest
    before = Fetch.objects.filter(source=source).exclude(archive_key="").order_by("-started_at").first()
    if before is not None and before.archive_sha256 == digest and _is_fresh(before.archive_key, body.fetched_at):
        attempt.archive_key = before.archive_key
        return
    name = name_of(source.name, attempt.pk, body.fetched_at)
    guarded = bool(settings.ARCHIVE_STORE)
    if guarded and not _S3.allows():
        attempt.archive_error = _AWAY
        return
    try:
        archive().put(name, pack(body))
    except ObjectFailure as error:
        attempt.archive_error = f"Not kept in the archive: {error}"[:300]
        log.warning("A body of %s was not kept: %s", source.name, error)
        if guarded:
            _S3.failed()
        return
    attempt.archive_key = name
    if guarded:
        _S3.succeeded()


def body_of(attempt: Fetch) -> Body:
    """What a fetch gave. Raises `UnusableBody` where it is not there (any more), or is not what was put there."""
    if day_of(attempt.archive_key) is None:
        raise UnusableBody("Nothing was kept of this fetch.")
    try:
        body = unpack(archive().get(attempt.archive_key, largest=LARGEST))
    except ObjectFailure as error:
        raise UnusableBody(f"It cannot be read from the archive: {error}") from error
    if hashlib.sha256(body.content).hexdigest() != attempt.archive_sha256:
        raise UnusableBody("It was changed after it was put into the archive, so it is not used.")
    return body


def clean_up_archive() -> int:
    """Remove the bodies whose time is over, and return how many that were. Raises `ObjectFailure`."""
    last = timezone.now().date() - datetime.timedelta(days=settings.ARCHIVE_DAYS)
    store, gone, batch = archive(), 0, []
    for name in store.names(ROOT):
        day = day_of(name)
        if day is None:
            continue
        if day >= last:  # names are in the order of their days
            break
        batch.append(name)
    for start in range(0, len(batch), _BATCH):
        store.delete(batch[start : start + _BATCH])
        gone += len(batch[start : start + _BATCH])
    if batch:
        Fetch.objects.filter(archive_key__in=batch).update(archive_key="")
    return gone


def set_rule() -> str:
    """Give the bucket a rule that removes bodies whose time is over, beside the rules that it has; returns it in words.

    Raises `ObjectFailure`, also where the archive is no bucket.
    """
    store = archive()
    if not isinstance(store, S3Objects):
        raise ObjectFailure("ARCHIVE_STORE is not set: the archive is a folder, which the daily clean-up looks after.")
    try:
        rules = store.ask("get_bucket_lifecycle_configuration").get("Rules", [])
    except ObjectFailure as error:
        if "NoSuchLifecycleConfiguration" not in str(error):
            raise
        rules = []
    prefix = f"{store.prefix}/{ROOT}" if store.prefix else ROOT
    # A day more than the clean-up waits, so that it finds what it counts.
    ours = {
        "ID": _RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "Expiration": {"Days": settings.ARCHIVE_DAYS + 1},
    }
    others = [rule for rule in rules if rule.get("ID") != _RULE]
    store.ask("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [*others, ours]})
    return f"S3 removes what lies under {prefix} after {settings.ARCHIVE_DAYS + 1} days. {len(others)} other rules stay as they are."


def _is_fresh(name: str, now: datetime.datetime) -> bool:
    day = day_of(name)
    return day is not None and now.date() - day < SAME_FOR
