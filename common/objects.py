"""Objects by name: in a folder of this machine, or in a bucket of S3 or of something that speaks as S3 does.

A name is a relative path of plain parts. A name that could lead out of its folder is refused before anything is touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from common.services import ServiceFailure, call

LEAST_FREE: Final = 512 * 2**20
"""Bytes that stay free on a disk of ours: the database lies on it as well."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_PAGE: Final = 1_000


class ObjectFailure(Exception):
    """An object could not be written, read or removed. The message is one plain sentence without secrets."""


class NoSuchObject(ObjectFailure):
    """There is no object of this name."""


class Objects(ABC):
    """`put` MUST leave a whole object or none, in place of one of the same name. Every method raises `ObjectFailure`, and
    nothing else, also for a name that is not a relative path of plain parts."""

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Keep an object."""

    @abstractmethod
    def get(self, name: str, *, largest: int) -> bytes:
        """The content of an object of at most `largest` bytes. Raises `NoSuchObject` where there is none."""

    @abstractmethod
    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with `prefix`, in their order."""

    @abstractmethod
    def delete(self, names: Sequence[str]) -> None:
        """Remove objects; one that is not there is no failure."""


class FolderObjects(Objects):
    """A folder of this machine, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        target = self._place(name)
        draft: Path | None = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(target.parent).free - len(content) < LEAST_FREE:
                raise ObjectFailure(
                    f"The disk is nearly full: less than {LEAST_FREE // 2**20} MB would be left, so nothing was kept."
                )
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".draft-", delete=False) as file:
                draft = Path(file.name)
                file.write(content)
            draft.replace(target)
        except OSError as error:
            if draft is not None:
                with contextlib.suppress(OSError):
                    draft.unlink()
            raise ObjectFailure(f"{target.parent} cannot be written to ({_reason(error)}).") from error

    def get(self, name: str, *, largest: int) -> bytes:
        place = self._place(name)
        try:
            with place.open("rb") as file:
                return _within(file.read(largest + 1), largest, name)
        except FileNotFoundError as error:
            raise NoSuchObject(f"{name} is not in the folder {self._folder}.") from error
        except OSError as error:
            raise ObjectFailure(f"{name} cannot be read ({_reason(error)}).") from error

    def names(self, prefix: str = "") -> Iterator[str]:
        begin = prefix.rpartition("/")[0]
        start = self._place(begin) if begin else self._folder
        for folder, folders, files in os.walk(start):
            folders.sort()
            for file in sorted(files):
                name = (Path(folder) / file).relative_to(self._folder).as_posix()
                if name.startswith(prefix) and not file.startswith("."):
                    yield name

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            place = self._place(name)
            try:
                place.unlink(missing_ok=True)
            except OSError as error:
                raise ObjectFailure(f"{name} cannot be removed ({_reason(error)}).") from error
            for parent in place.parents:  # what it leaves empty goes with it
                if parent == self._folder or not parent.is_relative_to(self._folder):
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break

    def _place(self, name: str) -> Path:
        place = self._folder / _checked(name)
        if not place.resolve().is_relative_to(self._folder.resolve()):
            raise ObjectFailure(f"{name} leads out of the folder {self._folder}.")
        return place


class S3Objects(Objects):
    """A folder of a bucket, `s3://bucket/prefix`. `seconds` bounds each wait for bytes, and `patience` all tries together."""

    def __init__(self, address: str, *, seconds: float, tries: int, patience: float) -> None:
        parts = urlsplit(address)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self._seconds, self._tries, self._patience = seconds, tries, patience

    def put(self, name: str, content: bytes) -> None:
        self.ask("put_object", Key=self._key(name), Body=content, ChecksumAlgorithm="SHA256")

    def get(self, name: str, *, largest: int) -> bytes:
        key = self._key(name)
        return _within(self._asked(lambda client: _body(client, self._bucket, key, largest + 1)), largest, name)

    def names(self, prefix: str = "") -> Iterator[str]:
        before = f"{self._prefix}/" if self._prefix else ""
        more: dict[str, str] = {}
        while True:
            answer = self.ask("list_objects_v2", Prefix=before + prefix, MaxKeys=_PAGE, **more)
            for each in answer.get("Contents", []):
                yield str(each["Key"]).removeprefix(before)
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, names: Sequence[str]) -> None:
        keys = [{"Key": self._key(name)} for name in names]
        for start in range(0, len(keys), _PAGE):
            answer = self.ask("delete_objects", Delete={"Objects": keys[start : start + _PAGE], "Quiet": True})
            for refused in answer.get("Errors", []):
                raise ObjectFailure(f"S3 did not remove {refused.get('Key')} ({refused.get('Code')}).")

    def ask(self, what: str, **arguments: Any) -> Any:
        """Another question to the same bucket, by the name that boto3 has for it. Raises `ObjectFailure`."""
        return self._asked(lambda client: getattr(client, what)(Bucket=self._bucket, **arguments))

    @property
    def prefix(self) -> str:
        """The folder inside of the bucket, without slashes at its ends."""
        return self._prefix

    def _asked(self, question: Any) -> Any:
        # boto3 takes a third of a second to import, and most installations never ask it.
        from botocore.exceptions import BotoCoreError, ClientError

        from common.aws import client, failure_of

        def once(_: float) -> Any:
            try:
                return question(client("s3", url=settings.AWS_STORAGE_URL, seconds=self._seconds))
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code in _MISSING:
                    raise NoSuchObject(f"The bucket {self._bucket} does not have it ({code}).") from error
                raise failure_of("S3", error) from error
            except BotoCoreError as error:
                raise failure_of("S3", error) from error

        try:
            return call("S3", once, deadline=time.monotonic() + self._patience, tries=self._tries)
        except ServiceFailure as failure:
            raise ObjectFailure(str(failure)) from failure

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{_checked(name)}" if self._prefix else _checked(name)


_MISSING: Final = frozenset({"NoSuchKey", "NoSuchBucket", "NoSuchLifecycleConfiguration", "404"})


def _body(client: Any, bucket: str, key: str, most: int) -> bytes:
    return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read(most))


def _checked(name: str) -> str:
    if len(name) > 900 or not _NAME.fullmatch(name):
        raise ObjectFailure(f"“{name[:80]}” is not a name that an object can have.")
    return name


def _within(content: bytes, largest: int, name: str) -> bytes:
    if len(content) > largest:
        raise ObjectFailure(f"{name} is larger than {largest // 2**20} MB, so it is not one of ours.")
    return content


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
