"""Which user the database servers run as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dealfinder.embedded.errors import EmbeddedError
from dealfinder.embedded.process import CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, ON_LINUX, Account, drop_rights


def _reaches(account: Account, program: Path, folders: Sequence[Path]) -> bool:
    """Whether `account` can run `program` and enter every folder, tried in a child that has become that user."""

    def prepare() -> None:
        drop_rights(account)
        if not os.access(program, os.X_OK):
            raise PermissionError
        for folder in folders:
            os.chdir(folder)
            os.listdir(folder)  # noqa: PTH208 -- between fork and exec, the fewer objects the better

    try:
        result = subprocess.run(
            [str(program), "--version"], preexec_fn=prepare, capture_output=True, check=False, cwd="/", timeout=20
        )
    except (subprocess.SubprocessError, OSError):
        return False
    return result.returncode == 0


def unprivileged_account(program: Path, folders: Sequence[Path]) -> Account | None:
    """The account to run `program` as, or None where we are not root and stay who we are.

    `folders` are the existing folders that it has to read, and must belong to it. Where a folder above them is closed to
    others, the account keeps the right to pass it, and no more rights than are needed for that.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root and this machine has no user “nobody” to run it as; start Deal Finder as an ordinary user."
        ) from None
    for capability in (None, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if ON_LINUX else (None,):
        account = Account(entry.pw_uid, entry.pw_gid, capability)
        if _reaches(account, program, folders):
            return account
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and the user “nobody” may not enter {folders[0] if folders else program}; "
        "put Deal Finder into a folder that every user may enter, or start it as an ordinary user."
    )


def give(path: Path, account_uid: int | None) -> None:
    """Hand a folder and what is in it to the account, where there is one."""
    if account_uid is None:
        return
    gid = pwd.getpwuid(account_uid).pw_gid
    os.chown(path, account_uid, gid)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, account_uid, gid, follow_symlinks=False)
