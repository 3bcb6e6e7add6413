"""Why somebody is looking: "my old toaster died, so I need …". What is told before the wish is no part of the thing."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.draft import TAKEN, Draft

_ASKING: Final = (
    r"(?:(?:i|we)(?:'?m|'?re| am| are|'?d| would| really| now| also| just)* )?(?:needs?|wants?|looking (?:for|to)|look for|searching for|"
    r"hunting for|after|like to (?:get|buy|find|have)|in the market for|shopping for|in need of)"
    r"(?: (?:to (?:get|buy|find|have)|me|us))?(?![a-z'])"
)
_TELLING: Final = (
    r"(?:is|are|was|were|am|has|have|had|died|broke|gave up|got|just|will|starts?|begins?|turns?|needs|wants|moved|moving|"
    r"i'?m|we'?re|i'?ve|we'?ve|he'?s|she'?s|they'?re|it'?s)"
)
_STORY: Final = re.compile(
    rf"(?:(?<=[.!?;]\s)|(?<=[.!?;])|\A)\s*(?P<story>(?:(?:hi|hiya|hello|hey|so|well|ok|basically|since|because|as|now|also|and)\W+)*"
    rf"(?:my|our|the|his|her|i|we|he|she|they|i'?m|we'?re|i'?ve|we'?ve|he'?s|she'?s|it'?s)(?![\w'])"
    rf"[^.!?;{TAKEN}]{{3,120}}?(?:,\s*(?:so |and |thus |hence |therefore )?|\s*(?:[:;]-?[()]|[-–—…]+|\.\.+)\s*|"
    rf"\s+(?:so|and|hence|therefore|thus)\s+(?:that )?))(?={_ASKING}|(?<=so )(?:an?|some) )"
)
_TERMS: Final = re.compile(
    r"\d|[$€£₹¥]|(?<![a-z])(?:budget|price|prices|cost|costs|"
    r"pay|spend|limit|max|most|least|brand|looking|need|want|after)(?![a-z])"
)
_POINTS_BACK: Final = re.compile(
    rf"{_ASKING}(?: (?:an?|the|some))?"
    r"(?: (?:new|better|used|cheap|good|bigger|second-hand))* (?:ones?|it|them|replacement|another|upgrade)(?![a-z])"
)
"""The thing was named in what is told: "our oven broke, so we need a new one"."""


def leave_out_stories(draft: Draft) -> None:
    """Take what is told before "I need" out of the draft, where it says nothing of prices, numbers or a wish of its own."""
    for match in list(_STORY.finditer(draft.low)):
        said = match["story"]
        if _POINTS_BACK.match(draft.low, match.end()):
            continue
        if not _TERMS.search(said) and re.search(rf"(?<![a-z]){_TELLING}(?![a-z])", said):
            draft.take(*match.span("story"))
