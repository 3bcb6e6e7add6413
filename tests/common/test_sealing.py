"""Secrets at rest."""

from __future__ import annotations

from typing import Any

import pytest

from common.sealing import Unopenable, is_sealed, seal, unseal


def test_what_is_sealed_says_nothing_and_comes_back() -> None:
    sealed = seal("a secret")
    assert "secret" not in sealed and is_sealed(sealed) and sealed != seal("a secret")
    assert unseal(sealed) == "a secret" and seal(sealed) == sealed
    assert unseal("never sealed") == "never sealed"


def test_another_key_opens_nothing_and_an_old_one_still_does(settings: Any) -> None:
    sealed, key = seal("a secret"), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    with pytest.raises(Unopenable, match=r"Enter the secret again\."):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [key]
    assert unseal(sealed) == "a secret"
    with pytest.raises(Unopenable):
        unseal(sealed[:-5])
