"""The language of users' own templates: what it says, what it refuses and with which sentence, and that nothing gets out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.own_words.fields import FIELDS
from notifications.own_words.grammar import LONGEST, LONGEST_RESULT, TemplateProblem, parse, render

VALUES = {"price": "$228", "worth": "", "name": "Sony {worth} {{x}} <b>&", "place": "Amazon"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{price} at { place }", "$228 at Amazon"),
        ("{if worth}worth {worth}{else}no idea{end}.", "no idea."),
        ("{if not worth}no idea{end}{if price}, {price}{end}", "no idea, $228"),
        ("{if price}{if worth}a{else}b{end}{else}c{end}", "b"),
        ("{{price}} {price}", "{price} $228"),
        ("{name}", "Sony {worth} {{x}} <b>&"),  # what a shop writes is never read as a template
    ],
)
def test_what_it_says(text: str, said: str) -> None:
    assert render(parse(text, FIELDS), VALUES) == said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "It is empty. Write something, or use ours."),
        ("{prize}", "There is no field {prize}. Did you mean {price}?"),
        ("{if cost}x{end}", "There is no field {cost}."),
        ("{price", "A { has no } that belongs to it. Write {{ for the sign itself."),
        ("price}", "A } has no { that belongs to it. Write }} for the sign itself."),
        ("{if worth}x", "{if worth} has no {end}."),
        ("x{end}", "{end} stands where no {if …} waits for it."),
        ("{else}", "{else} stands where no {if …} waits for it."),
        ("{if price}a{else}b{else}c{end}", "{else} stands where no {if …} waits for it."),
        ("{price.__class__}", "{price.__class__} is neither a field nor a condition. Fields are single words, such as {price}."),
        ("x" * (LONGEST + 1), "It has 2,001 characters; 2,000 is the most."),
        ("{if price}" * 6 + "{end}" * 6, "More than 5 conditions stand inside one another."),
        ("{price}" * 101, "It has more than 100 fields and conditions."),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(TemplateProblem) as refused:
        parse(text, FIELDS)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "{price.real}", "{price[0]}", "{price!r}", "{price:>1000000}", "{price()}", "{__class__}", "{0}", "{}", "{ }", "{*price}",
        "{price|upper}", "{% for x in y %}", "{{7*7}}{price.__init__.__globals__}", "{if price == 1}x{end}", "{if price or 1}x{end}",
        "{price\n}", "{self}", "{config}", "{\u200bprice}", "{PRICE}", "{" * 1001, "{if " * 400, "{price" * 300,
    ],
)  # fmt: skip
def test_hostile_templates_are_refused(text: str) -> None:
    with pytest.raises(TemplateProblem):
        parse(text, FIELDS)


def test_the_result_is_bounded() -> None:
    nodes = parse("{name}" * 100, FIELDS)
    assert len(render(nodes, {"name": "x" * 100_000})) == LONGEST_RESULT


@given(st.text(alphabet="{}ifnotelsd prcewh\n.", max_size=400))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        nodes = parse(text, FIELDS)
    except TemplateProblem as problem:
        assert str(problem).endswith((".", "?"))
    else:
        assert len(render(nodes, dict.fromkeys(FIELDS, "v"))) <= len(text)
