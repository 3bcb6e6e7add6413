"""Any server that speaks as OpenAI's does: `POST …/chat/completions`. It may be on this machine.

The address is the operator's own setting and not something that a page said, so it does not go through the one way out
(`common.egress`), which lets nothing private through.
"""

from __future__ import annotations

import json
import time
from typing import Any, ClassVar, Final, Literal

import httpcore2
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from agents.language.base import LanguageModel, LanguageModelConfig, Question, Reply, Usage
from agents.language.framing import RULES
from common.services import ServiceFailure, too_slow

_CONNECT_SECONDS: Final = 3.0
_LARGEST: Final = 1_000_000  # bytes of an answer
_LONGEST_WAIT: Final = 60.0


class OpenAIConfig(LanguageModelConfig):
    """`answer_form`: the answer is held to its schema as structured output, or as a function that has to be called."""

    url: str = Field(pattern=r"^https?://[^\s/?#@]+[^\s?#@]*$")
    key: SecretStr = SecretStr("")
    answer_form: Literal["json_schema", "tool"] = "json_schema"


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Function(_Loose):
    name: str
    arguments: str


class _ToolCall(_Loose):
    function: _Function


class _Message(_Loose):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Loose):
    message: _Message


class _Tokens(_Loose):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Response(_Loose):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None


class OpenAIModel(LanguageModel):
    """The answer's form is a strict JSON schema, or a function that the model must call."""

    kind: ClassVar[str] = "openai"
    title: ClassVar[str] = "The language model's server"
    config_model: ClassVar[type[LanguageModelConfig]] = OpenAIConfig
    config: OpenAIConfig

    def __init__(self, config: OpenAIConfig) -> None:
        super().__init__(config)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpcore2.default_ssl_context(), max_connections=config.concurrency, keepalive_expiry=30
        )

    def reply(self, question: Question[Any], *, seconds: float) -> Reply:
        body = self._post(json.dumps(self._request(question)).encode(), time.monotonic() + seconds)
        try:
            response = _Response.model_validate_json(body)
        except ValidationError:
            raise ServiceFailure(f"{self.title} sent something that cannot be read.") from None
        message, usage = response.choices[0].message, response.usage
        text = message.content
        if self.config.answer_form == "tool":
            called = [call.function for call in message.tool_calls or [] if call.function.name == question.name]
            text = called[0].arguments if len(called) == 1 else None
        try:
            content = json.loads(text or "")
        except ValueError:
            raise ServiceFailure("The language model did not fill in the form.") from None
        return Reply(content, Usage(usage.prompt_tokens, usage.completion_tokens) if usage else None)

    def _request(self, question: Question[Any]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self.config.model_id,
            "temperature": 0,
            "max_tokens": question.most_tokens,
            "messages": [
                {"role": "system", "content": f"{question.task}\n\n{RULES}"},
                {"role": "user", "content": question.data},
            ],
        }
        form = {"name": question.name, "strict": True}
        if self.config.answer_form == "json_schema":
            schema = {"type": "json_schema", "json_schema": form | {"schema": question.schema()}}
            return request | {"response_format": schema}
        function = form | {"description": "The form of the answer.", "parameters": question.schema()}
        return request | {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": question.name}},
        }

    def _post(self, content: bytes, deadline: float) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self.config.key.get_secret_value():
            headers["Authorization"] = f"Bearer {self.config.key.get_secret_value()}"
        left = max(0.001, deadline - time.monotonic())
        limits = {"connect": min(_CONNECT_SECONDS, left), "read": left, "write": left, "pool": left}
        try:
            with self._pool.stream(
                "POST",
                f"{self.config.url.rstrip('/')}/chat/completions",
                headers=list(headers.items()),
                content=content,
                extensions={"timeout": limits},
            ) as response:
                if response.status != 200:
                    raise _refusal(response)
                return self._read(response, deadline)
        except httpcore2.TimeoutException:
            raise too_slow(self.title) from None
        except httpcore2.ConnectError as error:
            raise ServiceFailure(f"{self.title} cannot be reached.", transient=True) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            raise ServiceFailure(f"{self.title} broke off.", transient=True) from error

    def _read(self, response: httpcore2.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_stream():
            body += chunk
            if len(body) > _LARGEST:
                raise ServiceFailure(f"{self.title} sent more than an answer can be.")
            if time.monotonic() > deadline:
                raise too_slow(self.title)
        return bytes(body)


def _refusal(response: httpcore2.Response) -> ServiceFailure:
    """What a status other than 200 means; the body is not read, since it may repeat the question or the key."""
    title, status = OpenAIModel.title, response.status
    after = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
    wait = min(float(after), _LONGEST_WAIT) if after.isdigit() else 0.0
    if status == 429:
        return ServiceFailure(f"{title} is asked too often just now.", transient=True, wait=wait)
    if status >= 500:
        return ServiceFailure(f"{title} has trouble of its own just now ({status}).", transient=True, wait=wait)
    if status in (401, 403):
        return ServiceFailure(f"{title} refuses the key of this installation.")
    if status == 404:
        return ServiceFailure(f"{title} does not know the model or address that is set.")
    return ServiceFailure(f"{title} does not accept the question ({status}).")
