"""What the token of a reply handle holds: all that is needed to answer, also after a restart. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from learncomm_agent.chat.events import ReplyHandle
from learncomm_agent.errors import PlatformError

LASTS = timedelta(minutes=14)
"""Discord takes answers for 15 minutes; the last one is left for what is on its way."""
_SLASH, _BUTTON = "slash", "button"


@dataclass(frozen=True, slots=True)
class Handle:
    """A way to answer an interaction."""

    application: int
    token: str = field(repr=False)
    user: str
    """Id of the account that acted, and that alone sees what is private."""
    is_slash: bool
    """Whether Discord shows a first response that waits to be filled."""
    interaction: int = 0
    """What the person did, by Discord's id; 0 where that was not kept."""

    @property
    def digest(self) -> str:
        """Names the handle where its token must not be kept."""
        return blake2b(self.token.encode(), digest_size=8).hexdigest()

    def reply(self, created_at: datetime, *, is_private: bool) -> ReplyHandle:
        """Return it as the rest of the house knows it."""
        kind = _SLASH if self.is_slash else _BUTTON
        return ReplyHandle(
            f"{kind}:{self.application}/{self.interaction}:{self.user}:{self.token}",
            created_at + LASTS,
            is_private=is_private,
            can_be_private=True,
        )


def parse(reply: ReplyHandle) -> Handle:
    """Return what a reply handle holds.

    Raises:
        PlatformError: It is none of ours.
    """
    kind, application, user, token = (*reply.token.split(":", 3), "", "", "", "")[:4]
    application, _, interaction = application.partition("/")
    ids = application + interaction
    if kind not in (_SLASH, _BUTTON) or not application or not ids.isdecimal() or not token:
        raise PlatformError("a reply handle of another platform")
    return Handle(int(application), token, user, kind == _SLASH, int(interaction or 0))
