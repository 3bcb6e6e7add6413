"""What every kind of estimator promises, held for each that is registered."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from agents.pricing.batch import assemble, compare
from agents.pricing.catalogue.memory import MemoryCatalogue
from agents.pricing.estimators.registry import KINDS, UnknownKind, estimator_class, make
from agents.pricing.text import prepare
from agents.training.pipeline import read_rows
from tests.agents.pricing.conftest import World

ODD = ["", " ", "?!", "日本語のタイトル", "a" * 5000, "1" * 300, "$99", "\0\x07", "Acme electric kettle"]


@pytest.mark.parametrize("kind", KINDS)
def test_odd_items_get_an_answer_or_none_at_all(kind: str, world: World) -> None:
    batch = assemble([prepare(text) for text in ODD], world.model.lexicon, world.catalogue)
    logs = world.model.estimators[kind].estimate(batch)
    assert logs.shape == (len(ODD),)
    assert not np.isinf(logs).any()
    assert np.isfinite(logs[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_batch_gives_an_empty_answer(kind: str, world: World) -> None:
    batch = assemble([], world.model.lexicon, world.catalogue)
    assert world.model.estimators[kind].estimate(batch).shape == (0,)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_does_not_depend_on_its_company(kind: str, world: World) -> None:
    texts = [product.text for product in world.products[:9]]
    together = assemble([prepare("", text) for text in texts], world.model.lexicon, world.catalogue)
    alone = assemble([prepare("", texts[4])], world.model.lexicon, world.catalogue)
    estimator = world.model.estimators[kind]
    assert estimator.estimate(together)[4] == pytest.approx(estimator.estimate(alone)[0], abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fitted_state_survives_its_arrays(kind: str, world: World) -> None:
    fitted = world.model.estimators[kind]
    other = make(kind, fitted.config.model_dump())
    other.restore(fitted.arrays())
    batch = assemble(
        [prepare("", product.text) for product in world.products[:20]], world.model.lexicon, world.catalogue
    )
    np.testing.assert_allclose(other.estimate(batch), fitted.estimate(batch), atol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_the_state_is_plain_arrays_without_texts(kind: str, world: World) -> None:
    for value in world.model.estimators[kind].arrays().values():
        assert value.dtype.kind in "fiub"


@pytest.mark.parametrize("kind", KINDS)
def test_it_learned_something(kind: str, world: World) -> None:
    texts = ["Duna robot vacuum cleaner", "Corvo electric kettle"]
    batch = assemble([prepare(text) for text in texts], world.model.lexicon, world.catalogue)
    dear, cheap = np.exp(world.model.estimators[kind].estimate(batch))
    assert dear > 2 * cheap


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_catalogue_is_no_error(kind: str, world: World, no_catalogue: MemoryCatalogue) -> None:
    batch = assemble([prepare("Duna robot vacuum cleaner")], world.model.lexicon, no_catalogue)
    answer = world.model.estimators[kind].estimate(batch)[0]
    assert np.isnan(answer) == (kind == "frontier")


@pytest.mark.parametrize("kind", KINDS)
def test_a_configuration_with_a_strange_field_is_refused(kind: str) -> None:
    assert estimator_class(kind).kind == kind
    with pytest.raises(ValidationError):
        make(kind, {"no_such_field": 1})


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UnknownKind, match="oracle"):
        make("oracle")


def test_comparables_that_are_fitted_on_leave_out_their_own_title(world: World) -> None:
    items = [prepare(product.title, product.text) for product in world.products[:50]]
    rows = read_rows(world.products[:50])
    catalogue = read_rows(world.products).catalogue(world.model.wording)
    assert catalogue.groups is not None
    found = catalogue.search(rows.vectors, own=catalogue.groups[:50])
    assert not compare(items, found, world.model.wording).identical.any()
    serving = assemble(items, world.model.lexicon, world.catalogue)
    assert serving.neighbours.identical.any(axis=1).all()


def test_a_smaller_catalogue_gives_fewer_neighbours(world: World) -> None:
    few = world.catalogue.take(np.arange(5))
    batch = assemble([prepare("Acme electric kettle")], world.model.lexicon, few)
    assert batch.neighbours.known.sum() == 5
    assert (batch.found.row[0, 5:] == -1).all()
    similarity = batch.neighbours.similarity[0, :5]
    assert (np.diff(similarity) <= 1e-6).all()
