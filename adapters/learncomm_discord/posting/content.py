"""What a post holds, as discord.py takes it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import discord

from learncomm_agent.chat.outgoing import Block, Choices, File, Image, Menu
from learncomm_agent.errors import PlatformError
from learncomm_discord.commands.modals import shortened
from learncomm_discord.directory.accounts import number
from learncomm_discord.posting import markup
from learncomm_discord.posting.abilities import MAX_CHOICES

_MAX_ID = 100
_MAX_LABEL = 80
_MAX_OPTION = 100
_MAX_PROMPT = 150
_MAX_FILES = 10
_MAX_ALT = 1024


@dataclass(frozen=True, slots=True)
class Content:
    """Text, files, controls, and whom it may call; of the controls, the ids are custom ids."""

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
    """Return the controls. What is done with them comes as a plain event, so that it works for ever."""
    controls: list[discord.ui.Item[Any]] = [*_buttons(blocks), *_menus(blocks)]
    if not controls:
        return None
    view = discord.ui.View(timeout=None)
    for control in controls:
        try:
            view.add_item(control)
        except ValueError as error:  # there are five rows, of five buttons or one list
            raise PlatformError(f"{len(controls)} controls on one message") from error
    view.stop()  # discord.py keeps and serves only views that are not stopped
    return view


def _buttons(blocks: tuple[Block, ...]) -> Iterator[discord.ui.Button[discord.ui.View]]:
    for block in blocks:
        for option in block.options if isinstance(block, Choices) else ():
            label = shortened(option.label, _MAX_LABEL)
            yield discord.ui.Button(label=label, custom_id=_checked(option.id))


def _menus(blocks: tuple[Block, ...]) -> Iterator[discord.ui.Select[discord.ui.View]]:
    for block in blocks:
        if not isinstance(block, Menu) or not block.options:
            continue
        options = [
            discord.SelectOption(
                label=shortened(option.label, _MAX_OPTION), value=_checked(option.id)
            )
            for option in block.options
        ]
        if len(options) > MAX_CHOICES:
            raise PlatformError(f"a list of {len(options)} options")
        most = min(max(block.at_most, 1), len(options))
        yield discord.ui.Select(
            custom_id=_checked(block.id),
            placeholder=shortened(block.prompt, _MAX_PROMPT) if block.prompt else None,
            min_values=min(max(block.at_least, 0), most),
            max_values=most,
            options=options,
        )


def _checked(id: str) -> str:
    if len(id) > _MAX_ID:
        raise PlatformError(f"an id of {len(id)} characters")
    return id


def _mentions(blocks: tuple[Block, ...]) -> discord.AllowedMentions:
    """Allow to call whom the post names on purpose, and nobody else."""
    ids = [number(account.id) for account in markup.mentioned(blocks)]
    users = [discord.Object(id) for id in ids if id is not None]
    return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)
