"""A thread that works for coroutines, one job at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """Does the urgent jobs before the patient ones, each kind in the order it came."""

    def __init__(self, name: str) -> None:
        """Prepare the thread; it begins with the first job.

        Args:
            name: The thread's, as a debugger shows it.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._urgent: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._patient: SimpleQueue[Callable[[], None]] = SimpleQueue()

    async def run(self, job: Callable[[], T], *, urgent: bool = False) -> T:
        """Return what the job returned, or raise what it raised.

        Where the waiting task is cancelled, a job that has not begun never runs, and one that has
        runs to its end.
        """
        future: Future[T] = Future()
        queue = self._urgent if urgent else self._patient
        queue.put(partial(_settle, future, job))
        self._thread.submit(self._next)
        return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """Take no more jobs; the thread ends once its queue is empty."""
        self._thread.shutdown(wait=False)

    def _next(self) -> None:
        try:
            settle = self._urgent.get_nowait()
        except Empty:
            settle = self._patient.get_nowait()
        settle()


def _settle(future: Future[T], job: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(job())
    except BaseException as error:  # somebody waits for it: nothing may get lost in the thread
        future.set_exception(error)
