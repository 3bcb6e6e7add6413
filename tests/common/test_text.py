"""Text that people wrote, made comparable and safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.text import one_line, plain_text, shortened, title_key


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>w</b>orld</p><ul><li>one<li>two</ul>", "Hello world\none\ntwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("fish &amp; chips &lt;b&gt;", "fish & chips <b>"),
        ("<script>alert(1)</script><style>p{}</style>x<!-- y -->", "x"),
        ("<iframe src=x>hidden</iframe><noscript>n</noscript>y", "y"),
        ("5 < 6 & 7", "5 < 6 & 7"),
        ("$19<sup>99</sup>", "$19 99"),
        ("", ""),
    ],
)
def test_the_text_is_what_a_reader_sees(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_what_is_crossed_out_can_be_left_out() -> None:
    assert plain_text("<s>$20</s> <del>$15</del> $10", keep_struck=False) == "$10"
    assert plain_text("<s>$20</s> $10") == "$20 $10"


@given(st.text(max_size=300))
def test_nothing_that_a_database_or_a_page_refuses_is_left(text: str) -> None:
    cleaned = plain_text(text)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    line = one_line(text)
    assert "\n" not in line
    assert line == one_line(line)


def test_direction_marks_cannot_turn_a_title_around() -> None:
    assert one_line("Lamp\u202e $12\u200b \t x") == "Lamp $12 x"


def test_titles_that_differ_in_looks_alone_have_one_key() -> None:
    assert (
        title_key("  Sony WH-1000XM5 —  Wireless ")
        == title_key("sony wh 1000xm5 wireless")
        == "sony wh 1000xm5 wireless"
    )
    assert title_key("ＳＯＮＹ") == "sony"
    assert title_key("!!!") == ""


@given(st.text(max_size=100), st.integers(2, 50))
def test_a_shortened_text_fits(text: str, length: int) -> None:
    assert len(shortened(text, length)) <= length
