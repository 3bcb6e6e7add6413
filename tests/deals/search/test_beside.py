"""What is asked of the database beside something else: begun at once where that pays, and with the same outcome everywhere."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError, connection, connections

from deals.search.beside import _MOST, beside

_PATIENCE = 60  # seconds


@pytest.fixture
def _pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"max_size": 2})


@pytest.mark.usefixtures("_pool")
def test_within_a_transaction_its_own_connection_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "in_atomic_block", True)
    assert beside(threading.get_ident)() == threading.get_ident()


def test_without_a_pool_nothing_is_begun_before_it_is_asked_for() -> None:
    asked = beside(threading.get_ident)
    assert asked() == threading.get_ident()


@pytest.mark.usefixtures("_pool")
def test_so_many_at_once_and_no_more() -> None:
    end = threading.Event()

    def work() -> int:
        assert end.wait(_PATIENCE)
        return threading.get_ident()

    begun = [beside(work) for _ in range(_MOST)]
    here = threading.get_ident()
    assert beside(threading.get_ident)() == here, "all threads are taken"
    end.set()
    assert here not in {result() for result in begun}
    assert beside(threading.get_ident)() != here, "and free again"


@pytest.mark.usefixtures("_pool")
def test_an_error_comes_back_and_a_lost_connection_is_made_up_for() -> None:
    here = threading.get_ident()

    def work() -> str:
        if threading.get_ident() != here:
            raise OperationalError("no connection is free")
        return "read after all"

    assert beside(work)() == "read after all"
    with pytest.raises(ZeroDivisionError):
        beside(lambda: 1 / 0)()
