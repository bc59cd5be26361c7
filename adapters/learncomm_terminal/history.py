"""Lines of JSON in a file: what was appended survives a kill, and a torn last line is mended."""

import asyncio
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from learncomm_agent.errors import StorageError, StorageFullError

T = TypeVar("T")
Result = TypeVar("Result")


class History(Generic[T]):
    """One file of values. A thread of its own works on it in the order of the calls."""

    def __init__(self, path: Path, dump: Callable[[T], Any], parse: Callable[[Any], T]) -> None:
        """Name the file; nothing is read or made yet.

        Args:
            path: The file.
            dump: Turns a value into what JSON can hold.
            parse: Turns it back, or raises a ValueError.
        """
        self.path = path
        self.unreadable = 0
        """How many whole lines could not be read; a copy of the file as it was is kept beside it."""
        self._dump = dump
        self._parse = parse
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=path.stem)

    async def load(self) -> list[T]:
        """Return all values, and cut off what a kill has torn.

        Raises:
            StorageError: The file can't be read or mended.
        """
        return await self._run(self._load)

    async def append(self, values: Iterable[T]) -> None:
        """Add values; all of them are there once it returns, none where it fails.

        Raises:
            StorageError: The disk did not take them.
        """
        taken = tuple(values)
        await self._run(lambda: self._append(self._bytes(taken)))

    async def rewrite(self, values: Iterable[T]) -> None:
        """Put other values in place of all, at once.

        Raises:
            StorageError: The disk did not take them; the old ones stand.
        """
        taken = tuple(values)
        await self._run(lambda: self._rewrite(self._bytes(taken)))

    def close(self) -> None:
        """End the thread once it has written what it was given."""
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except OSError as error:
            kind = StorageFullError if error.errno == errno.ENOSPC else StorageError
            raise kind(f"{self.path.name!r}: {error.strerror}") from error

    def _load(self) -> list[T]:
        if not self.path.exists():
            return []
        lines = self.path.read_bytes().split(b"\n")
        torn = lines[-1]
        found: list[T] = []
        broken = 0
        for line in lines:
            try:
                found += [self._parse(json.loads(line))] if line.strip() else []
            except (ValueError, RecursionError):
                broken += line is not torn
        self.unreadable = broken
        if broken:
            shutil.copyfile(self.path, self.path.with_suffix(".broken"))
        if torn or broken:
            self._rewrite(self._bytes(found))
        return found

    def _append(self, data: bytes) -> None:
        with self.path.open("ab", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            try:
                while data:
                    data = data[file.write(data) or 0 :]
            except OSError:
                file.truncate(size)
                raise

    def _rewrite(self, data: bytes) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_bytes(data)
        beside.replace(self.path)

    def _bytes(self, values: Iterable[T]) -> bytes:
        lines = (json.dumps(self._dump(value), ensure_ascii=False) for value in values)
        return "".join(f"{line}\n" for line in lines).encode()
