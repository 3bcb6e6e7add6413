"""Words that name a part, an accessory or a by-product when they stand beside the name of a thing: a bowl, a cover, a T-shirt.

Many of them name things in their own right, so that the list says nothing by itself. It speaks where an item has such a word and what
it is compared with has not: "Stand Mixer bowl" among stand mixers, but not among bowls.
"""

from __future__ import annotations

import re
from typing import Final

_OF_A_THING = """
    accessory adapter adaptor antenna arm armrest attachment axle backplate bag band base basket battery bead belt bin bit blade board
    bolt bottle bowl box bracelet bracket brick brush bulb bumper button canister carafe cart cartridge case caster charger cleaner clip
    coil connector cord cover cradle cup cushion decal diffuser dock door drawer earbud earcup earpad eartip elbow enclosure faceplate
    filter fitting flange footrest frame fuse garment gasket handle hardware harness hat head headband heater hinge holder hook hose
    housing igniter ink insert jar jug key keyboard keycap knob lamp lanyard latch leg lid light liner lock loop magnet manifold manual
    mat mesh motor mount mousepad mug nozzle nut opener pad paddle panel part patch pedal pedestal pen piece pillow pipe plate plug
    pocket pot pouch probe protector rack rail refill regulator remote ring rod roller rope rubber sack screw screwdriver seal sensor
    shelf shell shield shoe skin sleeve slipcover sock socket spacer spare sponge spool spring stand station stem stencil sticker
    stopper strap string stylus switch tarp tee thermometer tip toner topper towel tray tripod trolley tube tubing turntable valve vent
    visor wand wheel whisk wick wing wire wrap wrench wristband
"""
_MADE_OF_ITS_NAME = """
    album apron art badge banner book booklet calendar cardboard certificate coaster code coin comic cookbook costume course cutout
    diagram document download drawing dvd ebook emblem embroidery figure figurine file firmware flag guide hoodie instruction jersey
    jigsaw keychain leaflet lesson license magazine magnet map mask model mug necklace novel ornament painting pamphlet patent pattern
    photo picture plaque plush portrait postcard poster print printable puzzle replica shirt skin soundtrack stencil sticker svg sweater
    t-shirt tattoo template theme thumbnail ticket toy training tshirt tutorial wallpaper webinar workshop
"""
_DONE_TO_IT = """
    assembly calibration cleaning configuration consultation delivery engraving hire inspection installation insurance maintenance
    membership recycling removal rental repair service shipping subscription upgrade warranty
"""
# What any offer may say of the thing itself.
_DESCRIBING = """
    actual adult air all-in-one amazing amazon assorted authentic automatic available basic beige best black blue bluetooth boy brand
    bronze brown bundle canceling cancelling cellular certified charcoal classic clear color colour compact condition cordless costco
    cyan dark deal delivered delivery deluxe digital discount ebay edition electric excellent exclusive express extra factory fashion
    fast fifth fine fourth free full generation genuine girl gold golden graphite gray great green grey heavy high home hot indoor
    international ivory just kid laptop large latest light lightweight lime limited long lowest matte medium men midnight mini model
    modern multicolor natural navy newegg nice now offer official online only open orange original outdoor pink platinum popular
    portable power premium price prime pro professional purple rechargeable red refurbished renewed retail rose sale save sealed second
    seller series set shipped shipping shop silver size slim small smart space special stainless standard starlight steel stock store
    style super tan target teal third titanium today turquoise ultra unisex universal unlocked used value version very violet walmart
    warm white wide wifi wireless women yellow young
"""
_PLAIN: Final = frozenset(re.findall(r"\S+", _DESCRIBING))
_WORDS: Final = frozenset(re.findall(r"\S+", _OF_A_THING + _MADE_OF_ITS_NAME + _DONE_TO_IT))
_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
# "printhead", "dustcover", "backplate": names of parts that are made at will, so that no list has them all.
_COMPOUND: Final = re.compile(
    r"(?!overhead|discover)[a-z]{3,}(?:head|plate|holder|strap|case|bag|tray|rack|knob|handle|blade|nozzle|bracket|cover)"
)
# What comes along is no other thing: "with bag", "includes 2 filters", "+ charger", "and stand".
_COMES_ALONG: Final = re.compile(r"(?:\b(?:with|w/|includes?|including|plus|and|free|bonus)\b|&|(?<=\s)\+)[^,|;(]*")


def singular(word: str) -> str:
    """A rough singular, good enough for comparing the words of two titles."""
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def words_of(title: str) -> frozenset[str]:
    """All words of a lower-case title, in the singular."""
    return frozenset(map(singular, _WORD.findall(title)))


def telling_words(title: str) -> frozenset[str]:
    """The words of a lower-case title that say what it is, without what comes along and what any offer may say of itself."""
    return words_of(_COMES_ALONG.sub(" ", title)) - _PLAIN


def parts_named(title: str) -> frozenset[str]:
    """The words of a lower-case title that name a part, an accessory or a by-product, without what only comes along."""
    return frozenset(
        word for word in words_of(_COMES_ALONG.sub(" ", title)) if word in _WORDS or _COMPOUND.fullmatch(word)
    )
