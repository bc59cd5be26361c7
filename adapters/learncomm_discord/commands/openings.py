"""Forms that open at once when somebody presses a button or calls a command."""

import asyncio
from collections.abc import Sequence

import discord

from learncomm_agent.chat.desk import Desk
from learncomm_agent.chat.forms import Form
from learncomm_agent.clock import Clock
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import (
    Advice,
    DisconnectedError,
    LearncommError,
    PlatformError,
    RoomGoneError,
    for_log,
)
from learncomm_agent.log import logger
from learncomm_discord.commands.modals import modal, unknown_rooms
from learncomm_discord.commands.signing import Kind, Signing
from learncomm_discord.directory.whereabouts import Interaction, Whereabouts, in_time
from learncomm_discord.faults import translated

_LIMIT_S = 2.0
"""Of the three seconds that Discord waits: a form can't be put off as an answer can."""
_FOLDED_S = 0.5
_log = logger(__name__)


class NoFormError(PlatformError):
    """What was pressed or called opens no form now."""

    phrase = "control.gone"


class Openings:
    """Asks the desk for forms and shows them."""

    def __init__(
        self,
        surroundings: Surroundings,
        desk: Desk | None,
        whereabouts: Whereabouts,
        signing: Signing,
    ) -> None:
        """Take what it needs; without a desk there are no forms."""
        self._clock: Clock = surroundings.clock
        self._desk = desk
        self._whereabouts = whereabouts
        self._signing = signing

    async def open(self, interaction: Interaction, opening: str) -> Advice | None:
        """Show a form.

        Returns:
            What to say where there is none to show now; None where it was shown, or nothing can be shown
            to them any more.

        Raises:
            NoFormError: This opens none.
        """
        form = await self._form(interaction, opening)
        if isinstance(form, Advice):
            return form
        if form is None:
            raise NoFormError(f"{opening!r} opens no form")
        folded = await self._folded(form, interaction.guild)
        try:
            id = self._signing.sign(Kind.FORM, form.id)
            shown = modal(form, id, interaction.guild, folded)
        except PlatformError as error:
            _log.error("form not shown", form=form.id, error=for_log(error))
            return error.advice
        try:
            with translated("form"):
                await interaction.response.send_modal(shown)
        except PlatformError as error:
            _log.warning("form not shown", form=form.id, error=for_log(error))
            is_over = isinstance(error, RoomGoneError | DisconnectedError)
            return None if is_over else error.advice
        return None

    async def _form(self, interaction: Interaction, opening: str) -> Form | Advice | None:
        """Return the form, or what to say in its place."""
        if self._desk is None:
            return None
        asked = self._ask(self._desk, interaction, opening)
        try:
            return await in_time(self._clock, asked, "a form", _LIMIT_S)
        except TimeoutError:
            _log.warning("form too late", interaction=interaction.id)
            return Advice("discord.too_slow", {})
        except LearncommError as error:
            _log.info("form refused", interaction=interaction.id, reason=str(error))
            return error.advice
        except Exception:  # a mistake of the desk's: the person is told, the log has the cause
            _log.exception("form failed", interaction=interaction.id)
            return Advice(LearncommError.phrase, {})

    async def _folded(self, form: Form, guild: discord.Guild | None) -> frozenset[int]:
        """Return which rooms that are picked already are threads that are folded away, if that can be told.

        discord.py knows none of those, nor any that are gone.
        """
        unknown = [] if guild is None else unknown_rooms(form, guild)
        if guild is None or not unknown:
            return frozenset()
        try:
            return await in_time(self._clock, _there(guild, unknown), "threads", _FOLDED_S)
        except TimeoutError:
            return frozenset()

    async def _ask(self, desk: Desk, interaction: Interaction, opening: str) -> Form | None:
        room, account = await self._whereabouts.of(interaction)
        return await desk.form(room, account, opening)


async def _there(guild: discord.Guild, ids: Sequence[int]) -> frozenset[int]:
    """Return which of these channels are there."""
    found = await asyncio.gather(*(_is_there(guild, id) for id in ids))
    return frozenset(id for id, is_there in zip(ids, found, strict=True) if is_there)


async def _is_there(guild: discord.Guild, channel: int) -> bool:
    try:
        await guild.fetch_channel(channel)
    except (discord.DiscordException, OSError):
        return False
    return True
