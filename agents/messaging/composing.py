"""The same facts in as many words as a channel has room for: a title, the body of a card, a short text and a long one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from agents.messaging import phrases
from common.speech import spoken_percent
from common.text import shortened
from notifications.channels.base import SHORT
from notifications.facts import Facts

MOST = 200
"""The most characters of a title and of a body: they fit the first lines of a lock screen."""
_LEAST_NAME = 40


def body_of(facts: Facts, why: str = "") -> str:
    """At most 200 characters: the price with what is most telling about it, the worth, and what it is for. `why` stands for the goal."""
    begin = _joined(phrases.price_at(facts, is_explained=bool(why)), why, phrases.worth(facts))
    rests = (
        [[phrases.doubt(facts), phrases.score(facts), phrases.meets(facts, room)] for room in (60, 40, 20)]
        if not why
        else [[phrases.doubt(facts), phrases.score(facts)], [phrases.doubt(facts)]]
    )
    # What gives way first is the goal's title: the figures are what the message is for.
    for rest in rests:
        text = _joined(begin, *rest)
        if len(text) <= MOST:
            return text
    return shortened(text, MOST)


def short_of(facts: Facts, why: str = "") -> str:
    """Fewer than 200 characters for a text message, whole in itself. Its channel adds the link."""
    said = {"price": phrases.money(facts.price), "place": facts.place}
    if facts.was is not None:
        price = _("{price} at {place} (was {was})").format(was=phrases.money(facts.was), **said)
    else:
        price = _("{price} at {place}").format(**said)
    # The last ones give way first.
    rest = [
        _short_worth(facts),
        why or phrases.target(facts),
        phrases.doubt(facts),
        phrases.score(facts),
        phrases.meets(facts, 40),
    ]
    name = _("Sample: {title}").format(title=facts.name) if facts.is_sample else facts.name
    for left in range(len(rest), -1, -1):
        figures = _joined(f"{price}.", *rest[:left])
        room = SHORT - 1 - len(figures) - 2
        if room >= min(len(name), _LEAST_NAME):
            return f"{shortened(name, room)}: {figures}"
    return shortened(f"{shortened(name, _LEAST_NAME)}: {price}.", SHORT - 1)


def long_of(facts: Facts, why: str = "") -> str:
    """A few sentences for a channel with room: price, worth, target, an earlier price, doubts, and what it is for."""
    told_already = facts.is_far_under_target or why
    return _joined(
        phrases.price_at(facts, is_explained=bool(why)),
        why,
        phrases.worth(facts),
        phrases.doubt(facts),
        "" if told_already else phrases.target(facts),
        phrases.fall(facts) if facts.is_far_under_target and not why else "",
        phrases.score(facts),
        phrases.meets(facts),
        phrases.hurry(facts),
    )


def _short_worth(facts: Facts) -> str:
    if not facts.is_valued or facts.worth is None:
        return _("Worth unknown.")
    said = {"worth": phrases.estimate(facts.worth), "span": phrases.span(facts)}
    if facts.is_unsure:
        return _("Perhaps worth {worth} ({span}), not sure.").format(**said)
    if facts.percent is None or facts.percent <= 0:
        return _("Worth about {worth} ({span}).").format(**said)
    return _("Worth about {worth} ({span}), {percent} less.").format(percent=spoken_percent(facts.percent), **said)


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
