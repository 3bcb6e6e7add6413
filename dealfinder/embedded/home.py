"""The folder that holds all state of one Deal Finder, and the secrets that it made for itself."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dotenv import dotenv_values

from dealfinder.embedded.errors import EmbeddedError

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
ENOUGH_SPACE = 500 * 1024 * 1024


def variables() -> dict[str, str]:
    """What the environment and `.env` say, before the settings read it: the settings need what is decided here."""
    written = {name: value for name, value in dotenv_values(PROJECT_ROOT / ".env").items() if value is not None}
    return {**written, **os.environ}


@dataclass(frozen=True)
class Secrets:
    """What must not be guessed. Made once for each home, and readable by its owner alone."""

    secret_key: str
    postgres_password: str
    valkey_password: str

    def __repr__(self) -> str:
        return "Secrets(…)"


@dataclass(frozen=True)
class Home:
    """The layout of DEALFINDER_HOME."""

    root: Path

    @classmethod
    def from_variables(cls, given: Mapping[str, str]) -> Home:
        """The home that DEALFINDER_HOME names, `var` beside `manage.py` by default."""
        return cls(Path(given.get("DEALFINDER_HOME") or PROJECT_ROOT / "var").expanduser().resolve())

    @property
    def postgres(self) -> Path:
        return self.root / "data" / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "data" / "valkey"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def models(self) -> Path:
        return self.root / "models"

    def prepare(self) -> None:
        """Make the folders that are not there. Raises `EmbeddedError` where that cannot be done."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / "data").mkdir(exist_ok=True)
            for folder in (self.run, self.logs, self.mail, self.models, self.root / "static"):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(sentence_for(error, self.root)) from error

    def check_space(self) -> None:
        """Raise `EmbeddedError` where there is too little room on the disk to run for a while."""
        free = shutil.disk_usage(self.root).free
        if free < ENOUGH_SPACE:
            raise EmbeddedError(
                f"The disk that holds {self.root} has {free // 1024**2} MB left and Deal Finder wants "
                f"{ENOUGH_SPACE // 1024**2} MB; make room, or set DEALFINDER_HOME to a folder on another disk."
            )

    def secrets(self) -> Secrets:
        """The secrets of this home, made at the first call."""
        path = self.root / "secrets.json"
        if not path.exists():
            self._make_secrets(path)
        try:
            return Secrets(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise EmbeddedError(
                f"The secrets in {path} cannot be read ({error}); put the file back from a backup."
            ) from error

    def adopt_secret_key(self, secret_key: str) -> None:
        """Take over the secret key of a backup: what was signed or encrypted with it is readable again."""
        path = self.root / "secrets.json"
        known = json.loads(path.read_text()) if path.exists() else asdict(self.secrets())
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({**known, "secret_key": secret_key}))
        draft.replace(path)

    def _make_secrets(self, path: Path) -> None:
        made = {
            "secret_key": secrets.token_urlsafe(48),
            "postgres_password": secrets.token_hex(24),
            "valkey_password": secrets.token_hex(24),
        }
        try:
            handle, draft = tempfile.mkstemp(dir=self.root, prefix=".secrets-")
            with os.fdopen(handle, "w") as file:
                json.dump(made, file)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                # Two commands at once made them; the first one's count.
                pass
            finally:
                Path(draft).unlink()
        except OSError as error:
            raise EmbeddedError(sentence_for(error, self.root)) from error


def sentence_for(error: OSError, path: Path) -> str:
    """Say in one sentence why `path` cannot be written and what to do about it."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"The disk that holds {path} is full; make room, or set DEALFINDER_HOME to a folder on another disk."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"The folder {path} may not be written by this user; set DEALFINDER_HOME to a folder that may."
    return f"The folder {path} cannot be used ({error.strerror}); set DEALFINDER_HOME to another folder."
