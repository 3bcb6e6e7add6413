"""A SageMaker endpoint at the wire: asked at once (`InvokeEndpoint`), or through a folder in S3 (`InvokeEndpointAsync`).

An asynchronous endpoint reads the question from S3 and leaves its answer there; the answer is looked for until the time is over. Both
stay in the bucket, for which a lifecycle rule of a day is enough (docs/models-on-aws.md).
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from urllib3.exceptions import HTTPError

from common.aws import client, failure_of
from common.services import ServiceFailure, call, too_slow

TITLE: Final = "The specialist's endpoint"
_JSON: Final = "application/json"
_LARGEST: Final = 1_000_000  # bytes of an answer
_POLL: Final = (0.1, 2.0)  # seconds between looks, from … growing to
_BROKEN: Final = (ClientError, BotoCoreError, HTTPError, OSError, ValueError)
_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "NotFound"})


def invoke(body: bytes, *, deadline: float) -> bytes:
    """The endpoint's answer to a question in JSON, by `deadline` (monotonic clock). Raises `ServiceFailure`."""
    ask = _invoke_by_folder if settings.SAGEMAKER_ASYNC_FOLDER else _invoke
    return ask(body, deadline)


def _runtime() -> Any:
    return client("sagemaker-runtime", url=settings.SAGEMAKER_URL, seconds=settings.SAGEMAKER_TIME_LIMIT)


def _storage() -> Any:
    return client("s3", url=settings.AWS_STORAGE_URL, seconds=settings.SAGEMAKER_TIME_LIMIT)


def _invoke(body: bytes, deadline: float) -> bytes:
    def once(left: float) -> bytes:
        try:
            response = _runtime().invoke_endpoint(
                EndpointName=settings.SAGEMAKER_ENDPOINT, ContentType=_JSON, Accept=_JSON, Body=body
            )
            return _read(response["Body"])
        except _BROKEN as error:
            raise failure_of(TITLE, error) from error

    return call(TITLE, once, deadline=deadline)


def _read(stream: Any) -> bytes:
    content: bytes = stream.read(_LARGEST)
    if stream.read(1):  # at the end of the answer this also raises where less came than was promised
        raise ServiceFailure(f"{TITLE} sent more than an answer can be.")
    return content


def _invoke_by_folder(body: bytes, deadline: float) -> bytes:
    folder = urlsplit(settings.SAGEMAKER_ASYNC_FOLDER)
    bucket, key = folder.netloc, f"{folder.path.strip('/')}/{uuid4().hex}.json".lstrip("/")
    call(TITLE, partial(_put, bucket, key, body), deadline=deadline)
    answer_at, failure_at = call(TITLE, partial(_begin, f"s3://{bucket}/{key}"), deadline=deadline)
    pause, slowest = _POLL
    while True:
        answer = call(TITLE, partial(_get, answer_at), deadline=deadline)
        if answer is not None:
            return answer
        if failure_at and call(TITLE, partial(_get, failure_at), deadline=deadline) is not None:
            raise ServiceFailure(f"{TITLE} could not answer the question.")
        if time.monotonic() + pause >= deadline:
            raise too_slow(TITLE)
        time.sleep(pause)
        pause = min(2 * pause, slowest)


def _put(bucket: str, key: str, body: bytes, left: float) -> None:
    try:
        _storage().put_object(Bucket=bucket, Key=key, Body=body, ContentType=_JSON)
    except _BROKEN as error:
        raise failure_of(TITLE, error) from error


def _begin(location: str, left: float) -> tuple[str, str]:
    """Where the answer will be, and where a failure would be told."""
    try:
        response = _runtime().invoke_endpoint_async(
            EndpointName=settings.SAGEMAKER_ENDPOINT,
            ContentType=_JSON,
            Accept=_JSON,
            InputLocation=location,
            InvocationTimeoutSeconds=max(1, min(3600, round(left))),
        )
    except _BROKEN as error:
        raise failure_of(TITLE, error) from error
    answer_at, failure_at = response.get("OutputLocation", ""), response.get("FailureLocation", "")
    if not answer_at.startswith("s3://"):
        raise ServiceFailure(f"{TITLE} did not say where its answer will be.")
    return answer_at, failure_at if failure_at.startswith("s3://") else ""


def _get(location: str, left: float) -> bytes | None:
    """What lies in S3, None while there is nothing."""
    place = urlsplit(location)
    try:
        response = _storage().get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))
        return _read(response["Body"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _NOT_THERE:
            return None
        raise failure_of(TITLE, error) from error
    except _BROKEN as error:
        raise failure_of(TITLE, error) from error
