"""Where the folders of models are kept: on this machine, with the program, or in S3 for many machines.

Whatever a store hands out was checked against the checksum of the registry, and lies in the models of this home.
"""

from __future__ import annotations

import hashlib
import socket
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from django.conf import settings

from agents.pricing.folders import (
    FILES,
    METADATA,
    SHIPPED,
    UnusableModel,
    checked_arrays,
    digest,
    folders_of,
    keep,
    models_folder,
    put_in_place,
    read_metadata,
    unfinished_folder,
)
from common.objects import ObjectFailure, S3Objects

LOCAL: Final = "local"
WITH_PROGRAM: Final = "shipped"
LARGEST: Final = 500 * 2**20


class Store(ABC):
    """`put` MUST keep a whole model and return the location under which `fetch` finds it, on another machine too where the
    store is shared. `fetch` MUST leave a folder in place only when it is whole and has the checksum. Both raise
    `UnusableModel` with a sentence."""

    @abstractmethod
    def put(self, folder: Path) -> str:
        """Keep a model; returns its location."""

    @abstractmethod
    def fetch(self, location: str, version: str, checksum: str) -> Path:
        """A folder of this machine with that model."""


class LocalStore(Store):
    """The models of this home. Another machine does not see them."""

    def put(self, folder: Path) -> str:
        keep(folder)
        return LOCAL

    def fetch(self, location: str, version: str, checksum: str) -> Path:
        raise UnusableModel(
            f"The pricing model {version} is not on this machine. Set MODEL_STORE to an s3:// address where it was "
            "trained, and activate it there again."
        )


class ShippedStore(Store):
    """The models that come with the program."""

    def put(self, folder: Path) -> str:
        return WITH_PROGRAM

    def fetch(self, location: str, version: str, checksum: str) -> Path:
        raise UnusableModel(f"The pricing model {version} came with another version of Deal Finder than this one.")


class S3Store(Store):
    """A folder of a bucket, `s3://bucket/prefix`; a model lies under its version."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def put(self, folder: Path) -> str:
        version = read_metadata(folder)["version"]
        keep(folder)
        location = f"{self._address}/{version}"
        for name in reversed(FILES):  # what describes it comes last: without it the rest is no model
            try:
                _objects(location).put(name, (folder / name).read_bytes())
            except ObjectFailure as error:
                raise UnusableModel(
                    f"The pricing model {version} could not be written to {location}: {error}"
                ) from error
        return location

    def fetch(self, location: str, version: str, checksum: str) -> Path:
        unfinished = unfinished_folder(version)
        for name in FILES:
            try:
                (unfinished / name).write_bytes(_objects(location).get(name, largest=LARGEST))
            except ObjectFailure as error:
                raise UnusableModel(f"{location}/{name} could not be read: {error}") from error
        _check(unfinished, version, checksum)
        target = models_folder() / version
        put_in_place(unfinished, target)
        return target


def _objects(location: str) -> S3Objects:
    return S3Objects(location, seconds=60, tries=3, patience=180)


def store_for(location: str) -> Store:
    """The store that a location speaks of."""
    if location.startswith("s3://"):
        return S3Store(location)
    return ShippedStore() if location == WITH_PROGRAM else LocalStore()


def own_store() -> Store:
    """Where models of this installation are put: MODEL_STORE, or this home."""
    return S3Store(settings.MODEL_STORE) if settings.MODEL_STORE else LocalStore()


def bring_here(location: str, version: str, checksum: str) -> Path:
    """The folder of a model on this machine, fetched where it is not here yet; what is here is checked as well.

    Raises `UnusableModel` with a sentence that names this machine.
    """
    try:
        folders = folders_of(version)
        for folder in folders:
            if digest(folder) == checksum:
                return folder
        if folders and location == LOCAL:
            raise UnusableModel(f"The pricing model {version} in {folders[0]} was changed after it was registered.")
        return store_for(location).fetch(location, version, checksum)
    except UnusableModel as error:
        raise UnusableModel(f"{socket.gethostname()}: {error}") from error


def is_shipped(folder: Path) -> bool:
    """Whether a folder came with the program."""
    return folder.parent.resolve() == SHIPPED.resolve()


def _check(folder: Path, version: str, checksum: str) -> None:
    found = hashlib.sha256((folder / METADATA).read_bytes()).hexdigest()
    metadata = read_metadata(folder) if found == checksum else {}
    if metadata.get("version") != version:
        raise UnusableModel(f"What was fetched as the pricing model {version} is another file than was registered.")
    checked_arrays(folder, metadata)
