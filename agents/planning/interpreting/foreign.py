"""What is no wish: orders to a machine, code and markup that somebody put into the text. It is left out before anything is read.

This is not what keeps orders harmless: the grammar obeys nothing, and a model's answer is held to a form and to the text.
It keeps the words and amounts of an order from being taken for the wish.
"""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading, quoted
from agents.planning.interpreting.draft import TAKEN, Draft
from common.text import shortened

_PIECES: Final = re.compile(r"(?:[^.!?;\n\x00]|[.!?](?=[^\s\"')\]\x00]))+[.!?;\n]*")
_CODE: Final = re.compile(
    r"<\s*/?\s*(script|style|iframe|svg|img|object|system|admin|prompt|instructions?)\b.*?(?:<\s*/\s*\1\s*>|\Z)|</?[a-z!][^<>]{0,200}>|"
    r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|\$\{[^{}]{0,200}\}|"
    r"\"{3,}|(?:\b(?:return|output|respond with|print|reply with) )?\{[^{}]{0,300}\}|<\|[^|<>]{0,60}\|>|"
    r"\[/?(?:inst|system|assistant|user)\b[^\]]{0,300}\]|```.{0,400}?(?:```|"
    r"\Z)|\[\s*\"[^\]]{0,200}\]|[\"'][}\]]{1,3}.{0,400}\Z|\"\w+\"\s*:\s*\"[^\"]{0,200}\"?|;\s*--|--\s*\Z|"
    r"(?:';|\";|;|^)\s*(?:drop|delete|insert|update|select|alter|truncate|union)\b[^.;]{0,200}(?:;|\Z)|' or '?1'?\s*=\s*'?1\S*|"
    r"(?:(?:execute|run|eval) )?\w+(?:\.\w+)+\([^)]{0,100}\)|https?://\S+|\bjavascript:\S*|\S+@\S+\.\S+|#{2,}",
    re.DOTALL,
)
_MACHINE: Final = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|guardrails?|restrictions?|"
    r"schema|system|context|programming|training|policy|policies)"
)
_ORDERS: Final = re.compile(
    r"(?<![a-z])(?:"
    rf"(?:ignore|disregard|forget|override|bypass|skip|overlook|neglect|discard)(?: \w+){{0,5}} {_MACHINE}|"
    r"(?:ignore|disregard|forget) (?:everything|all|anything|what|the (?:above|goal|user|text|"
    r"previous|prior|form)|(?:that|this|it)\b)|(?:previous|prior|above|earlier) instructions?|"
    r"you are (?:now|no longer|a|an|in|the|chatgpt|dan|free)\b|you(?:'re| are) .{0,20}(?:assistant|"
    r"model|administrator|admin|mode|ai)\b|act as (?:an?|the|if|my)|"
    r"pretend (?:to be|you|that)|role-?play|from now on|developer mode|jailbreak|do anything now|"
    r"as (?:the|an|your) (?:developer|admin\w*|owner|system|root)|"
    r"(?:system|assistant|developer|admin|root|override|instruction|user)\s*:|(?:system|hidden|"
    r"secret|initial) prompt|your (?:prompt|instructions|rules|system|configuration|training|secrets?)\b|"
    r"(?:reveal|print|show|output|display|leak|dump|expose|repeat|tell me|give me|list|return|"
    r"send)(?: \w+){0,4} (?:prompt|instructions|secrets?|passwords?|api keys?|tokens?|"
    r"credentials?|environment variables?|database|user data|schema|source code|configuration|secret keys?)\b|"
    r"(?:call|invoke|execute|run|use|trigger)(?: the| a| this| your)? (?:tools?|functions?|commands?|"
    r"scripts?|code|shell|api|sql|query)\b|delete_\w+|rm -rf|sudo |"
    r"(?:notes?|message|memo|instructions?) (?:to|for) (?:the )?(?:ai|assistant|model|bot|system|llm|developer)\b|"
    r"(?:do not|don't|never) (?:follow|obey|respect|use|apply) (?:the|your|any|this|these|those)\b|human\s*:|(?:assistant|chatbot|"
    r"chatgpt|ai|"
    r"bot|model|computer),|new tasks?\s*:|end of (?:the )?(?:user )?(?:text|input|prompt|message)\b|"
    r"(?:give|grant|make) yourself\b|(?:set|change|switch|update|make) (?:the |your |my )?(?:\w+ )?(?:currency|price|prices|limit|"
    r"budget|score|goal|goals|radius) to\b|"
    r"(?:delete|drop|erase|wipe|remove)(?: \w+){0,3} (?:goals?|users?|accounts?|tables?|database|data|records?)\b|"
    r"(?:set|change|make|update|assign|modify|put)(?: the| my| your)? (?:\w+_\w+|status|priority|"
    r"tier|role|user|price field|fields?|currency field|is_\w+)\b|\b(?:max|min)_\w+\b|"
    r"(?:respond|reply|answer|speak|talk)(?: \w+){0,3} (?:with|in|only|as)\b|(?:output|return|"
    r"respond|answer)(?: \w+){0,3} (?:json|yaml|xml|marketplaces?|fields?|true|null)\b|"
    r"translate (?:the|this|everything|to)|(?:send|forward|post|email|mail)(?: \w+){0,4} (?:to|"
    r"e?-?mail)\b.{0,40}(?:@|http|address|webhook|server)|"
    r"(?:mark|match|approve|accept|grant)(?: \w+){0,4} (?:every|all|everything|as a match|as matched|"
    r"access|admin\w*|permission\w*)|every deal (?:as|is|match)\w*|all deals match|"
    r"(?:tier|role|permission)s? (?:is|are|=|to|becomes?) (?:\w+)|base64|eval\(|exec\(|__\w+__|os\.environ|select \* from|curl |wget |"
    r"(?:this|the following) is (?:a|an|your) (?:new )?(?:test|instruction|order|command|update)|"
    r"new instructions?|important:? (?:system|instruction)|"
    r"without (?:any )?(?:restrictions|limits|limitations|filters)\b"
    r")"
)
_THEN_A_WISH: Final = re.compile(
    r"[,;:]\s*(?:and |but )?(?:then|also|after that|otherwise|meanwhile)\s+(?:please )?"
    r"(?=(?:find|get|show|look for|watch for)(?: me)? (?:an?|the|some|cheap|new|used)\b|"
    r"(?:i|we) (?:need|want)\b)"
)
"""What follows an order and is a wish: ", then find me a yoga mat"."""


def leave_out_orders(draft: Draft, reading: Reading) -> None:
    """Take code, and sentences that are orders to a machine, out of the draft, and say so."""
    out = draft.take_all(_CODE)
    for piece in list(_PIECES.finditer(draft.low)):
        start, end = _order(draft.low, *piece.span())
        if start < end:
            out.append(draft.take(start, end))
    if out:
        shown = shortened(" … ".join(part for part in out if part), 120)
        reading.ask(f"{quoted(shown)} was not read as part of your wish. Is anything of it what you are looking for?")


def without_orders(text: str) -> str:
    """The text with spaces where orders to a machine stand."""
    draft = Draft(text)
    leave_out_orders(draft, Reading())
    return draft.text.replace(TAKEN, " ")


def _order(low: str, start: int, end: int) -> tuple[int, int]:
    """The stretch of a sentence that is an order: all of it, but for a wish before it or after a comma, "and" or colon."""
    found = _ORDERS.search(low, start, end)
    if found is None:
        return start, start
    before = low[start : found.start()]
    # What comes before the order stays where it is long enough to be the wish itself.
    if re.search(r"\w+\W+\w+", before) and re.search(
        r"[,;:\x00(\[–-]\s*(?:and |then |also |please |so |but |now )*\Z|\b(?:and|then|also|please)\s+\Z", before
    ):
        return found.start(), end
    wish = _THEN_A_WISH.search(low, found.end(), end)
    return start, wish.start() if wish else end
