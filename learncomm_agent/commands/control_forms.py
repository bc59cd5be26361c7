"""Forms that open when somebody presses a control; an id is `<what>:<which>`, as that of a control is."""

from collections.abc import Awaitable, Callable, Mapping

from learncomm_agent.chat.forms import Form
from learncomm_agent.commands import (
    actions,
    draft,
    feedback,
    feedback_sessions,
    goal_pressed,
    profile,
    pulse,
    reminders,
    session_forms,
)
from learncomm_agent.commands.context import Context
from learncomm_agent.commands.declaration import Reply
from learncomm_agent.commands.visitor import Visitor
from learncomm_agent.errors import NotFoundError

Open = Callable[[Visitor, str], Awaitable[Form]]
Fill = Callable[[Context, str, Mapping[str, str]], Awaitable[Reply]]
_FORMS: dict[str, tuple[Open, Fill]] = {
    actions.FORM: (actions.form, actions.filled),
    draft.FORM: (draft.form, draft.filled),
    goal_pressed.CONTROL: (goal_pressed.form, goal_pressed.filled),
    profile.CONTROL: (profile.form, profile.filled),
    reminders.FORM: (reminders.form, reminders.filled),
    session_forms.SESSION: (session_forms.form, session_forms.filled),
    "feedback": (feedback.opened, feedback.filled),
    "pulse": (pulse.form, pulse.filled),
    "rate": (feedback_sessions.form, feedback_sessions.filled),
}


def is_one(id: str) -> bool:
    """Whether an id is that of such a form; the other forms are called as their commands."""
    return ":" in id


async def opened(visitor: Visitor, id: str) -> Form | None:
    """Return the form of an id for whoever opens it; None where there is no such form.

    Raises:
        NotFoundError: What it was for is gone.
        NotAllowedError: It is not for them.
    """
    what, _, which = id.partition(":")
    return await _FORMS[what][0](visitor, which) if what in _FORMS else None


async def filled(context: Context, id: str, values: Mapping[str, str]) -> Reply:
    """Do what a form says that was filled in; raises what `opened` raises, also where there is none."""
    what, _, which = id.partition(":")
    if what not in _FORMS:
        raise NotFoundError("no such form", phrase="control.gone")
    return await _FORMS[what][1](context, which, values)
