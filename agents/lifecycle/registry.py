"""The life of a model: registered as staged, activated, retired, and back. The only code that changes `ModelVersion`.

Every change takes one lock, so that there is one active model and nobody acts on what has just changed. Nothing here loads a
model: the web processes use it too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from agents.lifecycle.stores import WITH_PROGRAM, ShippedStore, Store, bring_here, is_shipped, own_store
from agents.models import ModelState, ModelVersion
from agents.pricing.folders import (
    METADATA,
    Choice,
    UnusableModel,
    checked_arrays,
    choose,
    digest,
    folder_of,
    models_folder,
    read_metadata,
    shipped_folder,
)
from common.enqueue import wake_after_commit

BY_PROGRAM: Final = "the program"
_LOCK: Final = 0x30DE1
_METRICS: Final = ("dev", "held_out", "measured", "retraining")
logger = logging.getLogger(__name__)


class NotPossible(Exception):
    """What was asked for cannot be done with this model; the message is a sentence."""


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def register(folder: Path, *, who: str) -> ModelVersion:
    """Make a model known as staged, its artefact checked and put into the store. One that is known already stays as it is.

    Raises `UnusableModel` for a folder that is no whole model, or another one of a version that is in use.
    """
    metadata = read_metadata(folder)
    known = ModelVersion.objects.filter(version=metadata["version"]).first()
    checksum = digest(folder)
    if known is not None and known.checksum == checksum:
        return known
    checked_arrays(folder, metadata)
    if known is not None and not is_shipped(folder) and (known.state == ModelState.ACTIVE or known.traffic_percent):
        raise UnusableModel(f"Another model is in use under the version {known.version}; train this one again.")
    store: Store = ShippedStore() if is_shipped(folder) else own_store()
    facts = _facts(metadata) | {"checksum": checksum, "location": store.put(folder), "registered_by": who}
    with _one_at_a_time():
        model, _ = ModelVersion.objects.update_or_create(version=metadata["version"], defaults=facts)
    return model


def _facts(metadata: dict[str, Any]) -> dict[str, Any]:
    data = metadata.get("data", {})
    try:
        trained_at = datetime.fromisoformat(str(metadata.get("trained_at")))
    except ValueError:
        trained_at = None
    return {
        "data_fingerprint": str(data.get("sha256", ""))[:64],
        "rows": int(data.get("rows", 0)),
        "metrics": {name: metadata[name] for name in _METRICS if isinstance(metadata.get(name), dict)},
        "reference": metadata.get("reference") or {},
        "trained_at": trained_at,
    }


def activate(model: ModelVersion, *, who: str) -> ModelVersion:
    """Use a model for all deals from now on; the one before it is retired. What is active stays so, and nothing changes.

    Raises `NotPossible` where the artefact is here and damaged.
    """
    _check_what_is_here(model)
    with _one_at_a_time():
        model.refresh_from_db()
        if model.state == ModelState.ACTIVE:
            return model
        now = timezone.now()
        ModelVersion.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.RETIRED, retired_at=now)
        model.state, model.activated_at, model.activated_by, model.retired_at = ModelState.ACTIVE, now, who, None
        model.traffic_percent, model.traffic_since, model.error, model.note = 0, None, "", ""
        model.save()
        wake_after_commit("models.follow")
    logger.info("The pricing model %s is active", model.version)
    return model


def _check_what_is_here(model: ModelVersion) -> None:
    """A web process may have no folder of it; then the worker finds out, and says so on the model."""
    folder = folder_of(model.version)
    if folder is None:
        return
    try:
        checked_arrays(folder, read_metadata(folder))
        bring_here(model.location, model.version, model.checksum)
    except UnusableModel as error:
        raise NotPossible(str(error)) from error


def stage(model: ModelVersion) -> ModelVersion:
    """Take a retired model back among those that may be activated. Raises `NotPossible` for the active one."""
    return _put_aside(model, ModelState.STAGED)


def retire(model: ModelVersion) -> ModelVersion:
    """Put a staged model away; it values nothing any more. Raises `NotPossible` for the active one."""
    return _put_aside(model, ModelState.RETIRED)


def _put_aside(model: ModelVersion, state: ModelState) -> ModelVersion:
    with _one_at_a_time():
        model.refresh_from_db()
        if model.state == ModelState.ACTIVE:
            raise NotPossible(f"{model.version} is the active model. Activate another one instead, and it is retired.")
        model.state, model.traffic_percent, model.error = state, 0, ""
        model.save(update_fields=["state", "traffic_percent", "error"])
        wake_after_commit("models.follow")
    return model


def previous() -> ModelVersion | None:
    """The model that was active before the present one."""
    retired = ModelVersion.objects.exclude(state=ModelState.ACTIVE).filter(retired_at__isnull=False)
    return retired.order_by("-retired_at").first()


def roll_back(*, who: str) -> ModelVersion:
    """Activate the model that was active before. Done twice, it is as it was. Raises `NotPossible` where there was none."""
    before = previous()
    if before is None:
        raise NotPossible("There is no model to go back to: only one has ever been active.")
    return activate(before, who=who)


def give_traffic(model: ModelVersion, percent: int) -> ModelVersion:
    """Let a staged model value a share of the deals, 1 to 90 per cent, or none with 0. Raises `NotPossible`.

    Another share starts the comparison anew, because deals change sides.
    """
    if not 0 <= percent <= 90:
        raise NotPossible("The share is a whole number from 0 to 90 per cent.")
    if percent:
        _check_what_is_here(model)
    with _one_at_a_time():
        model.refresh_from_db()
        if percent and model.state != ModelState.STAGED:
            raise NotPossible(
                f"{model.version} is {model.get_state_display().lower()}; only a staged model can be compared."
            )
        if percent:
            ModelVersion.objects.exclude(pk=model.pk).filter(traffic_percent__gt=0).update(traffic_percent=0)
        if percent and percent != model.traffic_percent:
            model.traffic_since, model.comparison = timezone.now(), {}
        model.traffic_percent, model.error = percent, ""
        model.save(update_fields=["traffic_percent", "traffic_since", "comparison", "error"])
        wake_after_commit("models.follow")
    return model


def note_error(version: str, sentence: str) -> None:
    """Say on a model why a machine cannot use it."""
    ModelVersion.objects.filter(version=version).exclude(error=sentence).update(error=sentence)


def adopt_folders() -> list[ModelVersion]:
    """Register the models of this home that the registry does not know, as staged; returns the new ones."""
    folders = [path.parent for path in sorted(models_folder().glob(f"*/{METADATA}")) if path.parent.name[0] != "."]
    known = set(ModelVersion.objects.values_list("version", flat=True)) if folders else set()
    new = []
    for folder in folders:
        if folder.name in known:
            continue
        try:
            new.append(register(folder, who=BY_PROGRAM))
        except UnusableModel as error:
            logger.warning("A folder among the models is left out: %s", error)
    return new


def adopt_choice(chosen: Choice) -> None:
    """Take over what this machine chose while no database could be asked: the newest choice counts.

    Where the registry's active model was chosen later by somebody, the machine's choice is only staged.
    """
    folder = folder_of(chosen.version)
    if folder is None:
        choose(chosen.version, registered=True)
        return
    model = register(folder, who=BY_PROGRAM)
    active = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    by_itself = active is None or active.activated_by == BY_PROGRAM
    if active is None or by_itself or (active.activated_at is not None and active.activated_at < chosen.at):
        activate(model, who="train_pricing --activate")
    choose(chosen.version, registered=True)


def adopt_shipped() -> None:
    """Make the program's own model known, and active where nothing is, or where an older one of the program's is.

    Never an older one in place of a newer: while machines are brought up to date one by one, each has its own.
    """
    folder = shipped_folder()
    if folder is None:
        return
    active = ModelVersion.objects.filter(state=ModelState.ACTIVE).first()
    is_older = active is not None and active.location == WITH_PROGRAM and active.version < folder.name
    is_edited = active is not None and active.version == folder.name and active.checksum != digest(folder)
    if active is None or is_older:
        activate(register(folder, who=BY_PROGRAM), who=BY_PROGRAM)
    elif is_edited:
        register(folder, who=BY_PROGRAM)
