"""Words of talking around a wish ("could you let me know when …"), and talk in which there is no wish."""

from __future__ import annotations

import re
from typing import Final

from agents.planning.interpreting.base import Reading
from agents.planning.interpreting.draft import Draft

OPENINGS: Final = re.compile(
    r"(?<![a-z])(?:for (?:my|our|his|her|their)(?: \w+)? [\w-]+(?:'s|s') (?:\d+(?:st|nd|rd|th) |first )?(?:birthday|wedding|anniversary|"
    r"graduation|"
    r"party|christmas|christening|baptism|retirement|room|bedroom|flat|house|office)|"
    r"(?:(?:is|are) there )?any (?:chance|way|hope)(?: (?:of|to|for|that))?(?: (?:getting|finding|an?|get|find|it))*|"
    r"(?:do|would|d'?) ?you (?:think|mind|know)(?: (?:that|if|where))?(?: (?:you|i|we|one))?(?: (?:could|can|might|would))?|"
    r"(?:i|we)(?:'ve| have)? (?:once |just |recently )?(?:saw|seen|spotted)|at (?:a|my|our|his|her|their) \w+(?:'s|s') (?:house|place|"
    r"home|flat)|"
    r"(?:my|our|his|her|the) (?:old|current|existing|previous|trusty|ancient|broken|dead|tired|worn-?out)(?= [^\W\d_])|(?:an? |"
    r"the )?replacement(?= *(?:[,.;!?\x00]|"
    r"\Z|please))|"
    r"(?:has|have|had|is|are)? ?(?:finally |just )?(?:given up(?: the ghost)?|gave up(?: the ghost)?|packed (?:it )?in|conked out|"
    r"bit(?:ten)? the dust|"
    r"stopped working|on its last legs|kicked the bucket|broken down)|one of (?:those|these|the)|"
    r"any (?:colou?r|size|brand|make|model|year|age|material|style|finish|generation|shape)s?(?: (?:is|will|would be) (?:fine|ok|"
    r"okay|do))?(?= *(?:[,.;!?\x00]|\Z|but|except))|"
    r"(?:colou?r|brand|make|size)s? (?:is not|isn'?t|does not|doesn'?t) (?:important|matter)|"
    r"(?:my|our|his|her) (?:wife|husband|mum|mom|dad|mother|father|son|daughter|kids?|brother|sister|partner|girlfriend|boyfriend|"
    r"friend|nephew|niece|grandson|granddaughter|parents|children)(?= (?:an?|the|some|\x00))|"
    r"(?:give|send|set|create|make)(?: me| us)?(?: up)? (?:an? )?(?:alerts?|notifications?|reminders?)(?: (?:for|about|on|when|if))*|"
    r"(?:i'?m|i am|we'?re|we are|as) an? (?:\w+ )?\w+(?= (?:looking|searching|hunting|seeking|in need|trying|who|on a)|,)|"
    r"(?:fully |still |in (?:full |good |perfect )?)?working(?: order)?(?= *(?:[,.;!?\x00]|\Z))|made (?:out )?(?:of|from)|"
    r"how much (?:is|are|does|do)|if (?:possible|you can|available|there (?:is|are) any)|(?:hi|hello|hey|dear|good (?:morning|"
    r"afternoon|"
    r"evening|day))(?: (?:there|all|everyone|"
    r"folks|team))?|thanks?(?: (?:you|a lot|in advance|so much))*|thx|cheers|please|pls|plz|kindly|"
    r"(?:could|can|would|will) (?:you|someone|anyone)(?: please)?|(?:help|assist) me(?: to)?(?: find| get)?|"
    r"(?:i|we)(?:'?m| am|'?re| are|'?ve| have|'?d| would)?(?: \w+ly| just| still| now| been| both|"
    r" all| currently)*(?: (?:looking|searching|hunting|hoping|trying|after|in search|in the market|"
    r"interested|seeking|shopping))(?: (?:for|to|of|in|out|find|get|buy))*|"
    r"(?:my|our|his|her) \w+ (?:would (?:like|love)|wants?|needs?)(?: (?:to|for|an?|get|buy|have))*|"
    r"(?:i|we)(?:'?d| would| really| just| do| also)*(?: (?:want|need|like|love|wish|prefer|require|"
    r"fancy|desire|wanna|gotta|could use|am after|plan|intend|have))(?: (?:to|for|it|a|get|buy|"
    r"have|find|purchase|own|see|upgrade to|one))*|"
    r"(?:look(?:ing)?|search(?:ing)?|hunt(?:ing)?|shopping|seek(?:ing)?|hoping) (?:out )?(?:for|"
    r"to (?:buy|get|find))|in search of|in the market for|on the (?:hunt|lookout) for|on the look ?out for|"
    r"seeking|after an? |"
    r"(?:find|get|show|give|fetch|bring|hunt|source|buy)(?: me| us| my \w+)?(?= (?:an?|the|some|"
    r"any|all|every|me|deals?|offers?|good|cheap|new|used|\x00|something|anything|my))|"
    r"(?:let|lets) me know(?: (?:about|of|when|if|once|as soon as))*|(?:tell|alert|notify|ping|"
    r"inform|email|message|warn|remind|text) (?:me|us)(?: (?:about|of|when|if|once|for|on|as soon as|"
    r"whenever))*|"
    r"(?<!\ba )watch(?:ing)?(?: out)? (?:for|the price of)|keep an eye (?:out )?(?:on|for)|track(?:ing)?(?= (?:the|"
    r"price|a))|wtb|iso\b|in need of|want(?:ed|ing)? to buy|want to (?:get|buy|find)|"
    r"(?:it|there|this|that|they)(?:'s| is| are| has| must| should| needs?)?(?: (?:to be|be|have|to have))?|"
    r"(?:when|if|once|as soon as)(?: (?:it|they|there|the price|price|a|an|any|one))*(?: (?:is|"
    r"are|becomes?|comes?|goes|drops?|falls?|gets?|hits?|reaches))?(?: (?:available|down|in stock|"
    r"to|at|for))*|"
    r"(?:as )?(?:a |the )?(?:birthday |christmas |xmas |wedding |anniversary )?(?:gift|present)s?(?: idea)?(?: "
    r"for (?:my |a |the |our )?\w+(?: \w+)?)?|"
    r"for (?:my|our|his|her|their|me|us|myself)(?: (?:own|new|old|little|young|elderly))?(?: (?:wife|"
    r"husband|mum|mom|dad|mother|father|son|daughter|kid|kids|brother|sister|partner|girlfriend|"
    r"boyfriend|friend|friends|family|nephews?|nieces?|boss|mate|cousin|uncle|aunt|grand(?:son|daughter|child|children|kids?|ma|pa)|twins?|"
    r"children|child|parents|toddler|baby|teen(?:ager)?s?|neighbou?r|colleague|fianc[eé]+|mother-in-law|father-in-law|team|class|school|"
    r"grandma|grandpa|grandmother|grandfather|parents|roommate|home|house|flat|apartment|office|"
    r"room|living room|bedroom|kitchen|garage|studio|dorm|self|students?|\w+ old|birthday|commute|"
    r"trip|holiday|\w+(?= *(?:[,.;!?\x00]|\Z))))?|"
    r"(?:that|which|who)(?:'s| is| are| costs?| has| have| can| will| comes?)(?: (?:with|be|at|"
    r"for))?|(?:must|should|has to|have to|needs to|need to) (?:be|have|come with|include)|"
    r"free (?:shipping|delivery|postage)|(?:with |incl(?:uding|\.)? |plus )?(?:free )?(?:shipping|"
    r"delivery|postage)(?: (?:included|incl\.?|ok|only|available|costs?))?|"
    r"(?:or|and) (?:bigger|larger|more|newer|up|above|higher|better|greater|similar|equivalent|"
    r"later|smaller|older|less)|w/(?= )|whichever (?:is |one is )?(?:cheaper|cheapest|better)|"
    r"(?:should|must|has to|needs to|to) (?:arrive|be delivered|ship)|ship(?:ping|s|ped)? (?:to|"
    r"from) (?:the )?\w+|(?:than )?usual(?:ly)?|(?:as|so) long as(?: (?:it|they)(?:'s|'re| is| are| costs?)?| the price is)?|"
    r"provided(?: that)?(?: (?:it|they)(?:'s|'re| is| are| costs?)?)?|how (?:are|is|'s) (?:you|it going|things)(?: doing| all)?|"
    r"(?:do|does) (?:anyone|anybody|somebody|someone|you)(?: here)?(?: (?:sell|have|know|offer))?(?: of)?|(?:for )?free or(?= *\x00)|"
    r"(?:(?:fast|quick|free|can|will|must|to|be|and) )*(?:deliver(?:ed|y|s)?|ship(?:ped|ping|s)?|posted|"
    r"sent)(?: to)?(?= *(?:[,.;!?\x00]|\Z))|(?:an? )?(?:(?:cheap|good|nice|new|decent|great|used) )*pairs? of(?= ?[^\W\d_]| ?\x00)|"
    r"(?:monitor|track) (?:me|us|for me|the price of)(?: for)?|p\.? ?s\.?(?=[ \x00])|"
    r"(?:price|cost) (?:is not|isn'?t|doesn'?t|no) \w+|(?:the )?(?:cheaper|sooner|more|newer|bigger) the better|"
    r"good value(?: for money)?|value for money|best price|price drops?|"
    r"on (?:a )?(?:sale|offer|discount|deal|budget|promotion|special)|for sale|for cheap|in stock|"
    r"on the cheap|at (?:a )?(?:good|great|fair|reasonable|decent|low|discount(?:ed)?|bargain) (?:price|"
    r"discount|deal)s?|a good deal on|"
    r"(?:ideally|preferably|hopefully|maybe|perhaps|possibly|basically|actually|really|urgently|"
    r"asap|soon|quickly|immediately|obviously|either|again|today's)"
    r")(?![a-z'-])"
)
_QUESTION: Final = re.compile(
    r"\W*(?:(?:so|hey|hi|hello|ok|tell me|do you know|can you tell me)\W+)*(?:what|who|why|how|when|where|whose|which|is there an?|"
    r"are there|(?:is|will) (?:it|he|she|this|that)|(?:do|are|can|could|will|have|did) you)"
    r"(?:'s|'re|s|'d)?(?: (?:is|are|was|were|does|do|did|will|would|can|could|should|has|have|many|much|old|far|long))?(?![a-z'])"
)
_STATEMENT: Final = re.compile(
    r"\W*(?:(?:so|hey|hi|hello|ok|well|and)\W+)*(?:i|we|you|he|she|it|they|this|that|there)"
    r"(?:'m|'s|'re|'ve| am| is| are| was| were| have| has| had| like| love| hate| think| feel| believe| can| will)(?![a-z])"
)
_BUYING: Final = re.compile(
    r"(?<![a-z])(?:best|good|great|cheap\w*|prices?|priced|costs?|buy\w*|gets?|find\w*|deals?|sells?|selling|sale|offers?|bargains?|worth|"
    r"recommend\w*|how much|available|afford\w*|discount\w*|used|new|needs?|wants?|wanted|looking|look\w*|watch\w*|alert|notify|show|"
    r"track|have|hunt\w*|search\w*|seek\w*|shopping|"
    r"after|interested|would|fancy|for|under|stock)(?![a-z])"
)


def is_talk(draft: Draft, reading: Reading) -> bool:
    """Whether somebody asks about the world and not for a thing: a question, or a statement, without any term or word of buying in it."""
    low = draft.whole.lower()
    if not reading.fields.keys() <= {"deadline", "location"} or _BUYING.search(low):
        return False
    return bool(_QUESTION.match(low) or _STATEMENT.match(low))
