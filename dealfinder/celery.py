"""The Celery application: the workers, beat, and everything that sends a task by name."""

from __future__ import annotations

import importlib.util
import os
import signal
import warnings
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init

from dealfinder.embedded.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealfinder.settings")

# In a container root is the usual user, and there is nobody to follow the advice.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("dealfinder")
app.config_from_object("django.conf:settings", namespace="CELERY")

_ROOMS = (
    "common",
    "accounts",
    "deals",
    "notifications",
    "agents",
    "agents.scanning",
    "agents.pricing",
    "agents.planning",
    "agents.messaging",
    "agents.language",
    "agents.identity",
    "agents.lifecycle",
    "agents.training",
    "dealfinder",
    "dealfinder.starter",
)


def _exists(module: str) -> bool:
    """Whether the module is there at all; an error inside a module that is there must be seen, not swallowed."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


app.conf.imports = [f"{room}.tasks" for room in _ROOMS if _exists(f"{room}.tasks")]


@setup_logging.connect
def _use_django_logging(**_: Any) -> None:
    """Log as the rest does: connecting here keeps Celery from replacing the handlers."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@worker_process_init.connect
def _follow_the_worker(**_: Any) -> None:
    """A pool process ends with its worker, even with one that was killed."""
    die_with_parent(signal.SIGKILL, os.getppid())
