"""What is typed is read the same whatever it is, and nothing that is typed is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deals.search.fusion import fused
from deals.search.query import Query, read_query
from deals.search.words import slips_between


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", Query()),
        ('- -- " "" \' % ( :* &', Query()),
        ("Sony  HEADPHONES", Query((("sony",), ("headphones",)))),
        ("WH-1000XM5", Query((("wh-1000xm5",),))),
        ("noise-cancelling", Query((("noise-cancelling",),))),
        ('"Noise  Cancelling" sony', Query((("sony",),), ("noise cancelling",))),
        ('"unclosed phrase', Query((), ("unclosed phrase",))),
        ('"sony"', Query((("sony",),))),
        ("tv -refurbished -'open", Query((("tv",),), (), ("refurbished", "open"))),
        ('tv -"open box"', Query((("tv",),), (), ("open box",))),
        ("-case", Query((), (), ("case",))),
        ("sony or bose tv", Query((("sony", "bose"), ("tv",)))),
        ("a or b OR c", Query((("a", "b", "c"),))),
        ("or", Query((("or",),))),
        ("sony or", Query((("sony",),))),
        ("x" * 41, Query()),
    ],
)
def test_reading(typed: str, read: Query) -> None:
    assert read_query(typed) == read


@given(st.text(max_size=200))
def test_anything_can_be_typed(typed: str) -> None:
    query = read_query(typed)
    assert len(query.terms) <= 16
    assert query.wants_something == bool(query.text)


def test_an_exclusion_is_not_what_is_looked_for() -> None:
    assert read_query('sony -case "over ear"').text == "sony over ear"
    assert not read_query("-case").wants_something


@pytest.mark.parametrize(
    ("typed", "word", "slips"),
    [("sony", "sony", 0), ("sonny", "sony", 1), ("hedphones", "headphones", 1), ("dysno", "dyson", 1), ("ab", "ba", 1),
     ("kettle", "lamp", 3)],
)  # fmt: skip
def test_slips(typed: str, word: str, slips: int) -> None:
    assert slips_between(typed, word, 2) == slips_between(word, typed, 2) == slips


def test_rankings_are_joined_by_their_places() -> None:
    assert fused([["a", "b", "c"], ["c", "b"], []]) == ["c", "b", "a"]
    assert fused([["a"], ["b"]]) == ["a", "b"], "of equal ones the earlier ranking decides"
    assert fused([["a", "b"], ["b", "a"], ["b"]]) == ["b", "a"]
    assert fused([]) == []
