"""Where log lines go and how they look: one JSON object a line, or plain text, each with its request or run id."""

from __future__ import annotations

from typing import Any


def logging_configuration(level: str, form: str) -> dict[str, Any]:
    """Return a `logging` dictConfig: standard error only, the request id on each line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "common.requests.RequestIDFilter"}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
            },
            "text": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": form, "filters": ["request_id"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "django.server": {"level": "WARNING"},
            # At DEBUG these write signed headers and whole request bodies, keys among them.
            "boto3": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            # It writes what it cannot use of an address, keys among it. What went wrong is said by the channel.
            "apprise": {"level": "CRITICAL"},
        },
    }
