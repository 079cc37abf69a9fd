"""How many requests per second the emulator answers, so that other benchmarks know what they can ask of it.

The emulator runs in a process of its own, on one core; keep-alive threads in this process, on another core
where there is one, send creates, retrieves, updates, lists and deletes. Prints JSON, or one line that says
why there is nothing to print, with exit code 1:

    .venv/bin/python benchmarks/emulator_rate.py --seconds 3 --threads 8
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEADERS = {"Authorization": "Bearer KEY-emulator-not-a-secret", "Content-Type": "application/json"}
_PATH = "/v2/credential_connections"
# Nothing takes this long unless it never ends.
_PATIENCE_SECS = 60


class _MeasureError(Exception):
    """There is nothing to report; says why in one line."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per kind of request")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--on-disk", action="store_true", help="with a data file, not in memory")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder, _emulator(Path(folder), arguments.on_disk) as url:
            rates = _measure(url, arguments.seconds, arguments.threads)
    except _MeasureError as error:
        sys.exit(f"error: {error}")
    report = {
        "requests_per_second": rates,
        "threads": arguments.threads,
        "on_disk": arguments.on_disk,
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
    }
    print(json.dumps(report, indent=2))  # noqa: T201 - the result


@contextlib.contextmanager
def _emulator(folder: Path, on_disk: bool) -> Iterator[str]:
    """The URL of an emulator in its own process, on a core of its own."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "pulumi_telnyx", "emulator"]
    command += ["--port", "0", "--quiet", "--ready-file", str(ready)]
    if on_disk:
        command += ["--data", str(folder / "data.sqlite")]
    process = subprocess.Popen(command)
    try:
        ends = time.monotonic() + _PATIENCE_SECS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > ends:
                raise _MeasureError("the emulator did not start")
            time.sleep(0.02)
        _pin(process.pid, first=True)
        _pin(0, first=False)
        yield json.loads(ready.read_text(encoding="utf-8"))["url"]
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pin(pid: int, *, first: bool) -> None:
    """Give one side of the measurement the first core, the other side the rest, where that can be done."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(pid, set(cores[:1] if first else cores[1:]))


def _measure(url: str, seconds: float, threads: int) -> dict[str, float]:
    """Requests per second, by kind; each kind finds what the ones before it left."""
    created: list[str] = []
    body = {
        "connection_name": "benchmark",
        "password": "correct-horse-9battery",
        "tags": ["benchmark", "rate"],
        "inbound": {"codecs": ["OPUS", "G722"], "channel_limit": 10},
        "outbound": {"localization": "DE"},
    }

    def create(number: int) -> tuple[str, str, Any]:
        return "POST", _PATH, {**body, "user_name": f"bench{number}"}

    def some(number: int) -> str:
        return f"{_PATH}/{created[number % len(created)]}"

    kinds: dict[str, Callable[[int], tuple[str, str, Any]]] = {
        "create": create,
        "retrieve": lambda number: ("GET", some(number), None),
        "update": lambda number: ("PATCH", some(number), {"inbound": {"timeout_2xx_secs": 1 + number % 600}}),
        "list_of_250": lambda _: ("GET", f"{_PATH}?page[size]=250", None),
        "delete": lambda number: ("DELETE", some(number), None),
    }
    rates = {}
    for kind, work in kinds.items():
        # An account's limit is 10,000; and nothing is deleted twice.
        limit = {"create": 10_000, "delete": len(created)}.get(kind)
        rates[kind] = _rate(urlsplit(url).netloc, work, seconds, threads, limit, created)
    return rates


def _rate(
    host: str,
    work: Callable[[int], tuple[str, str, Any]],
    seconds: float,
    threads: int,
    limit: int | None,
    created: list[str],
) -> float:
    """Requests per second of one kind; ends after the time or after so many requests.

    Raises:
        _MeasureError: a request was not answered with success.
    """
    numbers = itertools.count() if limit is None else iter(range(limit))
    began = time.perf_counter()
    ends = began + seconds

    def client() -> int:
        done = 0
        with contextlib.closing(http.client.HTTPConnection(host, timeout=_PATIENCE_SECS)) as connection:
            for number in numbers:
                method, path, body = work(number)
                try:
                    connection.request(method, path, None if body is None else json.dumps(body), _HEADERS)
                    answer = connection.getresponse()
                    text = answer.read()
                except (OSError, http.client.HTTPException) as error:
                    raise _MeasureError(f"{method} {path}: {type(error).__name__}: {error}") from error
                if answer.status >= 300:
                    raise _MeasureError(f"{method} {path}: {answer.status}")
                if answer.status == 201:
                    created.append(json.loads(text)["data"]["id"])
                done += 1
                if time.perf_counter() > ends:
                    break
        return done

    with ThreadPoolExecutor(threads) as pool:
        clients = [pool.submit(client) for _ in range(threads)]
    done = sum(each.result() for each in clients)
    return round(done / (time.perf_counter() - began), 1)


if __name__ == "__main__":
    main()
