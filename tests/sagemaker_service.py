"""A stand-in of SageMaker's endpoints and of the S3 folder that an asynchronous one works through.

Behind it runs our own inference handler, called as a serving container calls it.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from tests.wire_server import Reply, Request, WireServer, aws_error, said

REGION = "eu-central-1"
ENDPOINT = "deal-finder-specialist"
BUCKET = "s3://models/questions"


@lru_cache(maxsize=1)
def handler_module() -> ModuleType:
    """deploy/sagemaker/inference.py, loaded as a container loads it."""
    spec = importlib.util.spec_from_file_location(
        "inference", Path(settings.BASE_DIR) / "deploy/sagemaker/inference.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Endpoint:
    """The endpoint `deal-finder-specialist` with the model in a folder. `stored` is what lies in S3, by path."""

    model_dir: Path
    stored: dict[str, bytes] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    looks_until_ready: int = 1
    fails: bool = False
    _model: Any = None

    def infer(self, body: bytes, content_type: str, accept: str) -> tuple[int, bytes]:
        handler = handler_module()
        with self.lock:
            self._model = self._model or handler.model_fn(str(self.model_dir))
            try:
                prediction = handler.predict_fn(handler.input_fn(body, content_type), self._model)
                content, _ = handler.output_fn(prediction, accept)
            except ValueError as error:
                return 424, json.dumps({"message": str(error)[:200]}).encode()
            return 200, content.encode()

    def answer(self, server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> Reply | None:
        path = unquote(urlsplit(request.path).path)
        if path.startswith("/endpoints/"):
            return self._runtime(server, handler, request, path)
        return self._storage(request, path)

    def _runtime(
        self, server: WireServer, handler: BaseHTTPRequestHandler, request: Request, path: str
    ) -> Reply | None:
        if not request.is_signed("sagemaker", REGION):
            return aws_error(403, "MissingAuthenticationTokenException")(server, handler, request)
        if path == f"/endpoints/{ENDPOINT}/invocations":
            status, content = self.infer(request.body, request.headers["content-type"], request.headers["accept"])
            if status != 200:
                return aws_error(424, "ModelError")(server, handler, request)
            return said(content)(server, handler, request)
        if path == f"/endpoints/{ENDPOINT}/async-invocations":
            return self._begin(server, handler, request)
        return aws_error(400, "ValidationError")(server, handler, request)

    def _begin(self, server: WireServer, handler: BaseHTTPRequestHandler, request: Request) -> Reply | None:
        place = request.headers["x-amzn-sagemaker-inputlocation"].removeprefix("s3:/")
        body = self.stored.get(place)
        if (
            body is None
            or request.body
            or not 1 <= int(request.headers["x-amzn-sagemaker-invocationtimeoutseconds"]) <= 3600
        ):
            return aws_error(400, "ValidationError")(server, handler, request)
        status, content = self.infer(body, request.headers["x-amzn-sagemaker-content-type"], "application/json")
        failed = self.fails or status != 200
        self.stored[f"{place}.error" if failed else f"{place}.out"] = b"Traceback" if failed else content
        locations = {
            "X_Amzn_SageMaker_OutputLocation": f"s3:/{place}.out",
            "X_Amzn_SageMaker_FailureLocation": f"s3:/{place}.error",
        }
        return said({"InferenceId": "1"}, 202, **locations)(server, handler, request)

    def _storage(self, request: Request, path: str) -> Reply | None:
        if not request.is_signed("s3", REGION):
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>")
        if request.method == "PUT":
            self.stored[path] = _unchunked(request)
            return Reply(200, b"")
        if path.endswith(".out") and self.looks_until_ready > 0:
            self.looks_until_ready -= 1
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content = self.stored.get(path)
        return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>") if content is None else Reply(200, content)


def _unchunked(request: Request) -> bytes:
    """The content of an upload, which boto3 may send in signed chunks (aws-chunked)."""
    if "aws-chunked" not in request.headers.get("content-encoding", ""):
        return request.body
    content, rest = b"", request.body
    while rest:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if size == 0:
            break
        content, rest = content + rest[:size], rest[size + 2 :]
    return content
