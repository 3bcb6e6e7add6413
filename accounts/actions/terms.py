"""Writing what the words of goals ask for, in one transaction with the goals themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count

from accounts.models import Goal, GoalKey, GoalTerms, GoalWord
from accounts.terms.compiling import VERSION, Alternatives, Terms, compile_terms
from common.words.spelling import is_model

SPOKEN = ("title", "keywords", "excluded_keywords", "brands", "category", "marketplaces", "location")
"""The fields of a goal whose change changes its terms."""
_PART = 1_000
_ROWS = 100
"""In one statement: the time that the driver takes to write one grows with the square of its parameters."""


@transaction.atomic
def write_terms(goals: Sequence[Goal]) -> None:
    """Write the terms of these stored goals, with the keys by which they are found, in place of what there was."""
    compiled = compile_terms(goals)
    GoalKey.objects.filter(goal__in=goals).delete()
    sizes = _sizes(compiled)
    keys = []
    for goal, terms in zip(goals, compiled, strict=True):
        chosen = _keys(terms, sizes)
        sizes.update(chosen)
        keys += [GoalKey(goal=goal, key=key) for key in sorted(chosen)]
    GoalKey.objects.bulk_create(keys, batch_size=_ROWS)
    columns = ("asked", "excluded", "brands", "brand_names", "category", "category_words", "places", "located")
    GoalTerms.objects.bulk_create(
        [
            GoalTerms(goal=goal, **{name: getattr(terms, name) for name in columns})
            for goal, terms in zip(goals, compiled, strict=True)
        ],
        batch_size=_ROWS,
        update_conflicts=True,
        unique_fields=["goal"],
        update_fields=columns,
    )
    words = sorted(
        {word for terms in compiled for word in terms.words}
    )  # in order, so that two writers cannot deadlock
    GoalWord.objects.bulk_create([GoalWord(word=word) for word in words], _ROWS, ignore_conflicts=True)
    Goal.objects.filter(pk__in=[goal.pk for goal in goals]).update(terms_version=VERSION)


def write_outdated_terms() -> int:
    """Write the terms of all goals that have none, or have them by older rules; returns how many those were."""
    done = 0
    while ids := list(
        Goal.objects.filter(terms_version__lt=VERSION).order_by("pk").values_list("pk", flat=True)[:_PART]
    ):
        with transaction.atomic():
            # Locked, so that a change of a goal at the same time is not overwritten with what it was before.
            goals = list(Goal.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
            write_terms(goals)
        done += len(goals)
    return done


def _sizes(compiled: Sequence[Terms]) -> Counter[str]:
    """How many goals each word is the key of already."""
    words = {word for terms in compiled for way in terms.ways for phrase in way for word in phrase}
    counted = GoalKey.objects.filter(key__in=words).values_list("key").annotate(Count("key"))
    return Counter(dict(counted))


def _keys(terms: Terms, sizes: Counter[str]) -> set[str]:
    """The words that find a goal: of the ways to find it the one whose words fewest other goals have."""

    def cost(word: str) -> tuple[int, bool, int]:
        return sizes[word], not is_model(word), -len(word)

    def best(way: Alternatives) -> list[str]:
        return [min(sorted(phrase), key=cost) for phrase in way]

    ways = [best(way) for way in terms.ways]
    return set(min(ways, key=lambda words: (sum(sizes[word] for word in words), min(map(cost, words)))))
