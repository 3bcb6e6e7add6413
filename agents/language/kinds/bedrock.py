"""Models on Amazon Bedrock, through the Converse API: one form of request for Claude and all the others."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from urllib3.exceptions import HTTPError

from agents.language.base import LanguageModel, LanguageModelConfig, Question, Reply, Usage
from agents.language.framing import RULES
from common.aws import client, failure_of
from common.services import ServiceFailure


class BedrockConfig(LanguageModelConfig):
    """`url` is another address than that of the region, or empty."""

    url: str = ""


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _ToolUse(_Loose):
    name: str
    input: object


class _Block(_Loose):
    tool_use: _ToolUse | None = Field(default=None, alias="toolUse")


class _Message(_Loose):
    content: list[_Block]


class _Output(_Loose):
    message: _Message


class _Tokens(_Loose):
    input_tokens: int = Field(alias="inputTokens", ge=0)
    output_tokens: int = Field(alias="outputTokens", ge=0)


class _Response(_Loose):
    output: _Output
    usage: _Tokens


_BROKEN: Final = (ClientError, BotoCoreError, HTTPError, OSError, ValueError)


class BedrockModel(LanguageModel):
    """The answer's form is a tool that the model must use; its input is the answer."""

    kind: ClassVar[str] = "bedrock"
    title: ClassVar[str] = "Bedrock"
    config_model: ClassVar[type[LanguageModelConfig]] = BedrockConfig
    config: BedrockConfig

    def reply(self, question: Question[Any], *, seconds: float) -> Reply:
        config = self.config
        bedrock = client("bedrock-runtime", url=config.url, seconds=config.time_limit, connections=config.concurrency)
        try:
            received = bedrock.converse(**self._request(question))
        except _BROKEN as error:
            raise failure_of(self.title, error) from error
        try:
            response = _Response.model_validate(received)
        except ValidationError:
            raise ServiceFailure(f"{self.title} answered in a form that is not its own.") from None
        used = [block.tool_use for block in response.output.message.content if block.tool_use is not None]
        if len(used) != 1 or used[0].name != question.name:
            raise ServiceFailure(f"The model on {self.title} did not fill in the form.")
        return Reply(used[0].input, Usage(response.usage.input_tokens, response.usage.output_tokens))

    def _request(self, question: Question[Any]) -> dict[str, Any]:
        tool = {
            "name": question.name,
            "description": "The form of the answer.",
            "inputSchema": {"json": question.schema()},
        }
        return {
            "modelId": self.config.model_id,
            "system": [{"text": f"{question.task}\n\n{RULES}"}],
            "messages": [{"role": "user", "content": [{"text": question.data}]}],
            "inferenceConfig": {"maxTokens": question.most_tokens, "temperature": 0.0},
            "toolConfig": {"tools": [{"toolSpec": tool}], "toolChoice": {"tool": {"name": question.name}}},
        }
