"""Run and show what takes long: on a terminal one line that changes, elsewhere a line now and then."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

LINE_INTERVAL_SECS = 20
TICK_SECS = 1.0


class CommandError(Exception):
    """A command failed, or took longer than it may."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines

    @property
    def last_line(self) -> str:
        """The last thing that the command said, where programs say what went wrong."""
        said = [line.strip() for line in self.lines if line.strip()]
        return said[-1] if said else "it said nothing"


class Step:
    """A step whose title, progress and duration are shown on stderr while the `with` block runs."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._next_line = self._started + LINE_INTERVAL_SECS

    def __enter__(self) -> "Step":
        sys.stderr.write(self._title if self._terminal else f"{self._title}\n")
        sys.stderr.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            sys.stderr.write("\n")

    def show(self, progress: str = "") -> None:
        """Show how far the step is; to be called often, it does not print each time."""
        now = time.monotonic()
        minutes, seconds = divmod(int(now - self._started), 60)
        text = f"{self._title}: {progress}{', ' if progress else ''}{minutes}m{seconds:02}s"
        if self._terminal:
            sys.stderr.write(f"\r{text}\x1b[K")
        elif now >= self._next_line:
            self._next_line = now + LINE_INTERVAL_SECS
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def run(
    command: Sequence[str | Path],
    *,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
    limit_secs: float | None = None,
    show: Callable[[Sequence[str]], None] | None = None,
) -> list[str]:
    """The lines that the command printed, stdout and stderr as they came.

    Args:
        command: what to run.
        env: its whole environment; ours if not given.
        folder: where to run it.
        limit_secs: how long it may take; as long as it likes if not given.
        show: called about every second with the lines so far.

    Raises:
        CommandError: it failed or took too long.
    """
    process = subprocess.Popen(
        command,
        env=env,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # Compilers and downloaders are its children: its own process group lets all of them be ended.
        start_new_session=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=lines.extend, args=[process.stdout or ()], daemon=True)
    reader.start()
    started = time.monotonic()
    try:
        while reader.is_alive():
            reader.join(TICK_SECS)
            if show is not None:
                show(lines)
            if limit_secs is not None and time.monotonic() - started > limit_secs:
                raise CommandError([*lines, f"it took longer than {limit_secs:.0f} s"])
        if process.wait():
            raise CommandError(lines)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return lines
