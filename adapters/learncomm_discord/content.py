"""What a post holds, as discord.py takes it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import discord

from learncomm_agent.chat.outgoing import Block, Choices, File, Image
from learncomm_agent.errors import PlatformError
from learncomm_discord import markup
from learncomm_discord.abilities import MAX_CHOICES
from learncomm_discord.accounts import number
from learncomm_discord.acts import BUTTON

_MAX_ID = 100
_MAX_LABEL = 80
_MAX_FILES = 10
_MAX_ALT = 1024


@dataclass(frozen=True, slots=True)
class Content:
    """Text, files, buttons, and whom it may call."""

    text: str
    files: list[discord.File]
    """Each can be sent once."""
    view: discord.ui.View | None
    mentions: discord.AllowedMentions


def content(blocks: tuple[Block, ...]) -> Content:
    """Return the content of a post; needs a running loop.

    Raises:
        PlatformError: It can't be shown at once.
    """
    return Content(markup.render(blocks), _files(blocks), _view(blocks), _mentions(blocks))


def _files(blocks: tuple[Block, ...]) -> list[discord.File]:
    files = [_file(block) for block in blocks if isinstance(block, File | Image)]
    if len(files) > _MAX_FILES:
        raise PlatformError(f"{len(files)} files on one message")
    return files


def _file(block: File | Image) -> discord.File:
    alt = block.alt[:_MAX_ALT] if isinstance(block, Image) else None
    return discord.File(io.BytesIO(block.content), block.name, description=alt or None)


def _view(blocks: tuple[Block, ...]) -> discord.ui.View | None:
    """Return the buttons. What is pressed comes as a plain event, so that it works for ever."""
    buttons = list(_buttons(blocks))
    if not buttons:
        return None
    if len(buttons) > MAX_CHOICES:
        raise PlatformError(f"{len(buttons)} buttons on one message")
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()  # discord.py keeps and serves only views that are not stopped
    return view


def _buttons(blocks: tuple[Block, ...]) -> Iterator[discord.ui.Button[discord.ui.View]]:
    for block in blocks:
        for option in block.options if isinstance(block, Choices) else ():
            custom_id = BUTTON + option.id
            if len(custom_id) > _MAX_ID:
                raise PlatformError(f"a choice's id has {len(option.id)} characters")
            yield discord.ui.Button(label=option.label[:_MAX_LABEL], custom_id=custom_id)


def _mentions(blocks: tuple[Block, ...]) -> discord.AllowedMentions:
    """Allow to call whom the post names on purpose, and nobody else."""
    ids = [number(account.id) for account in markup.mentioned(blocks)]
    users = [discord.Object(id) for id in ids if id is not None]
    return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)
