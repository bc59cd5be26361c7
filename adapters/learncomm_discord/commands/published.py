"""What Discord was told of the commands, so that it is told again only what is new."""

import asyncio
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from learncomm_agent.errors import PlatformError
from learncomm_agent.log import logger
from learncomm_discord.faults import translated

_WEEK = timedelta(days=7)
_log = logger(__name__)


async def publish(
    tree: app_commands.CommandTree[Any],
    folder: Path,
    now: datetime,
    guild: discord.Guild | None = None,
    declared: list[Any] | None = None,
) -> bool:
    """Tell Discord of all commands of a tree, if they are others than the last time, or of another week.

    So what somebody else has done to them there meanwhile is mended, too.

    Args:
        tree: Holds them.
        folder: Where it is kept what Discord was told.
        now: The present moment.
        guild: Of which server; those for all servers where None.
        declared: What it would be told, where that is known already.

    Returns:
        Whether Discord was told.

    Raises:
        PlatformError: Discord did not take them.
    """
    if declared is None:
        declared = await declared_in(tree, guild)
    # Of a server that one has left and come back to, Discord has forgotten the commands.
    since = None if guild is None or guild.me is None else guild.me.joined_at
    week = now.timestamp() // _WEEK.total_seconds()
    whole = [tree.client.application_id, declared, week, *([] if guild is None else [str(since)])]
    said = json.dumps(whole, sort_keys=True, default=str).encode()
    digest, path = hashlib.sha256(said).hexdigest(), path_of(folder, guild)
    known = await asyncio.to_thread(_read, path)
    if known == digest or (guild is not None and not declared and not known):
        return False
    try:
        with translated("commands"):
            await tree.sync(guild=guild)
    except app_commands.AppCommandError as error:
        raise PlatformError(f"commands not taken: {type(error).__name__}") from error
    await asyncio.to_thread(_write, path, digest)
    _log.info("commands published", count=len(declared), server=None if guild is None else guild.id)
    return True


async def declared_in(
    tree: app_commands.CommandTree[Any], guild: discord.Guild | None
) -> list[dict[str, Any]]:
    """Return what Discord would be told of a tree: of its commands for one server, or for all."""
    offered = tree.get_commands(guild=guild)
    if tree.translator is None:
        return [command.to_dict(tree) for command in offered]
    return [await each.get_translated_payload(tree, tree.translator) for each in offered]


def path_of(folder: Path, guild: discord.abc.Snowflake | None) -> Path:
    """Return the file that holds what Discord was told of a server's commands, or of those for all."""
    return folder / ("commands.sha256" if guild is None else f"commands/{guild.id}.sha256")


def servers_in(folder: Path) -> list[int]:
    """Return the servers that Discord was told of, by their ids. Reads the disk."""
    known = (path.stem for path in (folder / "commands").glob("*.sha256"))
    return sorted(int(each) for each in known if each.isdecimal() and each.isascii())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _write(path: Path, digest: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(digest, encoding="ascii")
    except OSError as error:  # then they are told again at the next start
        _log.warning("digest not kept", reason=error.strerror)
