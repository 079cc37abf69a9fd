"""Many questions at once, with a bar that shows how far it is."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# The transport waits where the API's limit is reached; more at once would only wait there together.
_AT_ONCE: Final = 16


def in_parallel(ask: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the answer for each item as it comes, in no order; a few are asked for at once.

    Whoever stops early, or by Ctrl-C, waits for none that is still being asked.

    Args:
        ask: called in threads of its own; what it raises is raised here.
        items: what to ask about.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    answers: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
    stopped = threading.Event()
    for item in items:
        waiting.put(item)
    count = waiting.qsize()

    def work() -> None:
        while not stopped.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            answer: Future[R] = Future()
            try:
                answer.set_result(ask(item))
            except BaseException as error:  # noqa: BLE001 - raised again where the answers are read
                answer.set_exception(error)
            answers.put(answer)

    for _ in range(min(_AT_ONCE, count)):
        # As daemons they end with the process, whatever they wait for.
        threading.Thread(target=work, daemon=True).start()
    try:
        for _ in range(count):
            yield answers.get().result()
    finally:
        stopped.set()


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on stderr, where that is a terminal, and give what moves it on by one.

    Args:
        what: stands before the bar.
        total: how many there are.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
