"""Stand-ins of the services that language models run at: Bedrock's Converse, and a server that speaks as OpenAI's does.

Both check what they are sent as the real ones would, and answer with the form filled in.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

import jsonschema

from tests.wire_server import Behaviour, Reply, Request, WireServer, aws_error, said

REGION = "eu-central-1"
MODEL = "eu.anthropic.claude-example-1-v1:0"
Fill = Callable[[str], dict[str, Any]]  # what is filled in, from the user message


def converse(
    content: list[dict[str, Any]], *, tokens: tuple[int, int] = (900, 80), stop: str = "tool_use"
) -> dict[str, Any]:
    """An answer of Converse."""
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": tokens[0], "outputTokens": tokens[1], "totalTokens": sum(tokens)},
        "metrics": {"latencyMs": 700},
    }


def tool_use(name: str, filled: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "tooluse_1", "name": name, "input": filled}}


def bedrock(fill: Fill) -> Behaviour:
    """Bedrock, as far as Converse goes."""

    def answer(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> Reply | None:
        if not request.is_signed("bedrock", REGION):
            return aws_error(403, "MissingAuthenticationTokenException")(server, handler, request)
        if (request.method, unquote(request.path)) != ("POST", f"/model/{MODEL}/converse"):
            return aws_error(404, "ResourceNotFoundException")(server, handler, request)
        asked = request.json
        try:
            (message,), (tool,) = asked["messages"], asked["toolConfig"]["tools"]
            (block,), spec = message["content"], tool["toolSpec"]
            jsonschema.Draft202012Validator.check_schema(spec["inputSchema"]["json"])
            usable = (
                message["role"] == "user"
                and asked["toolConfig"]["toolChoice"] == {"tool": {"name": spec["name"]}}
                and asked["inferenceConfig"]["temperature"] == 0
                and 0 < asked["inferenceConfig"]["maxTokens"] <= 4000
                and all(part["text"] for part in asked["system"])
            )
        except (KeyError, TypeError, ValueError, jsonschema.SchemaError):
            usable = False
        if not usable:
            return aws_error(400, "ValidationException")(server, handler, request)
        return said(converse([{"text": "Let me see."}, tool_use(spec["name"], fill(block["text"]))]))(
            server, handler, request
        )

    return answer


def chat(content: Any, *, tokens: tuple[int, int] | None = (900, 80)) -> dict[str, Any]:
    """An answer of /chat/completions with a text, or with calls of functions."""
    message = {"role": "assistant", "content": content if isinstance(content, str) else None}
    if not isinstance(content, str):
        message["tool_calls"] = [
            {"id": "call_1", "type": "function", "function": {"name": name, "arguments": json.dumps(filled)}}
            for name, filled in content
        ]
    usage = (
        {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)} if tokens else None
    )
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"id": "1", "object": "chat.completion", "choices": choices} | ({"usage": usage} if usage else {})


def openai(fill: Fill, *, key: str = "") -> Behaviour:
    """A server that speaks as OpenAI's does, with structured output and with functions."""

    def answer(server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> Reply | None:
        if key and request.headers.get("authorization") != f"Bearer {key}":
            return said({"error": {"message": f"wrong key {key}"}}, 401)(server, handler, request)
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            return said({"error": {"message": "no such path"}}, 404)(server, handler, request)
        asked = request.json
        system, user = asked["messages"]
        if (asked["model"], asked["temperature"], system["role"], user["role"]) != (MODEL, 0, "system", "user"):
            return said({"error": {"message": "bad request"}}, 400)(server, handler, request)
        filled = fill(user["content"])
        if "tools" in asked:
            (tool,) = asked["tools"]
            assert asked["tool_choice"] == {"type": "function", "function": {"name": tool["function"]["name"]}}
            return said(chat([(tool["function"]["name"], filled)]))(server, handler, request)
        form = asked["response_format"]
        assert form["type"] == "json_schema" and form["json_schema"]["strict"] is True
        jsonschema.Draft202012Validator.check_schema(form["json_schema"]["schema"])
        return said(chat(json.dumps(filled)))(server, handler, request)

    return answer
