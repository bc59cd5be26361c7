"""Forms as Discord's modals, and what was filled in, as Discord sends it back. Pure.

A modal has at most five fields. In a direct talk there are no rooms, roles and members to pick from, so
they are asked for in words there.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import SelectDefaultValue, SelectDefaultValueType, ui

from learncomm_agent.chat.forms import Field, FieldKind, Form
from learncomm_agent.chat.messages import whole
from learncomm_agent.errors import PlatformError
from learncomm_discord.directory.accounts import number
from learncomm_discord.posting.markup import clean

MAX_FIELDS = 5
ROOMS = (
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.forum,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)
"""Where people write."""
_MAX_TITLE = 45
_MAX_LABEL = 45
_MAX_HINT = 100
_MAX_TEXT = 4000
_MAX_OPTIONS = 25
_MAX_OPTION = 100


def modal(
    form: Form, custom_id: str, guild: discord.Guild | None, folded: Collection[int] = ()
) -> ui.Modal:
    """Return a form as Discord shows it.

    Args:
        form: What is asked.
        custom_id: Comes back with what was filled in.
        guild: The server; None in a direct talk.
        folded: Threads that are there, though discord.py does not know them.

    Raises:
        PlatformError: Discord has no such form.
    """
    if not 1 <= len(form.fields) <= MAX_FIELDS:
        raise PlatformError(f"form {form.id!r} has {len(form.fields)} fields")
    made = ui.Modal(title=shortened(form.title, _MAX_TITLE), custom_id=custom_id)
    for field in form.fields:
        made.add_item(
            ui.Label(
                text=shortened(field.label, _MAX_LABEL),
                description=shortened(field.hint, _MAX_HINT) if field.hint else None,
                component=_component(field, guild, folded),
            )
        )
    made.stop()  # discord.py keeps only those that are not; what is sent comes as a plain event
    return made


def unknown_rooms(form: Form, guild: discord.Guild) -> list[int]:
    """Return the rooms, picked already, of which it has to be asked whether they are there."""
    fields = (field for field in form.fields if field.kind is FieldKind.ROOM)
    ids = (number(value) for field in fields for value in field.values)
    return [id for id in ids if id is not None and guild.get_channel_or_thread(id) is None]


def answers(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was filled in, by field; several things have a line each."""
    return dict(_answers(data.get("components")))


def shortened(text: str, most: int) -> str:
    """Return a line that is short enough, and not empty."""
    line = " ".join(whole(clean(text)).split()) or "…"
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _answers(parts: object) -> Iterator[tuple[str, str]]:
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            continue
        yield from _answers(part.get("components"))
        yield from _answers([part.get("component")])
        name, values = part.get("custom_id"), part.get("values", part.get("value"))
        if isinstance(name, str):
            several = values if isinstance(values, list) else [values or ""]
            yield name, "\n".join(map(str, several))


def _component(field: Field, guild: discord.Guild | None, folded: Collection[int]) -> ui.Item[Any]:
    how: dict[str, Any] = {
        "custom_id": field.name,
        "required": field.is_required,
        "min_values": int(field.is_required),
        "max_values": max(1, min(field.at_most, _MAX_OPTIONS)),
    }
    match field.kind:
        case FieldKind.CHOICE if field.choices:
            return _choice(field, how)
        case FieldKind.ROOM if guild is not None:
            return ui.ChannelSelect(
                channel_types=list(ROOMS), default_values=_preset(field, guild, folded), **how
            )
        case FieldKind.ROLE if guild is not None:
            return ui.RoleSelect(default_values=_preset(field, guild), **how)
        case FieldKind.MEMBER if guild is not None:
            return ui.UserSelect(default_values=_preset(field, guild), **how)
        case _:
            return _text(field)


def _choice(field: Field, how: dict[str, Any]) -> ui.Item[Any]:
    ids = [choice.id for choice in field.choices]
    if len(set(ids)) < len(ids) or not all(1 <= len(id) <= _MAX_OPTION for id in ids):
        raise PlatformError(f"field {field.name!r} has options that can't be told apart")
    options = [
        discord.SelectOption(
            label=shortened(choice.label, _MAX_OPTION),
            value=choice.id,
            default=choice.id in field.values,
        )
        for choice in field.choices
    ]
    if len(options) > _MAX_OPTIONS:
        raise PlatformError(f"field {field.name!r} has {len(options)} options")
    most = max(min(how["max_values"], len(options)), sum(option.default for option in options))
    return ui.Select(options=options, **{**how, "max_values": most})


def _text(field: Field) -> ui.TextInput[Any]:
    is_long = field.is_long or (field.kind is not FieldKind.TEXT and field.at_most > 1)
    most = max(1, min(field.max_chars, _MAX_TEXT))
    return ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
        required=field.is_required,
        max_length=most,
        default="\n".join(field.values)[:most] or None,
    )


def _preset(
    field: Field, guild: discord.Guild, folded: Collection[int] = ()
) -> Sequence[SelectDefaultValue]:
    """Return what is picked already; Discord refuses a form with what is not there any more."""
    ids = [id for value in field.values if (id := number(value)) is not None]
    match field.kind:
        case FieldKind.ROOM:
            kind = SelectDefaultValueType.channel
            ids = [id for id in ids if id in folded or guild.get_channel_or_thread(id) is not None]
        case FieldKind.ROLE:
            kind = SelectDefaultValueType.role
            ids = [id for id in ids if guild.get_role(id) is not None]
        case _:
            kind = SelectDefaultValueType.user
    return [SelectDefaultValue(id=id, type=kind) for id in ids[: max(1, field.at_most)]]
