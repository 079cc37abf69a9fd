"""An S3 server of its own, on loopback and in memory: the other place where a team may keep its states."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

# Far longer than a start takes on a busy machine.
_STARTS_WITHIN_SECS = 300


@contextmanager
def s3(folder: Path, bucket: str) -> Iterator[str]:
    """Yield the URL of a server that has an empty bucket.

    Args:
        folder: where its log goes.
        bucket: the name of the bucket.
    """
    log = folder / "s3.log"
    # A process of its own: it patches the AWS libraries of the one it runs in.
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", "0"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        url = _announced(server, log)
        requests.put(f"{url}/{bucket}", timeout=_STARTS_WITHIN_SECS).raise_for_status()
        yield url
    finally:
        server.terminate()
        server.wait()


def _announced(server: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _STARTS_WITHIN_SECS
    while not (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", log.read_text())):
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < end, "the S3 server does not start"
        time.sleep(0.05)
    return found[1]
