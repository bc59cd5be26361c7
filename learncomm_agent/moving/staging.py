"""New folders and files that are there whole or not at all, for their owner's eyes alone."""

import contextlib
import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from errno import ENOSPC
from io import BufferedWriter, FileIO
from pathlib import Path

from learncomm_agent.errors import StorageError, StorageFullError, UsageError

_MODE = 0o600


def beside(target: Path) -> Path:
    """Return a hidden name in the same folder, which nobody else has."""
    return target.with_name(f".{target.name[:80]}-{secrets.token_hex(4)}.part")


def clear(target: Path) -> None:
    """Take away what a killed process left behind that was making the same."""
    for left in target.parent.glob(f".{glob.escape(target.name[:80])}-{'[0-9a-f]' * 8}.part"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill; it takes its name at the end, or is gone if that does not come.

    Raises:
        UsageError: Something is there already.
        StorageError: The disk refused.
    """
    staged = beside(target)
    with refusals(target):
        if target.is_symlink() or (target.exists() and not is_empty(target)):
            raise UsageError(
                f"{target.name!r} is not empty", phrase="error.moving_taken", name=target.name
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            clear(target)
            staged.mkdir(mode=0o700)
            yield staged
            if target.exists():
                target.rmdir()
            staged.rename(target)
        finally:
            shutil.rmtree(staged, ignore_errors=True)


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give a file to fill; it takes its name once it is safe on disk, or is gone if that does not come.

    Raises:
        UsageError: Something is there already.
        StorageError: The disk refused.
    """
    staged = beside(target)
    with refusals(target):
        if target.is_symlink() or target.exists():
            raise UsageError(
                f"{target.name!r} is there", phrase="error.moving_taken", name=target.name
            )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            clear(target)
            write(staged, b"")
            yield staged
            sync(staged)
            staged.rename(target)
            sync(target.parent)
        finally:
            staged.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write a new file that its owner alone may read."""
    with created(path) as file:
        file.write(content)


def created(path: Path) -> BufferedWriter:
    """Open a new file to write, which its owner alone may read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return BufferedWriter(FileIO(os.open(path, flags, _MODE), "wb"))


def is_empty(folder: Path) -> bool:
    """Whether it is a folder with nothing in it."""
    return folder.is_dir() and not any(folder.iterdir())


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder, before anything else is said."""
    if os.name == "nt" and path.is_dir():  # there, a folder can't be opened
        return
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def refusals(target: Path) -> Iterator[None]:
    """Turn the system's refusals into ours."""
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise StorageFullError(f"no room for {target.name!r}") from error
        raise StorageError(
            f"can't write {target.name!r}: {error.strerror!r}",
            phrase="error.moving_unwritable",
            name=target.name,
        ) from error
