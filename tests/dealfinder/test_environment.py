from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.commands import PROJECT_ROOT, environment

EXAMPLE = (PROJECT_ROOT / ".env.example").read_text()


def test_the_example_lists_every_variable_with_a_comment() -> None:
    from dealfinder.settings.environment import Environment

    listed = re.findall(r"^#([A-Z_]+)=", EXAMPLE, re.M)
    assert sorted(listed) == sorted(name.upper() for name in Environment.model_fields)
    assert len(re.findall(r"^# .+\n(?:# .+\n)*#[A-Z_]+=", EXAMPLE, re.M)) == len(listed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_THREADS", "many"),
        ("OPPORTUNITY_THRESHOLD", "-1"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://x"),
        ("LANGUAGE_MODEL_URL", "file:///etc/passwd"),
        ("SAGEMAKER_ASYNC_FOLDER", "/tmp/x"),
        ("FRONTIER_FOUNDATION_MODEL", "true"),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_with_its_name(name: str, value: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environment(tmp_path, **{name: value}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert len(ran.stderr.strip().splitlines()) == 1
    assert ran.stderr.startswith(f"{name} cannot be used")
