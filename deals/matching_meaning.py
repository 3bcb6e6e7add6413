"""Meaning beside words: a goal that asks for it is also met by deals that say nearly the same in other words.

Both sides have vectors of length one (`GoalVector`, `DealVector`), made by the pricing worker; likeness is the cosine between them.
It stands in for the goal's keywords alone: brands, category and all bounds hold as ever. Goals that do not ask for it have no vector,
and cost the batch nothing but the look into an empty table.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F
from pgvector import HalfVector

from accounts.models import Goal
from accounts.terms.wording import said_by
from deals.matching_sql import BOUNDS, GOAL_COLUMNS, SENT, THERE, WORDS
from deals.models import GoalVector
from deals.search import meaning

MEANT: Final = """
    meant AS MATERIALIZED (
        SELECT g.id AS goal_id, o.id AS deal_id, 1 - (asked.embedding <=> said.embedding) AS similarity
          FROM deals_goalvector asked
          JOIN accounts_goal g ON g.id = asked.goal_id AND asked.as_of >= g.updated_at
          JOIN accounts_user u ON u.id = g.user_id AND u.is_active
         CROSS JOIN offers o
          JOIN deals_dealvector said ON said.deal_id = o.id
         WHERE g.status = 'active' AND g.min_similarity IS NOT NULL
           AND (g.deadline IS NULL OR g.deadline > %(now)s)
           AND (g.max_matches IS NULL OR g.match_count < g.max_matches)
           AND 1 - (asked.embedding <=> said.embedding) >= g.min_similarity
    )
"""
"""The pairs of a batch whose vectors are near enough: exact, without an index, since each goal has a threshold of its own."""

_ELSE: Final = " AND ".join([*BOUNDS.values(), WORDS["brands"], WORDS["category"], SENT])
MEANT_PAIRS: Final = f"""
    SELECT g.id, g.user_id, o.id, o.valuation_id, o.score, there.price, there.discount, NULL::text, m.similarity
      FROM meant m
      JOIN offers o ON o.id = m.deal_id
      JOIN LATERAL (SELECT g.id, {GOAL_COLUMNS}, rates.usd
                      FROM accounts_goal g LEFT JOIN rates ON rates.currency = g.currency WHERE g.id = m.goal_id) g ON true
      JOIN accounts_goalterms t ON t.goal_id = g.id
      {THERE}
     WHERE NOT {WORDS["keywords"]} AND {_ELSE}
"""  # noqa: S608 - made of parts of our own
"""Those of them that meet all else and lack the words, in the columns of a pair."""

SIMILARITY: Final = """
    (SELECT 1 - (said.embedding <=> %(meaning)s::halfvec) FROM deals_dealvector said WHERE said.deal_id = d.id) AS similarity,
"""
"""A column of offers for one goal that asks for meaning."""
NEAR_ENOUGH: Final = "coalesce(o.similarity >= %(min_similarity)s, false)"
COULD_BE_MEANT: Final = """
    d.id IN (SELECT said.deal_id FROM deals_dealvector said
              WHERE 1 - (said.embedding <=> %(meaning)s::halfvec) >= %(min_similarity)s)
"""


def vector_of(goal: Goal) -> HalfVector | None:
    """The stored vector of a goal that asks for meaning; None where it does not, or where its words have changed since."""
    if goal.min_similarity is None:
        return None
    fresh = GoalVector.objects.filter(goal=goal.pk, as_of__gte=F("goal__updated_at"))
    found = fresh.values_list("embedding", flat=True).first()
    return None if found is None else HalfVector(found)


def vector_for_preview(goal: Goal) -> HalfVector | None:
    """The same for a goal that need not be stored: what is not known is made at once."""
    if goal.min_similarity is None:
        return None
    stored = None if goal._state.adding else vector_of(goal)
    return stored if stored is not None else meaning.vector_of(said_by(goal))


def meaning_given(goal: Goal, vector: HalfVector | None) -> dict[str, Any]:
    """The parameters of the parts for one goal."""
    return {"meaning": None if vector is None else vector.to_text(), "min_similarity": goal.min_similarity}
