"""Words for the same thing, and spellings of one word."""

from __future__ import annotations

import pytest

from common.words.spelling import is_near, written_apart, written_together
from common.words.synonyms import same_things, singular


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("headphn", "headphon"),
        ("headpohn", "headphon"),
        ("headphoon", "headphon"),
        ("keybaord", "keyboard"),
        ("kezboard", "keyboard"),
        ("wirless", "wireless"),
    ],
)
def test_one_typing_error_is_forgiven(said: str, meant: str) -> None:
    assert is_near(said, meant) and is_near(meant, said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cooker", "cooler"),
        ("charger", "changer"),
        ("speaker", "sneaker"),
        ("stream", "steam"),
        ("power", "powder"),
        ("wh1000xm4", "wh1000xm5"),
        ("galaxys22", "galaxys2"),
        ("eadphones", "headphones"),
        ("keyboards", "kezbords"),
        ("headphon", "headphon"),
        ("", "a"),
    ],
)
def test_another_word_or_number_is_no_typing_error(one: str, other: str) -> None:
    assert not is_near(one, other) and not is_near(other, one)


def test_a_number_is_written_together_where_a_letter_meets_a_figure() -> None:
    assert list(written_together(["wh", "1000", "xm5"])) == [
        ("wh", "1000", "xm5"),
        ("wh", "1000xm5"),
        ("wh1000", "xm5"),
        ("wh1000xm5",),
    ]
    assert list(written_together(["15", "128", "gb"])) == [("15", "128", "gb"), ("15", "128gb")]
    assert list(written_together([])) == [()]


def test_a_number_is_written_apart_in_three_pieces_at_most() -> None:
    assert written_apart("128gb") == ["128 gb"]
    assert {"wh 1000xm5", "wh1000 xm5", "wh 1000 xm5"} <= set(written_apart("wh1000xm5"))
    assert max(len(text.split()) for text in written_apart("a1b2c3d4")) == 3
    assert written_apart("headphones") == written_apart("1000") == written_apart("a1" * 20) == []


def test_the_longest_phrase_for_a_thing_is_found_in_one_or_many() -> None:
    assert same_things(["TVs", "from", "Sony"]) == (1, ("television", "telly"))
    length, others = same_things(["Solid", "State", "Drives,", "1", "TB"])
    assert (length, others) == (3, ("ssd",))
    assert same_things(["robot", "arm"]) == same_things([]) == (0, ())


def test_a_plural_is_made_singular_by_rule_of_thumb() -> None:
    given = ["Batteries", "glass", "TVs,", "(Headphones)", "bus", "is", "…"]
    assert [singular(word) for word in given] == ["battery", "glass", "tv", "headphone", "bus", "is", ""]
