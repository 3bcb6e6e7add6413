"""How an item differs from what it is compared with, by the words of both."""

from __future__ import annotations

import pytest

from agents.pricing.caution import Kind, caution_about, telling_sentences
from agents.pricing.evidence import differences


def share(name: str, title: str, *others: str) -> float:
    compared = differences(title, caution_about(title).kind, others, [1 / len(others)] * len(others))
    value: float = getattr(compared, name)
    return round(value, 3)


@pytest.mark.parametrize(
    ("name", "title", "other"),
    [
        ("kind", "Framed poster of LEGO Icons Titanic 10294", "LEGO Icons Titanic 10294"),
        ("part", "KitchenAid Artisan Stand Mixer glass bowl", "KitchenAid Artisan Stand Mixer"),
        ("part", "HP OfficeJet Pro 9125e printhead", "HP OfficeJet Pro 9125e All-in-One Printer"),
        ("made_for", "Gimbal for iPhone 15", "Apple iPhone 15 128GB"),
        ("larger", "Samsung 990 PRO 250GB NVMe SSD", "Samsung 990 PRO 4TB NVMe SSD"),
        ("larger", "Eau de Parfum 10 ml", "Eau de Parfum 150 ml"),
        ("later", "GoPro HERO9 Black", "GoPro HERO13 Black"),
        ("later", "Apple iPad 6th generation", "Apple iPad 11th Gen"),
        ("later", "NVIDIA GeForce RTX 2060 12GB", "NVIDIA GeForce RTX 4070 Super 12GB"),
        ("later", "Arlo Pro 5S 2K single camera", "Arlo Pro 5S 2K 3-Camera Kit"),
    ],
)
def test_another_thing(name: str, title: str, other: str) -> None:
    assert share(name, title, other) == 1
    assert share(name, title, other, title) == 0.5
    assert share(name, title, title) == 0


@pytest.mark.parametrize(
    ("name", "title", "other"),
    [
        ("kind", "LEGO Icons Titanic 10294", "LEGO Icons Eiffel Tower 10307"),
        ("part", "KitchenAid Artisan Stand Mixer with glass bowl", "KitchenAid Artisan Stand Mixer"),
        ("part", "Discover the Husqvarna overhead hoist", "Husqvarna hoist"),
        ("made_for", "Elden Ring for PlayStation 5", "Mario Kart 8 for PlayStation 5"),
        ("made_for", "Dyson V15 vacuum for pet hair", "Dyson V15 Detect vacuum"),
        ("larger", "Samsung 990 PRO 2TB NVMe SSD", "Samsung 990 PRO 4TB NVMe SSD"),
        ("larger", "Samsung 990 PRO NVMe SSD", "Samsung 990 PRO 4TB NVMe SSD"),
        ("later", "GoPro HERO13 Black", "GoPro HERO12 Black"),
        ("later", "Dell laptop 16 GB", "Dell laptop 32 GB"),
    ],
)
def test_no_other_thing(name: str, title: str, other: str) -> None:
    assert share(name, title, other) == 0


def test_words_that_nothing_compared_has() -> None:
    others = ["Vitamix 5200 Blender", "Ninja Blender with two cups"]
    assert differences("Vitamix 5200 Blender, black", None, others, [0.5, 0.5]).unknown == ()
    assert differences("Vitamix Blender gramophone", None, others, [0.5, 0.0]).unknown == ("gramophone",)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("PlayStation 5 empty box", Kind.BOX),
        ("AirPods Pro, left earbud", Kind.PART),
        ("Nintendo Switch dock and cables, no console", Kind.PART),
        ("1:18 die-cast Ferrari", Kind.TOY),
        ("Service manual for a piano", Kind.BOOK),
        ("Fortnite digital code", Kind.CODE),
        ("Rolex replica", Kind.REPLICA),
        ("Perfume travel spray 10 ml", Kind.SAMPLE),
        ("iPhone 15 dummy phone", Kind.DUMMY),
        ("Canon EOS R6 body only", None),
        ("Nintendo Switch OLED Console", None),
        ("No-contract phone", None),
    ],
)
def test_kinds(title: str, kind: Kind | None) -> None:
    assert caution_about(title).kind is kind


def test_a_description_counts_where_it_says_what_is_sold_and_its_praise_does_not() -> None:
    said = telling_sentences(
        "A great drone. Crashed once, sold as is for parts or repair! Save $50 a month. You can rent films."
    )
    assert said == "Crashed once, sold as is for parts or repair!"
    assert caution_about("DJI Mini 4 Pro", said).condition == "parts"
    assert caution_about("PlayStation 5", "You get the box only. Console not included.").kind is Kind.BOX
