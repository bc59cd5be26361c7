"""What was put in at a step: all of it for its leader, before all see it; for everybody what is their own.

And which of several is meant, where one number stands in several lists.
"""

from collections.abc import Iterable, Sequence

from learncomm_agent.chat.forms import Choice
from learncomm_agent.chat.outgoing import Block, Choices, Listing, Text
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_finding import Held, check_open
from learncomm_agent.commands.session_words import words_for
from learncomm_agent.errors import NotFoundError
from learncomm_agent.sessions.effects import Saying
from learncomm_agent.sessions.running.speaking import worded
from learncomm_agent.sessions.stages.collect import Collect
from learncomm_agent.sessions.stages.collecting import listing
from learncomm_agent.sessions.stages.queue import Queue
from learncomm_agent.sessions.state import Entry, in_order
from learncomm_agent.sessions.walking import stage_at

STRIKE, TAKE_BACK = "strike", "take_back"
"""What is done with the one that is chosen."""
_TAKEN_BACK = frozenset({Collect.name, Queue.name})
"""Kinds of stages of which one takes back what one gave."""
_MOST = 25
_WORDS, _LABEL = 300, 70
"""So much of an entry is shown in a list, and on a button."""


async def entries(context: Context, it: Held, said: str) -> Reply:
    """Show a leader what has come in, and everybody else what they gave.

    Raises:
        NotFoundError: There is nothing of theirs.
        UsageError: The session has ended, or not begun.
    """
    check_open(it)
    found = came_in(context, it)
    return await (_all(context, it, found) if found else own(context, it))


def came_in(context: Context, it: Held) -> tuple[Entry, ...]:
    """Return what all will see by name at the end of the step, as far as whoever asks may see it before."""
    session = it.session
    standing = session.standing
    if not it.may_steer or standing is None or standing.entered_at is None:
        return ()
    if stage_at(session).kind != Collect.name:
        return ()
    return listing.to_be_shown(session, context.services.clock.now(), Collect.sayings)


def is_unseen(context: Context, it: Held) -> bool:
    """Whether something came in that all were to see, and that would be shown to nobody if all ended now."""
    session = it.session
    if session.standing is None or stage_at(session).kind != Collect.name:
        return False
    return listing.is_unseen(session, context.services.clock.now(), Collect.sayings)


async def _all(context: Context, it: Held, found: Sequence[Entry]) -> Reply:
    givers = Saying(values={str(each.id): {"member": each.by} for each in found if each.by})
    said = await words_for(context, it.id, it.session, [givers])
    lines = [
        (
            Text(
                context.layout.phrase(
                    "session.came_in_line",
                    text=_short(context, each, _WORDS),
                    who=said.name(each.by) if each.by else "",
                )
            ),
        )
        for each in found[:_MOST]
    ]
    blocks = (
        context.say("session.came_in", count=len(found)),
        Listing(tuple(lines), start=1),
        context.say("session.came_in_how", more=max(0, len(found) - _MOST)),
    )
    return Reply(blocks, is_private=True)


async def own(context: Context, it: Held) -> Reply:
    """Show whoever asks what they can take back.

    Raises:
        NotFoundError: There is nothing.
    """
    found = mine(context, it)
    if not found:
        raise NotFoundError("nothing of theirs", phrase="session.none_given")
    return _chosen(context, it, TAKE_BACK, found, context.say("session.given", count=len(found)))


def which(context: Context, it: Held, act: str, ids: Iterable[int]) -> Reply:
    """Ask which of several entries is meant by a number."""
    found = [it.session.entries[each] for each in ids]
    return _chosen(context, it, act, found, context.say("session.which_entry"))


def _chosen(context: Context, it: Held, act: str, found: Sequence[Entry], asks: Block) -> Reply:
    options = tuple(
        Choice(f"s:{it.id}:{act}:{each.id}", _short(context, each, _LABEL))
        for each in found[:_MOST]
    )
    return Reply((asks, Choices(options)), is_private=True)


def mine(context: Context, it: Held) -> tuple[Entry, ...]:
    """Return what whoever asks gave by name and can take back, in the order of its lists."""
    me = context.member.id
    return in_order(each for each in it.session.entries.values() if is_own(it, each.id, me))


def is_own(it: Held, id: int, member: int) -> bool:
    """Whether a member gave an entry, or seconds it, and can take that back."""
    session, entry = it.session, it.session.entries[id]
    if it.may_go(id):
        return entry.by == member
    if session.standing is None or not is_of_now(it, id):
        return False
    return stage_at(session).kind in _TAKEN_BACK and member in (entry.by, *entry.backers)


def is_of_now(it: Held, id: int) -> bool:
    """Whether an entry was put in at the step that is on."""
    return it.session.entries[id].fields.get("visit") == it.session.visit


def told(context: Context, it: Held) -> list[Block]:
    """Say in a word how much has come in, for the leader, and how much somebody gave themselves."""
    all_of_it, own_ones = came_in(context, it), mine(context, it)
    blocks: list[Block] = []
    if all_of_it:
        blocks.append(context.say("session.so_far", count=len(all_of_it)))
    if own_ones:
        blocks.append(context.say("session.you_gave", count=len(own_ones)))
    return blocks


def _short(context: Context, entry: Entry, most: int) -> str:
    words = " ".join(worded(context.layout, entry).split())
    return words if len(words) <= most else f"{words[: most - 2].rstrip()} …"
