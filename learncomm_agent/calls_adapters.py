"""A package for another chat platform, written to begin with: it installs, and keeps the first rules."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from string import Template

from learncomm_agent import __version__, plugins
from learncomm_agent.console import Console
from learncomm_agent.errors import StorageError, UsageError

FILES = (
    "README.md",
    "pyproject.toml",
    "src/learncomm_NAME/__init__.py",
    "src/learncomm_NAME/adapter.py",
    "src/learncomm_NAME/connection.py",
    "src/learncomm_NAME/py.typed",
    "tests/test_contract.py",
    "tests/world.py",
)
"""What is written; each stands in `knowledge/templates/adapter/`, with `.txt` behind its name."""
_NAME = re.compile(r"[a-z][a-z0-9]{0,29}")


def new(console: Console, name: str, to: Path) -> None:
    """Write the package of a new adapter into a folder of its own.

    Args:
        console: Says what was done.
        name: The platform's.
        to: Where the folder is made.

    Raises:
        UsageError: The name is none, or taken; or there is such a folder.
        StorageError: It can't be written.
    """
    _check(name)
    folder = to.absolute() / f"learncomm-{name}"
    if folder.is_symlink() or folder.exists():
        raise UsageError(
            f"{str(folder)!r} is there", phrase="cli.new_adapter.exists", path=str(folder)
        )
    try:
        _write(folder, dict(_files(console, name)))
    except OSError as error:
        raise StorageError(
            f"can't write {str(folder)!r}: {error.strerror}",
            phrase="cli.new_adapter.unwritable",
            folder=str(folder),
        ) from error
    console.say("cli.new_adapter.made", folder=str(folder))


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or iskeyword(name):
        raise UsageError(f"no name {name!r}", phrase="cli.new_adapter.no_name", name=name[:60])
    if name in plugins.names("adapters") or find_spec(f"learncomm_{name}") is not None:
        raise UsageError(f"{name!r} is taken", phrase="cli.new_adapter.taken", name=name)


def _files(console: Console, name: str) -> Iterator[tuple[str, str]]:
    values = {
        "name": name,
        "title": name.capitalize(),
        "upper": name.upper(),
        "version": __version__,
        "major": __version__.split(".")[0],
    }
    for each in FILES:
        text = console.words.template(f"adapter/{each}.txt")
        yield each.replace("NAME", name), Template(text).substitute(values)


def _write(folder: Path, files: dict[str, str]) -> None:
    """Make the folder with all of its files, or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".learncomm-", dir=folder.parent))
    try:
        for name, text in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        beside.chmod(0o755)
        beside.rename(folder)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        raise
