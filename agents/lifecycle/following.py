"""This machine follows the registry: what is active there is fetched, checked, and chosen here.

The database says which model is active; the file `active` of this home is what the machine makes of that, so that everything
which only reads files (a worker between two looks, a command without a database) goes on with the same model. Processes that
value deals look at the registry every few seconds. Where it cannot be reached the machine keeps what it has.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.db.models import Q

from agents.lifecycle import registry
from agents.lifecycle.stores import WITH_PROGRAM, bring_here
from agents.models import ModelState, ModelVersion
from agents.pricing.folders import UnusableModel, active_folder, choice, choose, choose_shipped, models_folder

EVERY: Final = 5.0  # seconds between two looks
AFTER_FAILURE: Final = 30.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """The version that this machine uses, and the one that values `percent` of the deals beside it ("" for none)."""

    active: str
    challenger: str = ""
    percent: int = 0


@dataclass
class _Memory:
    standing: Standing | None = None
    home: str = ""
    until: float = 0.0


_memory = _Memory()


def follow(*, now: bool = False) -> Standing:
    """Bring this machine in line with the registry, at most every few seconds unless `now`, and say where it stands.

    Raises `UnusableModel` only where there is no model at all.
    """
    home = str(models_folder())
    if not now and _memory.standing is not None and _memory.home == home and time.monotonic() < _memory.until:
        return _memory.standing
    try:
        standing, rest = _in_line(), EVERY
    except (DatabaseError, InterfaceError) as error:
        logger.info("The registry of models cannot be reached (%s); this machine keeps its model", type(error).__name__)
        standing, rest = Standing(active_folder().name), AFTER_FAILURE
    _memory.standing, _memory.home, _memory.until = standing, home, time.monotonic() + rest
    return standing


def _in_line() -> Standing:
    chosen = choice()
    if chosen is not None and not chosen.registered:
        try:
            registry.adopt_choice(chosen)
        except (UnusableModel, registry.NotPossible) as error:
            logger.error("The model that this machine chose cannot be registered: %s", error)
    registry.adopt_shipped()
    rows = ModelVersion.objects.filter(Q(state=ModelState.ACTIVE) | Q(traffic_percent__gt=0))
    active = challenger = None
    for row in rows:
        if row.state == ModelState.ACTIVE:
            active = row
        else:
            challenger = row
    if active is not None and _is_usable(active):
        _choose(active)
    _fall_back()
    here = active_folder().name
    if challenger is not None and challenger.version != here and _is_usable(challenger):
        return Standing(here, challenger.version, challenger.traffic_percent)
    return Standing(here)


def _is_usable(row: ModelVersion) -> bool:
    """Fetch a model where it is not here, and read it before it is trusted with anything. A failure is written on the model,
    for the operators, and whatever was used before goes on."""
    from agents.pricing.model import model_in

    try:
        model_in(bring_here(row.location, row.version, row.checksum))
    except UnusableModel as error:
        if row.error != str(error):
            logger.error("A pricing model cannot be used: %s", error)
            registry.note_error(row.version, str(error))
        return False
    return True


def _fall_back() -> None:
    """Use the program's own model where the one that this machine chose cannot be read: one that was trained for an older
    program, for example. Deals go on being valued."""
    from agents.pricing.model import model_in

    try:
        model_in(active_folder())
    except UnusableModel as error:
        if choice() is None:
            raise
        logger.error(
            "The chosen model cannot be used, and the one that comes with Deal Finder takes its place: %s", error
        )
        choose_shipped()


def _choose(active: ModelVersion) -> None:
    chosen = choice()
    if active.location == WITH_PROGRAM:
        if chosen is not None and chosen.registered:
            choose_shipped()
    elif chosen is None or chosen.version != active.version or not chosen.registered:
        choose(active.version, registered=True)
