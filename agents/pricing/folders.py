"""A trained model as a folder on this machine, and which folder is used here. Reading any of it runs nothing.

A model is a folder with `model.safetensors` (plain arrays) and `metadata.json` (version, seed, fingerprint of the data,
configuration, measured errors, and the digest of the arrays). The digest of `metadata.json` therefore stands for both.

The file `active` in `DEALFINDER_HOME/models` names the folder that this machine uses; without it, that is the one that
comes with the program. Its second line says whether the registry (the database) knows of the choice. One that it does not
know of was made while no database could be reached, and the registry adopts it when it is next asked (decision 0004).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

SHIPPED: Final = Path(__file__).parent / "artefacts"
ARRAYS: Final = "model.safetensors"
METADATA: Final = "metadata.json"
FILES: Final = (METADATA, ARRAYS)
FORMAT: Final = 2
_REGISTERED: Final = "registered"
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
logger = logging.getLogger(__name__)


class UnusableModel(Exception):
    """A model's folder is missing, damaged, or of another format; the message is a sentence."""


@dataclass(frozen=True)
class Choice:
    """Which model this machine uses, whether the registry knows of it, and when it was chosen (aware, UTC)."""

    version: str
    registered: bool
    at: datetime


def is_version(name: str) -> bool:
    """Whether a name can be a version: it becomes the name of a folder, so nothing that leads elsewhere."""
    return _VERSION.fullmatch(name) is not None


def models_folder() -> Path:
    """The folder of this home that holds models."""
    return Path(settings.MODELS_DIR)


def read_metadata(folder: Path) -> dict[str, Any]:
    """What a model says of itself. Raises `UnusableModel`."""
    try:
        metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableModel(
            f"The pricing model in {folder} cannot be read ({error}). Train one with train_pricing."
        ) from error
    if not isinstance(metadata, dict) or not is_version(str(metadata.get("version", ""))):
        raise UnusableModel(f"The pricing model in {folder} does not say which version it is.")
    return metadata


def checked_arrays(folder: Path, metadata: dict[str, Any]) -> bytes:
    """The content of the file of arrays. Raises `UnusableModel` where it is not the one that `metadata` speaks of."""
    try:
        content = (folder / ARRAYS).read_bytes()
    except OSError as error:
        raise UnusableModel(f"The pricing model in {folder} cannot be read ({error}).") from error
    if metadata.get("format") != FORMAT or hashlib.sha256(content).hexdigest() != metadata.get("sha256"):
        raise UnusableModel(
            f"The pricing model in {folder} is damaged or of another format. Train it again with train_pricing."
        )
    return content


def digest(folder: Path) -> str:
    """SHA-256 of `metadata.json`, which holds the digest of the arrays: one digest for all of the model."""
    try:
        return hashlib.sha256((folder / METADATA).read_bytes()).hexdigest()
    except OSError as error:
        raise UnusableModel(f"The pricing model in {folder} cannot be read ({error}).") from error


def shipped_folder() -> Path | None:
    """The newest model that comes with the program."""
    shipped = sorted(path.parent for path in SHIPPED.glob(f"*/{METADATA}"))
    return shipped[-1] if shipped else None


def folders_of(version: str) -> list[Path]:
    """Where this machine keeps a version: among the models of this home, with the program, both or nowhere."""
    places = (models_folder() / version, SHIPPED / version) if is_version(version) else ()
    return [place for place in places if (place / METADATA).exists()]


def folder_of(version: str) -> Path | None:
    """Where this machine keeps a version; None where it does not."""
    return next(iter(folders_of(version)), None)


def keep(folder: Path) -> Path:
    """Copy a model to the models of this home, whole or not at all; returns where it is. Raises `UnusableModel`."""
    target = models_folder() / str(read_metadata(folder)["version"])
    if target.resolve() == folder.resolve():
        return target
    unfinished = unfinished_folder(target.name)
    for name in FILES:
        shutil.copy2(folder / name, unfinished / name)
    put_in_place(unfinished, target)
    return target


def unfinished_folder(version: str) -> Path:
    """An empty folder beside the models, to fill and then put in place."""
    folder = models_folder() / f".{version}.{os.getpid()}.unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def put_in_place(unfinished: Path, target: Path) -> None:
    """Let a finished folder take its place; one of the same name makes room."""
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)


def _pointer() -> Path:
    return models_folder() / "active"


def choice() -> Choice | None:
    """What this machine was told to use; None where it was told nothing, so that the shipped model is used."""
    try:
        lines = _pointer().read_text(encoding="utf-8").split("\n")
        at = datetime.fromtimestamp(_pointer().stat().st_mtime, UTC)
    except OSError:
        return None
    return Choice(lines[0].strip(), _REGISTERED in lines[1:], at)


def choose(version: str, *, registered: bool) -> None:
    """Write down which model this machine uses from now on."""
    pointer = _pointer()
    pointer.parent.mkdir(parents=True, exist_ok=True)
    unfinished = pointer.with_name(f".active.{os.getpid()}.unfinished")
    unfinished.write_text(f"{version}\n" + (f"{_REGISTERED}\n" if registered else ""), encoding="utf-8")
    unfinished.replace(pointer)


def choose_shipped() -> None:
    """Use the model that comes with the program."""
    _pointer().unlink(missing_ok=True)


def active_folder() -> Path:
    """Where the model in use is kept. A choice that is not there is said in the log, and the shipped one is used."""
    chosen = choice()
    if chosen is not None:
        folder = folder_of(chosen.version)
        if folder is not None:
            return folder
        logger.error(
            "The active pricing model %s is missing; the one that comes with Deal Finder is used", chosen.version
        )
    shipped = shipped_folder()
    if shipped is None:
        raise UnusableModel("Deal Finder came without a pricing model. Train one with train_pricing --activate.")
    return shipped
