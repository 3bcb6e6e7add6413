"""What the words of goals ask for, in step with the goals."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actions.goals import create_goal, delete_goal, update_goal
from accounts.actions.terms import write_outdated_terms, write_terms
from accounts.models import Goal, GoalKey, GoalTerms, GoalWord, Tier
from accounts.terms.compiling import VERSION, compile_terms
from accounts.terms.wording import asked_by, clauses_of


def test_words_are_clauses_and_their_like_is_in_the_clause() -> None:
    assert list(clauses_of("Sony TV 55 inch")) == [("Sony",), ("TV", "television", "telly"), ("55 inch", "55inch")]
    assert list(clauses_of("WH-1000XM5 black")) == [
        ("WH-1000XM5 black", "wh 1000xm5 black", "wh 1000xm5black", "wh1000xm5 black", "wh1000xm5black")
    ]
    assert list(clauses_of("noise-cancelling T-shirt")) == [("noise cancelling",), ("T-shirt",)]
    assert list(clauses_of("!! a|b ((")) == [("!!",), ("a|b",), ("((",)]


def test_a_title_speaks_where_nothing_else_does() -> None:
    assert asked_by(Goal(title="Kettle under $40")) == [("Kettle",)]
    assert asked_by(Goal(title="Kettle", brands=["Bosch"])) == asked_by(Goal(title="Kettle", category="Kitchen")) == []
    assert asked_by(Goal(title="Kettle", keywords=["toaster"], brands=["Bosch"])) == [("toaster",)]


@pytest.mark.parametrize(
    ("goal", "keys"),
    [
        ({"title": "x", "keywords": ["the sony"]}, {"soni"}),
        ({"title": "x", "keywords": ["black WX500"]}, {"wx500"}),
        ({"title": "x", "brands": ["Sony", "The"]}, {"soni", "=brand:the"}),
        ({"title": "x", "category": "Wireless headphones", "keywords": []}, {"wireless", "headphon", "earphon", "headset"}),
        ({"title": "x", "category": "???"}, {"=category:???"}),
        ({"title": "under $40", "marketplaces": ["Best Buy"]}, {"=place:bestbuy"}),
        ({"title": "under $40"}, {"=anything"}),
    ],
)  # fmt: skip
def test_a_goal_is_found_by_its_rarest_words(owner: Any, goal: dict[str, Any], keys: set[str]) -> None:
    write_terms([Goal.objects.create(user=owner, **goal)])
    assert set(GoalKey.objects.values_list("key", flat=True)) == keys


def test_few_goals_share_a_key(owner: Any) -> None:
    goals = [Goal.objects.create(user=owner, title=f"Sony headphones {colour}") for colour in ("black", "white", "red")]
    for goal in goals:
        write_terms([goal])
    assert GoalKey.objects.filter(key="soni").count() <= 1
    assert GoalKey.objects.count() < 3 * 3, "three words for headphones, or one word"


def test_terms_go_with_the_goal(owner: Any) -> None:
    owner.tier = Tier.BUSINESS
    owner.save()
    goal = create_goal(owner, title="Sony headphones", keywords=["camera"])
    goal.refresh_from_db()
    assert (GoalTerms.objects.get().asked, goal.terms_version) == ("'camera'", VERSION)
    update_goal(owner, goal, keywords=["kettle"], excluded_keywords=["open box"])
    terms = GoalTerms.objects.get()
    assert (terms.asked, terms.excluded) == ("'kettl'", "'open' <-> 'box'")
    assert [key.key for key in GoalKey.objects.all()] == ["kettl"]
    assert set(GoalWord.objects.values_list("word", flat=True)) == {"camera", "kettl"}
    delete_goal(owner, goal)
    assert not GoalTerms.objects.exists() and not GoalKey.objects.exists()


def test_goals_from_before_get_their_terms(owner: Any) -> None:
    old = Goal.objects.create(user=owner, title="Camera")
    write_terms([Goal.objects.create(user=owner, title="Kettle")])
    assert write_outdated_terms() == 1
    assert GoalTerms.objects.filter(goal=old).exists()
    assert write_outdated_terms() == 0


def test_hostile_words_are_words(owner: Any) -> None:
    words = [
        "sony | bose",
        "!sony",
        "'; DROP TABLE",
        "\\' & \\",
        "%s %(x)s",
        "a:*",
        "<->",
        "=anything",
        "\u00a0",
        "x" * 100,
    ]
    goals = [Goal(user=owner, title=w, keywords=[w], brands=[w], category=w, excluded_keywords=[w]) for w in words]
    assert len(compile_terms(goals)) == len(words)
    write_terms(Goal.objects.bulk_create(goals))
    assert GoalTerms.objects.count() == len(words)
    assert not GoalKey.objects.filter(key="=anything").exists(), "a word cannot pass for that key"
