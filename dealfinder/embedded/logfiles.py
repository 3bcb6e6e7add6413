"""One log file for each child, kept small, and shown on the console as it grows."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import IO

LARGEST = 10 * 1024 * 1024
_UNREMARKABLE = re.compile(r"\S+ \S+ (INFO|DEBUG) ")
_SHOWN_AT_ONCE = 64 * 1024


class LogFile:
    """The output of one child. Children write to it directly, so that a slow or dead console never holds them up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = path.stat().st_size if path.exists() else 0
        self._rest = b""

    def open(self) -> IO[bytes]:
        """A handle for a child to append to."""
        return self.path.open("ab")

    def new_lines(self) -> list[str]:
        """The whole lines that were written since the last call; after a flood only the end of it."""
        try:
            size = self.path.stat().st_size
            if size <= self._position:
                return []
            with self.path.open("rb") as file:
                file.seek(max(self._position, size - _SHOWN_AT_ONCE))
                read = self._rest + file.read()
        except OSError:
            return []
        self._position = size
        *lines, self._rest = read.split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def rotate(self) -> None:
        """Move what has grown too large to one older file. The child appends, so that its file can be emptied under it."""
        if self._position > LARGEST:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            with self.path.open("r+b") as file:
                file.truncate()
            self._position = 0

    def last_words(self) -> str:
        """The last line that says something, for a sentence about why a child stopped."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - 4096))
                lines = file.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def is_remarkable(line: str) -> bool:
    """Whether a line belongs on the console: everything except the log lines of work that went well."""
    return bool(line.strip()) and not _UNREMARKABLE.match(line)
