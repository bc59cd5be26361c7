"""Commands, controls and forms: told to the agent with a way to answer, and acknowledged once that is kept.

What a person sees acknowledged is on disk, unless the disk takes longer than a person should wait; then
they are told so should it not be kept.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord

from learncomm_agent.chat.events import Chosen, Event, FormSent
from learncomm_agent.chat.messages import MessageRef, Room
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.declaration import Command
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import Advice, LearncommError, PlatformError, UsageError, for_log
from learncomm_agent.log import logger
from learncomm_discord.commands.modals import answers
from learncomm_discord.commands.openings import NoFormError, Openings
from learncomm_discord.commands.signing import Control, Kind, Signing, is_ours
from learncomm_discord.commands.suggesting import as_text
from learncomm_discord.directory.subjects import Subjects
from learncomm_discord.directory.whereabouts import Interaction, Whereabouts
from learncomm_discord.faults import translated
from learncomm_discord.hearing.messages import attachments
from learncomm_discord.posting.content import content
from learncomm_discord.posting.deferrals import Deferrals
from learncomm_discord.posting.handles import Handle

Refuse = Callable[[Handle, str], Awaitable[None]]
Make = Callable[[Room, Account], Event]
_SOON_S = 0.4
"""Of the three seconds that Discord waits; then it is told, kept or not."""
_HEARD = (discord.InteractionType.component, discord.InteractionType.modal_submit)
_log = logger(__name__)


class Acts:
    """Takes what people do with commands, controls and forms."""

    def __init__(
        self,
        surroundings: Surroundings,
        whereabouts: Whereabouts,
        sink: Sink,
        deferrals: Deferrals,
        refuse: Refuse,
        signing: Signing,
        openings: Openings,
        subjects: Subjects,
    ) -> None:
        """Take what it needs.

        Args:
            surroundings: For the sentence that says sorry.
            whereabouts: Tells where it was, and who.
            sink: Takes the event.
            deferrals: Is told of what is being acknowledged.
            refuse: Answers with a sentence that the acting person alone sees.
            signing: Tells controls of ours from others.
            openings: Shows forms.
            subjects: Tells more of what was picked.
        """
        self._surroundings = surroundings
        self._whereabouts = whereabouts
        self._sink = sink
        self._deferrals = deferrals
        self._refuse = refuse
        self._signing = signing
        self._openings = openings
        self._subjects = subjects

    async def called(
        self, interaction: Interaction, command: Command, values: Mapping[str, Any]
    ) -> None:
        """Take a slash command."""
        if command.opens_form and not values:
            with contextlib.suppress(NoFormError):  # then it is a command like any other
                await self._open(interaction, command.name)
                return
        files = [value for value in values.values() if isinstance(value, discord.Attachment)]
        texts = {
            name: as_text(value)
            for name, value in values.items()
            if not isinstance(value, discord.Attachment)
        }
        await self._fill(interaction, command.name, texts, files)

    async def heard(self, interaction: Interaction) -> None:
        """Take a control or a form of ours; anything else is another's."""
        data: Mapping[str, Any] = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if interaction.type not in _HEARD or not is_ours(custom_id):
            return
        control = self._signing.read(custom_id)
        is_form = interaction.type is discord.InteractionType.modal_submit
        if control is None or is_form != (control.kind is Kind.FORM):
            _log.info("control out of date", interaction=interaction.id)
            await self._say(interaction, Advice(NoFormError.phrase, {}))
        elif is_form:
            await self._fill(interaction, control.id, answers(data))
        elif control.kind is Kind.OPENS_FORM:
            try:
                await self._open(interaction, control.id)
            except NoFormError as error:
                await self._say(interaction, error.advice)
        else:
            await self._press(interaction, control, _picked(interaction, custom_id))

    async def _press(
        self, interaction: Interaction, control: Control, values: tuple[str, ...]
    ) -> None:
        handle, message = _handle(interaction, is_slash=False), interaction.message

        def event(room: Room, account: Account) -> Event:
            return Chosen(
                str(interaction.id),
                room,
                account,
                control.id,
                None if message is None else MessageRef(room.ref, str(message.id)),
                handle.reply(interaction.created_at, is_private=False),
                values,
            )

        await self._take(interaction, handle, event)

    async def _fill(
        self,
        interaction: Interaction,
        form: str,
        values: Mapping[str, str],
        files: list[discord.Attachment] | None = None,
    ) -> None:
        """Take a form; one that was opened on a post is answered as a button there is."""
        is_slash = interaction.message is None
        command = self._surroundings.catalogue.by_name.get(form)
        is_private = is_slash and interaction.guild_id is not None  # a direct talk is private
        if command is not None:
            is_private = is_private and (command.is_private or command.always_private)
        handle = _handle(interaction, is_slash=is_slash)

        def event(room: Room, account: Account) -> Event:
            return FormSent(
                str(interaction.id),
                room,
                account,
                form,
                values,
                attachments(files or []),
                handle.reply(interaction.created_at, is_private=is_private),
                *self._subjects.of(interaction),
            )

        how = {"thinking": True, "ephemeral": is_private} if is_slash else {}
        await self._take(interaction, handle, event, **how)

    async def _open(self, interaction: Interaction, opening: str) -> None:
        """Open a form, or say why not.

        Raises:
            NoFormError: There is none.
        """
        problem = await self._openings.open(interaction, opening)
        if problem is not None:
            await self._say(interaction, problem)

    async def _say(self, interaction: Interaction, advice: Advice) -> None:
        """Answer at once, with a sentence that the acting person alone sees."""
        what = content((Paragraph((Text(self._words(advice)),)),))
        try:
            with translated("answer"):
                await interaction.response.send_message(
                    what.text, ephemeral=True, allowed_mentions=what.mentions, suppress_embeds=True
                )
        except (PlatformError, discord.InteractionResponded) as error:
            _log.warning("not answered", interaction=interaction.id, error=for_log(error))

    async def _acknowledge(self, interaction: Interaction, **how: bool) -> bool:
        """Tell Discord that it arrived; there are three seconds for it."""
        try:
            with translated("acknowledge"):
                await interaction.response.defer(**how)
        except (PlatformError, discord.InteractionResponded) as error:
            _log.warning("not acknowledged", interaction=interaction.id, error=for_log(error))
            return False
        return True

    async def _take(
        self,
        interaction: Interaction,
        handle: Handle,
        event: Make,
        **how: bool,
    ) -> None:
        """Keep an act, then acknowledge it; where keeping is slow, acknowledge it meanwhile."""
        with self._deferrals.under_way(handle):
            keeping = asyncio.create_task(self._keep(interaction, event))
            with contextlib.suppress(TimeoutError):
                waiting = asyncio.wait({keeping})
                await self._surroundings.clock.idle(waiting, "keeping", timeout_s=_SOON_S)
            is_acknowledged = await self._acknowledge(interaction, **how)
        problem = await keeping
        if problem is not None and is_acknowledged:
            await self._sorry(handle, problem)

    async def _keep(self, interaction: Interaction, event: Make) -> Advice | None:
        """Tell the agent; return what to say where that is not possible."""
        try:
            await self._sink(event(*await self._whereabouts.of(interaction)))
        except UsageError as error:
            _log.info("act refused", interaction=interaction.id, reason=str(error))
            return error.advice
        except LearncommError as error:
            _log.error("act not kept", interaction=interaction.id, error=for_log(error))
            return error.advice
        except Exception:  # a mistake of ours: the person is told, the log has the cause
            _log.exception("act not kept", interaction=interaction.id)
            return Advice(LearncommError.phrase, {})
        return None

    async def _sorry(self, handle: Handle, advice: Advice) -> None:
        try:
            await self._refuse(handle, self._words(advice))
        except PlatformError as error:
            _log.error("nothing answered", error=for_log(error))

    def _words(self, advice: Advice) -> str:
        language = self._surroundings.language
        return self._surroundings.phrases.phrase(advice.phrase, language=language, **advice.values)


def _picked(interaction: Interaction, custom_id: str) -> tuple[str, ...]:
    """Return what was picked from a list, in its order, as far as it stands there."""
    data: Mapping[str, Any] = interaction.data or {}
    picked = [str(value) for value in data.get("values") or ()]
    rows = [] if interaction.message is None else interaction.message.components
    parts = [part for row in rows for part in getattr(row, "children", ())]
    lists = [part for part in parts if getattr(part, "custom_id", None) == custom_id]
    if not lists or not isinstance(lists[0], discord.SelectMenu):
        return ()
    return tuple(option.value for option in lists[0].options if option.value in picked)


def _handle(interaction: Interaction, *, is_slash: bool) -> Handle:
    user = str(interaction.user.id)
    return Handle(interaction.application_id, interaction.token, user, is_slash, interaction.id)
