"""The sentences of messages about an offer, by its situation. Every number in them is the record's; none is made up.

Each takes the facts and returns one sentence in the language that is spoken, or "" where there is nothing to say.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from common.money import Money
from common.speech import spoken_day, spoken_estimate, spoken_money, spoken_percent, spoken_span
from common.text import shortened
from notifications.facts import Facts

SUSPICIOUS = "suspicious"
_SOON = timedelta(days=7)


def money(amount: Money) -> str:
    """An exact amount."""
    return spoken_money(amount.amount, amount.currency)


def estimate(amount: Money) -> str:
    """An amount that is a judgement."""
    return spoken_estimate(amount.amount, amount.currency)


def span(facts: Facts) -> str:
    """The interval of the worth."""
    assert facts.low is not None and facts.high is not None
    return spoken_span(facts.low.amount, facts.high.amount, facts.low.currency)


def price_at(facts: Facts, *, is_explained: bool = False) -> str:
    """The price and the place, the first thing of a message: what is most telling about the price comes with it, where what follows
    does not explain it already."""
    said = {"price": money(facts.price), "place": facts.place}
    if facts.is_far_under_target and not is_explained:
        assert facts.target is not None
        return _("{price} at {place}, far under your limit of {target}.").format(target=money(facts.target), **said)
    if facts.was is not None:
        return _("{price} at {place}, down from {was}.").format(was=money(facts.was), **said)
    if facts.is_strong and facts.is_valued and not facts.is_unsure:
        return _("A strong one: {price} at {place}.").format(**said)
    if facts.is_new:
        return _("New at {place}: {price}.").format(**said)
    return _("{price} at {place}.").format(**said)


def worth(facts: Facts) -> str:
    """What it is worth, how sure that is, and how the price stands to it."""
    if not facts.is_valued or facts.worth is None or facts.discount is None:
        return _("We cannot say what it is worth.")
    said = {"worth": estimate(facts.worth), "span": span(facts)}
    if facts.is_unsure:
        return _("Perhaps worth {worth} ({span}); we are not sure of this worth.").format(**said)
    difference = spoken_money(abs(facts.discount.amount), facts.discount.currency)
    if facts.discount.amount < 0:
        return _("Worth about {worth} ({span}), so it costs {difference} more than that.").format(
            difference=difference, **said
        )
    if facts.discount.amount == 0:
        return _("Worth about {worth} ({span}), and that is its price.").format(**said)
    if facts.percent is None:
        return _("Worth about {worth} ({span}), so you save {difference}.").format(difference=difference, **said)
    return _("Worth about {worth} ({span}), so you save {difference} ({percent}).").format(
        difference=difference, percent=spoken_percent(facts.percent), **said
    )


def doubt(facts: Facts) -> str:
    """A word of warning, where the discount that its shop claims looks like none."""
    return _("The claimed discount looks inflated.") if facts.verdict == SUSPICIOUS else ""


def score(facts: Facts) -> str:
    """The score, where there is one."""
    return "" if facts.score is None else _("Score {score}.").format(score=facts.score)


def target(facts: Facts) -> str:
    """How the price stands to what its reader wants to pay at most."""
    if facts.target is None:
        return ""
    gap = facts.under_target
    limit = money(facts.target)
    if gap is None:
        return _("Your limit is {target}.").format(target=limit)
    if gap == 0:
        return _("That is exactly your {target}.").format(target=limit)
    return _("Under your {target}.").format(target=limit)


def fall(facts: Facts) -> str:
    """From what price it has come down."""
    return "" if facts.was is None else _("It was {was} before.").format(was=money(facts.was))


def meets(facts: Facts, room: int = 60) -> str:
    """For which goal it is."""
    return "" if not facts.goal else _("For your goal “{goal}”.").format(goal=shortened(facts.goal, room))


def hurry(facts: Facts) -> str:
    """That the goal ends within a week: a date that its reader has set, and no pressure of ours."""
    if facts.deadline is None or not timedelta(0) <= facts.deadline - timezone.now() <= _SOON:
        return ""
    return _("Your goal ends on {day}.").format(day=spoken_day(facts.deadline))


def heading(facts: Facts) -> str:
    """The title of a message: the thing and its price."""
    said = {"name": shortened(facts.name, 150), "price": money(facts.price)}
    words = _("{name} for {price}").format(**said)
    return _("Sample: {title}").format(title=words) if facts.is_sample else words
