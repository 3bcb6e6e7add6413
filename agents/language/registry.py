"""The kinds of language models by name, and the one that this installation uses. A kind is imported when it is first asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from pydantic import ValidationError

from agents.language.base import LanguageModel
from common.services import ServiceFailure

KINDS: Final = {
    "bedrock": "agents.language.kinds.bedrock.BedrockModel",
    "openai": "agents.language.kinds.openai.OpenAIModel",
}


class UnknownKind(LookupError):
    """A name that no kind of language model has."""


def model_class(kind: str) -> type[LanguageModel]:
    """The class of a kind; `UnknownKind` where there is none."""
    try:
        module, _, name = KINDS[kind].rpartition(".")
    except KeyError:
        raise UnknownKind(f"There is no language model “{kind}”; there are {', '.join(KINDS)}.") from None
    found: type[LanguageModel] = getattr(import_module(module), name)
    return found


def make(kind: str, config: dict[str, Any]) -> LanguageModel:
    """A model of a kind with its configuration, which is checked (`pydantic.ValidationError`)."""
    chosen = model_class(kind)
    return chosen(chosen.config_model.model_validate(config))


def configured_model() -> LanguageModel | None:
    """The model of this installation, None where none is set. Raises `ServiceFailure` where its settings do not do."""
    if settings.LANGUAGE_MODEL == "off":
        return None
    more: tuple[tuple[str, Any], ...] = ()
    if settings.LANGUAGE_MODEL == "bedrock":
        more = (("url", settings.BEDROCK_URL),)
    elif settings.LANGUAGE_MODEL == "openai":
        more = (
            ("url", settings.LANGUAGE_MODEL_URL),
            ("key", settings.LANGUAGE_MODEL_KEY),
            ("answer_form", settings.LANGUAGE_ANSWER_FORM),
        )
    return _made(
        settings.LANGUAGE_MODEL,
        (
            ("model_id", settings.LANGUAGE_MODEL_ID),
            ("input_price", settings.LANGUAGE_INPUT_PRICE),
            ("output_price", settings.LANGUAGE_OUTPUT_PRICE),
            ("time_limit", settings.LANGUAGE_TIME_LIMIT),
            ("concurrency", settings.LANGUAGE_CONCURRENCY),
            *more,
        ),
    )


@lru_cache(maxsize=4)
def _made(kind: str, config: tuple[tuple[str, Any], ...]) -> LanguageModel:
    try:
        return make(kind, dict(config))
    except ValidationError as error:
        names = {"model_id": "LANGUAGE_MODEL_ID", "url": "LANGUAGE_MODEL_URL"}
        wrong = str(error.errors()[0]["loc"][0])
        raise ServiceFailure(
            f"The language model is not asked, because {names.get(wrong, wrong)} is not set as it should be."
        ) from None
