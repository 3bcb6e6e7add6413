"""What words say: rows over hashed words, the numbers beside labels, the memory of what was learned from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from agents.pricing.labels import label_columns, labelled_numbers, learn_labels
from agents.pricing.lexicon import NEAREST, Lexicon, Memory
from agents.pricing.text import prepare
from agents.pricing.wording import Wording
from tests.agents.pricing.conftest import World

TITLES = ["Acme kettle 1500 watts", "Acme kettle 1700 watts", "Borealis desk lamp", "Borealis desk lamp black", "Corvo"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("core clock 3.4 boost", {("clock>", 3.4), ("core clock>", 3.4), ("<boost", 3.4)}),
        ("850 watts", {("<watts", 850.0)}),
        ("1,299 pieces", {("<pieces", 1299.0)}),
        ("size 2,5 cm", {("size>", 2.5), ("<cm", 2.5)}),
        ("1.2.3 version", set()),
        ("12345678901 items", set()),
        ("no numbers", set()),
    ],
)
def test_numbers_are_read_with_the_words_beside_them(text: str, said: set[tuple[str, float]]) -> None:
    assert set(labelled_numbers(text)) == said


def test_frequent_labels_become_columns_and_gaps_stay_gaps() -> None:
    items = [prepare(f"Lamp {number} watts") for number in range(10, 60)] + [prepare("Chair 3 legs")]
    labels = learn_labels(items, least=20)
    assert set(labels) == {"lamp>", "<watts"}
    columns = label_columns([prepare("Lamp 40 watts, 60 watts"), prepare("Chair 3 legs")], labels)
    assert columns[0, labels.index("<watts")] == pytest.approx(math.log1p(60))
    assert np.isnan(columns[1]).all()


def test_only_what_occurs_twice_is_kept_and_rows_have_length_one() -> None:
    items = [prepare(title) for title in TITLES]
    wording = Wording.learn(items, least_words=2, least_characters=3)
    features = wording.features(items)
    assert features.shape == (len(items), wording.width)
    words = features[:, : wording.words_width]
    np.testing.assert_allclose(sparse.linalg.norm(words, axis=1)[:4], 1, rtol=1e-5)
    assert words[4].nnz == 0  # "corvo" occurs once
    assert wording.features([]).shape == (0, wording.width)


def test_a_rare_word_weighs_more_than_a_frequent_one_and_an_unknown_one_most() -> None:
    items = [prepare("common " * 3 + ("rare" if number < 2 else "thing")) for number in range(50)]
    wording = Wording.learn(items)

    def weight(word: str) -> float:
        return float(wording.words([prepare(f"common {word}")]).data.max())

    assert weight("unseen") == pytest.approx(weight("rare"))  # two are too few to be kept
    assert weight("rare") > weight("thing")
    assert wording.word_rarity.max() == pytest.approx(math.log(51 / 2) + 1)


def test_the_memory_finds_the_most_alike_and_leaves_out_a_group() -> None:
    rows = sparse.csr_matrix(np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], dtype=np.float32))
    memory = Memory.of(rows, np.log([10.0, 20.0, 30.0]), np.array([0.1, 0.2, 0.3]))
    similarity, price, residual = memory.search(rows[:1])
    assert similarity.shape == (1, NEAREST)
    np.testing.assert_allclose(similarity[0, :3], [1, 0.8, 0], atol=1e-6)
    np.testing.assert_allclose(np.exp(price[0, :2]), [10, 20], rtol=1e-5)
    np.testing.assert_allclose(residual[0, :2], [0.1, 0.2], rtol=1e-5)
    similarity, price, _ = memory.search(rows[:1], groups=np.array([7, 8, 9]), own=np.array([7]))
    np.testing.assert_allclose(np.exp(price[0, 0]), 20, rtol=1e-5)
    assert similarity[0, 0] == pytest.approx(0.8)


def test_an_empty_memory_says_nothing() -> None:
    memory = Memory.of(sparse.csr_matrix((0, 3), dtype=np.float32), np.zeros(0), np.zeros(0))
    similarity, _, _ = memory.search(sparse.csr_matrix(np.eye(3, dtype=np.float32)))
    assert not similarity.any()


def test_a_lexicon_comes_back_from_its_arrays(world: World) -> None:
    lexicon = world.model.lexicon
    again = Lexicon.from_arrays(lexicon.arrays())
    items = [prepare("", product.text) for product in world.products[:20]]
    features = lexicon.wording.features(items)
    np.testing.assert_array_equal(again.wording.features(items).toarray(), features.toarray())
    assert again.labels == lexicon.labels
    before, after = lexicon.says(features), again.says(features)
    np.testing.assert_allclose(after.line, before.line, atol=0.01)
    np.testing.assert_allclose(after.similarity[:, :5], before.similarity[:, :5], atol=0.02)
