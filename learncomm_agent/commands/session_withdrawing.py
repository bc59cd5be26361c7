"""Taking back what one has put into a session, now or at an earlier step."""

from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.session_acts import happen
from learncomm_agent.commands.session_entries import TAKE_BACK as CHOSEN
from learncomm_agent.commands.session_entries import is_of_now, is_own, own, which
from learncomm_agent.commands.session_finding import Held, check_open
from learncomm_agent.commands.session_numbers import entry_of, meant, numbers_in
from learncomm_agent.commands.session_taking import is_anonymous
from learncomm_agent.errors import UsageError
from learncomm_agent.sessions.events import Entered
from learncomm_agent.sessions.stages.collecting.entering import TAKE_BACK


async def take_back(context: Context, it: Held, said: str) -> Reply:
    """Take out something that one has put in; without a number, or where it may mean several, ask which.

    Raises:
        NotFoundError: They have put in nothing that can be taken back.
        UsageError: That is no number of it.
    """
    check_open(it)
    if not said.strip():
        return await own(context, it)
    if not (numbers := numbers_in(said)):
        raise UsageError("no number", phrase="session.take_back_in_words")
    found = await meant(context, it, numbers[0])
    theirs = [each for each in found if is_own(it, each, context.member.id)]
    if len(theirs) > 1:
        return which(context, it, CHOSEN, theirs)
    return await take_back_one(context, it, (theirs or found)[0])


async def take_back_one(context: Context, it: Held, id: int) -> Reply:
    """Take out an entry of one's own; whether it is theirs, the stage knows."""
    check_open(it)
    entry = entry_of(it, id)
    is_nobodys = is_anonymous(it.session) and is_of_now(it, entry)
    me = None if is_nobodys else context.member.id
    event = Entered(me, "", fields={TAKE_BACK: str(entry)}, visit=it.session.visit)
    return await happen(context, it, event)
