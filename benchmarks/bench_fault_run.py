"""A fault run: 2,000 matches over six channels, while services fail, workers are killed, and Valkey and PostgreSQL as well.

Before it a calm run at the same pace, an eighth as long, in which nothing fails and nobody is killed: what the same deliveries take then.
Services at the receiving end fail for 20 % of what they are handed, in five ways (see `fault_services`). Workers
are killed with -9 at 50 moments by chance, each tenth time with the parent that holds them ready; Valkey is killed and
started again twice, PostgreSQL once.
Beat's sweep is sent every ten seconds. Then it is counted, at the receiving end, what arrived, how often, and why.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from typing import Any

from benchmarks.fault_channels import channels_at, environment_at
from benchmarks.fault_services import FINE, Handed, Record, http_service, mail_service
from benchmarks.fault_workers import Workers, kill_by_chance
from benchmarks.measurement import Measurement
from benchmarks.own_servers import PROJECT, OwnServers, own_servers

USERS = 20
_AWAY_SECONDS = 2.0


def run(matches: int = 2_000, kills: int = 50, seconds: float = 240.0) -> list[Measurement]:
    """What became of all notifications; raises `AssertionError` where one was lost."""
    calm = _phase(matches // 8, 0, seconds / 8, share=0.0)
    return [
        *(Measurement(f"calm: {one.name}", one.value, one.unit) for one in calm if one.name.startswith("match to ")),
        *_phase(matches, kills, seconds, share=0.2),
    ]


def _phase(matches: int, kills: int, seconds: float, *, share: float) -> list[Measurement]:
    """One run on servers of its own, in which services fail for this share; without one, nothing is killed."""
    record = Record(share=share)
    with ExitStack() as stack:
        servers = stack.enter_context(own_servers())
        address = stack.enter_context(http_service(record))
        mail = stack.enter_context(mail_service(record))
        channels = channels_at(address)
        more = {"EMAIL_URL": f"smtp://127.0.0.1:{mail}", **environment_at(address)}
        driver = _driver(servers, channels, matches, seconds, more)
        team = Workers(servers, **more)
        stack.callback(team.stop)
        ended = threading.Event()
        stack.callback(ended.set)
        _until_said(driver, "ready")
        team.wait_until_they_work()
        _go(driver)
        threads = [threading.Thread(target=kill_by_chance, args=(team, kills, seconds, ended), daemon=True)]
        if share:
            threads.append(threading.Thread(target=_break_servers, args=(servers, seconds, ended), daemon=True))
        for thread in threads:
            thread.start()
        _until_said(driver, "told")
        threads[0].join(60)
        _until_said(driver, "reported")
        report = json.loads((servers.folder / "report.json").read_text())
    return _counted(report, record.handed, matches, len(channels) + 2, team)


def _driver(
    servers: OwnServers, channels: list[dict[str, Any]], matches: int, seconds: float, more: dict[str, str]
) -> subprocess.Popen[str]:
    driver = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fault_driver"],
        cwd=PROJECT,
        env=servers.environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert driver.stdin is not None
    asked = {
        "users": USERS,
        "channels": channels,
        "matches": matches,
        "seconds": seconds,
        # The second wait of a webhook is five minutes: after a run of the usual length it is over.
        "patience": 30 + 1.4 * seconds,
        "report": str(servers.folder / "report.json"),
    }
    driver.stdin.write(f"{json.dumps(asked)}\n")
    driver.stdin.flush()
    return driver


def _go(driver: subprocess.Popen[str]) -> None:
    """Let it begin to tell."""
    assert driver.stdin is not None
    driver.stdin.write("go\n")
    driver.stdin.close()


def _until_said(driver: subprocess.Popen[str], word: str) -> None:
    assert driver.stdout is not None
    for line in driver.stdout:
        if line.strip() == word:
            return
    raise RuntimeError("The driver of the fault run ended early.")


def _break_servers(servers: OwnServers, seconds: float, ended: threading.Event) -> None:
    """Valkey after a quarter and after three quarters of the time, PostgreSQL after half of it."""
    began = time.monotonic()
    for share, server in ((0.25, servers.valkey), (0.5, servers.postgres), (0.75, servers.valkey)):
        if ended.wait(max(0.0, began + share * seconds - time.monotonic())):
            return
        servers.kill(server)
        time.sleep(_AWAY_SECONDS)
        servers.start(server)
    # The servers end with the thread that has started them.
    ended.wait()


def _counted(
    report: dict[str, Any], handed: list[Handed], matches: int, channels: int, team: Workers
) -> list[Measurement]:
    told = [one for one in report["deliveries"] if one["reason"] == "match"]
    taken: dict[tuple[str, str], list[Handed]] = defaultdict(list)
    for one in handed:
        if one.is_taken:
            taken[one.service, one.token].append(one)
    inbox = Counter(_token(title) for title in report["inbox"])
    states = Counter(one["state"] for one in told)
    lost = [one for one in told if one["state"] == "sent" and not _arrived(one, taken, inbox)]
    unseen = [one for one in told if one["state"] == "failed" and not one["is_dead_letter"] and not one["error"]]
    stuck = [one for one in told if one["state"] == "pending" and not one["waits"]]
    missing = matches * channels - len(told)
    again = [each for many in taken.values() for each in many[:-1]]
    known = [each for each in again if each.key]
    unanswered = [each for each in again if not each.key and each.behaviour != FINE]
    unnoted = [each for each in again if not each.key and each.behaviour == FINE]
    in_the_inbox = sum(count - 1 for count in inbox.values())
    measured = [
        Measurement("matches told", report["notifications"], ""),
        Measurement("deliveries", len(told), ""),
        Measurement("workers killed", team.kills, ""),
        Measurement("of these with the parent that holds them ready", team.parents_killed, ""),
        Measurement("handed to services", len(handed), ""),
        Measurement("of these failed by chance", sum(one.behaviour != FINE for one in handed), ""),
        *(Measurement(f"deliveries {state}", count, "") for state, count in sorted(states.items())),
        Measurement("dead letters", sum(one["is_dead_letter"] for one in told), ""),
        Measurement("channels disabled", len(report["disabled"]), ""),
        Measurement("of those pending wait for their next try", sum(one["waits"] for one in told), ""),
        Measurement("lost", len(lost) + len(unseen) + len(stuck) + missing, ""),
        Measurement("arrived twice: the service knew the key of the first", len(known), ""),
        Measurement("arrived twice: the service had taken it and gave no answer", len(unanswered), ""),
        Measurement("arrived twice: a worker was killed before it wrote the answer down", len(unnoted), ""),
        Measurement("arrived twice in an inbox", in_the_inbox, ""),
        *_latencies(told, handed),
    ]
    assert not (lost or unseen or stuck or missing or report["disabled"]), (
        *(lost[:3], unseen[:3], stuck[:3], missing),
        sorted({tuple(one) for one in report["disabled"]}),
    )
    return measured


def _arrived(delivery: dict[str, Any], taken: dict[tuple[str, str], list[Handed]], inbox: Counter[str]) -> bool:
    token, key = _token(delivery["title"]), delivery["id"].replace("-", "")
    if delivery["channel"] == "in_app":
        return inbox[token] > 0
    return any((delivery["channel"], name) in taken for name in (token, key))


def _token(title: str) -> str:
    found = re.search(r"fault-\d{6}", title)
    return found.group() if found else title


def _latencies(told: list[dict[str, Any]], handed: list[Handed]) -> list[Measurement]:
    """Seconds from the match until a service was handed it for the first time (an inbox: until it was written), and until it was
    taken: of all, by channel, and by what happened to them on their way. The second waits for the tries that services make necessary.
    """
    first: dict[tuple[str, str], float] = {}
    for each in handed:
        first.setdefault((each.service, each.token), each.at)
    groups: dict[str, list[float]] = defaultdict(list)
    bad = {(one.service, one.token) for one in handed if one.behaviour != FINE}
    arrived = [one for one in told if one["seconds"] is not None]
    for one in told:
        at = [first.get((one["channel"], name)) for name in (_token(one["title"]), one["id"].replace("-", ""))]
        since = [moment - one["created"] for moment in at if moment is not None] or [one["seconds"]]
        for group in ("all", one["channel"]):
            groups[f"first hand-over, {group}"] += [seconds for seconds in since[:1] if seconds is not None]
    for one in arrived:
        names = (_token(one["title"]), one["id"].replace("-", ""))
        failed = any((one["channel"], name) in bad for name in names)
        # More tries than one, and no service that failed: its worker was killed, or the database, in the middle of it.
        met = (
            "those whose service failed" if failed else "those that met a kill" if one["attempts"] > 1 else "the others"
        )
        for group in ("all", one["channel"], met):
            groups[f"taken, {group}"].append(one["seconds"])
    measured = []
    for name, seconds in groups.items():
        cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
        measured.append(Measurement(f"share of the deliveries: {name}", 100 * len(seconds) / len(told), "%"))
        measured += [
            Measurement(f"match to {name}: {label}", cuts[at - 1], "s")
            for label, at in (("median", 50), ("p95", 95), ("p99", 99))
        ]
    return measured
