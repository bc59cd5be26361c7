"""Takes what people answer our offers and forms with, before it is told as a message or a reaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from learncomm_agent.adapting.offering import Offer, Picked, Say
from learncomm_agent.adapting.signs import is_sign
from learncomm_agent.chat.events import Chosen
from learncomm_agent.chat.messages import MessageRef, Room, RoomKind
from learncomm_agent.chat.outgoing import Paragraph, Text
from learncomm_agent.chat.people import Account, AccountRef
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.declaration import Catalogue
from learncomm_agent.errors import Advice
from learncomm_matrix.controls.forms import Forms, Post, key_of
from learncomm_matrix.controls.offers import Offers

Reactions = Callable[[Room, str, AccountRef], Awaitable[Sequence[str]]]
"""Gives all reactions that somebody has on a message now."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that may be an answer."""

    room: Room
    account: Account
    event: str
    text: str
    """Without the sign or name that called us."""
    reply_to: str | None = None
    is_called: bool = False
    """Whether it began with a sign or our name."""


class Controls:
    """Tells the agent what was chosen; who may choose is the agent's business."""

    def __init__(
        self,
        offers: Offers,
        forms: Forms,
        sink: Sink,
        post: Post,
        say: Say,
        catalogue: Catalogue,
        reactions: Reactions,
    ) -> None:
        """Take what it needs."""
        self._offers = offers
        self._forms = forms
        self._sink = sink
        self._post = post
        self._say = say
        self._catalogue = catalogue
        self._reactions = reactions

    async def hear(self, heard: Heard) -> bool:
        """Take a message; False where it is one like any other.

        Raises:
            LearncommError: It was not kept; to hear it again is harmless.
        """
        room, account, text = heard.room, heard.account, heard.text.strip()
        is_direct = room.kind is RoomKind.DIRECT
        is_answer = is_direct and not heard.is_called
        answered = heard.reply_to
        if answered is not None and (made := self._offers.get(room.ref.id, answered)):
            return await self._answered(heard, answered, made, text)
        if is_answer and await self._forms.hear(account.ref, heard.event, text, answered):
            return True
        if not is_direct and not heard.is_called:
            return False
        if (found := self._offers.newest(room.ref.id, text)) is not None:
            await self._choose(room, account, heard.event, *found)
            return True
        command = self._catalogue.find(text.lstrip("/!"))
        if command is not None and command.opens_form:
            return await self._forms.begin(room, account, command.name, heard.event)
        return False

    async def reacted(
        self, room: Room, account: Account, event: str, target: str, reaction: str
    ) -> bool:
        """Take a reaction that was put; False where it picks nothing."""
        made = self._offers.get(room.ref.id, target)
        if made is None or not is_sign(reaction):
            return False
        said, picked = reaction, made.picked(reaction)
        if picked is not None and picked.values and _may_be_several(made, picked):
            there = await self._reactions(room, target, account.ref)
            mine = [each for each in there if _is_of(made, picked, each)]
            said = ", ".join(dict.fromkeys((*mine, reaction)))
        return await self._take(room, account, event, target, made, said)

    async def edited(self, account: AccountRef, message: str, text: str, event: str) -> bool:
        """Take the edit of a form's answer; False where it is none."""
        return await self._forms.edited(account, message, text.strip(), event)

    async def deleted(self, account: AccountRef, message: str, event: str) -> bool:
        """Take that a form's answer was taken back; False where it is none."""
        return await self._forms.deleted(account, message, event)

    async def _answered(self, heard: Heard, post: str, made: Offer, text: str) -> bool:
        if made.picked(text) is None and not is_sign(text):
            return False
        return await self._take(heard.room, heard.account, heard.event, post, made, text)

    async def _take(
        self, room: Room, account: Account, event: str, post: str, made: Offer, said: str
    ) -> bool:
        picked = made.picked(said)
        if picked is not None:
            await self._choose(room, account, event, post, picked)
        else:
            await self._tell(account.ref, made.advice(said), event)
        return True

    async def _choose(
        self, room: Room, account: Account, event: str, post: str, picked: Picked
    ) -> None:
        if picked.opens_form:
            if not await self._forms.begin(room, account, picked.id, event):
                await self._tell(account.ref, Advice("control.gone", {}), event)
            return
        message = MessageRef(room.ref, post)
        await self._sink(Chosen(event, room, account, picked.id, message, values=picked.values))

    async def _tell(self, account: AccountRef, advice: Advice, event: str) -> None:
        said = self._say(advice.phrase, **advice.values)
        await self._post(account, (Paragraph((Text(said),)),), key_of(event))


def _may_be_several(made: Offer, picked: Picked) -> bool:
    return any(each.id == picked.id and each.at_most > 1 for each in made.menus)


def _is_of(made: Offer, picked: Picked, reaction: str) -> bool:
    other = made.picked(reaction)
    return other is not None and other.id == picked.id and bool(other.values)
