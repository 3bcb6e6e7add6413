"""TCP ports on loopback: which are free, and which ones a home has chosen."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from dealfinder.embedded.errors import EmbeddedError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that nobody listens on at this moment.

    It is below the range from which systems take ports for outgoing connections: one of those could take the port of a
    server that is just being restarted.
    """
    for _ in range(100):
        port = random.randint(20_000, 32_000)  # noqa: S311 -- a port is no secret
        if is_free(port):
            return port
    raise EmbeddedError(
        "No free port was found on this machine between 20000 and 32000; stop some of what listens there."
    )


def answers(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def remembered(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """The ports written in the JSON file `path`, with new free ones, written back, for names that have none yet."""
    try:
        known = {str(name): int(port) for name, port in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        known = {}
    chosen = {name: known.get(name) or any_free_port() for name in names}
    if chosen != known:
        write_ports(path, chosen)
    return chosen


def write_ports(path: Path, chosen: dict[str, int]) -> None:
    """Write the ports, whole or not at all."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(chosen))
    draft.replace(path)
