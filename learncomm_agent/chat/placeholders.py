"""A post that says to wait, and what becomes of it; also as plain JSON, as rows of work keep it."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from learncomm_agent.chat.outgoing import Outgoing

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A post that says to wait, until the answer takes its place."""

    post: Outgoing
    """One part, as the platform was given it; to send it again posts nothing, and tells where it stands."""
    moved: Outgoing
    """What it says where the answer stands elsewhere, and it can't be taken away."""
    lost: Outgoing
    """What takes its place where there will be no answer."""

    def fits(self, answer: Outgoing) -> bool:
        """Whether an answer may take its place: it is for the same readers, in the same room."""
        return self.post.room == answer.room and self.post.private_to == answer.private_to

    def record(self) -> Any:
        """Return it as plain JSON."""
        return [dump(self.post), dump(self.moved), dump(self.lost)]

    @classmethod
    def of(cls, record: Any) -> "Placeholder | None":
        """Return what was kept, if anything was."""
        return None if record is None else cls(*map(load, record))


def dump(outgoing: Outgoing) -> Any:
    """Return a post as plain JSON."""
    return adapter().dump_python([outgoing], mode="json")[0]


def load(record: Any) -> Outgoing:
    """Return a post that was kept."""
    return adapter().validate_python([record])[0]


@cache
def adapter() -> "TypeAdapter[list[Outgoing]]":
    """Return what turns posts into JSON and back; the first call takes a moment."""
    from pydantic import ConfigDict, TypeAdapter

    # A list, since pydantic takes a configuration for plain dataclasses only from what holds them.
    return TypeAdapter(
        list[Outgoing], config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
    )
