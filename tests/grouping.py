"""A pytest plugin: tests that share something slow go to one process of pytest-xdist, each of the others to whoever is free.

xdist's own marks for that (`xdist_group`, release 3.8) write the group into an attribute that pytest 9.2 no longer has, so that nothing is
grouped and nothing says so. Its hook for a scheduler of one's own is what is used here; it sees names of tests and no marks.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# The beginnings of names, and the group: a running `manage.py up`, embedded servers in homes, a web server with a browser.
_GROUPS: Final = {
    "tests/dealfinder/test_up.py": "up",
    "tests/dealfinder/test_attach.py": "homes",
    "tests/dealfinder/test_backup.py": "homes",
    "tests/browser/": "browser",
}


class _Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in _GROUPS.items() if nodeid.startswith(start)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: Any, log: Any) -> _Scheduling:
    """Called once a run, in the first process, where `-n` is given."""
    return _Scheduling(config, log)
