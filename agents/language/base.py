"""What every language model promises. A kind is a module with one subclass of `LanguageModel`, named in the registry."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any, ClassVar, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

_MILLION: Final = Decimal(1_000_000)
_SMALLEST: Final = Decimal("0.000001")
_WRAPPING: Final = 1_000  # tokens that a service adds around a question: roles, the tool's description
# What a schema may not say in the strict mode of some servers. The answer is checked against all of it here anyway.
_LEFT_OUT: Final = frozenset(
    {
        "title",
        "default",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "pattern",
    }
)

A = TypeVar("A", bound=BaseModel)


class AnswerForm(BaseModel):
    """What an answer looks like: subclasses are the only thing that a model can say."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LanguageModelConfig(BaseModel):
    """The typed configuration of a kind. Prices are dollars for a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_id: str = Field(min_length=1, max_length=2048)
    input_price: Decimal = Field(ge=0)
    output_price: Decimal = Field(ge=0)
    time_limit: float = Field(gt=0)
    concurrency: int = Field(ge=1)


@dataclass(frozen=True)
class Question(Generic[A]):
    """One question. `task` is ours and says what to do; `data` is what pages and users wrote, framed (framing.py).

    `name` names the answer (letters and underscores); `user` is who pays for it, None for the system itself.
    """

    name: str
    task: str
    data: str
    form: type[A]
    most_tokens: int
    user: uuid.UUID | None = None

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the answer: every field required, nothing else allowed."""
        cleaned: dict[str, Any] = _without(self.form.model_json_schema())
        return cleaned

    @property
    def most_input_tokens(self) -> int:
        """No tokeniser in use makes more tokens than there are bytes."""
        return len(f"{self.task}{self.data}{self.schema()}".encode()) + _WRAPPING


def _without(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    properties = schema.get("properties")
    kept = {name: _without(part) for name, part in schema.items() if name not in _LEFT_OUT and name != "properties"}
    if isinstance(properties, dict):  # a field may be called "title"
        kept["properties"] = {name: _without(part) for name, part in properties.items()}
    return kept


@dataclass(frozen=True)
class Usage:
    """The tokens of one call, as the service counted them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Reply:
    """What came back: the decoded answer, not checked yet, and the tokens; None where the service did not count them."""

    content: object
    usage: Usage | None


class LanguageModel(ABC):
    """One foundation model at one service.

    - `reply` MUST make exactly one request, MUST NOT take longer than `seconds` by more than the wait for a byte, and
      MUST hold the service to the question's schema in the strongest way that it knows, at temperature 0.
    - It MUST raise `ServiceFailure` and nothing else. Further tries, the budget and the circuit breaker are not its
      business (asking.py).
    - It MUST NOT log or return keys, and MUST be safe for threads.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    config_model: ClassVar[type[LanguageModelConfig]] = LanguageModelConfig

    def __init__(self, config: LanguageModelConfig) -> None:
        self.config = config

    @property
    def name(self) -> str:
        """Who answers, as it is stored: `bedrock:<model id>`. Of an ARN only the last part, since it names the account."""
        return f"{self.kind}:{self.config.model_id.rpartition('/')[2][:140]}"

    def cost(self, usage: Usage) -> Decimal:
        """Dollars, rounded up to a millionth."""
        config = self.config
        exact = (usage.input_tokens * config.input_price + usage.output_tokens * config.output_price) / _MILLION
        return exact.quantize(_SMALLEST, rounding=ROUND_UP)

    def most(self, question: Question[Any]) -> Decimal:
        """What a question can cost at most."""
        return self.cost(Usage(question.most_input_tokens, question.most_tokens))

    @abstractmethod
    def reply(self, question: Question[Any], *, seconds: float) -> Reply:
        """Ask once."""
